/**
 * Brings the official list into the database, set by set, and again whenever the list has grown: what is recorded already
 * stays as it is, what the list now says otherwise is closed on the recorded axis, what is new is added. So a second run
 * changes nothing, and a correction of the list is a row of history, never an overwrite (docs/semantics.md §1).
 */
import { type Db, row, rows } from '#core';
import { nameKey, searchKey } from './normalise.js';
import { officialUnits } from './official-list.js';

/** The list, handed over as one array per column, with the units it speaks of. */
const WANTED = `
  with wanted as (
    select u.id as unit_id, l.kind, l.name, l.search, l.name_key, p.id as parent_id, l.valid_from, l.valid_to
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[])
         as l(code, kind, name, search, name_key, parent_code, valid_from, valid_to)
    join org_unit u on u.code = l.code
    left join org_unit p on p.code = l.parent_code
  )`;
const SAME = `
  s.unit_id = w.unit_id and s.kind = w.kind and s.name = w.name and s.search = w.search and s.name_key = w.name_key
  and s.parent_id is not distinct from w.parent_id
  and s.valid_from = w.valid_from and s.valid_to is not distinct from w.valid_to`;

/**
 * Adds the official units and their states; units that the list does not name (local units), and those that have been
 * merged or split here since, are left alone.
 * @param at the rehearsed instant to record (Clock.forDatabase), or null for the database's own clock
 * @returns how many units and states were added
 */
export async function importOfficialUnits(db: Db, at: Date | null): Promise<{ units: number; states: number }> {
  const list = officialUnits();
  const columns = [
    list.map((s) => s.code),
    list.map((s) => s.kind),
    list.map((s) => s.name),
    list.map((s) => searchKey(s.name)),
    list.map((s) => nameKey(s.name)),
    list.map((s) => s.parentCode),
    list.map((s) => s.validFrom),
    list.map((s) => s.validTo),
  ];
  return db.transaction(async (tx) => {
    // Announced before anything is stamped: whoever answers for an instant waits for what is recorded up to it.
    await rows(tx, 'select begin_recording()');
    // Two imports at once (api and worker starting) would both find a unit missing.
    await tx.query('lock table org_unit, org_unit_state in share row exclusive mode');
    const units = await rows(
      tx,
      `insert into org_unit (code, level)
       select distinct code, level from unnest($1::text[], $2::smallint[]) as l(code, level)
       where not exists (select from org_unit u where u.code = l.code)
       order by level, code
       returning id`,
      [list.map((s) => s.code), list.map((s) => s.level)],
    );
    // Strictly after what is recorded: a rehearsed clock may stand still, and no state may end before it began.
    const recorded = await row<{ at: string }>(
      tx,
      `select greatest(coalesce($1::timestamptz, clock_timestamp()),
                       max(greatest(recorded_from, recorded_to)) + interval '1 microsecond')::text as at
       from org_unit_state`,
      [at],
    );
    await tx.query(
      `${WANTED}
       update org_unit_state s set recorded_to = $9::timestamptz
       where s.recorded_to is null and s.unit_id in (select unit_id from wanted)
         and not exists (select from succession c where s.unit_id in (c.predecessor_id, c.successor_id))
         and not exists (select from wanted w where ${SAME})`,
      [...columns, recorded?.at],
    );
    const states = await rows(
      tx,
      `${WANTED}
       insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, valid_to, recorded_from)
       select w.*, $9::timestamptz from wanted w
       where not exists (select from org_unit_state s where s.recorded_to is null and ${SAME})
         and not exists (select from succession c where w.unit_id in (c.predecessor_id, c.successor_id))
       order by w.unit_id, w.valid_from
       returning id`,
      [...columns, recorded?.at],
    );
    return { units: units.length, states: states.length };
  });
}
