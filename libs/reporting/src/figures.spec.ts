/** What a report may say, kind by kind, and what is found when it says something else (docs/semantics.md §2, §3). */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { areSound, form, indicator, reports } from '../../../test/support/report-arbitraries.js';
import { checkReport, type Earlier } from './figures.js';
import { type AskedIndicator, type GivenFigure, type GivenNarrative } from './given.js';

const nothing: Earlier = { last: null, yesBefore: new Set() };
type Given = Partial<GivenFigure>;

/** Checks a report of one figure on a form of one indicator. */
const check = (asked: AskedIndicator, given: Given, earlier = nothing, comment: string | null = null) =>
  checkReport([asked], [{ indicator: asked.code, state: 'value', ...given }], [], comment, earlier);
const codes = (checked: ReturnType<typeof checkReport>) => checked.findings.map(({ code }) => code);
const slot = ({ figures: { n, d, s } }: ReturnType<typeof checkReport>, position = 1) => [
  n[position - 1],
  d[position - 1],
  s[position - 1],
];

const ratio = indicator(1, 'ratio');
const flow = indicator(1, 'flow');
const stock = indicator(1, 'stock');
const milestone = indicator(1, 'milestone');
const text = indicator(1, 'text');

describe('what is stored', () => {
  const stored: [string, AskedIndicator, Given, unknown[]][] = [
    ['a ratio, both parts', ratio, { numerator: '3', denominator: '8' }, ['3', '8', 1]],
    ['a ratio of nobody: 0 is a value', ratio, { numerator: '0', denominator: '8' }, ['0', '8', 1]],
    ['a ratio in full', ratio, { numerator: '8', denominator: '8' }, ['8', '8', 1]],
    ['an estimate', ratio, { state: 'estimate', numerator: '3', denominator: '8' }, ['3', '8', 2]],
    ['a count during the period', flow, { value: '12' }, ['12', null, 1]],
    ['a count of none', flow, { value: '0' }, ['0', null, 1]],
    ['a count at a moment, estimated', stock, { state: 'estimate', value: '7' }, ['7', null, 2]],
    ['a count with decimals', indicator(1, 'flow', { scale: 2 }), { value: '1.5' }, ['150', null, 1]],
    ['a yes', milestone, { yes: true }, ['1', '1', 1]],
    ['a no', milestone, { yes: false }, ['0', '1', 1]],
    ['what does not apply', ratio, { state: 'not_applicable' }, [null, null, 3]],
    ['what is missing', stock, { state: 'missing' }, [null, null, 0]],
    ['the largest number', flow, { value: '1000000000000' }, ['1000000000000', null, 1]],
  ];
  test.each(stored)('%s', (_, asked, given, expected) => {
    const checked = check(asked, given);
    expect(slot(checked)).toEqual(expected);
    expect(checked).toMatchObject({ refused: false, findings: [] });
  });

  it('0/0 is "không phát sinh" in other words, where that is allowed', () => {
    for (const state of ['value', 'estimate'] as const)
      expect(slot(check(ratio, { state, numerator: '0', denominator: '0' }))).toEqual([null, null, 3]);
    const never = check(indicator(1, 'ratio', { notApplicableAllowed: false }), { numerator: '0', denominator: '0' });
    expect(codes(never)).toEqual(['ratio.zero_denominator']);
    expect(never.refused).toBe(true);
  });

  it('stands at the position of its indicator, whatever the order it came in; what is not asked between is missing', () => {
    const asked = [indicator(2, 'flow'), indicator(5, 'ratio')];
    const given: GivenFigure[] = [
      { indicator: 'ratio_5', state: 'value', numerator: '1', denominator: '2' },
      { indicator: 'flow_2', state: 'value', value: '9' },
    ];
    expect(checkReport(asked, given, [], null, nothing).figures).toEqual({
      n: [null, '9', null, null, '1'],
      d: [null, null, null, null, '2'],
      s: [0, 1, 0, 0, 1],
    });
  });

  it('Vietnamese typed with combining marks is stored composed', () => {
    const loose = 'Báo cáo số 12 của xã Nậm Cường'.normalize('NFD');
    const figures: GivenFigure[] = [
      {
        indicator: 'flow_1',
        state: 'value',
        value: '1',
        note: loose,
        documentNumber: loose,
        documentDate: '2026-06-10',
      },
    ];
    const asked = [flow, indicator(2, 'text')];
    const { notes, narratives } = checkReport(asked, figures, [{ indicator: 'text_2', text: loose }], null, nothing);
    const composed = loose.normalize('NFC');
    expect(composed).not.toBe(loose);
    expect(notes).toEqual([{ indicatorId: 101, note: composed, documentNumber: composed, documentDate: '2026-06-10' }]);
    expect(narratives).toEqual([{ indicatorId: 102, body: composed }]);
  });
});

describe('what is refused', () => {
  const wrongNumbers = ['1.234', '1,5', '1 234', ' 12', '+5', '-1', '1e3', '٣', '', '9'.repeat(21)];
  const wrongParts: [AskedIndicator, Given[]][] = [
    [
      ratio,
      [
        {},
        { numerator: '1' },
        { denominator: '1' },
        { value: '1' },
        { yes: true },
        { numerator: '1', denominator: '2', value: '1' },
      ],
    ],
    [flow, [{}, { numerator: '1' }, { yes: true }, { value: '1', yes: true }, { value: '1', denominator: '2' }]],
    [stock, [{}, { numerator: '1' }, { yes: true }, { value: '1', yes: false }, { value: '1', numerator: '1' }]],
    [milestone, [{}, { value: '1' }, { numerator: '1', denominator: '1' }, { yes: true, value: '1' }]],
    [text, [{}, { value: '1' }, { state: 'missing' }, { state: 'not_applicable' }]],
  ];

  test.each(wrongParts.flatMap(([asked, all]) => all.map((given) => [asked.kind, given, asked] as const)))(
    'parts that a %s does not have: %j',
    (_, given, asked) => {
      const checked = check(asked, given, nothing, 'đã kiểm tra');
      expect(codes(checked)).toEqual(['figure.parts']);
      expect(checked.refused).toBe(true);
    },
  );

  test.each([
    ['a numerator', ratio, (number: string) => ({ numerator: number, denominator: '5' })],
    ['a denominator', ratio, (number: string) => ({ numerator: '0', denominator: number })],
    ['a count during the period', flow, (number: string) => ({ value: number })],
    ['a count at a moment', stock, (number: string) => ({ value: number })],
  ])('%s that is no plain number', (_, asked, given) => {
    for (const number of wrongNumbers)
      expect([number, codes(check(asked, given(number)))]).toEqual([number, ['number.format']]);
    expect(codes(check(asked, given('1000000000001')))).toContain('number.too_large');
  });

  it('says how large a number may be at the indicator’s scale', () => {
    const [found] = check(indicator(1, 'flow', { scale: 2 }), { value: '10000000000.01' }).findings;
    expect(found).toMatchObject({ code: 'number.too_large', vi: expect.stringContaining('10.000.000.000)') });
    expect(codes(check(indicator(1, 'flow', { scale: 2 }), { value: '10000000000.00' }))).toEqual([]);
  });

  test.each([ratio, flow, stock, milestone])('a number beside "missing" or "not applicable": $kind', (asked) => {
    for (const state of ['missing', 'not_applicable'] as const)
      for (const part of [{ numerator: '1' }, { denominator: '1' }, { value: '1' }, { yes: false }])
        expect(codes(check(asked, { state, ...part }))).toEqual(['figure.parts']);
  });

  test.each(['ratio', 'flow', 'stock', 'milestone'] as const)(
    '"not applicable" for a %s that always applies',
    (kind) => {
      const checked = check(indicator(1, kind, { notApplicableAllowed: false }), { state: 'not_applicable' });
      expect(codes(checked)).toEqual(['figure.not_applicable_refused']);
    },
  );

  it('more in the numerator than in the denominator, also over zero', () => {
    expect(codes(check(ratio, { numerator: '9', denominator: '8' }))).toEqual(['ratio.numerator_exceeds']);
    expect(codes(check(ratio, { numerator: '1', denominator: '0' }))).toEqual(['ratio.numerator_exceeds']);
  });

  it('a yes taken back, of what is done once only', () => {
    const before: Earlier = { last: null, yesBefore: new Set([1]) };
    expect(codes(check(milestone, { yes: false }, before))).toEqual(['milestone.taken_back']);
    expect(codes(check(milestone, { yes: true }, before))).toEqual([]);
    expect(codes(check(milestone, { state: 'missing' }, before))).toEqual([]);
    for (const overTime of ['yearly', 'kept'] as const)
      expect(codes(check(indicator(1, 'milestone', { overTime }), { yes: false }, before))).toEqual([]);
  });

  it('an indicator that is not asked, or asked once and answered twice', () => {
    const twice: GivenFigure[] = [
      { indicator: 'flow_1', state: 'value', value: '1' },
      { indicator: 'flow_1', state: 'value', value: '2' },
      { indicator: 'la', state: 'value', value: '2' },
    ];
    const checked = checkReport([flow], twice, [], 'giải trình', nothing);
    expect(checked.findings.map(({ code, indicator: of }) => [code, of])).toEqual([
      ['indicator.repeated', 'flow_1'],
      ['indicator.unknown', 'la'],
    ]);
    expect(checked.refused).toBe(true);
  });

  it('narratives: of an unknown section, of a figure, twice, or without end', () => {
    const asked = [indicator(1, 'text'), indicator(2, 'flow')];
    const given: GivenFigure[] = [{ indicator: 'flow_2', state: 'value', value: '1' }];
    const found = (...narratives: GivenNarrative[]) => codes(checkReport(asked, given, narratives, null, nothing));
    expect(found({ indicator: 'text_1', text: 'đã làm' })).toEqual([]);
    expect(found({ indicator: 'khac', text: 'đã làm' })).toEqual(['indicator.unknown']);
    expect(found({ indicator: 'text_1', text: 'a' }, { indicator: 'text_1', text: 'b' })).toEqual([
      'indicator.repeated',
    ]);
    expect(found({ indicator: 'flow_2', text: 'a' })).toEqual(['indicator.repeated', 'figure.parts']);
    expect(found({ indicator: 'text_1', text: 'a'.repeat(20_000) })).toEqual([]);
    expect(found({ indicator: 'text_1', text: 'a'.repeat(20_001) })).toEqual(['narrative.too_long']);
  });

  it('a note, a document number or a comment without end', () => {
    const long = 'a'.repeat(2001);
    expect(codes(check(flow, { value: '1', note: long }))).toEqual(['text.too_long']);
    expect(codes(check(flow, { value: '1', documentNumber: long }))).toEqual(['text.too_long']);
    expect(codes(check(flow, { value: '1' }, nothing, long))).toEqual(['text.too_long']);
    expect(codes(check(flow, { value: '1', note: long.slice(1) }, nothing, long.slice(1)))).toEqual([]);
  });

  test.each(['2026-02-30', '2026-13-01', '0000-01-01', '10/6/2026', '2026-6-1', '2026-06-10T00:00:00Z', 'nay'])(
    'a document dated %s',
    (documentDate) => expect(codes(check(flow, { value: '1', documentDate }))).toEqual(['date.format']),
  );
});

describe('what is odd asks for a word', () => {
  const last = (n: string | null, d: string | null = null): Earlier => ({
    last: { n: [n], d: [d], s: [n === null ? 0 : 1] },
    yesBefore: new Set(),
  });

  it('a figure left out: missing, and only a comment on the report answers it', () => {
    for (const asked of [ratio, flow, stock, milestone]) {
      const silent = checkReport([asked], [], [], null, nothing);
      expect(codes(silent)).toEqual(['figure.omitted']);
      expect(silent).toMatchObject({ refused: true, figures: { s: [0] } });
      expect(checkReport([asked], [], [], '  ', nothing).refused).toBe(true);
      expect(checkReport([asked], [], [], 'chưa có số liệu', nothing).refused).toBe(false);
    }
    expect(checkReport([text], [], [], null, nothing).findings).toEqual([]);
  });

  test.each([
    ['5 times as much', '10', '50', []],
    ['more than 5 times', '10', '51', ['figure.jump']],
    ['a fifth', '50', '10', []],
    ['less than a fifth', '51', '10', ['figure.jump']],
    ['nothing after something', '10', '0', ['figure.jump']],
    ['something after nothing', '0', '1000000', []],
    ['something after no answer', null, '1000000', []],
  ])('%s', (_, before, now, expected) => {
    for (const asked of [flow, stock]) expect(codes(check(asked, { value: now }, last(before)))).toEqual(expected);
    expect(codes(check(ratio, { numerator: now, denominator: '2000000' }, last(before, '2000000')))).toEqual(expected);
  });

  it('a denominator that shrank', () => {
    const found = (denominator: string) => codes(check(ratio, { numerator: '10', denominator }, last('10', '100')));
    expect([found('99'), found('100'), found('101')]).toEqual([['ratio.denominator_shrank'], [], []]);
  });

  it('a note answers the warnings of its figure, a comment those of all; neither answers an error', () => {
    const jump = { value: '1000' };
    expect(check(flow, jump, last('1')).refused).toBe(true);
    expect(check(flow, { ...jump, note: ' ' }, last('1')).refused).toBe(true);
    expect(check(flow, { ...jump, note: 'sáp nhập thôn' }, last('1')).refused).toBe(false);
    expect(check(flow, jump, last('1'), 'sáp nhập thôn').refused).toBe(false);
    expect(check(ratio, { numerator: '9', denominator: '8', note: 'đúng' }, nothing, 'đúng').refused).toBe(true);
    const two = [indicator(1, 'flow'), indicator(2, 'flow')];
    const noted: GivenFigure[] = [{ indicator: 'flow_1', state: 'value', value: '1', note: 'ghi chú' }];
    expect(checkReport(two, noted, [], null, nothing).refused).toBe(true);
  });

  it('a comparison reads in the digits that people typed', () => {
    const scaled = indicator(1, 'flow', { scale: 1 });
    expect(check(scaled, { value: '12.5' }, last('10')).findings[0]!.vi).toContain('12.5 so với 1.0');
  });
});

it('every finding says what is wrong in both languages, without a hole', () => {
  fc.assert(
    fc.property(reports, (given) => {
      for (const { vi, en, severity } of checkReport(form, given, [], null, nothing).findings) {
        expect(['error', 'warning']).toContain(severity);
        expect(`${vi} ${en}`).not.toMatch(/undefined|null|NaN|\[object/);
        expect(vi).toBe(vi.normalize('NFC'));
        expect(vi).not.toBe(en);
      }
    }),
  );
});

it('what is not refused keeps the rule of the arrays; what breaks it was refused', () => {
  let accepted = 0;
  fc.assert(
    fc.property(reports, (given) => {
      const checked = checkReport(form, given, [], 'đã kiểm tra', nothing);
      expect(checked.figures.s).toHaveLength(8);
      if (!checked.refused) {
        accepted++;
        expect(areSound(checked.figures)).toBe(true);
        expect(new Set(checked.notes.map((note) => note.indicatorId)).size).toBe(checked.notes.length);
      }
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
