/** Who plays which part: four communes from the documents, a few of Lạng Sơn for single cases, all others as generated. */
import { type Commune, figuresOf, type Habit, habitsOf, type RoundCode, random, shuffled } from './country.js';
import { HUU_LUNG, IA_PIA, KHA_SON, NAM_CUONG, provinces, ratio } from './documents.js';
import type { SentFigure } from './expected.js';

export type Cast = {
  /** By round: how each generated commune behaves. Who has a part of its own is not in it. */
  habits: Record<RoundCode, ReadonlyMap<string, Habit>>;
  figures: ReadonlyMap<string, Record<RoundCode, SentFigure[]>>;
  /** Reports 22/23 officials in 2026H1. */
  twentyTwo: string;
  /** Of Thái Nguyên: reports in neither round. */
  silent: string;
  langSon: { big: string; twice: string; corrected: string };
  provinceOf(unit: string): string;
  /** 0, 1 or 2: with which of the waves before the due day a commune comes. */
  place(unit: string): number;
};

/** Not all on one day, and most on the last. */
const EARLY = 0.3;
const MIDDLE = 0.6;

export function cast(communes: ReadonlyMap<string, readonly Commune[]>, seed: number): Cast {
  const next = random(seed);
  const habits = { '2026H1': new Map<string, Habit>(), '2026H2': new Map<string, Habit>() };
  const figures = new Map<string, Record<RoundCode, SentFigure[]>>();
  const places = new Map<string, number>();
  const provinceOf = new Map<string, string>();
  const own = new Set([KHA_SON, NAM_CUONG, IA_PIA, HUU_LUNG]);
  const parts: string[] = [];
  for (const { code: province } of provinces) {
    const all = communes.get(province)!.map(({ code }) => code);
    for (const unit of all) provinceOf.set(unit, province);
    const others = shuffled(
      all.filter((code) => !own.has(code)),
      next,
    );
    const taken = province === '20' ? others.splice(0, 3) : [];
    parts.push(...taken);
    const dealt = habitsOf(province, others, next);
    for (const unit of [...others, ...taken]) {
      figures.set(unit, figuresOf(next));
      const when = next();
      places.set(unit, when < EARLY ? 0 : when < MIDDLE ? 1 : 2);
    }
    for (const round of ['2026H1', '2026H2'] as const)
      for (const [unit, habit] of dealt[round]) habits[round].set(unit, habit);
  }
  const [big, twice, corrected] = parts as [string, string, string];
  habits['2026H1'].set(corrected, 'plain');
  habits['2026H2'].set(twice, 'plain');
  const ofThaiNguyen = (habit: Habit, round: RoundCode) =>
    [...habits[round]].find(([unit, has]) => has === habit && provinceOf.get(unit) === '19')![0];
  const twentyTwo = ofThaiNguyen('plain', '2026H1');
  const report = figures.get(twentyTwo)!['2026H1'];
  const at = report.findIndex(({ indicator }) => indicator === 'can_bo_duoc_pho_bien');
  report[at] = { indicator: 'can_bo_duoc_pho_bien', ...ratio(22, 23) };
  return {
    habits,
    figures,
    twentyTwo,
    silent: ofThaiNguyen('missing', '2026H2'),
    langSon: { big, twice, corrected },
    provinceOf: (unit) => provinceOf.get(unit)!,
    place: (unit) => places.get(unit) ?? 0,
  };
}

export function habitOf({ habits }: Cast, round: RoundCode, unit: string): Habit | undefined {
  return habits[round].get(unit);
}
