/** What is odd in a report, by the thresholds and parts that the indicator's data give (docs/semantics.md §3). */
import { describe, expect, it, test } from '@jest/globals';
import { indicator } from '../../../test/support/report-arbitraries.js';
import { checkReport, type Earlier } from './figures.js';
import { type AskedIndicator, type GivenFigure } from './given.js';
import type { ProposedFigure } from './proposal.js';

const nothing: Earlier = { last: null, yesBefore: new Set() };
const found = (asked: AskedIndicator[], given: GivenFigure[], earlier = nothing, comment: string | null = null) => {
  const { findings, refused } = checkReport(asked, given, [], comment, earlier);
  return { codes: findings.map(({ code, indicator: about }) => `${code} ${about}`), refused };
};
const count = (code: string, value: string): GivenFigure => ({ indicator: code, state: 'value', value });

describe('against the last round, by the factor of the indicator', () => {
  const last = (n: string, d: string | null = null): Earlier => ({ ...nothing, last: { n: [n], d: [d], s: [1] } });
  const cases: [string, string, string, boolean][] = [
    ['2.5', '10', '25', false],
    ['2.5', '10', '26', true],
    ['2.5', '25', '10', false],
    ['2.5', '26', '10', true],
    ['10', '10', '100', false],
    ['10', '10', '101', true],
  ];
  test.each(cases)('%s times: %s → %s', (jump, before, now, odd) => {
    const asked = indicator(1, 'flow', { checks: { jump } });
    expect(found([asked], [count('flow_1', now)], last(before)).codes).toEqual(odd ? ['figure.jump flow_1'] : []);
  });

  it('without a factor nothing is odd', () => {
    expect(found([indicator(1, 'flow', { checks: {} })], [count('flow_1', '999')], last('1')).codes).toEqual([]);
  });

  test.each([
    ['0', '99', true],
    ['0', '100', false],
    ['2.5', '97', true],
    ['2.5', '98', false],
  ])('a denominator may shrink by %s %%: 100 → %s', (denominator_shrinks, d, odd) => {
    const asked = indicator(1, 'ratio', { checks: { denominator_shrinks } });
    const given: GivenFigure = { indicator: 'ratio_1', state: 'value', numerator: '1', denominator: d };
    expect(found([asked], [given], last('1', '100')).codes).toEqual(odd ? ['ratio.denominator_shrank ratio_1'] : []);
  });
});

describe('a total and its parts', () => {
  const form = (rule: 'parts' | 'channels') => [
    indicator(1, 'flow', { checks: { [rule]: ['flow_2', 'flow_3'] } }),
    indicator(2, 'flow'),
    indicator(3, 'flow'),
  ];
  const figures = (...values: (string | GivenFigure['state'])[]) =>
    values.map((value, index): GivenFigure => {
      const code = `flow_${index + 1}`;
      return /^\d/.test(value) ? count(code, value) : { indicator: code, state: value as GivenFigure['state'] };
    });

  it('that does not sum asks for a comment, and says which rule it is', () => {
    expect(found(form('parts'), figures('5', '2', '2'))).toEqual({ codes: ['sum.parts flow_1'], refused: true });
    expect(found(form('channels'), figures('3', '2', '2'), nothing, 'một tin hai kênh')).toEqual({
      ...{ codes: ['sum.channels flow_1'], refused: false },
    });
    expect(found(form('parts'), figures('4', '2', '2'))).toEqual({ codes: [], refused: false });
  });

  it('is not judged while a part is missing or not asked; what does not apply counts nothing', () => {
    expect(found(form('parts'), figures('5', '2', 'missing')).codes).toEqual([]);
    expect(found(form('parts').slice(0, 2), figures('5', '2')).codes).toEqual([]);
    expect(found(form('parts'), figures('not_applicable', '2', '2')).codes).toEqual([]);
    expect(found(form('parts'), figures('5', '5', 'not_applicable')).codes).toEqual([]);
    expect(found(form('parts'), figures('5', '4', 'not_applicable')).codes).toEqual(['sum.parts flow_1']);
  });
});

describe('one value of several indicators', () => {
  const form = ['ratio_1', 'ratio_2'].map((_, index) => indicator(index + 1, 'ratio', { denominatorGroup: 'nhom' }));
  const given = (first: string | null, second: string | null): GivenFigure[] => [
    { indicator: 'ratio_1', state: 'value', numerator: '3', denominator: first },
    { indicator: 'ratio_2', state: 'value', numerator: '2', denominator: second },
  ];
  it('is asked once: the denominator left out is that of its group, on whichever indicator it stands', () => {
    for (const [first, second] of [
      ['5', null],
      [null, '5'],
    ])
      expect(checkReport(form, given(first!, second!), [], null, nothing)).toMatchObject({
        ...{ refused: false, findings: [], figures: { n: ['3', '2'], d: ['5', '5'] } },
      });
  });
  it('stays its own where it is given, and is missing where nobody gives it', () => {
    expect(checkReport(form, given('5', '4'), [], null, nothing).figures.d).toEqual(['5', '4']);
    expect(found(form, given(null, null)).codes).toEqual(['figure.parts ratio_1', 'figure.parts ratio_2']);
  });
});

describe('against what the local units add up to', () => {
  const asked = indicator(1, 'ratio');
  const proposed = (value: number, expected: number, n: string | null = '30', d: string | null = '100') => {
    const coverage = { expected, value, estimated: 0, notApplicable: 0, missing: 0, notReported: expected - value };
    const figure: ProposedFigure = { indicator: 'ratio_1', numerator: n, denominator: d, coverage };
    return { ...nothing, proposed: [figure] };
  };
  const given = (n: string, d: string, note?: string): GivenFigure[] => [
    { indicator: 'ratio_1', state: 'value', numerator: n, denominator: d, note },
  ];

  it('adopted whole is nothing odd', () => {
    expect(found([asked], given('30', '100'), proposed(3, 3))).toEqual({ codes: [], refused: false });
  });
  it('changed, it needs the reason of that very figure', () => {
    const differs = { codes: ['proposal.differs ratio_1'] };
    expect(found([asked], given('31', '100'), proposed(3, 3))).toEqual({ ...differs, refused: true });
    expect(found([asked], given('31', '100'), proposed(3, 3), 'chung')).toEqual({ ...differs, refused: true });
    expect(found([asked], given('30', '101', 'thêm 1'), proposed(3, 3))).toEqual({ ...differs, refused: false });
    expect(found([asked], [{ indicator: 'ratio_1', state: 'missing' }], proposed(3, 3)).codes).toEqual(differs.codes);
  });
  it('a sum of some of the units is told as that', () => {
    expect(found([asked], given('30', '100'), proposed(2, 3))).toEqual({
      ...{ codes: ['proposal.incomplete ratio_1'], refused: true },
    });
    expect(found([asked], given('30', '100'), proposed(2, 3), 'hai thôn chưa gửi').refused).toBe(false);
  });
  it('nothing reported below proposes nothing, not 0', () => {
    expect(found([asked], given('30', '100'), proposed(0, 3, null, null)).codes).toEqual([]);
  });
});
