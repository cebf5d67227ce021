/** What a person may put into a cell, rule by rule (docs/semantics.md §7). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RawCell, readChoice, readDay, readNumber, readText, tidy } from './values.js';

const cell = (text: string, more: Partial<RawCell> = {}): RawCell => ({
  ...{ row: 1, column: 1, text, type: 'text', formula: false, dated: false },
  ...more,
});
const number = (text: string, more: Partial<RawCell> = {}) => cell(text, { type: 'number', ...more });

describe('numbers', () => {
  test.each([
    ['1234', 0, '1234'],
    ['1.234', 0, '1234'],
    ['1.234.567', 0, '1234567'],
    ['1 234', 0, '1234'],
    ['1\u00A0234', 0, '1234'],
    [' 12 ', 0, '12'],
    ['1,5', 1, '1.5'],
    ['1.234,5', 2, '1234.5'],
    ['007', 0, '007'],
  ])('text "%s" at %i decimals is %s', (text, scale, value) =>
    expect(readNumber(cell(text), scale)).toEqual({ value }),
  );

  test.each([
    ['1.5', 0, 'number_dotted'],
    ['1.5', 2, 'number_dotted'],
    ['12.34', 0, 'number_dotted'],
    ['0.123', 3, 'number_dotted'],
    ['1,5', 0, 'number_comma'],
    ['1,234', 0, 'number_comma'],
    ['1,234.5', 1, 'number'],
    ['1.23.456', 0, 'number'],
    ['1 23', 0, 'number'],
    ['-1', 0, 'number'],
    ['+1', 0, 'number'],
    ['10 %', 0, 'number'],
    ['12 người', 0, 'number'],
    ['1e3', 0, 'number'],
    ['٣', 0, 'number'],
    [',5', 1, 'number'],
  ])('text "%s" at %i decimals is refused: %s', (text, scale, wrong) =>
    expect(readNumber(cell(text), scale)).toEqual({ wrong }),
  );

  test('a number cell is the double it stores, in its shortest digits', () => {
    expect(readNumber(number('10793'), 0)).toEqual({ value: '10793' });
    expect(readNumber(number('1.0793E4'), 0)).toEqual({ value: '10793' });
    expect(readNumber(number('1.1000000000000001'), 1)).toEqual({ value: '1.1' });
    expect(readNumber(number('-0'), 0)).toEqual({ value: '0' });
    expect(readNumber(number('1.234'), 0)).toEqual({ wrong: 'number_dotted' });
    expect(readNumber(number('-5'), 0)).toEqual({ wrong: 'number' });
    expect(readNumber(number('1e300'), 0)).toEqual({ wrong: 'number' });
    expect(readNumber(number('nan'), 0)).toEqual({ wrong: 'number' });
  });

  test('what is written for people is read back as it was', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), (value) => {
        const digits = String(value);
        expect(readNumber(cell(value.toLocaleString('vi')), 0)).toEqual({ value: digits });
        expect(readNumber(number(String(Number(digits))), 0)).toEqual({ value: digits });
      }),
    ));

  test('formulas, errors, dates and truth values are none, whatever they carry', () => {
    expect(readNumber(number('5', { formula: true }), 0)).toEqual({ wrong: 'formula' });
    expect(readNumber(cell('#DIV/0!', { type: 'error' }), 0)).toEqual({ wrong: 'error' });
    expect(readNumber(number('46174', { dated: true }), 0)).toEqual({ wrong: 'dated' });
    expect(readNumber(cell('1', { type: 'boolean' }), 0)).toEqual({ wrong: 'number' });
  });
});

describe('days', () => {
  test.each([
    ['10/6/2026', '2026-06-10'],
    ['05-06-2026', '2026-06-05'],
    ['5.6.2026', '2026-06-05'],
    ['2026-06-10', '2026-06-10'],
    ['ngày 10 tháng 6 năm 2026', '2026-06-10'],
    ['Ngày 10 tháng 6 năm 2026'.normalize('NFD'), '2026-06-10'],
  ])('text "%s" is %s', (text, value) => expect(readDay(cell(text), false)).toEqual({ value }));

  test.each(['10/6/26', '6/31/2026', '30/2/2026', 'tháng 6', '2026', ''])('text "%s" is refused', (text) =>
    expect(readDay(cell(text), false)).toEqual({ wrong: 'day' }),
  );

  test('a date of the sheet, in both systems; no other number', () => {
    expect(readDay(number('46183', { dated: true }), false)).toEqual({ value: '2026-06-10' });
    expect(readDay(number('44721', { dated: true }), true)).toEqual({ value: '2026-06-10' });
    expect(readDay(cell('2026-06-10T00:00:00', { type: 'day' }), false)).toEqual({ value: '2026-06-10' });
    expect(readDay(number('5'), false)).toEqual({ wrong: 'day' });
    expect(readDay(number('46183', { formula: true }), false)).toEqual({ wrong: 'formula' });
  });
});

describe('words and texts', () => {
  test('words of the list in any case and composition, and no others', () => {
    expect(readChoice(cell('không'.normalize('NFD')), ['Có', 'Không'])).toEqual({ value: 1 });
    expect(readChoice(cell(' CÓ '), ['Có', 'Không'])).toEqual({ value: 0 });
    for (const wrong of [cell('x'), cell('co'), cell('1', { type: 'boolean' }), number('1')])
      expect(readChoice(wrong, ['Có', 'Không'])).toEqual({ wrong: 'choice' });
    expect(readChoice(cell('Có', { formula: true }), ['Có'])).toEqual({ wrong: 'formula' });
  });

  test('texts are composed and clean; blank is nothing', () => {
    expect(readText(cell('Hội nghị\r\nxã '.normalize('NFD')))).toEqual({ value: 'Hội nghị\nxã' });
    expect(readText(cell(' \u00A0\n'))).toEqual({ value: null });
    expect(readText(number('21'))).toEqual({ value: '21' });
    expect(readText(number('46183', { dated: true }))).toEqual({ wrong: 'dated' });
    expect(tidy('a\u0000\u0001b\uD800')).toBe('ab\uFFFD');
  });
});
