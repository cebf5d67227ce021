/**
 * Every kind of file, made from a record of two provinces, read back by a library that shares nothing with the one that
 * wrote it and held cell by cell against what the services answer at the instant of the file; every formula worked out
 * anew; and the same instant asked for a year and many reports later.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '#core';
import type { LayoutKind } from '#exports';
import { NATION } from '#organisations';
import type { Basis, ObligationState, Total, UnitTotals } from '#rollups';
import { settableClock } from '../support/database-clock.js';
import { type Exported, openExports, PROGRAMME, ROUND } from '../support/exports.js';
import { recalculated } from '../support/recalculate.js';
import { cellsOf, type Grid, openBook } from '../support/sheets.js';

const KHA_SON = '05953';
const files: [LayoutKind, string][] = [
  ['province_summary', '19'],
  ['nation_summary', NATION],
  ['commune_report', KHA_SON],
  ['reminders', '19'],
  ['reminders', NATION],
  ['figures_csv', '19'],
];

const folder = mkdtempSync(join(tmpdir(), 'read-back-'));
const clockFile = join(folder, 'now');
const setClock = (instant: Date) => writeFileSync(clockFile, instant.toISOString());

let country: Exported;
const made = new Map<string, { file: Buffer; instant: string }>();
const of = (kind: LayoutKind, unit: string) => made.get(`${kind} ${unit}`)!;

async function make(kind: LayoutKind, unit: string, asOf?: string) {
  const { instant, ...rest } = await country.make(kind, unit, { asOf });
  return { instant: instant as string, file: await country.written({ instant, ...rest }) };
}

beforeAll(async () => {
  setClock(new Date());
  country = await openExports(['19', '20'], new Clock(clockFile));
  setClock(new Date());
  for (const [kind, unit] of files) made.set(`${kind} ${unit}`, await make(kind, unit));
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await country.close();
});

const question = (unitCode: string, basis: Basis, asOf: string) => ({
  unitCode,
  programme: PROGRAMME,
  period: ROUND,
  basis,
  asOf,
});
const totalsOf = (unit: string, basis: Basis, asOf: string) =>
  country.totals.totals(country.ministry, question(unit, basis, asOf));
async function childrenOf(unit: string, basis: Basis, asOf: string): Promise<UnitTotals[]> {
  const all: UnitTotals[] = [];
  for (let after: string | null = null; ; ) {
    const page = await country.totals.childTotals(country.ministry, question(unit, basis, asOf), { first: 500, after });
    all.push(...page.items);
    if (!page.hasNextPage) return all;
    after = page.endCursor;
  }
}
async function obligationsOf(unit: string, asOf: string): Promise<ObligationState[]> {
  const wanted = { unitCode: unit, programme: PROGRAMME, round: ROUND, asOf };
  const page = await country.completeness.list(country.ministry, wanted, {}, { first: 500 });
  expect(page.hasNextPage).toBe(false);
  return page.items;
}

/** What a unit's row must show of one indicator, from its first column on. */
function shownOf({ unit, expected }: UnitTotals, total: Total): (string | number | undefined)[] {
  const { kind } = total.indicator;
  const width = kind === 'ratio' ? 3 : 1;
  if (expected === 0) return Array(width).fill(undefined);
  const [n, d] = [Number(total.numerator), Number(total.denominator)];
  if (total.noValue === 'zero_denominator') return [0, 0, ''];
  if (total.numerator === null) return Array(width).fill(total.noValue === 'not_applicable' ? 'KPS' : '–');
  if (kind === 'milestone') return [unit.level === 2 ? (n === 1 ? 'Có' : 'Không') : n];
  return kind === 'ratio' ? [n, d, n / d] : [n];
}

const row = (sheet: Grid, at: number, from: number, width: number) =>
  Array.from({ length: width }, (_, offset) => sheet.at(at, from + offset));

/** Where an indicator's columns begin, by its title in the header. */
function columnOf(sheets: readonly Grid[], header: number, title: string): { sheet: Grid; column: number } {
  for (const sheet of sheets)
    for (let column = 1; column <= sheet.columns; column += 1)
      if (String(sheet.at(header, column) ?? '').startsWith(title)) return { sheet, column };
  throw new Error(`No column for "${title}"`);
}

describe('read back by another library', () => {
  it('a province: every figure of every commune, and the totals', async () => {
    const { file, instant } = of('province_summary', '19');
    const { names, sheet } = openBook(file);
    const details = names.filter((name) => name.startsWith('Chi tiết')).map(sheet);
    const [whole, below] = [await totalsOf('19', 'accepted', instant), await childrenOf('19', 'accepted', instant)];
    expect(below).toHaveLength(92);
    let compared = 0;
    for (const [at, total] of whole.totals.entries()) {
      const { sheet, column } = columnOf(details, 4, `${at + 1}. ${total.indicator.name}`);
      for (const unit of below) {
        const shown = shownOf(unit, unit.totals[at]!);
        expect(row(sheet, sheet.find(2, unit.unit.code), column, shown.length)).toEqual(shown);
        compared += shown.length;
      }
      const sum = shownOf(whole, total);
      expect(row(sheet, sheet.find(1, 'Toàn tỉnh'), column, sum.length)).toEqual(sum);
    }
    expect(compared).toBeGreaterThan(92 * 16);
  });

  it('a province: results, received beside them, bounds, coverage, assessment', async () => {
    const { file, instant } = of('province_summary', '19');
    const sheet = openBook(file).sheet('Kết quả');
    const [accepted, received] = [await totalsOf('19', 'accepted', instant), await totalsOf('19', 'received', instant)];
    const words = { no_data: 'Chưa có số liệu', not_applicable: 'Không phát sinh', zero_denominator: 'Mẫu số bằng 0' };
    const value = ({ numerator, denominator, noValue }: Total) =>
      numerator === null
        ? words[noValue!]
        : denominator === null
          ? Number(numerator)
          : Number(numerator) / Number(denominator);
    for (const [at, total] of accepted.totals.entries()) {
      const line = sheet.find(2, total.indicator.name);
      expect(row(sheet, line, 4, 2)).toEqual([
        Number(total.numerator),
        total.denominator === null ? '' : Number(total.denominator),
      ]);
      expect(sheet.at(line, 6)).toBe(value(total));
      const ends = [total.bounds?.lower, total.bounds?.upper].map((end) =>
        !end ? '–' : end.denominator === null ? Number(end.numerator) : Number(end.numerator) / Number(end.denominator),
      );
      expect(row(sheet, line, 7, 2)).toEqual(ends);
      expect(sheet.at(line, 9)).toBe(value(received.totals[at]!));
      expect(sheet.at(line, 10)).toBe(`${total.coverage.included}/${total.coverage.expected}`);
      const judged = [total.own, total.superior].find((one) => one && one.status !== 'no_target');
      expect(String(sheet.at(line, 14))).toContain(judged?.label ?? 'Không có mục tiêu');
      expect(sheet.at(line, 15)).toBe(
        total.below && total.below.having > 0 ? `${total.below.meeting}/${total.below.having}` : '–',
      );
    }
  });

  it('a province: who has handed in and when, as true dates', async () => {
    const { file, instant } = of('province_summary', '19');
    const sheet = openBook(file).sheet('Tình hình nộp');
    const obligations = await obligationsOf('19', instant);
    expect(obligations).toHaveLength(92);
    for (const { unit, dueOn, firstReceivedAt, newestVersion } of obligations) {
      const line = sheet.find(2, unit.code);
      expect(sheet.at(line, 4)).toEqual(new Date(`${dueOn}T00:00:00Z`));
      const local = firstReceivedAt && new Date(Math.floor(firstReceivedAt.getTime() / 1000) * 1000 + 7 * 3_600_000);
      // A serial number holds no whole seconds: to the nearest.
      const shown = sheet.at(line, 6);
      expect(shown instanceof Date ? new Date(Math.round(shown.getTime() / 1000) * 1000) : shown).toEqual(
        local ?? undefined,
      );
      expect(sheet.at(line, 8)).toBe(newestVersion || undefined);
    }
    const summary = await country.completeness.summary(country.ministry, {
      unitCode: '19',
      programme: PROGRAMME,
      round: ROUND,
      asOf: instant,
    });
    expect(sheet.at(4, 1)).toContain(`Phải nộp: ${summary.expected} đơn vị. Đã nộp: ${summary.onTime + summary.late}`);
  });

  it('the nation: its provinces, and every commune that reported', async () => {
    const { file, instant } = of('nation_summary', NATION);
    const { names, sheet } = openBook(file);
    const details = names.filter((name) => name.startsWith('Chi tiết')).map(sheet);
    const communes = sheet('Cấp xã');
    const [whole, provinces] = [
      await totalsOf(NATION, 'accepted', instant),
      await childrenOf(NATION, 'accepted', instant),
    ];
    expect(provinces).toHaveLength(34);
    for (const [at, total] of whole.totals.entries()) {
      const { sheet, column } = columnOf(details, 4, `${at + 1}. ${total.indicator.name}`);
      for (const province of provinces) {
        const shown = shownOf(province, province.totals[at]!);
        expect(row(sheet, sheet.find(2, province.unit.code), column, shown.length)).toEqual(shown);
      }
      const sum = shownOf(whole, total);
      expect(row(sheet, sheet.find(1, 'Cả nước'), column, sum.length)).toEqual(sum);
    }
    for (const province of ['19', '20', '75'])
      for (const unit of await childrenOf(province, 'accepted', instant)) {
        const shown = unit.totals.flatMap((total) => shownOf(unit, total));
        expect(row(communes, communes.find(3, unit.unit.code), 8, shown.length)).toEqual(shown);
      }
    expect(communes.find(1, 3321)).toBeGreaterThan(3321);
    const timeliness = sheet('Tình hình nộp');
    for (const { unit } of provinces) {
      const { expected, onTime, late, notSubmitted, counts } = await country.completeness.summary(country.ministry, {
        unitCode: unit.code,
        programme: PROGRAMME,
        round: ROUND,
        asOf: instant,
      });
      expect(row(timeliness, timeliness.find(2, unit.code), 4, 6)).toEqual([
        expected,
        onTime,
        late,
        notSubmitted,
        counts.accepted,
        counts.submitted,
      ]);
    }
  });

  it('a commune: its own figures as received', async () => {
    const { file, instant } = of('commune_report', KHA_SON);
    const sheet = openBook(file).sheet('Phụ lục');
    expect(sheet.at(6, 1)).toContain('lần gửi thứ 1 (người gửi xác nhận không chứa nội dung mật), ');
    const unit = await totalsOf(KHA_SON, 'received', instant);
    for (const total of unit.totals.filter(
      ({ indicator }) => indicator.kind !== 'milestone' && indicator.kind !== 'text',
    )) {
      const line = sheet.find(2, total.indicator.name);
      const n = total.numerator === null ? '–' : Number(total.numerator);
      expect(sheet.at(line, 4)).toBe(n);
      if (total.indicator.kind === 'ratio')
        expect(sheet.at(line, 5)).toBe(total.denominator === null ? '–' : Number(total.denominator));
    }
    for (const total of unit.totals.filter(({ indicator }) => indicator.kind === 'milestone'))
      if (total.numerator !== null) expect(sheet.at(sheet.find(2, total.indicator.name), 6)).toBe(total.display);
  });

  it('who is to be urged: those and no others, of a province and of the nation', async () => {
    for (const [unit, provinces] of [
      ['19', ['19']],
      [NATION, ['19', '20', '75']],
    ] as const) {
      const { file, instant } = of('reminders', unit);
      const sheet = openBook(file).sheet('Danh sách đôn đốc');
      for (const province of provinces)
        for (const { unit: owing, class: name } of await obligationsOf(province, instant))
          expect([owing.code, sheet.find(2, owing.code) > 0]).toEqual([
            owing.code,
            ['overdue', 'returned', 'not_yet_due'].includes(name),
          ]);
    }
  });

  it('comma-separated values: both bases of every figure', async () => {
    const { file, instant } = of('figures_csv', '19');
    const lines = file
      .toString('utf8')
      .slice(1)
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    const byKey = new Map(lines.slice(1).map((line) => [`${line[4]} ${line[7]}`, line]));
    const received = await childrenOf('19', 'received', instant);
    for (const [at, unit] of (await childrenOf('19', 'accepted', instant)).entries())
      for (const [place, total] of unit.totals.entries()) {
        const line = byKey.get(`${unit.unit.code} ${total.indicator.code}`)!;
        const beside = received[at]!.totals[place]!;
        expect(line.slice(12, 14)).toEqual([total.numerator ?? '', total.denominator ?? '']);
        expect(line.slice(15, 17)).toEqual([beside.numerator ?? '', beside.denominator ?? '']);
      }
  });
});

describe('formulas', () => {
  it.each(files.filter(([kind]) => kind !== 'figures_csv'))(
    'of %s %s are worth what is stored beside them',
    (kind, unit) => {
      const all = recalculated(openBook(of(kind, unit).file).book);
      if (kind !== 'reminders') expect(all.length).toBeGreaterThan(3);
      expect(all.filter(({ stored, again }) => (stored ?? '') !== again)).toEqual([]);
    },
  );
});

describe('a year later', () => {
  it('the same instant gives the same file, byte for byte, whatever has come since', async () => {
    const shift = await settableClock(country.db.dataSource);
    await shift(366 * 86_400);
    for (const province of ['19', '20']) await country.report(province, 60);
    setClock(new Date(Date.now() + 367 * 86_400_000));
    const before = of('province_summary', '19');
    const now = await make('province_summary', '19');
    expect(now.instant > before.instant).toBe(true);
    const after = cellsOf(now.file);
    const changed = [...cellsOf(before.file)].filter(([at, { v }]) => v !== after.get(at)?.v);
    expect(changed.length).toBeGreaterThan(50);
    for (const [kind, unit] of files) {
      const { file, instant } = of(kind, unit);
      const again = await make(kind, unit, instant);
      if (kind !== 'figures_csv') expect(cellsOf(again.file)).toEqual(cellsOf(file));
      expect([kind, unit, again.file.equals(file)]).toEqual([kind, unit, true]);
    }
  }, 120_000);
});
