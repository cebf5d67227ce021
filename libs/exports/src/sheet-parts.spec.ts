/** The small parts under the workbook: dates in words, instants as cells, heights of rows, numbers too long, zip times. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { DateTime } from 'luxon';
import { localDay, VIETNAM } from '#core';
import { cleanText, columnName } from './cell-text.js';
import { balanced, columnUnits, lineCount, textWidth } from './measure.js';
import { asOfText, dayCell, daysLate, momentCell } from './moment.js';
import { longDate } from './official-head.js';
import { exactNumber, numberFormat } from './summary.words.js';
import { stampEntries } from './zip-time.js';

describe('dates in words', () => {
  it('have a zero before days 1–9 and months 1–2 only', () => {
    const words = (day: string) => longDate(new Date(`${day}T05:00:00Z`));
    expect(words('2026-02-05')).toBe('ngày 05 tháng 02 năm 2026');
    expect(words('2026-03-05')).toBe('ngày 05 tháng 3 năm 2026');
    expect(words('2026-12-31')).toBe('ngày 31 tháng 12 năm 2026');
  });

  it('are Vietnamese: the evening before in Greenwich is the day itself', () => {
    expect(longDate(new Date('2026-06-09T17:00:00Z'))).toBe('ngày 10 tháng 6 năm 2026');
    expect(asOfText(new Date('2026-06-10T16:59:59.999Z'))).toBe('23 giờ 59 phút ngày 10/06/2026');
  });
});

describe('instants as cells', () => {
  it('are cut to the second, so that nothing slides over midnight', () => {
    expect(momentCell(new Date('2026-06-10T16:59:59.999Z'))).toEqual(new Date('2026-06-10T23:59:59Z'));
    expect(dayCell('2026-06-10')).toEqual(new Date('2026-06-10T00:00:00Z'));
  });

  it('go by the clock of Vietnam at any instant, as the calendar has it', () => {
    const instants = fc.date({ min: new Date('1990-01-01Z'), max: new Date('2099-12-31Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, instants, (instant, due) => {
        const local = DateTime.fromJSDate(instant).setZone(VIETNAM).startOf('second');
        expect(momentCell(instant)).toEqual(local.setZone('utc', { keepLocalTime: true }).toJSDate());
        const day = due.toISOString().slice(0, 10);
        const late = dayCell(localDay(instant)).getTime() - dayCell(day).getTime();
        expect(daysLate(instant, day)).toBe(Math.max(0, late / 86_400_000));
      }),
    );
  });

  it('count whole local days of delay', () => {
    expect(daysLate(new Date('2026-06-10T16:59:59.999Z'), '2026-06-10')).toBe(0);
    expect(daysLate(new Date('2026-06-10T17:00:00Z'), '2026-06-10')).toBe(1);
    expect(daysLate(new Date('2026-06-01T00:00:00Z'), '2026-06-10')).toBe(0);
  });
});

describe('heights', () => {
  it('count wrapped lines, line ends, and words longer than the cell', () => {
    const letters = { size: 12 };
    expect(lineCount('Xã Kha Sơn', 18, letters)).toBe(1);
    expect(lineCount('một\nhai\nba', 18, letters)).toBe(3);
    expect(lineCount('Tỷ lệ người dân tiếp cận thông tin định hướng qua hệ thống', 31, letters)).toBe(2);
    expect(lineCount('a'.repeat(200), 20, letters)).toBeGreaterThan(8);
  });

  it('share a title of several lines evenly among them, every word of it', () => {
    const title =
      'Chương trình “Đẩy mạnh truyền thông thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị”';
    const letters = { size: 13, bold: true };
    const lines = balanced(title, 100, letters).split('\n');
    expect(lines).toHaveLength(lineCount(title, 100, letters));
    expect(lines.join(' ')).toBe(title);
    const [a, b] = lines.map((line) => textWidth(line, letters));
    expect(Math.abs(a! - b!)).toBeLessThan(60);
    expect(balanced('Một dòng', 100, letters)).toBe('Một dòng');
  });

  it('know that tone marks take no room and bold letters more', () => {
    expect(textWidth('ệ', { size: 12 })).toBe(textWidth('e', { size: 12 }));
    expect(textWidth('Tỉnh', { size: 12, bold: true })).toBeGreaterThan(textWidth('Tỉnh', { size: 12 }));
    expect(columnUnits(7)).toBe(8);
  });
});

describe('texts and numbers', () => {
  it('are numbers up to fifteen digits, and beyond that the text that no spreadsheet can round', () => {
    expect(exactNumber('10793')).toBe(10_793);
    expect(exactNumber('12.50')).toBe(12.5);
    expect(exactNumber('999999999999999')).toBe(999_999_999_999_999);
    expect(exactNumber('9007199254740993')).toBe('9.007.199.254.740.993');
    expect([numberFormat(0), numberFormat(2), numberFormat(0, true)]).toEqual(['#,##0_*', '#,##0.00_*', '#,##0"*"']);
  });

  it('are cleaned alike whether they look plain or not', () => {
    const slow = (text: string) =>
      text
        .normalize('NFC')
        .replace(/\r\n?/g, '\n')
        .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
        .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(cleanText(text)).toBe(slow(text))));
    for (let code = 0; code < 0x3000; code += 1) {
      const text = `a${String.fromCharCode(code)}b`;
      expect(cleanText(text)).toBe(slow(text));
    }
  });

  it('are shielded from escapes that a spreadsheet would read into them', () => {
    expect(cleanText('_x0041_ và\r\n_x là')).toBe('_x005F_x0041_ và\n_x là');
    expect(['A', 'Z', 'AA', 'AB', 'ZZ']).toEqual([1, 26, 27, 28, 702].map(columnName));
  });
});

describe('the time of a zip archive', () => {
  const pack = (mtime: string) =>
    Buffer.from(zipSync({ 'a.xml': strToU8('<a/>'), 'b/c.xml': strToU8('chữ') }, { mtime }));

  it('is one and the same for all entries, whenever they were packed', () => {
    const [one, other] = [pack('2026-06-10T10:00:00'), pack('2031-01-02T03:04:06')];
    expect(one.equals(other)).toBe(false);
    for (const archive of [one, other]) stampEntries(archive, new Date('2026-06-22T10:05:00Z'));
    expect(one.equals(other)).toBe(true);
    expect(Object.keys(unzipSync(one))).toEqual(['a.xml', 'b/c.xml']);
  });

  it('is refused to what is no archive', () => {
    expect(() => stampEntries(Buffer.from('not a zip archive at all, surely'), new Date(0))).toThrow(RangeError);
  });
});
