/**
 * Reports of many communes at once, straight through the functions of the record: for tests and measurements that need a
 * country full of figures rather than the way one figure travels.
 */
import { type Db, row, rows } from '#core';
import type { Chance } from '../soak/chance.js';

export type Owing = { obligationId: number; unitCode: string; round: string; newest: number; kinds: string[] };

/** An account to write under; the record asks for no more. @param unitCode whose account */
export async function writerOf(db: Db, unitCode: string): Promise<number> {
  const made = await row<{ id: number }>(
    db,
    `insert into account (unit_id, role, label, created_at)
     select id, 'administrator', 'writer', clock_timestamp() from org_unit where code = $1 returning id`,
    [unitCode],
  );
  return made!.id;
}

/** Who owes a round, in the order of codes. @param provinces their codes; all when left out */
export function owing(db: Db, round: string, provinces: string[] | null = null): Promise<Owing[]> {
  return rows<Owing>(
    db,
    `select o.id as "obligationId", u.code as "unitCode", r.code as round, o.newest_number::int as newest, r.kinds
     from obligation o join round r on r.id = o.round_id join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
     where r.code = $1 and ($2::text[] is null or p.code = any($2)) and o.state = 'owed' order by u.code`,
    [round, provinces],
  );
}

/** Slots of a report by the kinds a round asks: values, some estimated, some missing, some not applicable. */
export function drawFigures(
  kinds: readonly string[],
  draw: Chance,
): { n: (number | null)[]; d: (number | null)[]; s: number[] } {
  const slots = kinds.map((kind): [number | null, number | null, number] => {
    if (kind === 'text' || draw.percent(8)) return [null, null, 0];
    if (draw.percent(8)) return [null, null, 3];
    const state = draw.percent(15) ? 2 : 1;
    if (kind === 'flow' || kind === 'stock') return [draw.below(500), null, state];
    // One unit answering: yes is 1 of 1.
    if (kind !== 'ratio') return [draw.below(2), 1, state];
    // Small denominators make ties, and 0 a report without a value.
    const d = draw.percent(30) ? draw.below(6) : 1 + draw.below(20_000);
    return [draw.below(d + 1), d, state];
  });
  return { n: slots.map(([n]) => n), d: slots.map(([, d]) => d), s: slots.map(([, , s]) => s) };
}

/** Submits a report as drawn, and accepts it where asked. */
export async function report(db: Db, account: number, place: Owing, draw: Chance, accept: boolean): Promise<void> {
  const { n, d, s } = drawFigures(place.kinds, draw);
  await db.query(
    `select submit_report($1, o.id, o.round_id, o.parent_id, owes_later(o.unit_id, o.round_id), $3, null, null, $4::bigint[],
       $5::bigint[], $6::smallint[], null, null, null, null, null, '{"containsNoSecrets": true}', '[]', clock_timestamp(), null, null)
     from obligation o where o.id = $2`,
    [account, place.obligationId, place.newest, n, d, s],
  );
  place.newest += 1;
  if (accept)
    await db.query(`select step_report($1, $2, $3, 'accept', null, '[]', null, null)`, [
      account,
      place.obligationId,
      place.newest,
    ]);
}
