/**
 * Exact rational numbers: every value, threshold and pace is a pair of bigints, and every comparison a cross
 * multiplication. A floating point number decides nothing (docs/semantics.md §2, §6): 6,999,999/10,000,000 is not 70 %.
 * Rounding lives in display.ts alone.
 */

/** n/d with d > 0. Functions here return it in lowest terms; a hand-made one need not be. */
export type Fraction = { readonly n: bigint; readonly d: bigint };

/** 'at_least' is ≥ ("ít nhất", and a bare "100%"); 'above' is > ("trên") (§6). */
export type Comparator = 'at_least' | 'above';

/** A target's or a pace's yardstick, in the unit of the value it is held against. */
export type Yardstick = { readonly comparator: Comparator; readonly threshold: Fraction };

/**
 * n/d in lowest terms, the sign on n.
 * @throws RangeError when d is 0: such a figure has no value (§4), which the caller must have said already.
 */
export function fraction(n: bigint, d = 1n): Fraction {
  if (d === 0n) throw new RangeError('A fraction needs a denominator other than 0');
  const common = greatestCommonDivisor(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / common, d: d / common };
}

/** n/d as an exact percentage: 1/8 → 25/2. @throws RangeError when d is 0. */
export function percentOf(n: bigint, d: bigint): Fraction {
  return fraction(100n * n, d);
}

/**
 * A decimal as PostgreSQL prints its `numeric`: '12.5' → 25/2, '-0.10' → -1/10.
 * @throws RangeError for anything else (exponents, commas, blanks): input by people is read elsewhere, by locale (§2).
 */
export function parseDecimal(text: string): Fraction {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) throw new RangeError(`Not a plain decimal: "${text}"`);
  const [, sign, whole, decimals = ''] = parts;
  const digits = BigInt(`${whole}${decimals}`);
  return fraction(sign ? -digits : digits, 10n ** BigInt(decimals.length));
}

/** The sign of a − b. */
export function compare(a: Fraction, b: Fraction): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** a − b, in lowest terms. */
export function minus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.n * b.d - b.n * a.d, a.d * b.d);
}

/** from + (to − from)·step/steps (§6, pace). @throws RangeError unless 0 ≤ step ≤ steps and steps > 0. */
export function interpolate(from: Fraction, to: Fraction, step: bigint, steps: bigint): Fraction {
  if (steps <= 0n || step < 0n || step > steps) throw new RangeError(`Step ${step} of ${steps} is not on the way`);
  return fraction(from.n * to.d * (steps - step) + to.n * from.d * step, from.d * to.d * steps);
}

/** Whether the value reaches the yardstick, exactly (§6). */
export function meets(value: Fraction, { comparator, threshold }: Yardstick): boolean {
  const sign = compare(value, threshold);
  return comparator === 'at_least' ? sign >= 0 : sign > 0;
}

/** The least whole number that reaches the yardstick: ≥ 1079.3 → 1080, ≥ 1080 → 1080, > 1080 → 1081. */
export function leastMeeting({ comparator, threshold }: Yardstick): bigint {
  const floor = floorOf(threshold);
  const reaches = comparator === 'at_least' && floor * threshold.d === threshold.n;
  return reaches ? floor : floor + 1n;
}

/** 'n/d' in lowest terms, the form in which exact values travel: '130/3', whole numbers too: '10/1'. */
export function fractionText(value: Fraction): string {
  const { n, d } = fraction(value.n, value.d);
  return `${n}/${d}`;
}

function floorOf({ n, d }: Fraction): bigint {
  const towardsZero = n / d;
  return n < 0n && towardsZero * d !== n ? towardsZero - 1n : towardsZero;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
