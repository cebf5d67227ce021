/**
 * The small country of a random history: a few communes of a few provinces, their accounts, the open rounds, and what is
 * known of each report from the answers so far. What is known may be behind the record: then a conflict is due.
 */
import type { DataSource } from 'typeorm';
import { AccessService, type Caller, TokensService, verbsOf } from '#access';
import { Clock, connect, type Db, rows } from '#core';
import { formOf, type Indicator } from '#programmes';
import { ObligationsService, ReportsService, RoundsService } from '#reporting';
import { ClosingsService, Horizon } from '#rollups';

export const PROGRAMME = 'NQ57-TT';

/**
 * One province's round. Whoever closes or reopens it holds it in a phase of its own meanwhile, so that between answers it
 * is known whether it is closed; `turns` counts the phases.
 */
export type Collection = {
  province: string;
  round: string;
  reviewer: Caller;
  phase: 'open' | 'changing' | 'closed';
  turns: number;
};

/** One report of one commune in one round. */
export type Place = {
  obligationId: number;
  unitCode: string;
  round: string;
  /** The first round of the history: nothing stands before it. */
  first: boolean;
  reporter: Caller;
  reviewer: Caller;
  /** Number and state of the newest version as far as answers have told; 0 and null before the first. */
  number: number;
  state: string | null;
  collection: Collection;
  /** Whether this report was reopened alone, since the last close. */
  alone: 'no' | 'asked' | 'yes';
  /** Its unit is being merged or split, or has been. */
  leaving: boolean;
};

/** A commune as long as it is on the map. `bornOn`: YYYY-MM-DD, empty for the first ones. */
export type Commune = { province: string; bornOn: string };

/** Tokens by `<unit code> <role>`. */
export type Secrets = Map<string, string>;
/** What of the rooms' services operations ask: of them, or of the API over HTTP. */
export type Doors = {
  reports: Pick<ReportsService, 'submit' | 'accept' | 'return' | 'withdraw'>;
  obligations: Pick<ObligationsService, 'extend' | 'changeBoundaries'>;
  closings: Pick<ClosingsService, 'close' | 'reopen'>;
};

export type Country = Doors & {
  writers: DataSource;
  clock: Clock;
  tokens: Pick<TokensService, 'issue'>;
  /** An administrator of the nation. */
  nation: Caller;
  form: readonly Indicator[];
  places: Place[];
  /** Places whose unit was merged or split: nothing may be written there any more. */
  left: Place[];
  /** By code. */
  communes: Map<string, Commune>;
  collections: Collection[];
  /** Mergers and splits so far, and whether one is under way. */
  changes: number;
  changing: boolean;
  /** Ids of the provinces that take part. */
  parents: number[];
  firstRound: string;
  /** Communes of a province that take part in the beginning. */
  usual: number;
  close(): Promise<void>;
};

export type CountryWish = {
  url: string;
  connections: number;
  provinces: string[];
  communes: number;
  rounds: string[];
  onlyThese?: boolean;
  /** Others than the services themselves. */
  doors?: (secrets: Secrets) => Doors;
};

/** The name under which writers are seen in pg_stat_activity. */
export const WRITER = 'random-history-writer';

/**
 * Opens the rounds and connects the writers.
 * @param wish communes: how many of each province; onlyThese: the country has no other provinces, so that it is quickly read
 */
export async function openCountry(wish: CountryWish): Promise<Country> {
  const clock = new Clock();
  const writers = await connect(wish.url, { pool: wish.connections, name: WRITER });
  const access = new AccessService(writers, clock);
  const operator = new TokensService(writers, clock, access);
  const secrets: Secrets = new Map();
  const tokens: Country['tokens'] = {
    issue: async (...wish) => {
      const issued = await operator.issue(...wish);
      for (const { unitCode, role, token } of issued) secrets.set(`${unitCode} ${role}`, token);
      return issued;
    },
  };
  const rounds = new RoundsService(writers, clock);
  if (wish.onlyThese)
    await rows(
      writers,
      `update org_unit_state s set recorded_to = clock_timestamp() from org_unit u, org_unit p
       where u.id = s.unit_id and u.level = 2 and p.id = s.parent_id and not p.code = any($1)`,
      [wish.provinces],
    );
  for (const round of wish.rounds) await rounds.open(null, PROGRAMME, round);
  for (const province of wish.provinces) {
    await tokens.issue(null, { unitCode: province, role: 'reviewer' });
    await tokens.issue(null, { unitCode: province, role: 'reporter', children: true });
  }
  await tokens.issue(null, { unitCode: 'VN', role: 'administrator' });
  const chosen = await rows<{ code: string }>(
    writers,
    `select u.code from (
       select o.unit_id, row_number() over (partition by o.parent_id order by o.unit_id) as nth
       from obligation o join round r on r.id = o.round_id join org_unit p on p.id = o.parent_id
       where r.code = $1 and p.code = any($3)
     ) x join org_unit u on u.id = x.unit_id where x.nth <= $2 order by u.id`,
    [wish.rounds[0], wish.communes, wish.provinces],
  );
  const found = await owed(
    writers,
    chosen.map(({ code }) => code),
  );
  const [programme] = await rows<{ id: number }>(writers, 'select id from programme where code = $1', [PROGRAMME]);
  const form = await formOf(writers, programme!.id, 'soak');
  const [nation] = await rows<{ accountId: number; unitId: number }>(
    writers,
    `select a.id as "accountId", u.id as "unitId" from account a join org_unit u on u.id = a.unit_id
     where u.code = 'VN' and a.role = 'administrator'`,
  );
  const country: Country = {
    ...{ writers, clock, tokens, form },
    ...(wish.doors?.(secrets) ?? {
      reports: new ReportsService(writers, clock, access),
      obligations: new ObligationsService(writers, clock, access),
      closings: new ClosingsService(writers, clock, access, new Horizon(writers, clock)),
    }),
    nation: caller(nation!.accountId, 'administrator', nation!.unitId, 'VN', 0),
    ...{ places: [], left: [], communes: new Map(), collections: [], changes: 0, changing: false },
    firstRound: wish.rounds[0]!,
    usual: wish.communes,
    parents: [...new Set(found.map(({ provinceId }) => provinceId))],
    close: () => writers.destroy(),
  };
  for (const place of found) settle(country, place, '');
  return country;
}

export type Owed = {
  obligationId: number;
  unitCode: string;
  unitId: number;
  round: string;
  state: string;
  reporterId: number;
  reviewerId: number;
  provinceId: number;
  provinceCode: string;
};

/** Every obligation of these units, replaced ones too. */
export function owed(db: Db, codes: readonly string[]): Promise<Owed[]> {
  return rows<Owed>(
    db,
    `select o.id as "obligationId", u.code as "unitCode", u.id as "unitId", r.code as round, o.state, a.id as "reporterId",
            b.id as "reviewerId", p.id as "provinceId", p.code as "provinceCode"
     from obligation o
     join round r on r.id = o.round_id
     join org_unit u on u.id = o.unit_id join account a on a.unit_id = u.id and a.role = 'reporter'
     join org_unit p on p.id = o.parent_id join account b on b.unit_id = p.id and b.role = 'reviewer'
     where u.code = any($1) order by o.id`,
    [codes],
  );
}

/** From now on this obligation is reported to. @param bornOn of its unit, when that is not known yet */
export function settle(country: Country, place: Owed, bornOn: string): void {
  const { provinceCode: province, round, unitCode } = place;
  let collection = country.collections.find((one) => one.province === province && one.round === round);
  if (!collection) {
    const reviewer = caller(place.reviewerId, 'reviewer', place.provinceId, province, 1);
    collection = { province, round, reviewer, phase: 'open', turns: 0 };
    country.collections.push(collection);
  }
  if (!country.communes.has(unitCode)) country.communes.set(unitCode, { province, bornOn });
  country.places.push({
    ...{ obligationId: place.obligationId, unitCode, round, collection, reviewer: collection.reviewer },
    ...{ alone: 'no', leaving: false, number: 0, state: null },
    first: round === country.firstRound,
    reporter: caller(place.reporterId, 'reporter', place.unitId, unitCode, 2),
  });
}

const caller = (
  accountId: number,
  role: Caller['role'],
  unitId: number,
  unitCode: string,
  unitLevel: number,
): Caller => ({ accountId, role, unitId, unitCode, unitLevel, verbs: verbsOf[role], tokenPrefix: '' });

/** An answer told of a version: kept unless something newer is known. */
export function learn(place: Place, number: number, state: string): void {
  if (number < place.number) return;
  place.number = number;
  place.state = state;
}
