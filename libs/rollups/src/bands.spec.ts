/** Ranking bands: every share from 0 to 100 % stands in exactly one, also between 89 and 90. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bandOf, rankingBands } from './bands.js';
import { compare, parseDecimal, percentOf } from './fraction.js';

describe('ranking bands', () => {
  test('are half-open, and the last one takes 100 %', () => {
    expect(rankingBands.map(({ from, to, label }) => [from, to, label.vi, label.en])).toEqual([
      ['0', '50', 'Dưới 50%', 'Below 50%'],
      ['50', '70', 'Từ 50% đến dưới 70%', '50% to below 70%'],
      ['70', '80', 'Từ 70% đến dưới 80%', '70% to below 80%'],
      ['80', '90', 'Từ 80% đến dưới 90%', '80% to below 90%'],
      ['90', null, 'Từ 90% trở lên', '90% and above'],
    ]);
  });

  test.each([
    [0n, 7n, 'below_50'],
    [4_999n, 10_000n, 'below_50'],
    [1n, 2n, 'from_50'],
    [7n, 10n, 'from_70'],
    [6_999_999n, 10_000_000n, 'from_50'],
    [89n, 100n, 'from_80'],
    [895n, 1_000n, 'from_80'],
    [89_999_999_999n, 100_000_000_000n, 'from_80'],
    [9n, 10n, 'from_90'],
    [90_000_000_001n, 100_000_000_000n, 'from_90'],
    [1n, 1n, 'from_90'],
  ])('%d/%d is in %s', (n, d, code) => {
    expect(bandOf(n, d)?.code).toBe(code);
  });

  test('a zero denominator has no band', () => {
    expect(bandOf(0n, 0n)).toBeNull();
  });

  test('whatever the share, exactly one band holds it: the one bandOf names', () => {
    const share = fc.bigInt(1n, 10n ** 12n).chain((d) => fc.tuple(fc.bigInt(0n, d), fc.constant(d)));
    fc.assert(
      fc.property(share, ([n, d]) => {
        const value = percentOf(n, d);
        const holding = rankingBands.filter(
          ({ from, to }) =>
            compare(value, parseDecimal(from)) >= 0 && (to === null || compare(value, parseDecimal(to)) < 0),
        );
        expect(holding).toEqual([bandOf(n, d)]);
      }),
    );
  });
});
