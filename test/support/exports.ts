/** A record to make files from: two provinces have reported by chance in 2026H1, the rest is silent; and all that makes files. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AccessService, type Caller, type Role, verbsOf } from '#access';
import { Clock } from '#core';
import { type LayoutKind, LayoutsService, type Made, SummaryQuery } from '#exports';
import { RoundsService } from '#reporting';
import { ClosingsService, CompletenessService, Horizon, TotalsService } from '#rollups';
import { type Chance, chance } from '../soak/chance.js';
import { owing, report, writerOf } from './country-figures.js';
import { type FreshDatabase, freshDatabase } from './database.js';

export const ROUND = '2026H1';
export const PROGRAMME = 'NQ57-TT';

export type Exported = {
  db: FreshDatabase;
  totals: TotalsService;
  completeness: CompletenessService;
  closings: ClosingsService;
  draw: Chance;
  account: number;
  ministry: Caller;
  caller(unitCode: string, role: Role): Promise<Caller>;
  make(kind: LayoutKind, unitCode: string, how?: { caller?: Caller; asOf?: string }): Promise<Made>;
  written(made: Made): Promise<Buffer>;
  /** Lets some communes of a province report, or report anew. */
  report(province: string, percent: number): Promise<void>;
  close(): Promise<void>;
};

/** @param clock the product's; the database goes by its own */
export async function openExports(provinces = ['19', '20'], clock = new Clock()): Promise<Exported> {
  const db = await freshDatabase();
  const access = new AccessService(db.dataSource, clock);
  const horizon = new Horizon(db.dataSource, clock);
  const totals = new TotalsService(db.dataSource, clock, access, horizon);
  const completeness = new CompletenessService(db.dataSource, access, horizon);
  const closings = new ClosingsService(db.dataSource, clock, access, horizon);
  const query = new SummaryQuery(db.dataSource, totals, completeness, closings, access);
  const files = new LayoutsService(access, query);
  const draw = chance(57);
  const account = await writerOf(db.dataSource, 'VN');
  await new RoundsService(db.dataSource, clock).open(null, PROGRAMME, ROUND);
  const caller = async (unitCode: string, role: Role): Promise<Caller> => {
    const [unit] = await db.dataSource.query('select id, level from org_unit where code = $1', [unitCode]);
    return {
      accountId: account,
      role,
      unitId: unit.id,
      unitCode,
      unitLevel: unit.level,
      verbs: verbsOf[role],
      tokenPrefix: '',
    };
  };
  const ministry = await caller('VN', 'administrator');
  const reports = async (province: string, percent: number) => {
    for (const place of await owing(db.dataSource, ROUND, [province]))
      if (draw.percent(percent)) await report(db.dataSource, account, place, draw, draw.percent(70));
  };
  for (const province of provinces) await reports(province, 85);
  return {
    db,
    totals,
    completeness,
    closings,
    draw,
    account,
    ministry,
    caller,
    report: reports,
    make: (kind, unitCode, { caller = ministry, asOf } = {}) =>
      files.make(caller, kind, { unitCode, programme: PROGRAMME, round: ROUND, asOf }),
    async written(made) {
      const out = new PassThrough();
      const collected = buffer(out);
      await made.write(out);
      return collected;
    },
    close: () => db.drop(),
  };
}
