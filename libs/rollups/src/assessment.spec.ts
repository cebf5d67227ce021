/** Statuses on the real cases of the plans. Beside it: assessment.pace.spec.ts, and assessment.laws.spec.ts for what always holds. */
import { describe, expect, it } from '@jest/globals';
import { assess, bounds, countBounds, coverageOf, type Measured, type Target, unitsMeeting } from './assessment.js';
import { parsePeriod } from './period.js';

const at = parsePeriod;
const atLeast = (threshold: string, year: number | null = null, everyYear = false): Target => ({
  year,
  everyYear,
  comparator: 'at_least',
  threshold,
});
const yes = (year: number | null = null, everyYear = false): Target => ({
  year,
  everyYear,
  comparator: null,
  threshold: null,
});
const full = coverageOf({ value: 1, notApplicable: 0, missing: 0, notReported: 0 });
const of92 = (value: number, notApplicable = 0) =>
  coverageOf({ value, notApplicable, missing: 0, notReported: 92 - value - notApplicable });
const ratio = (n: bigint | null, d: bigint | null, more: Partial<Measured> = {}): Measured => ({
  kind: 'ratio',
  n,
  d,
  coverage: full,
  ...more,
});
const namCuong = [atLeast('10', 2026), atLeast('30', 2027), atLeast('70', 2030)];
const statusOf = (measured: Measured, targets: readonly Target[], period: string, closed = false) =>
  assess(measured, targets, at(period), closed).status;

describe('real cases', () => {
  it('Nam Cường: 1,080 of 10,793 meets 10 %; 1,079 does not, one person short', () => {
    expect(assess(ratio(1080n, 10_793n), namCuong, at('2026H2'), true)).toMatchObject({
      status: 'met',
      certain: true,
      label: 'Đạt',
      targetYear: 2026,
      shortfall: null,
    });
    expect(assess(ratio(1079n, 10_793n), namCuong, at('2026H2'), true)).toMatchObject({
      status: 'not_met',
      certain: true,
      shortfall: { needed: 1080n, missing: 1n },
    });
  });

  it('nothing is "not met" before the second half of its year is closed', () => {
    const short = ratio(1079n, 10_793n);
    expect(statusOf(short, namCuong, '2026H1')).toBe('in_progress');
    expect(statusOf(short, namCuong, '2026H1', true)).toBe('in_progress');
    expect(statusOf(short, namCuong, '2026H2')).toBe('behind');
    expect(statusOf(short, namCuong, '2026', true)).toBe('not_met');
    expect(statusOf(short, namCuong, '2027H1', true)).toBe('behind');
    expect(statusOf(short, namCuong, '2031H2', true)).toBe('no_target');
  });

  it('2028H2 is held against 130/3 % exactly', () => {
    expect(statusOf(ratio(13_000n, 30_000n), namCuong, '2028H2', true)).toBe('on_track');
    expect(statusOf(ratio(12_999n, 30_000n), namCuong, '2028H2', true)).toBe('behind');
    expect(statusOf(ratio(43_333_333n, 100_000_000n), namCuong, '2028H2')).toBe('behind');
  });

  it('6,999,999 of ten million does not meet 70 %', () => {
    expect(statusOf(ratio(6_999_999n, 10_000_000n), namCuong, '2030H2', true)).toBe('not_met');
    expect(statusOf(ratio(7_000_000n, 10_000_000n), namCuong, '2030H2', true)).toBe('met');
  });

  it('"trên" is strict', () => {
    const above: Target = { ...atLeast('50', 2026), comparator: 'above' };
    expect(assess(ratio(50n, 100n), [above], at('2026'), true)).toMatchObject({
      status: 'not_met',
      shortfall: { needed: 51n },
    });
    expect(statusOf(ratio(51n, 100n), [above], '2026', true)).toBe('met');
    const onTheWay: Target[] = [
      { ...above, threshold: '10' },
      { ...above, threshold: '30', year: 2027 },
    ];
    expect(statusOf(ratio(20n, 100n), onTheWay, '2027H1')).toBe('behind');
    expect(statusOf(ratio(21n, 100n), onTheWay, '2027H1')).toBe('on_track');
  });

  it('Kha Sơn, undated: met or in progress, never behind', () => {
    expect(statusOf(ratio(23n, 23n), [atLeast('100')], '2030', true)).toBe('met');
    expect(statusOf(ratio(22n, 23n), [atLeast('100')], '2030', true)).toBe('in_progress');
  });

  it('Hữu Lũng owes a report and has no target; a narrative never has one', () => {
    expect(assess(ratio(1n, 2n), [], at('2026'), true)).toMatchObject({
      status: 'no_target',
      target: null,
      certain: true,
    });
    expect(statusOf({ ...ratio(null, null), kind: 'text' }, [yes(2026)], '2026')).toBe('no_target');
    expect(statusOf({ ...ratio(1n, null), kind: 'text' }, [atLeast('1', 2026)], '2026')).toBe('no_target');
    expect(statusOf(ratio(1n, 2n), [yes(2026)], '2026')).toBe('no_target');
  });

  it('Ia Pia: 0/0 is không phát sinh when said so, and no value with a reason when not', () => {
    const none = coverageOf({ value: 0, notApplicable: 1, missing: 0, notReported: 0 });
    const targets = [atLeast('100', 2026)];
    expect(statusOf(ratio(null, null, { coverage: none }), targets, '2026', true)).toBe('not_applicable');
    expect(assess(ratio(0n, 0n), targets, at('2026'), true)).toMatchObject({
      status: 'no_data',
      reason: 'zero_denominator',
    });
    expect(assess(ratio(1n, null), targets, at('2026'), true)).toMatchObject({ reason: 'absent_denominator' });
  });

  it('what nobody reported is no data, even where a sum says 0', () => {
    const silent = assess(ratio(0n, 0n, { coverage: of92(0, 3) }), namCuong, at('2026H2'), true);
    expect(silent).toMatchObject({ status: 'no_data', reason: null });
    expect(statusOf({ ...ratio(0n, null), kind: 'stock', coverage: of92(0) }, namCuong, '2026', true)).toBe('no_data');
    const nobodyOwes = coverageOf({ value: 0, notApplicable: 0, missing: 0, notReported: 0 });
    expect(statusOf(ratio(null, null, { coverage: nobodyOwes }), namCuong, '2026H2', true)).toBe('no_data');
    expect(statusOf(ratio(null, null, { coverage: of92(0, 92) }), namCuong, '2026H2', true)).toBe('not_applicable');
  });

  it('91 of 92 is met only on what was reported, unless the lower bound is enough', () => {
    const coverage = of92(90, 1);
    const unsure = assess(ratio(1080n, 10_793n, { coverage }), namCuong, at('2026H2'), true);
    expect(unsure).toMatchObject({
      status: 'met_on_reported',
      certain: false,
      label: 'Đạt trên số đã báo cáo (91/92 đơn vị)',
      labelEn: 'met on what was reported (91/92 units)',
      coverageNote: { vi: '91/92 đơn vị đã trả lời', en: '91/92 units answered' },
    });
    const known = (d: bigint) => bounds({ n: 1080n, d: 10_793n, missingDenominators: [d], unknownCount: 0 });
    expect(assess(ratio(1080n, 10_793n, { coverage, ...known(7n) }), namCuong, at('2026H2'), true)).toMatchObject({
      status: 'met',
      certain: true,
      coverageNote: { vi: '91/92 đơn vị đã trả lời; chắc chắn trên mẫu số gần nhất đã biết' },
    });
    expect(statusOf(ratio(1080n, 10_793n, { coverage, ...known(8n) }), namCuong, '2026H2', true)).toBe(
      'met_on_reported',
    );
  });

  it('an unknown denominator leaves no bounds, and says so', () => {
    const open = bounds({ n: 1080n, d: 10_793n, missingDenominators: [7n], unknownCount: 1 });
    expect(open).toMatchObject({ lower: null, upper: null, boundsNote: { vi: 'mẫu số chưa biết: 1 đơn vị' } });
    const assessed = assess(ratio(1080n, 10_793n, { coverage: of92(91), ...open }), namCuong, at('2026H2'), true);
    expect(assessed.status).toBe('met_on_reported');
    expect(assessed.coverageNote?.vi).toBe('91/92 đơn vị đã trả lời; mẫu số chưa biết: 1 đơn vị');
  });

  it('"not met" with units missing is certain only when they could not save it', () => {
    const closedWith = (missing: bigint) =>
      assess(
        ratio(900n, 10_000n, {
          coverage: of92(91),
          ...bounds({ n: 900n, d: 10_000n, missingDenominators: [missing], unknownCount: 0 }),
        }),
        namCuong,
        at('2026H2'),
        true,
      );
    expect(closedWith(111n)).toMatchObject({ status: 'not_met', certain: true });
    expect(closedWith(112n)).toMatchObject({ status: 'not_met', certain: false });
  });

  it('two communes 50/100 and 900/1,000 are 950/1,100: met at 86 %, though the mean would be 70 %', () => {
    expect(
      statusOf(ratio(950n, 1100n, { coverage: coverageOf({ ...full, value: 2 }) }), [atLeast('86', 2026)], '2026'),
    ).toBe('met');
  });

  it('flows over a year speak of unit reports', () => {
    const coverage = coverageOf({ value: 180, notApplicable: 1, missing: 1, notReported: 2 });
    const measured: Measured = { kind: 'flow', n: 50n, d: null, coverage, countedIn: 'unit_rounds' };
    expect(assess(measured, [atLeast('40', 2026)], at('2026'), false).label).toBe(
      'Đạt trên số đã báo cáo (181/184 lượt báo cáo)',
    );
  });
});

describe('counts', () => {
  const count = (n: bigint, more: Partial<Measured> = {}): Measured => ({
    kind: 'stock',
    n,
    d: null,
    coverage: full,
    ...more,
  });

  it('are held to a number, at their scale, and have no pace', () => {
    expect(statusOf(count(12n), [atLeast('12', 2026)], '2026', true)).toBe('met');
    expect(statusOf(count(124n, { scale: 1 }), [atLeast('12.4', 2026)], '2026', true)).toBe('met');
    expect(assess(count(123n, { scale: 1 }), [atLeast('12.35', 2026)], at('2026'), true)).toMatchObject({
      status: 'not_met',
      shortfall: { needed: 124n, missing: 1n },
    });
    expect(assess(count(1n), namCuong, at('2028H2'), false)).toMatchObject({ status: 'in_progress', pace: null });
  });

  it('have a lower bound only: met stays met, "not met" is not certain', () => {
    const open = (n: bigint) => count(n, { coverage: of92(91), ...countBounds(n) });
    expect(assess(open(12n), [atLeast('12', 2026)], at('2026'), true)).toMatchObject({
      status: 'met',
      certain: true,
      coverageNote: { vi: '91/92 đơn vị đã trả lời' },
    });
    expect(assess(open(11n), [atLeast('12', 2026)], at('2026'), true)).toMatchObject({
      status: 'not_met',
      certain: false,
    });
  });
});

describe('milestones', () => {
  const said = (n: bigint, d: bigint, more: Partial<Measured> = {}): Measured => ({
    kind: 'milestone',
    n,
    d,
    coverage: full,
    ...more,
  });

  it("a unit's own yes meets; a no is in progress until the year is closed", () => {
    expect(statusOf(said(1n, 1n), [yes(2026)], '2026H1')).toBe('met');
    expect(statusOf(said(0n, 1n), [yes(2026)], '2026H2')).toBe('in_progress');
    expect(statusOf(said(0n, 1n), [yes(2026)], '2026H2', true)).toBe('not_met');
    expect(statusOf(said(0n, 1n), [yes(2027, true)], '2026H2', true)).toBe('in_progress');
    expect(statusOf(said(0n, 1n), [yes(2027, true)], '2029H2', true)).toBe('not_met');
  });

  it('over units all must say yes, and all must have answered', () => {
    expect(statusOf(said(92n, 92n, { coverage: of92(92) }), [yes(2026)], '2026H2')).toBe('met');
    expect(statusOf(said(3320n, 3321n), [yes(2026)], '2026H2')).toBe('in_progress');
    expect(statusOf(said(90n, 90n, { coverage: of92(90, 2) }), [yes(2026)], '2026H2')).toBe('met');
    const open = { coverage: of92(91), ...bounds({ n: 91n, d: 91n, missingDenominators: [1n], unknownCount: 0 }) };
    expect(statusOf(said(91n, 91n, open), [yes(2026)], '2026H2')).toBe('met_on_reported');
    expect(
      assess(
        said(90n, 91n, { ...open, ...bounds({ n: 90n, d: 91n, missingDenominators: [1n], unknownCount: 0 }) }),
        [yes(2026)],
        at('2026H2'),
        true,
      ),
    ).toMatchObject({
      status: 'not_met',
      certain: true,
      shortfall: { needed: 91n, missing: 1n },
    });
  });
});

it('beside a total: units meeting their own target, of those that have one', () => {
  const assessed = [ratio(1080n, 10_793n), ratio(1n, 10_793n), ratio(null, null, { coverage: of92(0) })].map(
    (measured) => assess(measured, namCuong, at('2026'), true),
  );
  expect(unitsMeeting([...assessed, assess(ratio(1n, 1n), [], at('2026'), true)])).toEqual({ meeting: 1, having: 3 });
});
