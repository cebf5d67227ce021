/** Seeded chance: the same seed draws the same, so that a history that went wrong can be tried again. */
import type { AskedIndicator, GivenFigure } from '#reporting';

export type Chance = {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** True in `percent` of a hundred. */
  percent(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
};

/** Mulberry32: 32 bits of state are plenty for choosing what happens next. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number) => next() % bound;
  return {
    below,
    percent: (percent) => below(100) < percent,
    pick: <T>(from: readonly T[]) => from[below(from.length)]!,
  };
}

/** The indicator whose count marks a submission, so that its version can be told from every other. */
export const MARKED = 'tin_bai';

/**
 * A whole report: values, estimates, missing and not applicable, sometimes a figure left out.
 * @param mark a count that no other submission carries @param first false: what is done once is not taken back
 */
export function randomFigures(form: AskedIndicator[], mark: number, first: boolean, draw: Chance): GivenFigure[] {
  return form.flatMap((asked): GivenFigure[] => {
    if (asked.kind === 'text' || (asked.code !== MARKED && draw.percent(4))) return [];
    if (asked.code === MARKED) return [{ indicator: asked.code, state: 'value', value: String(mark) }];
    if (draw.percent(10)) return [{ indicator: asked.code, state: 'missing' }];
    if (asked.notApplicableAllowed && draw.percent(10)) return [{ indicator: asked.code, state: 'not_applicable' }];
    const state = draw.percent(15) ? 'estimate' : 'value';
    if (asked.kind === 'milestone') {
      const yes = draw.percent(50) || (asked.overTime === 'once' && !first);
      return [{ indicator: asked.code, state, yes }];
    }
    if (asked.kind !== 'ratio') return [{ indicator: asked.code, state, value: String(draw.below(100_000)) }];
    const denominator = 1 + draw.below(1_000_000);
    const numerator = draw.below(denominator + 1);
    return [{ indicator: asked.code, state, numerator: String(numerator), denominator: String(denominator) }];
  });
}
