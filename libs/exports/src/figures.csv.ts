/**
 * Figures as comma-separated values (RFC 4180, UTF-8 with its mark, so that spreadsheets read the diacritics): one line per
 * commune and indicator, both bases side by side. Digits are exact, with a point; days and instants are ISO 8601. What is
 * missing is empty, never 0, and the state beside it says why. Text that a spreadsheet would run as a formula is shielded.
 */
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Total, TotalUnit, UnitTotals } from '#rollups';
import type { UnitList } from './summary.js';

const columns = [
  'ky_bao_cao',
  'thoi_diem',
  'ma_tinh',
  'ten_tinh',
  'ma_don_vi',
  'ten_don_vi',
  'loai_don_vi',
  'ma_chi_tieu',
  'ten_chi_tieu',
  'loai_chi_tieu',
  'don_vi_tinh',
  'trang_thai_da_duyet',
  'tu_so_da_duyet',
  'mau_so_da_duyet',
  'trang_thai_da_tiep_nhan',
  'tu_so_da_tiep_nhan',
  'mau_so_da_tiep_nhan',
] as const;

/** How a figure came about, in a word of the machine's: empty digits are told apart by it. */
function stateOf({ coverage, noValue }: Total): string {
  if (coverage.expected === 0) return 'khong_phai_nop';
  if (noValue === 'not_applicable') return 'khong_phat_sinh';
  if (noValue === 'zero_denominator') return 'mau_so_bang_0';
  if (coverage.missing > 0) return 'de_trong';
  if (coverage.notReported > 0) return 'chua_bao_cao';
  return coverage.estimated > 0 ? 'so_uoc' : 'co_so_lieu';
}

const part = (total: Total) => [stateOf(total), total.numerator ?? '', total.denominator ?? ''];

function* linesOf(list: UnitList, parent: TotalUnit, accepted: UnitTotals[], received: UnitTotals[]) {
  const beside = new Map(received.map((one) => [one.unit.code, one.totals]));
  for (const { unit, totals } of accepted)
    for (const [at, total] of totals.entries()) {
      const { code, name, kind, unitLabel } = total.indicator;
      yield [
        ...[list.round, list.instant, parent.code, parent.name, unit.code, unit.name, unit.kind],
        ...[code, name, kind, unitLabel ?? ''],
        ...part(total),
        ...part(beside.get(unit.code)?.[at] ?? total),
      ];
    }
}

/** Writes the file and ends the stream; one province at a time is held. */
export function writeFiguresCsv(list: UnitList, out: Writable): Promise<void> {
  async function* lines() {
    for (const parent of list.parents) {
      const accepted = await list.figuresOf(parent, 'accepted');
      yield* linesOf(list, parent, accepted, await list.figuresOf(parent, 'received'));
    }
  }
  const csv = stringify({
    header: true,
    columns: [...columns],
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  return pipeline(Readable.from(lines()), csv, out);
}
