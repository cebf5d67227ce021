/** The room of programmes, plans, targets and duties. */

export { type FileFinding, type FileFindingCode, fileFinding } from './file-finding.js';
export { EDITION, formOf, type Indicator, isAskedOf } from './form.js';
export type { FieldChange, PlanChange } from './plan-changes.js';
export { type Binds, bindings, type Comparator, comparators, type Edge, edges, type PlanGoal } from './plan-file.js';
export type { PlanImport } from './plan-import.js';
export * from './plans.service.js';
export { type Checks, type IndicatorKind, indicatorKinds, type OverTime, overTimes } from './programme-file.js';
export { importProgramme, type ProgrammeImport } from './programme-import.js';
export * from './programmes.module.js';
export {
  importSeedPlans,
  type SeedOutcome,
  type SeedPlan,
  seedPlans,
  seedPlanText,
  seedProgrammeText,
} from './seed.js';
