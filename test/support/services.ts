/** The services over a database of one's own with a clock that the test sets, without a server: for specs of the rooms. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessService, type Caller, type Role, TokensService } from '#access';
import { Clock } from '#core';
import { formOf } from '#programmes';
import { type AskedIndicator, ObligationsService, ReportReader, ReportsService, RoundsService } from '#reporting';
import { CompletenessService, Horizon, TotalsService } from '#rollups';
import { type FreshDatabase, freshDatabase } from './database.js';

export const PROGRAMME = 'NQ57-TT';

export type Services = {
  db: FreshDatabase;
  /** Sets the time. @param instant ISO 8601 */
  at(instant: string): void;
  clock: Clock;
  reports: ReportsService;
  rounds: RoundsService;
  obligations: ObligationsService;
  reader: ReportReader;
  totals: TotalsService;
  completeness: CompletenessService;
  horizon: Horizon;
  /** Who holds this role on this unit. */
  caller(unitCode: string, role: Role): Promise<Caller>;
  /** What is asked in the rounds of 2026. */
  form(): Promise<AskedIndicator[]>;
  close(): Promise<void>;
};

/** @param instant rehearsed; without it, time is the machine's */
export async function openServices(instant?: string): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'services-'));
  const at = (iso: string) => writeFileSync(join(folder, 'clock'), iso);
  if (instant) at(instant);
  const db = await freshDatabase();
  const clock = new Clock(instant && join(folder, 'clock'));
  const access = new AccessService(db.dataSource, clock);
  const tokens = new TokensService(db.dataSource, clock, access);
  const horizon = new Horizon(db.dataSource, clock);
  const known = new Map<string, Caller>();
  return {
    db,
    at,
    clock,
    horizon,
    reports: new ReportsService(db.dataSource, clock, access),
    rounds: new RoundsService(db.dataSource, clock),
    obligations: new ObligationsService(db.dataSource, clock, access),
    reader: new ReportReader(db.dataSource, access),
    totals: new TotalsService(db.dataSource, clock, access, horizon),
    completeness: new CompletenessService(db.dataSource, access, horizon),
    async caller(unitCode, role) {
      const name = `${unitCode} ${role}`;
      if (!known.has(name)) {
        const [issued] = await tokens.issue(null, { unitCode, role });
        known.set(name, await access.authenticate(`Bearer ${issued!.token}`));
      }
      return known.get(name)!;
    },
    async form() {
      const [programme] = await db.dataSource.query('select id from programme where code = $1', [PROGRAMME]);
      return (await formOf(db.dataSource, programme.id, 'test')).filter(({ firstRound }) => firstRound === '2026H1');
    },
    async close() {
      await db.drop();
      rmSync(folder, { recursive: true });
    },
  };
}
