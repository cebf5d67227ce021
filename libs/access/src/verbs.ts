/**
 * What may be done, and by which role. Verb, event and background job share one stem: `report.submit` is recorded as
 * `report.submitted`. A role reaches the subtree of its unit; the step that a reporter takes is bound to its own unit.
 */
export const roles = ['reporter', 'reviewer', 'viewer', 'administrator'] as const;
export type Role = (typeof roles)[number];

const reading = [
  'unit.read',
  'plan.read',
  'round.read',
  'report.read',
  'total.read',
  'export.read',
  'export.get',
] as const;
/** Steps that work on the holder's own unit alone: nobody holds them for another's (docs/semantics.md §8). */
const ownSteps = ['report.submit', 'report.withdraw', 'report.draft'] as const;
const reporting = [...ownSteps, 'report.attach', 'contact.manage'] as const;
const reviewing = [
  'report.accept',
  'report.return',
  'report.extend',
  'report.record',
  'report.attach',
  'report.remind',
  'duty.confirm',
  'contact.manage',
  'round.close',
  'round.ask',
  'export.request',
  'schedule.manage',
] as const;
const administering = [
  'plan.import',
  'round.open',
  'unit.change',
  'unit.manage',
  'token.manage',
  'assignment.manage',
  'delivery.bounce',
] as const;

export type Verb =
  | (typeof reading)[number]
  | (typeof reporting)[number]
  | (typeof reviewing)[number]
  | (typeof administering)[number];

export const verbsOf: Record<Role, ReadonlySet<Verb>> = {
  viewer: new Set(reading),
  reporter: new Set([...reading, ...reporting]),
  reviewer: new Set([...reading, ...reviewing]),
  administrator: new Set([...reading, ...reviewing, ...administering]),
};

export const allVerbs: readonly Verb[] = [
  ...new Set<Verb>([...reading, ...reporting, ...reviewing, ...administering]),
].sort();

/** Of these verbs, the first that a caller may not hand on, for it does not hold it itself; undefined if it may all. */
export function notHeld(held: ReadonlySet<Verb>, verbs: Iterable<Verb>): Verb | undefined {
  const own: readonly Verb[] = ownSteps;
  return [...verbs].find((verb) => !held.has(verb) && !own.includes(verb));
}
