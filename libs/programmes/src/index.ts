/** The room of programmes, plans, targets and duties. */

export type { FileFinding } from './file-finding.js';
export { EDITION, formOf, type Indicator, isAskedOf } from './form.js';
export type { FieldChange, PlanChange } from './plan-changes.js';
export type { Comparator } from './plan-file.js';
export type { PlanImport } from './plan-import.js';
export * from './plans.service.js';
export type { Checks, IndicatorKind, OverTime } from './programme-file.js';
export { importProgramme } from './programme-import.js';
export * from './programmes.module.js';
export { importSeedPlans, type SeedPlan, seedPlanText, seedProgrammeText } from './seed.js';
