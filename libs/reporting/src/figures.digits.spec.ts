/** Numbers as they are sent: plain digits and nothing that could be read in two ways (docs/semantics.md §2). */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { parseScaled, scaledText } from './digits.js';

describe('digits', () => {
  const cases: [string, number, bigint | null][] = [
    ['0', 0, 0n],
    ['12', 0, 12n],
    ['007', 0, 7n],
    ['12.5', 1, 125n],
    ['12', 2, 1200n],
    ['12.30', 2, 1230n],
    ['0.05', 2, 5n],
    ['12.5', 0, null],
    ['12.345', 2, null],
    ['1.234', 0, null],
    ['1,5', 1, null],
    ['1 234', 0, null],
    ['1\u00a0234', 0, null],
    [' 12', 0, null],
    ['12 ', 0, null],
    ['12\n', 0, null],
    ['+5', 0, null],
    ['-1', 0, null],
    ['−1', 0, null],
    ['1e3', 0, null],
    ['0x1F', 0, null],
    ['12.', 1, null],
    ['.5', 1, null],
    ['1.2.3', 3, null],
    ['', 0, null],
    ['NaN', 0, null],
    ['Infinity', 0, null],
    ['٣', 0, null],
    ['１２', 0, null],
    ['9'.repeat(20), 0, BigInt('9'.repeat(20))],
    ['9'.repeat(21), 0, null],
    [`1.${'0'.repeat(10_000)}`, 6, null],
  ];
  test.each(cases)('%j at scale %i', (given, scale, expected) => expect(parseScaled(given, scale)).toBe(expected));

  it('read back what they were written as, at every scale', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 13n });
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 6 }), (value, scale) => {
        const written = scaledText(String(value), scale);
        expect(written).toMatch(scale === 0 ? /^\d+$/ : new RegExp(`^\\d+\\.\\d{${scale}}$`));
        expect(parseScaled(written, scale)).toBe(value);
      }),
    );
  });
});
