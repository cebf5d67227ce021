/**
 * The programme and the plans that come with the project, read from data/ and imported as the operator. Idempotent:
 * what stands already is left alone, so every start may run it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { projectRoot, transact } from '#core';
import { importPlanFile, type PlanImport } from './plan-import.js';
import { importProgramme, invalidFile, type ProgrammeImport } from './programme-import.js';

const folder = join(projectRoot, 'libs', 'programmes', 'data');

/** A plan comes after the plan it names as its parent. */
export const seedPlans = ['qd-1169-ttg', 'thai-nguyen-minh-hoa', 'kha-son', 'nam-cuong', 'ia-pia', 'huu-lung'] as const;

export type SeedPlan = (typeof seedPlans)[number];

export function seedProgrammeText(): string {
  return readFileSync(join(folder, 'programme.yaml'), 'utf8');
}

export function seedPlanText(key: SeedPlan): string {
  return readFileSync(join(folder, 'plans', `${key}.yaml`), 'utf8');
}

type SeedOutcome = { programme: ProgrammeImport['status']; plans: Record<string, PlanImport['status']> };

/**
 * Imports programme and plans in one transaction. The official units must be there.
 * @param at the instant to record, or null for the database's clock
 * @throws Problem plan.invalid when a file cannot stand
 */
export async function importSeedPlans(dataSource: DataSource, at: Date | null): Promise<SeedOutcome> {
  return transact(dataSource, async (db) => {
    const programme = await importProgramme(db, seedProgrammeText(), at);
    const plans: SeedOutcome['plans'] = {};
    for (const key of seedPlans) {
      const outcome = await importPlanFile(db, null, seedPlanText(key), at);
      if (outcome.status === 'refused') throw invalidFile(outcome.errors);
      plans[key] = outcome.status;
    }
    return { programme: programme.status, plans };
  });
}
