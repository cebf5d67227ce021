/**
 * Figures as people read them: Vietnamese decimal comma, dots between thousands, percentages half up to one decimal.
 * The only place that rounds, once, from exact parts (docs/semantics.md §4); nothing here decides anything, and where a
 * rounded text would tell another story than the exact comparison, a note beside it says how many are lacking.
 */
import { type Fraction, fraction, leastMeeting, meets, percentOf, type Yardstick } from './fraction.js';

/** A sentence for people, in Vietnamese and in parallel English. */
export type Bilingual = { readonly vi: string; readonly en: string };

const DECIMALS = 1;
const MOST_DECIMALS_OF_A_THRESHOLD = 6;

/**
 * n/d in percent, half up to one decimal: 950/1,100 → "86,4%".
 * @returns null for a zero denominator, which has no value to show (§4).
 */
export function displayPercent(n: bigint, d: bigint): string | null {
  return d === 0n ? null : displayPercentage(percentOf(n, d));
}

/** An exact percentage, half up to one decimal: 130/3 → "43,3%". */
export function displayPercentage(percent: Fraction): string {
  return `${displayNumber(roundHalfUp(percent, DECIMALS), DECIMALS)}%`;
}

/** An exact number, whole where it is whole, else half up to one decimal (or `most`): 539/5 → "107,8"; 1/3 → "0,3". */
export function displayFraction(value: Fraction, most = DECIMALS): string {
  const decimals = Math.min(decimalsNeeded(value), most);
  return displayNumber(roundHalfUp(value, decimals), decimals);
}

/** A difference of two percentages, signed, in percentage points: 17/5 → "+3,4 điểm %". */
export function displayPoints(difference: Fraction): string {
  return `${difference.n > 0n ? '+' : ''}${displayNumber(roundHalfUp(difference, DECIMALS), DECIMALS)} điểm %`;
}

/** A threshold as its plan words it, "10%", "12,5%"; one that no decimal can hold (a pace of 130/3) rounds: "43,3%". */
export function displayThreshold(percent: Fraction): string {
  const decimals = decimalsNeeded(percent);
  return `${displayNumber(roundHalfUp(percent, decimals), decimals)}%`;
}

/** An integer stored with a scale: 10793 → "10.793"; 123456 with scale 2 → "1.234,56". */
export function displayNumber(stored: bigint, scale = 0): string {
  return grouped(stored, scale, '.', ',');
}

/**
 * A ratio beside the yardstick it is held against (a target's threshold or a pace, in percent).
 * `text` is always the rounded percentage; `note` is set when text and threshold, read side by side, would say the
 * opposite of the exact comparison: 1,079/10,793 prints "10,0%", and the note "thiếu 1 người (cần 1.080)".
 * @param as.unitLabel what is counted, in Vietnamese ("người"); @param as.scale the stored scale of n and d.
 * @returns null for a zero denominator.
 */
export function displayAgainst(
  n: bigint,
  d: bigint,
  yardstick: Yardstick,
  as: { unitLabel?: string | null; scale?: number } = {},
): { text: string; note: Bilingual | null } | null {
  if (d === 0n) return null;
  const exact = percentOf(n, d);
  const text = displayPercentage(exact);
  const reads = meets(rounded(exact, DECIMALS), {
    comparator: yardstick.comparator,
    threshold: rounded(yardstick.threshold, decimalsNeeded(yardstick.threshold)),
  });
  const holds = meets(exact, yardstick);
  if (reads === holds) return { text, note: null };

  const { threshold, comparator } = yardstick;
  const needed = leastMeeting({ comparator, threshold: fraction(threshold.n * d, threshold.d * 100n) });
  const vi = (figure: bigint) => displayNumber(figure, as.scale);
  const en = (figure: bigint) => grouped(figure, as.scale ?? 0, ',', '.');
  const unit = as.unitLabel ? ` ${as.unitLabel}` : '';
  const note = holds
    ? { vi: `đã đủ: có ${vi(n)}${unit} (cần ${vi(needed)})`, en: `enough: ${en(n)} (${en(needed)} needed)` }
    : {
        vi: `thiếu ${vi(needed - n)}${unit} (cần ${vi(needed)})`,
        en: `${en(needed - n)} short (${en(needed)} needed)`,
      };
  return { text, note };
}

/** The value times 10^decimals, to the nearest integer, halves away from zero. */
function roundHalfUp({ n, d }: Fraction, decimals: number): bigint {
  const size = n < 0n ? -n : n;
  const nearest = (2n * size * 10n ** BigInt(decimals) + d) / (2n * d);
  return n < 0n ? -nearest : nearest;
}

function rounded(value: Fraction, decimals: number): Fraction {
  return fraction(roundHalfUp(value, decimals), 10n ** BigInt(decimals));
}

function decimalsNeeded({ n, d }: Fraction): number {
  for (let decimals = 0; decimals <= MOST_DECIMALS_OF_A_THRESHOLD; decimals += 1)
    if ((n * 10n ** BigInt(decimals)) % d === 0n) return decimals;
  return DECIMALS;
}

function grouped(stored: bigint, scale: number, thousands: string, point: string): string {
  const digits = (stored < 0n ? -stored : stored).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=(\d{3})+$)/g, thousands);
  const sign = stored < 0n ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}${point}${digits.slice(-scale)}`;
}
