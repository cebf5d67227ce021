/**
 * The bands by which a ratio is ranked, in one place: change this list and nothing else. A band is its lower bound; it
 * reaches up to where the next one begins and not further ([50, 70), [70, 80) …), the last one to 100 % inclusive. So no
 * value falls between two bands (docs/semantics.md §4): 89.5 and 89.999… stand below 90, and 90 itself in the band from 90.
 */
import { type Bilingual, displayThreshold } from './display.js';
import { type Fraction, parseDecimal } from './fraction.js';

/** `from` in percent. The codes are the schema's names in lower case. */
const lowerBounds = [
  { code: 'below_50', from: '0' },
  { code: 'from_50', from: '50' },
  { code: 'from_70', from: '70' },
  { code: 'from_80', from: '80' },
  { code: 'from_90', from: '90' },
] as const;

export type BandCode = (typeof lowerBounds)[number]['code'];
export const bandCodes: readonly BandCode[] = lowerBounds.map(({ code }) => code);

/** `from` and `to` in percent, decimal digits; `to` belongs to the next band, null in the last. */
export type Band = {
  readonly code: BandCode;
  readonly from: string;
  readonly to: string | null;
  readonly label: Bilingual;
};

export const rankingBands: readonly Band[] = lowerBounds.map(({ code, from }, place) => {
  const to = lowerBounds[place + 1]?.from ?? null;
  return { code, from, to, label: labelOf(place === 0, from, to) };
});

const thresholds: readonly Fraction[] = lowerBounds.map(({ from }) => parseDecimal(from));

/** The band of n/d, exactly. @returns null for a zero denominator, which has no value */
export function bandOf(n: bigint, d: bigint): Band | null {
  if (d === 0n) return null;
  const place = thresholds.findLastIndex((from) => 100n * n * from.d >= from.n * d);
  return rankingBands[place] ?? null;
}

function labelOf(lowest: boolean, from: string, to: string | null): Bilingual {
  const [vi, en] = [displayThreshold(parseDecimal(from)), `${from}%`];
  if (to === null) return { vi: `Từ ${vi} trở lên`, en: `${en} and above` };
  const upTo = displayThreshold(parseDecimal(to));
  if (lowest) return { vi: `Dưới ${upTo}`, en: `Below ${to}%` };
  return { vi: `Từ ${vi} đến dưới ${upTo}`, en: `${en} to below ${to}%` };
}
