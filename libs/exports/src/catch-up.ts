/**
 * What becomes of the runs that fell due since somebody last looked: run now, made up for, or missed. After an outage a
 * person's choice decides (nothing, the latest, each), and never more than a few: nobody shall find a flood in the mail box.
 */
export const catchUps = ['none', 'latest', 'each'] as const;
export type CatchUp = (typeof catchUps)[number];

/** A run looked at within this of its time is on time: no two runs of a schedule are nearer to each other. */
export const ON_TIME = 3_600_000;
/** Most runs made up for by `each`; most that are written down as missed. */
export const MOST_EACH = 5;
export const MOST_MISSED = 20;

type Decided<T> = { run: T; kind: 'due' | 'catch_up' | 'missed' };

/** @param found the runs since the last look, earliest first @returns the decisions worth a row, earliest first */
export function decide<T extends { at: Date }>(found: readonly T[], choice: CatchUp, now: Date): Decided<T>[] {
  const current = found.filter(({ at }) => now.getTime() - at.getTime() < ON_TIME);
  const late = found.slice(0, found.length - current.length);
  // The latest of all is the one that tells most: where it is on time, `latest` has nothing to make up for.
  const made = choice === 'each' ? MOST_EACH : choice === 'latest' && current.length === 0 ? 1 : 0;
  const missed = late.slice(0, Math.max(0, late.length - made)).slice(-MOST_MISSED);
  return [
    ...missed.map((run) => ({ run, kind: 'missed' as const })),
    ...(made > 0 ? late.slice(-made) : []).map((run) => ({ run, kind: 'catch_up' as const })),
    ...current.map((run) => ({ run, kind: 'due' as const })),
  ];
}
