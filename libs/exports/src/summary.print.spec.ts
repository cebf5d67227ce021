/** The workbook on paper and in the hands of its readers: print set-up, fonts, whole texts, and the summaries at the edges. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Workbook } from 'exceljs';
import { sampleCases } from '../../../test/support/summary-cases.js';
import { AS_OF, sampleSummary } from '../../../test/support/summary-sample.js';
import { detailColumns, read, rowOf, written } from '../../../test/support/workbook.js';
import { readXlsx } from '../../../test/support/xlsx.js';
import type { Summary, SummaryNarrative } from './summary.js';

const narrative = (text: string, unit = 'Kha Sơn'): SummaryNarrative => ({
  unitCode: '05953',
  unitName: unit,
  unitKind: 'xa',
  section: 'kho_khan_vuong_mac',
  sectionName: 'Khó khăn, vướng mắc và nguyên nhân',
  text,
});

describe('on paper', () => {
  let file: Buffer;
  let workbook: Workbook;

  beforeAll(async () => {
    file = await written(sampleSummary());
    workbook = await read(file);
  });

  it('is A4 landscape, one page wide, with the margins of an official document', () => {
    for (const { pageSetup } of workbook.worksheets) {
      expect(pageSetup).toMatchObject({
        paperSize: 9,
        orientation: 'landscape',
        fitToPage: true,
        fitToWidth: 1,
        fitToHeight: 0,
      });
      const millimetres = (inches: number) => Math.round(inches * 25.4);
      const { left, right, top, bottom } = pageSetup.margins!;
      expect([left, right, top, bottom].map(millimetres)).toEqual([30, 15, 20, 20]);
    }
  });

  it('repeats the header on every page, keeps it in view, and numbers the pages', () => {
    const { parts } = readXlsx(file);
    const titles = [
      ...parts
        .get('xl/workbook.xml')!
        .replaceAll('&apos;', "'")
        .matchAll(/_xlnm\.Print_Titles"[^>]*>'([^']*)'!([^<]*)</g),
    ];
    expect(titles.map(([, name, rows]) => [name, rows])).toEqual([
      ['Kết quả', '$11:$13'],
      ['Biểu đồ', '$1:$3'],
      ['Chi tiết theo xã', '$4:$6'],
      ['Chi tiết theo xã (2)', '$4:$6'],
      ['Tình hình nộp', '$6:$7'],
      ['Khó khăn, kiến nghị', '$4:$4'],
      ['Cách tính, nguồn', '$1:$2'],
      ['Nguồn số liệu', '$5:$6'],
    ]);
    for (const sheet of workbook.worksheets) {
      expect(sheet.headerFooter.oddHeader).toBe('&C&"Times New Roman,Regular"&13&P/&N');
      const rows = Number(/:(\d+)$/.exec(sheet.pageSetup.printTitlesRow!)![1]);
      expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: rows });
    }
    expect(workbook.getWorksheet('Kết quả')!.getCell('A11').value).toBe('STT');
    expect(workbook.getWorksheet('Tình hình nộp')!.getCell('F6').value).toBe('Nhận lần đầu (giờ Việt Nam)');
  });

  it('is written in Times New Roman throughout, numbers and dates as such with their formats', () => {
    const { sheets } = readXlsx(file);
    const cells = sheets.flatMap((sheet) => [...sheet.cells.values()]);
    expect(new Set(cells.map(({ font }) => font))).toEqual(new Set(['Times New Roman']));
    const formats = (name: string, column: string) => {
      const { cells } = sheets.find((sheet) => sheet.name === name)!;
      const numbers = [...cells].filter(
        ([address, { type, value }]) => address.startsWith(column) && type === 'n' && value !== null,
      );
      return new Set(numbers.map(([, { format }]) => format));
    };
    expect(formats('Chi tiết theo xã', 'E')).toEqual(new Set(['#,##0_*', '#,##0"*"']));
    expect(formats('Chi tiết theo xã', 'G')).toEqual(new Set(['0.0%']));
    expect(formats('Tình hình nộp', 'D')).toEqual(new Set(['dd/mm/yyyy']));
    expect(formats('Tình hình nộp', 'F')).toEqual(new Set(['dd/mm/yyyy hh:mm']));
  });

  it('ends its pages between rows that belong apart: no heading stands alone, nor a signature, and each page holds its rows', () => {
    let broken = 0;
    for (const sheet of workbook.worksheets) {
      const { xml } = readXlsx(file).sheets.find(({ name }) => name === sheet.name)!;
      const breaks = [...xml.matchAll(/<brk id="(\d+)"[^>]*man="1"/g)].map(([, row]) => Number(row));
      const [first = 0, last = 0] = sheet.pageSetup.printTitlesRow!.split(':').map(Number);
      const height = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, at) => sheet.getRow(from + at).height).reduce(
          (sum, one) => sum + one,
          0,
        );
      // 252 × 170 mm of paper; a column's unit is 7 of 96 pixels an inch.
      const wide = sheet.columns.reduce((sum, { width = 0 }) => sum + Math.trunc(width * 7) * 0.75, 0);
      const holds = ((170 / 25.4) * 72) / Math.min(1, ((252 / 25.4) * 72) / wide);
      const ends = [...breaks, sheet.rowCount];
      ends.forEach((end, at) => {
        const repeated = at === 0 ? 0 : height(first, last);
        expect(repeated + height(at === 0 ? 1 : ends[at - 1]! + 1, end)).toBeLessThanOrEqual(holds);
      });
      for (const row of breaks) {
        expect(sheet.getCell(row, 1).text).not.toMatch(/^(I|V)+\. |^Nơi nhận|^Ghi chú|^Biểu đồ/);
        expect(sheet.getCell(row + 1, 1).text).not.toMatch(/^Nơi nhận|^- /);
      }
      broken += breaks.length;
    }
    expect(broken).toBeGreaterThan(10);
  });

  it('carries the instant of the figures as its only time', () => {
    expect([workbook.created, workbook.modified]).toEqual([AS_OF, AS_OF]);
  });
});

describe('what communes write', () => {
  const textsOf = async (narratives: SummaryNarrative[]) => {
    const file = await written({ ...sampleSummary(), narratives });
    const sheet = readXlsx(file).sheets.find(({ name }) => name === 'Khó khăn, kiến nghị')!;
    return {
      cells: sheet.cells,
      texts: [...sheet.cells].filter(([address]) => /^D\d/.test(address)).map(([, { value }]) => value),
    };
  };

  it('stays text, whatever it begins with', async () => {
    const tricks = [
      '=HYPERLINK("http://example.org","Xem")',
      '+84 912 345 678',
      '-2+3',
      '@SUM(A1:A9)',
      '\t=1+1',
      "=cmd|' /C calc'!A0",
    ];
    const { cells } = await textsOf(tricks.map((text) => narrative(text)));
    const found = [...cells.values()].filter(({ value }) => tricks.some((trick) => trick.trim() === value));
    expect(found).toHaveLength(tricks.length);
    for (const { type, formula } of found) expect([type, formula]).toEqual(['s', null]);
  });

  it('is composed, keeps its lines and marks, and loses only what no cell can hold', async () => {
    const { texts } = await textsOf([
      narrative('Đường truyền\r\nchưa ổn định <5 Mb/s> & \u0007“chậm”'.normalize('NFD'), 'Hoà Bình'.normalize('NFD')),
    ]);
    expect(texts).toContain('Đường truyền\nchưa ổn định <5 Mb/s> & “chậm”');
    const whole = await written({
      ...sampleSummary(),
      narratives: [narrative('Đề nghị'.normalize('NFD'), 'Hoà Bình'.normalize('NFD'))],
    });
    for (const text of readXlsx(whole).parts.values()) expect(text).toBe(text.normalize('NFC'));
  });

  it('goes on over more rows when it is long, every word of it, none taller than a row can be', async () => {
    const words = Array.from({ length: 6_000 }, (_, index) => `chữ${index}`);
    const file = await written({ ...sampleSummary(), narratives: [narrative(words.join(' '))] });
    const sheet = (await read(file)).getWorksheet('Khó khăn, kiến nghị')!;
    const rows = sheet.getRows(6, sheet.rowCount - 5)!;
    expect(rows.length).toBeGreaterThan(3);
    expect(
      rows
        .map((row) => row.getCell(4).text)
        .join(' ')
        .split(' '),
    ).toEqual(words);
    for (const row of rows) expect(row.height).toBeLessThan(409);
    expect(sheet.getCell(6, 3).isMerged).toBe(true);
  });

  it('is cut even where it has no spaces: a cell holds 32,767 signs', async () => {
    const { texts } = await textsOf([narrative('a'.repeat(40_000))]);
    const parts = texts.filter((text) => text?.startsWith('a'));
    expect(parts.join('')).toBe('a'.repeat(40_000));
    for (const part of parts) expect(part!.length).toBeLessThan(32_767);
  });
});

describe('summaries at the edges', () => {
  it('before anybody has reported: dashes and words, no zero', async () => {
    const sample = sampleCases();
    for (const one of sample.cases)
      Object.assign(one, { class: 'not_yet_due', firstReceivedAt: null, accepted: null, received: null });
    const summary = { ...sampleSummary(sample), narratives: [] };
    const workbook = await read(await written(summary));
    const results = workbook.getWorksheet('Kết quả')!;
    const row = rowOf(results, 2, summary.accepted.totals[0]!.indicator.name);
    expect([4, 5, 6, 9, 10].map((column) => results.getCell(row, column).value)).toEqual([
      '–',
      '–',
      'Chưa có số liệu',
      'Chưa có số liệu',
      '0/92',
    ]);
    for (const { sheet, column } of detailColumns(workbook, summary.accepted.totals))
      for (let at = 7; at <= rowOf(sheet, 1, 'Toàn tỉnh'); at += 1)
        if (sheet.getCell(at, 1).text) expect(sheet.getCell(at, column).value).not.toBe(0);
    expect(workbook.getWorksheet('Tình hình nộp')!.getCell(8, 1).value).toBe('I. CHƯA NỘP, CHƯA ĐẾN HẠN (92 đơn vị)');
    expect(workbook.getWorksheet('Khó khăn, kiến nghị')!.getCell(5, 1).value).toBe('Không đơn vị nào ghi nội dung.');
  });

  it('when units have moved since: the stored total stands, as a plain number, and says why', async () => {
    const whole = sampleSummary();
    const moved: Summary = {
      ...whole,
      below: whole.below.filter(({ totals }) => totals[0]!.numerator !== null).slice(1),
    };
    const workbook = await read(await written(moved));
    const sheet = workbook.getWorksheet('Chi tiết theo xã')!;
    expect(sheet.getCell(rowOf(sheet, 1, 'Toàn tỉnh'), 5).value).toBe(Number(whole.accepted.totals[0]!.numerator));
    expect(sheet.getCell(sheet.rowCount, 1).text).toContain('lấy theo nghĩa vụ báo cáo của kỳ');
  });

  it('reported 0 of 0: two zeros and no rate', async () => {
    const sample = sampleCases();
    sample.cases[0]!.accepted = { ...sample.cases[0]!.accepted, nhiem_vu_khcn_truyen_thong: { n: 0n, d: 0n } };
    const summary = sampleSummary(sample);
    const workbook = await read(await written(summary));
    const { sheet, column } = detailColumns(workbook, summary.accepted.totals)[2]!;
    const row = rowOf(sheet, 2, summary.below[0]!.unit.code);
    expect([sheet.getCell(row, column).value, sheet.getCell(row, column + 1).value]).toEqual([0, 0]);
    expect(sheet.getCell(row, column + 2).result ?? '').toBe('');
  });

  it('a city is not a province in its titles', async () => {
    const summary = sampleSummary();
    summary.accepted.unit = { ...summary.accepted.unit, kind: 'thanh_pho_truc_thuoc_trung_uong', name: 'Hải Phòng' };
    const workbook = await read(await written(summary));
    expect(workbook.getWorksheet('Kết quả')!.getCell('A1').value).toBe('UBND THÀNH PHỐ HẢI PHÒNG');
    expect(rowOf(workbook.getWorksheet('Chi tiết theo xã')!, 1, 'Toàn thành phố')).toBeGreaterThan(0);
  });
});
