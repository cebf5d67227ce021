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

/**
 * Rank 0 the code; then 1–3 the whole name, its beginning, a word within; 4–6 the same where diacritics were typed that the
 * name does not have. Parameters: day, under, parent, level, kind, code, search key, name key (null: typed without), after.
 */
const SEARCH = `
  with recursive below as (
    select id from org_units_on($1) where parent_id = $2::int
    union all
    select c.id from below b join org_units_on($1) c on c.parent_id = b.id
  ), matched as (
    select u.id, u.code, u.level, u.kind, u.name, u.parent_id,
      case
        when $6::text is null or starts_with(upper(u.code), $6) then 0
        else case when u.search = $7 then 1 when starts_with(u.search, $7) then 2 else 3 end
           + case when $8::text is null or position(' ' || $8 in ' ' || u.name_key) > 0 then 0 else 3 end
      end as rank
    from org_units_on($1) u
    where ($2::int is null or u.id in (select id from below))
      and ($3::int is null or u.parent_id = $3)
      and ($4::int is null or u.level = $4)
      and ($5::text is null or u.kind = $5)
      and ($6::text is null or starts_with(upper(u.code), $6)
           or ($7::text <> '' and position(' ' || $7 in ' ' || u.search) > 0))
  )
  select (select count(*)::int from matched) as total, coalesce(jsonb_agg(to_jsonb(f) order by f.rank, f.code), '[]') as found
  from (
    select m.id, m.code, m.level, m.kind, m.name, p.code as "parentCode", m.rank
    from (
      select * from matched where $9::int is null or (rank, code) > ($9, $10::text) order by rank, code limit $11
    ) m left join org_unit p on p.id = m.parent_id
  ) f`;

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
    const filters = [day, under, parent, search.level ?? null, search.kind ?? null];

    let total = 0;
    let found: RankedUnit[] = [];
    for (const reading of text ? readings(text) : [null]) {
      const typed =
        reading === null
          ? [null, null, null]
          : [text.toUpperCase(), searchKey(reading), hasDiacritics(reading) ? nameKey(reading) : null];
      const answer = await row<{ total: number; found: (UnitRow & { rank: number })[] }>(this.dataSource, SEARCH, [
        ...filters,
        ...typed,
        rank,
        afterCode,
        size + 1,
      ]);
      total = answer?.total ?? 0;
      found = (answer?.found ?? []).map(withTitle);
      if (total > 0) break;
    }
    const page = toPage(found, size, total, (unit) => [unit.rank, unit.code]);
    return { ...page, items: page.items.map(({ rank: _, ...unit }) => unit) };
  }
}
