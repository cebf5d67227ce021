/**
 * A record to ask questions of: some provinces' communes have reported in two rounds, by chance and with a fixed seed, part
 * of it accepted; and the services that answer.
 */
import { AccessService, type Caller, verbsOf } from '#access';
import { Clock, type Page, type PageRequest, rows } from '#core';
import { RoundsService } from '#reporting';
import { Horizon, type IndicatorQuestion, QuestionsService, TotalsService, type UnitTotals } from '#rollups';
import { type Chance, chance } from '../soak/chance.js';
import { owing, report, writerOf } from './country-figures.js';
import { type FreshDatabase, freshDatabase } from './database.js';

export type AskedCountry = {
  db: FreshDatabase;
  questions: QuestionsService;
  totals: TotalsService;
  /** Under which reports are written. */
  account: number;
  draw: Chance;
  ministry: Caller;
  callerOf(unitCode: string, unitLevel: number): Promise<Caller>;
};

/** @param provinces whose communes have reported, in 2026H1 and 2026H2; all others owe and are silent */
export async function openAskedCountry(provinces: string[]): Promise<AskedCountry> {
  const db = await freshDatabase();
  const clock = new Clock();
  const access = new AccessService(db.dataSource, clock);
  const horizon = new Horizon(db.dataSource, clock);
  const rounds = new RoundsService(db.dataSource, clock);
  const draw = chance(57);
  const account = await writerOf(db.dataSource, 'VN');
  for (const round of ['2026H1', '2026H2']) {
    await rounds.open(null, 'NQ57-TT', round);
    for (const place of await owing(db.dataSource, round, provinces))
      if (draw.percent(85)) await report(db.dataSource, account, place, draw, draw.percent(60));
  }
  const callerOf = async (unitCode: string, unitLevel: number): Promise<Caller> => {
    const [unit] = await rows<{ id: number }>(db.dataSource, 'select id from org_unit where code = $1', [unitCode]);
    return {
      accountId: account,
      role: 'administrator',
      unitId: unit!.id,
      unitCode,
      unitLevel,
      verbs: verbsOf.administrator,
      tokenPrefix: '',
    };
  };
  return {
    db,
    questions: new QuestionsService(db.dataSource, access, horizon),
    totals: new TotalsService(db.dataSource, clock, access, horizon),
    account,
    draw,
    ministry: await callerOf('VN', 0),
    callerOf,
  };
}

/** A question of the nation on received figures of the second round, unless said otherwise. */
export const about = (indicator: string, more: Partial<IndicatorQuestion> = {}): IndicatorQuestion => ({
  programme: 'NQ57-TT',
  period: '2026H2',
  basis: 'received',
  unitCode: 'VN',
  indicator,
  ...more,
});

export async function everyPage<T>(ask: (page: PageRequest) => Promise<{ page: Page<T> }>, first = 500): Promise<T[]> {
  const items: T[] = [];
  let after: string | null = null;
  do {
    const { page }: { page: Page<T> } = await ask({ first, after });
    items.push(...page.items);
    after = page.hasNextPage ? page.endCursor : null;
  } while (after);
  return items;
}

export const codes = (units: readonly { unit: { code: string } }[]) => units.map(({ unit }) => unit.code);

/** One total by indicator code, of a unit's totals. */
export const totalOf = (unit: UnitTotals, indicator: string) =>
  unit.totals.find((total) => total.indicator.code === indicator)!;
