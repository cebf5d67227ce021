/**
 * Local units below a commune (thôn, xóm, tổ dân phố, schools, offices). No official list has them: the commune adds and
 * ends its own. Their codes begin with the commune's, so that none can be taken for an official one; a unit that ends
 * keeps its row with the day it ended (docs/semantics.md §1).
 */
import { type Db, isDay, Problem, row, rows } from '#core';
import { isUnitKind, kindLevel, levels } from './kinds.js';
import { nameKey, searchKey } from './normalise.js';

export type LocalUnitWish = {
  kind: string;
  /** Without its kind: "Ia Ring", "3"; of a school or office the whole name. */
  name: string;
  /** `<code of the commune>.<letters or digits>`; numbered if left out. */
  code?: string | null;
};
export type LocalUnitAdded = { code: string; kind: string; name: string; outcome: 'created' | 'unchanged' };

const LONGEST_NAME = 200;
const MOST = 500;
const SERIAL = /^[A-Za-z0-9]{1,8}$/;

const refuse = (index: number, reason: string): never => {
  throw new Problem('request.invalid', { reason: `units[${index}].${reason}` });
};

type Wanted = { kind: string; name: string; key: string; code: string | null };

function checked(wishes: readonly LocalUnitWish[], commune: string): Wanted[] {
  if (wishes.length === 0 || wishes.length > MOST) throw new Problem('request.invalid', { reason: `units: 1–${MOST}` });
  const seen = new Set<string>();
  return wishes.map(({ kind, name: typed, code = null }, index) => {
    const name = typed.normalize('NFC').trim().replace(/\s+/gu, ' ');
    if (!isUnitKind(kind) || kindLevel(kind) !== levels.local) refuse(index, `kind: "${kind}"`);
    if (name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) refuse(index, `name: 1–${LONGEST_NAME}`);
    if (code !== null && !(code.startsWith(`${commune}.`) && SERIAL.test(code.slice(commune.length + 1))))
      refuse(index, `code: "${code.slice(0, 40)}" (${commune}.01)`);
    const key = `${kind} ${nameKey(name)}`;
    for (const mark of code === null ? [key] : [key, code]) {
      if (seen.has(mark)) refuse(index, `"${name}" ghi hai lần / is given twice`);
      seen.add(mark);
    }
    return { kind, name, key: nameKey(name), code };
  });
}

/**
 * Adds local units below a commune, all or none; one that is there already (kind and name, or code) stays as it is. Run
 * inside a transaction.
 * @param from YYYY-MM-DD, the first day they exist
 * @throws Problem request.invalid naming the entry
 */
export async function addLocalUnits(
  db: Db,
  commune: { id: number; code: string },
  wishes: readonly LocalUnitWish[],
  from: string,
  at: Date | null,
): Promise<LocalUnitAdded[]> {
  if (!isDay(from)) throw new Problem('request.invalid', { reason: 'from: YYYY-MM-DD' });
  const wanted = checked(wishes, commune.code);
  await db.query('lock table org_unit, org_unit_state in share row exclusive mode');
  const there = await rows<{ code: string; kind: string; key: string }>(
    db,
    `select u.code, s.kind, s.name_key as key from org_unit_state s join org_unit u on u.id = s.unit_id
     where s.parent_id = $1 and s.recorded_to is null and (s.valid_to is null or s.valid_to > $2)`,
    [commune.id, from],
  );
  const taken = await rows<{ code: string }>(db, 'select code from org_unit where starts_with(code, $1)', [
    `${commune.code}.`,
  ]);
  const codes = new Set(taken.map(({ code }) => code));
  for (const { code } of wanted) if (code !== null) codes.add(code);
  let serial = 0;
  const next = () => {
    let code: string;
    do code = `${commune.code}.${String(++serial).padStart(2, '0')}`;
    while (codes.has(code));
    codes.add(code);
    return code;
  };
  const answer = wanted.map(({ kind, name, key, code }, index): LocalUnitAdded & { key: string } => {
    const same = there.find((unit) => unit.kind === kind && unit.key === key);
    if (same && (code === null || code === same.code))
      return { code: same.code, kind, name, key, outcome: 'unchanged' };
    if (same || (code !== null && taken.some((unit) => unit.code === code)))
      refuse(index, `"${same?.code ?? code}" đã có / exists already`);
    return { code: code ?? next(), kind, name, key, outcome: 'created' };
  });
  const fresh = answer.filter(({ outcome }) => outcome === 'created');
  const recorded = await row<{ at: string }>(
    db,
    `select greatest(coalesce($1::timestamptz, clock_timestamp()),
                     max(greatest(recorded_from, recorded_to)) + interval '1 microsecond')::text as at
     from org_unit_state`,
    [at],
  );
  await rows(
    db,
    `with added as (
       insert into org_unit (code, level) select unnest($1::text[]), ${levels.local} returning id, code
     )
     insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, recorded_from)
     select a.id, l.kind, l.name, l.search, l.name_key, $6, $7, $8
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as l (code, kind, name, search, name_key)
     join added a on a.code = l.code`,
    [
      ...(['code', 'kind', 'name'] as const).map((column) => fresh.map((unit) => unit[column])),
      fresh.map(({ name }) => searchKey(name)),
      fresh.map(({ key }) => key),
      ...[commune.id, from, recorded!.at],
    ],
  );
  return answer.map(({ key: _, ...unit }) => unit);
}

/**
 * Ends a local unit. Run inside a transaction.
 * @param on YYYY-MM-DD, the first day without it
 * @throws Problem request.invalid when it does not exist on the day before
 */
export async function endLocalUnit(db: Db, unit: { id: number; code: string }, on: string): Promise<void> {
  const ended = await rows(
    db,
    `update org_unit_state set valid_to = $2 where unit_id = $1 and recorded_to is null and valid_from < $2
       and (valid_to is null or valid_to > $2) returning id`,
    [unit.id, on],
  );
  if (ended.length === 0)
    throw new Problem('request.invalid', {
      reason: `on: "${unit.code}" không có trước ngày này / is not there before`,
    });
}

/** Of communes that become one, the local units are the new one's from the day on; of a split one nobody knows whose. */
export async function moveLocalUnits(
  db: Db,
  from: readonly number[],
  to: number,
  effectiveOn: string,
  recordedAt: string,
): Promise<void> {
  await rows(
    db,
    `with standing as (
       select * from org_unit_state s
       where s.recorded_to is null and s.parent_id = any($1) and s.parent_id <> $2 and s.valid_from < $3
         and (s.valid_to is null or s.valid_to > $3)
       for update
     ),
     ended as (update org_unit_state e set valid_to = $3 from standing s where e.id = s.id returning e.id)
     insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, valid_to, recorded_from)
     select s.unit_id, s.kind, s.name, s.search, s.name_key, $2, $3, s.valid_to, $4 from standing s join ended using (id)`,
    [from, to, effectiveOn, recordedAt],
  );
}
