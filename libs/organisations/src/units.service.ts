/**
 * Finding units: by code, by name however it is typed, by what lies under or directly below a unit, as they stand on a day.
 * Names are not unique (three communes are called Nam Cường), so a search answers with all of them and their parents.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, decodeCursor, type Page, type PageRequest, Problem, pageSize, row, toPage } from '#core';
import { type Level, type UnitKind, unitTitle } from './kinds.js';
import { hasDiacritics, nameKey, readings, searchKey } from './normalise.js';

export type Unit = {
  id: number;
  code: string;
  level: Level;
  kind: UnitKind;
  /** Without its kind: "Kha Sơn". */
  name: string;
  /** With its kind: "xã Kha Sơn". */
  title: string;
  parentCode: string | null;
};

export type UnitSearch = PageRequest & {
  /** Beginning of a code, or of words of a name, with or without diacritics and kind. */
  text?: string | null;
  /** Code of a unit: everything below it, at any depth. */
  under?: string | null;
  /** Code of a unit: its children only. */
  parent?: string | null;
  level?: Level | null;
  kind?: UnitKind | null;
  /** `YYYY-MM-DD`; today in Vietnam if left out. */
  on?: string | null;
};

type UnitRow = Omit<Unit, 'title'>;
type RankedUnit = Unit & { rank: number };

const withTitle = <T extends UnitRow>(unit: T): T & Unit => ({ ...unit, title: unitTitle(unit) });

/** What a text may be: the code, a search key, the name key (null: typed without diacritics). */
type Typed = { code: string; search: string; name: string | null };
type Place = { rank: number; code: string };

/**
 * One statement for the filters given, and its parameters: a condition that is not asked stands not in the text either, since
 * a text is planned once for all its parameters. Rank 0 the code; then 1–3 the whole name, its beginning, a word within; 4–6
 * the same where diacritics were typed that the name does not have.
 */
function searchOf(
  filter: { day: string; under: number | null; parent: number | null; level: Level | null; kind: UnitKind | null },
  typed: Typed | null,
  after: Place | null,
  limit: number,
): [sql: string, parameters: unknown[]] {
  const parameters: unknown[] = [filter.day];
  const given = (value: unknown, type: string) => `$${parameters.push(value)}::${type}`;
  const conditions = ['true'];
  const below =
    filter.under === null
      ? ''
      : `below as (
           select id from org_units_on($1) where parent_id = ${given(filter.under, 'int')}
           union all
           select c.id from below b join org_units_on($1) c on c.parent_id = b.id
         ), `;
  if (below) conditions.push('u.id in (select id from below)');
  if (filter.parent !== null) conditions.push(`u.parent_id = ${given(filter.parent, 'int')}`);
  if (filter.level !== null) conditions.push(`u.level = ${given(filter.level, 'int')}`);
  if (filter.kind !== null) conditions.push(`u.kind = ${given(filter.kind, 'text')}`);
  let rank = '0';
  if (typed) {
    const [code, search] = [given(typed.code, 'text'), given(typed.search, 'text')];
    const otherwise =
      typed.name === null
        ? ''
        : ` + case when position(' ' || ${given(typed.name, 'text')} in ' ' || u.name_key) > 0 then 0 else 3 end`;
    rank = `case when starts_with(upper(u.code), ${code}) then 0
      else case when u.search = ${search} then 1 when starts_with(u.search, ${search}) then 2 else 3 end${otherwise} end`;
    conditions.push(
      `(starts_with(upper(u.code), ${code}) or (${search} <> '' and position(' ' || ${search} in ' ' || u.search) > 0))`,
    );
  }
  // Whoever searches a text reads all names once; whoever does not counts, and reads the first codes by their index.
  const order = typed ? 'rank, code' : 'code';
  const from =
    after &&
    (typed
      ? `(rank, code) > (${given(after.rank, 'int')}, ${given(after.code, 'text')})`
      : `code > ${given(after.code, 'text')}`);
  return [
    `with recursive ${below}matched as ${typed ? '' : 'not '}materialized (
       select u.id, u.code, u.level, u.kind, u.name, u.parent_id, ${rank} as rank
       from org_units_on($1) u where ${conditions.join(' and ')}
     )
     select (select count(*)::int from matched) as total, coalesce(jsonb_agg(to_jsonb(f) order by f.rank, f.code), '[]') as found
     from (
       select m.id, m.code, m.level, m.kind, m.name, p.code as "parentCode", m.rank
       from (select * from matched where ${from ?? 'true'} order by ${order} limit ${given(limit, 'int')}) m
       left join org_unit p on p.id = m.parent_id
     ) f`,
    parameters,
  ];
}

@Injectable()
export class UnitsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * @param on `YYYY-MM-DD`; today in Vietnam if left out
   * @throws Problem unit.not_found if no unit has this code, or not on that day
   */
  async byCode(code: string, on?: string | null): Promise<Unit> {
    const unit = await row<UnitRow>(
      this.dataSource,
      `select u.id, u.code, u.level, u.kind, u.name, p.code as "parentCode"
       from org_units_on($1) u left join org_unit p on p.id = u.parent_id where u.code = $2`,
      [on ?? this.clock.today(), code],
    );
    if (!unit) throw new Problem('unit.not_found', { code });
    return withTitle(unit);
  }

  /**
   * Units that fit every filter given, best match first, then by code.
   * @throws Problem unit.not_found (under, parent) | request.invalid (first) | cursor.invalid (after)
   */
  async search(search: UnitSearch = {}): Promise<Page<Unit>> {
    const size = pageSize(search);
    const [rank, afterCode] = search.after ? decodeCursor(search.after, 2) : [null, null];
    if (search.after && (!Number.isInteger(rank) || typeof afterCode !== 'string')) throw new Problem('cursor.invalid');
    const day = search.on ?? this.clock.today();
    const under = search.under ? (await this.byCode(search.under, day)).id : null;
    const parent = search.parent ? (await this.byCode(search.parent, day)).id : null;
    const text = search.text?.trim() ?? '';
    const filter = { day, under, parent, level: search.level ?? null, kind: search.kind ?? null };
    const after = search.after ? { rank: rank as number, code: afterCode as string } : null;

    let total = 0;
    let found: RankedUnit[] = [];
    for (const reading of text ? readings(text) : [null]) {
      const typed =
        reading === null
          ? null
          : {
              code: text.toUpperCase(),
              search: searchKey(reading),
              name: hasDiacritics(reading) ? nameKey(reading) : null,
            };
      const answer = await row<{ total: number; found: (UnitRow & { rank: number })[] }>(
        this.dataSource,
        ...searchOf(filter, typed, after, size + 1),
      );
      total = answer?.total ?? 0;
      found = (answer?.found ?? []).map(withTitle);
      if (total > 0) break;
    }
    const page = toPage(found, size, total, (unit) => [unit.rank, unit.code]);
    return { ...page, items: page.items.map(({ rank: _, ...unit }) => unit) };
  }
}
