/** Where pages end: what ends a list or a table (its sum, its notes, its signatures) does not stand on a page alone. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { sampleCases } from '../../../test/support/summary-cases.js';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { written } from '../../../test/support/workbook.js';
import { type RawSheet, readXlsx } from '../../../test/support/xlsx.js';
import { writeBook } from './book.js';
import { writeReminders } from './reminders.sheet.js';
import type { UnitList } from './summary.js';

/** Rows before which a new page begins. */
const breaksOf = ({ xml }: RawSheet) =>
  [...xml.matchAll(/<brk id="(\d+)"/g)].map(([, id]) => Number(id) + 1).sort((a, b) => a - b);
/** Rows whose second column holds a unit's code, of all parts of the sheet. */
const listed = ({ cells }: RawSheet) =>
  [...cells]
    .filter(([address, { value }]) => /^B\d+$/.test(address) && /^\d{5}$/.test(value ?? ''))
    .map(([address]) => Number(address.slice(1)))
    .sort((a, b) => a - b);

const cases = sampleCases();
const of = (count: number) => ({ communes: cases.communes.slice(0, count), cases: cases.cases.slice(0, count) });

/** @returns how many of the sheets that were looked at have more than one page */
function expectWholeEnds(sheets: RawSheet[], names: RegExp): number {
  let broken = 0;
  for (const sheet of sheets.filter(({ name }) => names.test(name))) {
    const end = breaksOf(sheet).at(-1);
    if (end === undefined) continue;
    broken += 1;
    // Above the last unit stands another one, or the title of its group.
    expect([sheet.name, end < listed(sheet).at(-1)!]).toEqual([sheet.name, true]);
  }
  return broken;
}

describe('the last page', () => {
  it('of a summary holds the last two units, however many there are', async () => {
    let broken = 0;
    for (let count = 20; count <= cases.communes.length; count += 6)
      broken += expectWholeEnds(
        readXlsx(await written(sampleSummary(of(count)))).sheets,
        /^(Chi tiết|Tình hình|Nguồn)/,
      );
    expect(broken).toBeGreaterThan(20);
  }, 120_000);

  it('of the results holds the last row above its notes and signatures', async () => {
    for (const request of [null, 'Công văn số 99/SKHCN']) {
      const file = readXlsx(await written({ ...sampleSummary(), request, ...(request && { round: '2026X1' }) }));
      const sheet = file.sheets.find(({ name }) => name === 'Kết quả')!;
      const numbers = [...sheet.cells].filter(([address, { type }]) => /^A\d+$/.test(address) && type === 'n');
      const last = Math.max(...numbers.map(([address]) => Number(address.slice(1))));
      expect(breaksOf(sheet).at(-1)).toBeLessThanOrEqual(last);
    }
  });
});

describe('the list of those to be urged', () => {
  const { accepted, obligations, programme, round, instant, asOf } = sampleSummary();
  const list = async (count: number) => {
    const overdue = obligations.slice(0, count).map((one) => ({ ...one, class: 'overdue' as const }));
    const out = new PassThrough();
    const collected = buffer(out);
    const { unit } = accepted;
    const urged = { unit, programme, round, instant, asOf, parents: [unit], obligationsOf: async () => overdue };
    await writeBook(out, { title: '', subject: '', author: '', asOf }, (workbook) =>
      writeReminders(workbook, urged as unknown as UnitList),
    );
    return readXlsx(await collected).sheets[0]!;
  };
  const texts = ({ cells }: RawSheet) => [...cells.values()].map(({ value }) => value);

  it('has an official head, the letter it goes with, and who signs', async () => {
    const found = texts(await list(5));
    for (const text of [
      'SỞ KHOA HỌC VÀ CÔNG NGHỆ',
      'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM',
      'Độc lập - Tự do - Hạnh phúc',
      'GIÁM ĐỐC',
    ])
      expect(found).toContain(text);
    expect(found).toContainEqual(
      '(Kèm theo Công văn số ……/SKHCN ngày …… tháng …… năm 2026 của Sở Khoa học và Công nghệ tỉnh Thái Nguyên)',
    );
    // It goes with a letter, whose number it has.
    expect(found.filter((text) => text?.startsWith('Số:'))).toEqual([]);
  });

  it('says that nobody is left, on one page', async () => {
    const none = await list(0);
    expect(texts(none)).toContain('Không còn đơn vị nào cần đôn đốc.');
    expect(breaksOf(none)).toEqual([]);
  });

  it('ends with at least two units above the signatures, however many there are', async () => {
    let broken = 0;
    for (let count = 2; count <= 92; count += 4) {
      const sheet = await list(count);
      expect(listed(sheet)).toHaveLength(count);
      broken += expectWholeEnds([sheet], /./);
    }
    expect(broken).toBeGreaterThan(12);
  }, 60_000);
});
