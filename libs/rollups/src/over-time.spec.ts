/** From rounds to a year: levels are not added, flows are, a milestone's yes belongs to its unit. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, milestoneAt, totalOfAnswers } from '../../../test/support/milestone-oracle.js';
import { coverageOf } from './assessment.js';
import { displayPercent } from './display.js';
import { type RoundFigure, yearFigure } from './over-time.js';
import { parsePeriod } from './period.js';

const one = { value: 1, notApplicable: 0, missing: 0, notReported: 0 };
const absent = { value: 0, notApplicable: 0, missing: 0, notReported: 1 };
const figure = (
  round: string,
  n: bigint | null,
  d: bigint | null,
  counts = n === null ? absent : one,
): RoundFigure => ({
  round: parsePeriod(round),
  n,
  d,
  coverage: coverageOf(counts),
});
const year = parsePeriod('2026');

describe('a stock', () => {
  it('residents reached: H1 4,000 and H2 5,000 of 10,000 are 50 % for the year, not 90 %', () => {
    const rounds = [figure('2026H2', 5000n, 10_000n), figure('2026H1', 4000n, 10_000n)];
    const at = yearFigure('latest', rounds, year);
    expect(at).toMatchObject({ n: 5000n, d: 10_000n, countedIn: 'units', rounds: [{ year: 2026, half: 2 }] });
    expect(displayPercent(at!.n!, at!.d!)).toBe('50,0%');
  });

  it('stands on the first half while the second is not opened', () => {
    expect(yearFigure('latest', [figure('2026H1', 4000n, 10_000n)], year)).toMatchObject({ n: 4000n });
  });

  it('carries nothing forward: a second half opened and not answered leaves no figure', () => {
    const rounds = [figure('2026H1', 4000n, 10_000n), figure('2026H2', null, null)];
    expect(yearFigure('latest', rounds, year)).toMatchObject({
      n: null,
      d: null,
      coverage: { value: 0, notReported: 1 },
    });
  });
});

describe('a flow', () => {
  const rounds = [
    figure('2025H2', 7n, 9n),
    figure('2026H1', 3n, 4n, { value: 90, notApplicable: 1, missing: 1, notReported: 0 }),
    figure('2026H2', 5n, 6n, { value: 88, notApplicable: 2, missing: 0, notReported: 2 }),
  ];

  it('adds its rounds within the year, Σn / Σd, and counts coverage in unit-rounds', () => {
    expect(yearFigure('sum', rounds, year)).toEqual({
      n: 8n,
      d: 10n,
      coverage: { value: 178, notApplicable: 3, missing: 1, notReported: 2, included: 181, expected: 184 },
      countedIn: 'unit_rounds',
      rounds: [parsePeriod('2026H1'), parsePeriod('2026H2')],
    });
    expect(yearFigure('sum', rounds, parsePeriod('2026H1'))).toMatchObject({
      n: 3n,
      d: 4n,
      coverage: { expected: 92 },
    });
    expect(yearFigure('sum', rounds, parsePeriod('2026H2'))).toMatchObject({ n: 8n, d: 10n });
  });

  it('does not take silence for 0', () => {
    const silent = [figure('2026H1', null, null), figure('2026H2', null, null)];
    expect(yearFigure('sum', silent, year)).toMatchObject({ n: null, d: null });
    expect(yearFigure('sum', [figure('2026H1', 0n, null), figure('2026H2', null, null)], year)).toMatchObject({
      n: 0n,
      d: null,
      coverage: { expected: 2, included: 1 },
    });
  });

  it('is the same in whatever order its rounds come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(rounds, { minLength: 3 }), (shuffled) =>
        expect(yearFigure('sum', shuffled, year)).toEqual(yearFigure('sum', rounds, year)),
      ),
    );
  });
});

it.each(['latest', 'sum'] as const)('"%s" has no figure for a period whose round was never opened', (overTime) => {
  expect(yearFigure(overTime, [], year)).toBeNull();
  expect(yearFigure(overTime, [figure('2025H2', 1n, 1n)], year)).toBeNull();
  expect(yearFigure(overTime, [figure('2026H1', 1n, 1n)], parsePeriod('2026H2'))).toBeNull();
  expect(yearFigure(overTime, [figure('2026H2', 1n, 1n)], parsePeriod('2026H1'))).toBeNull();
});

describe('a milestone of one unit', () => {
  const said = (...answers: [string, Answer][]) =>
    answers.map(([round, answer]) => ({ round: parsePeriod(round), answer }));
  const cases: [string, 'once' | 'yearly' | 'kept', [string, Answer][], string, Answer | null][] = [
    [
      'a plan issued last year is issued',
      'once',
      [
        ['2025H2', 'yes'],
        ['2026H1', 'missing'],
      ],
      '2026H1',
      'yes',
    ],
    [
      'issued later does not reach back',
      'once',
      [
        ['2026H1', 'no'],
        ['2026H2', 'yes'],
      ],
      '2026H1',
      'no',
    ],
    [
      'commended in H1 is commended for the year',
      'yearly',
      [
        ['2026H1', 'yes'],
        ['2026H2', 'no'],
      ],
      '2026',
      'yes',
    ],
    [
      'last year’s commendation does not count',
      'yearly',
      [
        ['2025H2', 'yes'],
        ['2026H1', 'no'],
      ],
      '2026',
      'no',
    ],
    [
      'a column can lapse',
      'kept',
      [
        ['2026H1', 'yes'],
        ['2026H2', 'no'],
      ],
      '2026',
      'no',
    ],
    [
      'a column is not kept by silence',
      'kept',
      [
        ['2026H1', 'yes'],
        ['2026H2', 'not_reported'],
      ],
      '2026',
      'not_reported',
    ],
    [
      'an earlier no is not carried forward',
      'yearly',
      [
        ['2026H1', 'no'],
        ['2026H2', 'not_reported'],
      ],
      '2026',
      'not_reported',
    ],
    [
      'không phát sinh stands when nothing was said before',
      'yearly',
      [['2026H1', 'not_applicable']],
      '2026',
      'not_applicable',
    ],
    ['owing no round of the period', 'once', [['2025H1', 'yes']], '2026', null],
    ['owing the first half only', 'kept', [['2026H1', 'yes']], '2026H2', null],
  ];
  it.each(cases)('%s (%s)', (_, overTime, answers, period, expected) => {
    expect(milestoneAt(overTime, said(...answers), parsePeriod(period))).toBe(expected);
  });
});

describe('milestones over units', () => {
  it('are the yes of those answering', () => {
    expect(totalOfAnswers(['yes', 'yes', 'no', 'not_applicable', 'missing', 'not_reported'])).toEqual({
      n: 2n,
      d: 3n,
      coverage: { value: 3, notApplicable: 1, missing: 1, notReported: 1, included: 4, expected: 6 },
    });
    expect(totalOfAnswers(['missing', 'not_applicable'])).toMatchObject({ n: null, d: null });
    expect(totalOfAnswers([])).toMatchObject({ n: null, d: null, coverage: { expected: 0 } });
  });

  it('lose no unit: every answer is counted exactly once', () => {
    const answer = fc.constantFrom<Answer>('yes', 'no', 'not_applicable', 'missing', 'not_reported');
    fc.assert(
      fc.property(fc.array(answer), (answers) => {
        const { n, d, coverage } = totalOfAnswers(answers);
        expect(coverage.expected).toBe(answers.length);
        expect(d ?? 0n).toBe(BigInt(coverage.value));
        expect((n ?? 0n) <= (d ?? 0n)).toBe(true);
      }),
    );
  });
});
