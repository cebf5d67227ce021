/**
 * What forms are made of and held against: the programme's indicators asked in a round, and for each unit its obligation,
 * what its newest version says and what stood in its last round. One statement for any number of units.
 */
import { type Db, Problem, row, rows } from '#core';
import { EDITION, formOf, isAskedOf } from '#programmes';
import type { FigureArrays } from '../given.js';
import type { Content, FormUnit } from './content.js';
import { FormLayout } from './layout.js';
import type { FormBook } from './writer.js';

type FormRound = Omit<FormBook, 'units' | 'fromAbove'> & { id: number; programmeId: number; edition: string };

/** @throws Problem round.not_found */
export async function formRound(db: Db, programme: string, code: string): Promise<FormRound> {
  const found = await row<FormRound>(
    db,
    `select r.id, p.id as "programmeId", ${EDITION} as edition, jsonb_build_object('code', p.code, 'name', p.name) as programme,
       jsonb_build_object('code', r.code, 'year', r.year, 'half', r.half, 'dataFrom', r.data_from, 'dataTo', r.data_to) as round
     from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2`,
    [programme, code],
  );
  if (!found) throw new Problem('round.not_found', { code });
  return found;
}

/** The form of a round for one kind of unit: local units are asked less than their commune. */
export async function formLayouts(db: Db, round: FormRound): Promise<(kind: string) => FormLayout> {
  const asked = (await formOf(db, round.programmeId, round.edition)).filter(
    ({ firstRound }) => firstRound <= round.round.code,
  );
  const layouts = new Map<string, FormLayout>();
  return (kind) => {
    const indicators = asked.filter((indicator) => isAskedOf(indicator, kind));
    const key = indicators.map(({ code }) => code).join();
    const layout = layouts.get(key) ?? new FormLayout(indicators);
    layouts.set(key, layout);
    return layout;
  };
}

/** What kinds the units of a workbook are of, by code; those that owe the round. */
export async function formKinds(
  db: Db,
  { id }: FormRound,
  units: readonly { code: string }[],
  today: string,
): Promise<Map<string, string>> {
  const found = await rows<{ code: string; kind: string }>(
    db,
    `select u.code, u.kind from obligation o cross join lateral org_unit_known(o.unit_id, $3) u
     where o.round_id = $1 and o.unit_id in (select x.id from org_unit x where x.code = any($2))`,
    [id, units.map(({ code }) => code), today],
  );
  return new Map(found.map(({ code, kind }) => [code, kind]));
}

type Found = Omit<FormUnit, 'content' | 'last'> & {
  content: Content | null;
  last: { round: string; figures: FigureArrays } | null;
};

/**
 * The units that owe the round, by code: those named, or all that report to `parentId`.
 * @param today YYYY-MM-DD: units are called what they are called on that day
 */
export function formUnits(
  db: Db,
  { id, programmeId }: FormRound,
  wanted: { unitIds: readonly number[] } | { parentId: number },
  today: string,
): Promise<FormUnit[]> {
  return rows<Found>(
    db,
    `with due as (
       select o.*, r.data_to from obligation o join round r on r.id = o.round_id
       where o.round_id = $1 and o.state = 'owed' and (o.unit_id = any ($3::int[]) or o.parent_id = $4)
     )
     select m.id as "obligationId", u.code, u.kind, u.name, p.kind as "parentKind", p.name as "parentName",
       to_char(m.due_on, 'YYYY-MM-DD') as "dueOn", coalesce(v.number, 0)::int as newest, v.state,
       case when v.id is not null then jsonb_build_object(
         'figures', jsonb_build_object('n', v.n::text[], 'd', v.d::text[], 's', v.s),
         'notes', (select coalesce(jsonb_agg(jsonb_build_object('indicatorId', f.indicator_id, 'note', f.note,
             'documentNumber', f.document_number, 'documentDate', f.document_date)), '[]')
           from figure_note f where f.version_id = v.id),
         'narratives', (select coalesce(jsonb_agg(jsonb_build_object('indicatorId', x.indicator_id, 'body', x.body)), '[]')
           from narrative x where x.version_id = v.id),
         'comment', v.comment, 'header', v.header) end as content,
       (select jsonb_build_object('round', r.code, 'figures', jsonb_build_object('n', w.n::text[], 'd', w.d::text[], 's', w.s))
        from round r join obligation b on b.round_id = r.id and b.unit_id = m.unit_id
        join standing t on t.obligation_id = b.id and t.basis = 'received' and t.recorded_to is null
        join report_version w on w.id = t.version_id
        where r.programme_id = $2 and r.year is not null and r.data_to < m.data_to
        order by r.data_to desc limit 1) as last,
       case when v.id is null then inherited_denominators(m.id)::text[] end as inherited
     from due m
     cross join lateral org_unit_known(m.unit_id, $5) u
     cross join lateral org_unit_known(m.parent_id, $5) p
     left join report_version v on v.obligation_id = m.id and v.number = m.newest_number
     order by u.code`,
    [id, programmeId, 'unitIds' in wanted ? wanted.unitIds : [], 'parentId' in wanted ? wanted.parentId : null, today],
  );
}
