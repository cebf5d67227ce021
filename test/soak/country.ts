/**
 * The small country of a random history: a few communes of a few provinces, their accounts, the open rounds, and what is
 * known of each report from the answers so far. What is known may be behind the record: then a conflict is due.
 */
import { AccessService, type Caller, TokensService } from '#access';
import { Clock, connect, rows } from '#core';
import { type AskedIndicator, ReportsService, RoundsService } from '#reporting';

export const PROGRAMME = 'NQ57-TT';

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
};

export type Country = {
  reports: ReportsService;
  form: AskedIndicator[];
  places: Place[];
  /** Ids of the provinces that take part. */
  parents: number[];
  close(): Promise<void>;
};

export type CountryWish = { url: string; connections: number; provinces: string[]; communes: number; rounds: string[] };

/** The name under which writers are seen in pg_stat_activity. */
export const WRITER = 'random-history-writer';

/** Opens the rounds and connects the writers. @param wish communes: how many of each province */
export async function openCountry(wish: CountryWish): Promise<Country> {
  const clock = new Clock();
  const writers = await connect(wish.url, { pool: wish.connections, name: WRITER });
  const access = new AccessService(writers, clock);
  const tokens = new TokensService(writers, clock, access);
  const rounds = new RoundsService(writers, clock);
  for (const round of wish.rounds) await rounds.open(null, PROGRAMME, round);
  for (const province of wish.provinces) {
    await tokens.issue(null, { unitCode: province, role: 'reviewer' });
    await tokens.issue(null, { unitCode: province, role: 'reporter', children: true });
  }
  const places = await rows<Omit<Place, 'first' | 'number' | 'state' | 'reporter' | 'reviewer'> & Accounts>(
    writers,
    `select o.id as "obligationId", u.code as "unitCode", u.id as "unitId", r.code as round, a.id as "reporterId",
            b.id as "reviewerId", p.id as "provinceId", p.code as "provinceCode"
     from obligation o
     join round r on r.id = o.round_id
     join org_unit u on u.id = o.unit_id join account a on a.unit_id = u.id and a.role = 'reporter'
     join org_unit p on p.id = o.parent_id join account b on b.unit_id = p.id and b.role = 'reviewer'
     where u.id in (
       select x.unit_id from (
         select o.unit_id, row_number() over (partition by o.parent_id order by o.unit_id) as nth
         from obligation o join round r on r.id = o.round_id where r.code = $1
       ) x where x.nth <= $2)
     order by o.id`,
    [wish.rounds[0], wish.communes],
  );
  const form = await rows<AskedIndicator>(
    writers,
    `select i.id, i.position, i.code, i.name, i.kind, i.over_time as "overTime",
            i.not_applicable_allowed as "notApplicableAllowed", i.scale
     from indicator i join programme p on p.id = i.programme_id where p.code = $1 order by i.position`,
    [PROGRAMME],
  );
  return {
    reports: new ReportsService(writers, clock, access),
    form,
    places: places.map((place) => ({
      obligationId: place.obligationId,
      unitCode: place.unitCode,
      round: place.round,
      first: place.round === wish.rounds[0],
      reporter: caller(place.reporterId, 'reporter', place.unitId, place.unitCode, 2),
      reviewer: caller(place.reviewerId, 'reviewer', place.provinceId, place.provinceCode, 1),
      number: 0,
      state: null,
    })),
    parents: [...new Set(places.map(({ provinceId }) => provinceId))],
    close: () => writers.destroy(),
  };
}

type Accounts = {
  unitId: number;
  reporterId: number;
  reviewerId: number;
  provinceId: number;
  provinceCode: string;
};

const caller = (
  accountId: number,
  role: Caller['role'],
  unitId: number,
  unitCode: string,
  unitLevel: number,
): Caller => ({ accountId, role, unitId, unitCode, unitLevel, tokenPrefix: '' });

/** An answer told of a version: kept unless something newer is known. */
export function learn(place: Place, number: number, state: string): void {
  if (number < place.number) return;
  place.number = number;
  place.state = state;
}
