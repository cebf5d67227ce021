/**
 * The workbook against the summary it was written from, cell by cell: read back by ExcelJS, and by a reader that shares
 * nothing with it. What is missing must never have become 0, and what is computed must be the stored total.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { CellFormulaValue, Workbook } from 'exceljs';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { detailColumns, formula, read, rowOf, rowOfUnit, written } from '../../../test/support/workbook.js';
import { type RawSheet, readXlsx } from '../../../test/support/xlsx.js';
import { summaryFileName } from './summary.workbook.js';

describe('the summary of a province as a workbook', () => {
  const summary = sampleSummary();
  let file: Buffer;
  let workbook: Workbook;
  let raw: RawSheet[];

  beforeAll(async () => {
    file = await written(summary);
    workbook = await read(file);
    raw = readXlsx(file).sheets;
  });

  it('has its sheets in the order in which they are read', () => {
    const names = [
      'Kết quả',
      'Biểu đồ',
      'Chi tiết theo xã',
      'Chi tiết theo xã (2)',
      'Tình hình nộp',
      'Khó khăn, kiến nghị',
      'Cách tính, nguồn',
      'Nguồn số liệu',
    ];
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(names);
    expect(raw.map(({ name }) => name)).toEqual(names);
  });

  it('opens with the official head, the date with its zeros, and the period', () => {
    const sheet = workbook.getWorksheet('Kết quả')!;
    const texts = [1, 2, 3, 4].map((row) => [sheet.getCell(row, 1).text, sheet.getCell(row, 6).text]);
    expect(texts[0]).toEqual(['UBND TỈNH THÁI NGUYÊN', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM']);
    expect(texts[1]).toEqual(['SỞ KHOA HỌC VÀ CÔNG NGHỆ', 'Độc lập - Tự do - Hạnh phúc']);
    expect(texts[3]).toEqual(['Số:            /BC-SKHCN', 'Thái Nguyên, ngày 22 tháng 6 năm 2026']);
    expect(sheet.getCell(8, 1).text).toBe('6 tháng đầu năm 2026 trên địa bàn tỉnh Thái Nguyên');
    expect(sheet.getCell(10, 1).text).toContain('17 giờ 05 phút ngày 22/06/2026');
  });

  it('gives each indicator one row with its parts, result, received result and coverage', () => {
    const sheet = workbook.getWorksheet('Kết quả')!;
    const received = summary.received.totals;
    summary.accepted.totals.forEach((total, index) => {
      const row = rowOf(sheet, 2, total.indicator.name);
      const value = (column: number) => sheet.getCell(row, column).value;
      const share = total.denominator !== null;
      expect(value(1)).toBe(index + 1);
      expect(value(4)).toBe(Number(total.numerator));
      expect(value(5)).toBe(share ? Number(total.denominator) : '');
      const result = share ? Number(total.numerator) / Number(total.denominator) : Number(total.numerator);
      expect(formula(sheet, row, 6)).toEqual({
        formula: share ? `IF(E${row}=0,"",D${row}/E${row})` : `D${row}`,
        result,
      });
      const beside = received[index]!;
      if (share) expect(formula(sheet, row, 9).formula).toBe(`${beside.numerator}/${beside.denominator}`);
      else expect(value(9)).toBe(Number(beside.numerator));
      expect(value(10)).toBe(`${total.coverage.included}/${total.coverage.expected}`);
      if (share) expect([sheet.getCell(row, 6).numFmt, sheet.getCell(row, 9).numFmt]).toEqual(['0.0%', '0.0%']);
    });
  });

  it('judges by the own target, marked as illustrative, and by the nation where there is none', () => {
    const sheet = workbook.getWorksheet('Kết quả')!;
    const [reach, , tasks, kept] = summary.accepted.totals.map(({ indicator }) => rowOf(sheet, 2, indicator.name));
    const years = [11, 12, 13].map((column) => sheet.getCell(12, column).value);
    expect(years).toEqual(['Năm 2026', 'Năm 2027', 'Năm 2030']);
    const targets = (row: number) => [11, 12, 13].map((column) => sheet.getCell(row, column).value);
    expect(targets(reach!)).toEqual([0.1, 0.3, 0.7]);
    expect(sheet.getCell(reach!, 11).numFmt).toBe('"≥ "0%');
    expect(sheet.getCell(reach!, 14).value).toBe('Đạt trên số đã báo cáo (83/91 đơn vị)');
    expect(sheet.getCell(reach!, 15).value).toBe('0/1');
    expect(sheet.getCell(reach!, 16).text).toContain('Mục tiêu [1] (minh hoạ), đánh giá theo mục tiêu năm 2026');
    expect(targets(tasks!)).toEqual(['–', '–', 1]);
    expect(sheet.getCell(tasks!, 14).value).toBe('Đang thực hiện\n(theo mục tiêu quốc gia)');
    expect(targets(kept!)).toEqual(['–', '–', '–']);
    expect(sheet.getCell(kept!, 14).value).toBe('Không có mục tiêu');
  });

  it('gives each commune its figures as numbers, a dash for what is missing, KPS for what does not arise', () => {
    for (const { sheet, column, index } of detailColumns(workbook, summary.accepted.totals))
      for (const commune of summary.below) {
        const total = commune.totals[index]!;
        const row = rowOfUnit(sheet, commune);
        const values = [0, 1, 2].map((offset) => sheet.getCell(row, column + offset).value);
        if (commune.expected === 0) expect(values[0]).toBeNull();
        else if (total.noValue === 'not_applicable') expect(values[0]).toBe('KPS');
        else if (total.noValue === 'no_data') expect(values[0]).toBe('–');
        else if (total.indicator.kind === 'milestone') expect(values[0]).toBe(total.display);
        else if (total.indicator.kind !== 'ratio') expect(values[0]).toBe(Number(total.numerator));
        else {
          const [n, d] = [Number(total.numerator), Number(total.denominator)];
          const [a, b] = [0, 1].map((offset) => sheet.getCell(row, column + offset).address);
          expect(values.slice(0, 2)).toEqual([n, d]);
          expect(formula(sheet, row, column + 2)).toEqual({ formula: `IF(${b}=0,"",${a}/${b})`, result: n / d });
          const estimated = total.coverage.estimated > 0;
          expect(sheet.getCell(row, column).numFmt).toBe(estimated ? '#,##0"*"' : '#,##0_*');
        }
      }
  });

  it('never turns what is missing into 0: zeros in the sheet are the zeros reported', () => {
    const zeros = detailColumns(workbook, summary.accepted.totals)
      .filter(({ total }) => total.indicator.kind !== 'milestone')
      .map(({ sheet, column, index }) => {
        const listed = summary.below.filter((commune) => sheet.getCell(rowOfUnit(sheet, commune), column).value === 0);
        return {
          index,
          listed: listed.length,
          reported: summary.below.filter(({ totals }) => totals[index]!.numerator === '0').length,
        };
      });
    expect(zeros.some(({ reported }) => reported > 0)).toBe(true);
    for (const { listed, reported } of zeros) expect(listed).toBe(reported);
  });

  it('sums live: the formula spans exactly the communes, and its result is the stored total', () => {
    const count = summary.below.length;
    for (const { sheet, column, total } of detailColumns(workbook, summary.accepted.totals)) {
      const row = rowOf(sheet, 1, 'Toàn tỉnh');
      const letter = sheet.getColumn(column).letter;
      const range = `${letter}${row - count}:${letter}${row - 1}`;
      expect(sheet.getCell(row - count, 1).value).toBe(1);
      expect(sheet.getCell(row - 1, 1).value).toBe(count);
      const counted = total.indicator.kind === 'milestone' ? `COUNTIF(${range},"Có")` : `SUM(${range})`;
      expect(formula(sheet, row, column)).toEqual({ formula: counted, result: Number(total.numerator) });
      const below = Array.from({ length: count }, (_, index) => sheet.getCell(row - count + index, column).value);
      const recounted =
        total.indicator.kind === 'milestone'
          ? below.filter((value) => value === 'Có').length
          : below.reduce<number>((sum, value) => sum + (typeof value === 'number' ? value : 0), 0);
      expect(recounted).toBe(Number(total.numerator));
      if (total.indicator.kind !== 'ratio') continue;
      expect(formula(sheet, row, column + 1).result).toBe(Number(total.denominator));
      expect(formula(sheet, row, column + 2).result).toBe(Number(total.numerator) / Number(total.denominator));
    }
  });

  it('lists received figures apart, outside the sums', () => {
    const sheet = workbook.getWorksheet('Chi tiết theo xã')!;
    const apart = rowOf(sheet, 1, 'Đã tiếp nhận, chưa duyệt (không cộng vào dòng trên)');
    const last = rowOf(sheet, 1, 'Nếu tính cả số chờ duyệt');
    const codes = Array.from({ length: last - apart - 1 }, (_, index) => sheet.getCell(apart + 1 + index, 2).value);
    const submitted = summary.obligations.filter((one) => one.class === 'submitted').map(({ unit }) => unit.code);
    expect(codes).toEqual(submitted);
    expect(sheet.getCell(last, 5).value).toBe(Number(summary.received.totals[0]!.numerator));
  });

  it('says the same to a reader that is not ExcelJS', () => {
    for (const sheet of raw) {
      const theirs = workbook.getWorksheet(sheet.name)!;
      if (sheet.name === 'Biểu đồ') continue;
      let compared = 0;
      for (const [address, cell] of sheet.cells) {
        if (cell.value === null) continue;
        compared += 1;
        const ours = theirs.getCell(address);
        if (cell.formula !== null) expect((ours.value as CellFormulaValue).formula).toBe(cell.formula);
        else if (cell.type === 's') expect(ours.text).toBe(cell.value);
        else if (!(ours.value instanceof Date)) expect(ours.value).toBe(Number(cell.value));
      }
      expect(compared).toBeGreaterThan(30);
    }
  });

  it('lists who has not submitted first, then the late, then those on time, with true dates', () => {
    const sheet = workbook.getWorksheet('Tình hình nộp')!;
    const group = (text: string) => rowOf(sheet, 1, text);
    const order = [
      'I. CHƯA NỘP, ĐÃ QUÁ HẠN (3 đơn vị)',
      'II. NỘP MUỘN (7 đơn vị)',
      'III. NỘP ĐÚNG HẠN (81 đơn vị)',
      'IV. KHÔNG PHẢI NỘP (1 đơn vị)',
    ];
    const rows = order.map(group);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(rows).not.toContain(0);
    expect(sheet.getCell(4, 1).value).toBe(
      'Phải nộp: 91 đơn vị. Đã nộp: 88 (đúng hạn 81, muộn 7). Chưa nộp: 3; ngoài ra 1 đơn vị không phải nộp.',
    );
    for (const obligation of summary.obligations) {
      const row = rowOf(sheet, 2, obligation.unit.code);
      expect(sheet.getCell(row, 4).value).toEqual(new Date(`${obligation.dueOn}T00:00:00Z`));
      expect(sheet.getCell(row, 4).numFmt).toBe('dd/mm/yyyy');
      const moment = sheet.getCell(row, 6).value;
      if (obligation.firstReceivedAt === null) expect(moment).toBeNull();
      else
        expect(moment).toEqual(
          new Date(Math.floor(obligation.firstReceivedAt.getTime() / 1000) * 1000 + 7 * 3_600_000),
        );
    }
  });

  it('shows the last millisecond of the due day on that day, and the first of the next as one day late', () => {
    const sheet = workbook.getWorksheet('Tình hình nộp')!;
    const at = (instant: string) =>
      summary.obligations.find((one) => one.firstReceivedAt?.toISOString() === instant)!.unit.code;
    const inTime = rowOf(sheet, 2, at('2026-06-10T16:59:59.999Z'));
    const late = rowOf(sheet, 2, at('2026-06-10T17:00:00.000Z'));
    expect(sheet.getCell(inTime, 6).value).toEqual(new Date('2026-06-10T23:59:59Z'));
    expect(sheet.getCell(late, 6).value).toEqual(new Date('2026-06-11T00:00:00Z'));
    expect([sheet.getCell(inTime, 7).value, sheet.getCell(late, 7).value]).toEqual([null, 1]);
    expect(late).toBeLessThan(inTime);
  });

  it('is the same file, byte for byte, whenever it is written', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await written(sampleSummary())).equals(file)).toBe(true);
  });

  it('has an ASCII name in the habit of the offices', () => {
    expect(summaryFileName(summary)).toBe('TongHop_NQ57_6thang_dau_nam_2026_ThaiNguyen.xlsx');
    const of = (name: string, round: string) =>
      summaryFileName({
        ...summary,
        round,
        accepted: { ...summary.accepted, unit: { ...summary.accepted.unit, name } },
      });
    expect(of('Đắk Lắk', '2027H2')).toBe('TongHop_NQ57_6thang_cuoi_nam_2027_DakLak.xlsx');
    expect(of('Hồ Chí Minh'.normalize('NFD'), '2026')).toBe('TongHop_NQ57_nam_2026_HoChiMinh.xlsx');
  });
});
