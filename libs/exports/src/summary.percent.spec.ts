/**
 * A percentage in a cell is a quotient in binary, which the spreadsheet rounds itself; on the screen it is rounded exactly.
 * Fifteen digits are enough for the two to agree: n/d is either a tie, k/2000, which fifteen digits hold exactly, or at
 * least 1/(2000·d) away from one, and for d up to 10¹¹ that is more than the fifteenth digit.
 */
import { describe, expect, it } from '@jest/globals';
import { dice, sampleCases } from '../../../test/support/summary-cases.js';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { detailColumns, formula, read, rowOfUnit, written } from '../../../test/support/workbook.js';

describe('percentages in the workbook', () => {
  /** As a spreadsheet shows 0.0 %: fifteen significant digits of the binary value, then halves away from zero. */
  function shownAsPercent(value: number): string {
    const [digits = '', exponent = '0'] = value.toExponential(14).split('e');
    const scaled = BigInt(digits.replace('.', ''));
    const power = 14 - Number(exponent) - 3;
    const tenths =
      power <= 0 ? scaled * 10n ** BigInt(-power) : (2n * scaled + 10n ** BigInt(power)) / (2n * 10n ** BigInt(power));
    return `${tenths / 10n},${tenths % 10n}%`;
  }

  it('are shown by a spreadsheet as the API shows them, ties included', async () => {
    const roll = dice(1169);
    const pair = (): { n: bigint; d: bigint } => {
      const sort = roll();
      const most = sort < 0.4 ? 400 : sort < 0.7 ? 30_000 : 10 ** 10;
      const d = BigInt(1 + Math.floor(roll() * most));
      const n = BigInt(Math.floor(roll() * (Number(d) + 1)));
      // An odd number of two-thousandths lies exactly between two tenths of a percent.
      const odd = BigInt(2 * Math.floor(roll() * 1_000) + 1);
      return sort > 0.85 ? { n: odd * (d % 5_000_000n), d: 2_000n * (d % 5_000_000n) } : { n, d };
    };
    let compared = 0;
    for (let round = 0; round < 4; round += 1) {
      const sample = sampleCases();
      const codes = sampleSummary()
        .accepted.totals.filter(({ indicator }) => indicator.kind === 'ratio')
        .map(({ indicator }) => indicator.code);
      for (const one of sample.cases) {
        one.class = 'accepted';
        one.accepted = Object.fromEntries(codes.map((code) => [code, pair()]));
        one.received = one.accepted;
      }
      const summary = sampleSummary(sample);
      const workbook = await read(await written(summary));
      for (const { sheet, column, index, total } of detailColumns(workbook, summary.accepted.totals)) {
        if (total.indicator.kind !== 'ratio') continue;
        for (const commune of summary.below) {
          const cell = formula(sheet, rowOfUnit(sheet, commune), column + 2);
          const { display, noValue } = commune.totals[index]!;
          if (noValue) expect(cell.result ?? '').toBe('');
          else expect(shownAsPercent(cell.result as number)).toBe(display!.replace('.', ''));
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThanOrEqual(2_000);
  });
});
