/**
 * What a report adds to its parent's totals, and sums as the database keeps them: all figures of a cell side by side in one
 * number, since PostgreSQL adds numbers of any length in one step (migrations/…-sums.sql). contribution and addsOf say what
 * contribution_of and adds_of say there, figuresIn what figures_in does; a test holds them against each other.
 */

/** What a round asks, by position − 1: ratio, flow, stock, text, or a milestone's once, yearly, kept. */
export type Kinds = readonly string[];

/** A version that stands (all empty: nothing reported) and what earlier rounds carry over, by position − 1. */
export type Reported = {
  n: readonly (number | null)[];
  d: readonly (number | null)[];
  s: readonly number[];
  carry: readonly (number | null)[];
};

/**
 * Sums by position − 1. Numbers hold them exactly: a figure is at most 10^12, and 3,321 communes times that is below 2^53.
 */
export type Slots = {
  n: number[];
  d: number[];
  /** Last accepted denominators of the units without a value, summed, and how many such units have none. */
  open: number[];
  valued: number[];
  estimated: number[];
  notApplicable: number[];
  missing: number[];
  unknown: number[];
};

const nothing = (): Slots => ({
  n: [],
  d: [],
  open: [],
  valued: [],
  estimated: [],
  notApplicable: [],
  missing: [],
  unknown: [],
});

/** What one unit's report adds to its parent's sums: its own figures in the shape of sums. */
export function contribution(kinds: Kinds, { n, d, s, carry }: Reported): Slots {
  const slots = nothing();
  for (let slot = 0; slot < kinds.length; slot++) {
    const kind = kinds[slot];
    const state = s[slot] ?? -1;
    const before = carry[slot] ?? null;
    const carried = (kind === 'once' || kind === 'yearly') && before === 1 && n[slot] !== 1;
    const given = state === 1 || state === 2;
    const open = kind === 'ratio' && state <= 0;
    slots.n.push(carried ? 1 : given ? (n[slot] ?? 0) : 0);
    slots.d.push(carried ? 1 : given ? (d[slot] ?? 0) : 0);
    slots.valued.push(carried || given ? 1 : 0);
    slots.estimated.push(state === 2 && !carried ? 1 : 0);
    slots.notApplicable.push(state === 3 && !carried ? 1 : 0);
    slots.missing.push(state === 0 && !carried && kind !== 'text' ? 1 : 0);
    slots.open.push(open ? (before ?? 0) : 0);
    slots.unknown.push(open && before === null ? 1 : 0);
  }
  return slots;
}

/** In the number, from the left: the parts of an indicator, and how many digits each has. */
const PARTS = [
  ['n', 18],
  ['d', 18],
  ['open', 18],
  ['valued', 6],
  ['estimated', 6],
  ['notApplicable', 6],
  ['missing', 6],
  ['unknown', 6],
] as const satisfies [keyof Slots, number][];
const DIGITS = PARTS.reduce((sum, [, width]) => sum + width, 0);

/**
 * What a report adds to its parent's sums instead of silence, as that number; less than nothing where silence added more.
 * Worked out column by column from the right, as by hand.
 */
export function addsOf(kinds: Kinds, reported: Reported): string {
  const said = contribution(kinds, reported);
  const silent = contribution(kinds, { n: [], d: [], s: [], carry: reported.carry });
  return difference(said, silent, kinds.length) ?? `-${difference(silent, said, kinds.length)}`;
}

/** The columns of an indicator from the right: the small parts share two. */
const WIDTHS = [18, 12, 18, 18, 18] as const;
const [ZEROS, NINES] = ['0'.repeat(18), '9'.repeat(18)];

/** @returns undefined where it is less than nothing */
function difference(these: Slots, those: Slots, slots: number): string | undefined {
  const indicators = new Array<string>(slots);
  const columns = [0, 0, 0, 0, 0];
  let borrowed = 0;
  for (let slot = 0; slot < slots; slot++) {
    columns[0] =
      (these.notApplicable[slot]! - those.notApplicable[slot]!) * 1e12 +
      (these.missing[slot]! - those.missing[slot]!) * 1e6 +
      (these.unknown[slot]! - those.unknown[slot]!);
    columns[1] = (these.valued[slot]! - those.valued[slot]!) * 1e6 + (these.estimated[slot]! - those.estimated[slot]!);
    columns[2] = these.open[slot]! - those.open[slot]!;
    columns[3] = these.d[slot]! - those.d[slot]!;
    columns[4] = these.n[slot]! - those.n[slot]!;
    let digits = '';
    for (let at = 0; at < 5; at++) {
      const value = columns[at]! - borrowed;
      const width = WIDTHS[at]!;
      borrowed = value < 0 ? 1 : 0;
      if (value === 0) {
        digits = width === 18 ? ZEROS + digits : ZEROS.slice(0, width) + digits;
        continue;
      }
      // Of one unit no column is more than 13 digits: 10^width itself would be more than a number holds exactly.
      const column = String(borrowed ? 10 ** Math.min(width, 13) + value : value);
      digits = (borrowed ? NINES : ZEROS).slice(0, width - column.length) + column + digits;
    }
    indicators[slots - 1 - slot] = digits;
  }
  return borrowed ? undefined : indicators.join('') || '0';
}

/** Sums taken apart. @param sums as PostgreSQL writes the number @param slots how many indicators the round asks */
export function figuresIn(sums: string, slots: number): Slots {
  const digits = sums.padStart(slots * DIGITS, '0');
  const figures = nothing();
  for (let slot = 0; slot < slots; slot++) {
    let at = digits.length - (slot + 1) * DIGITS;
    for (const [part, width] of PARTS) {
      figures[part].push(Number(digits.slice(at, at + width)));
      at += width;
    }
  }
  return figures;
}
