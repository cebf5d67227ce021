/**
 * Who has reported, who is late, who is missing. Every obligation is in exactly one class; on time or late is a second
 * question, answered by the first submission not withdrawn by its reporter (docs/semantics.md §5).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { decodeCursor, type Instant, type Page, type PageRequest, Problem, pageSize, row, rows, toPage } from '#core';
import { Horizon } from './horizon.js';

export const completenessClasses = [
  'exempt',
  'replaced',
  'not_yet_due',
  'overdue',
  'returned',
  'submitted',
  'accepted',
] as const;
export type CompletenessClass = (typeof completenessClasses)[number];
export const timelinesses = ['on_time', 'late', 'not_submitted'] as const;
export type Timeliness = (typeof timelinesses)[number];

export type ObligationState = {
  unit: { id: number; code: string; level: number; kind: string; name: string };
  class: CompletenessClass;
  timeliness: Timeliness;
  /** YYYY-MM-DD, the due date in force for this unit. */
  dueOn: string;
  /** Key of the plan that the due date comes from; null = the programme's default. */
  duePlan: string | null;
  /** As the duty words it; of an ad hoc round what it answers. */
  dueWording: string | null;
  firstReceivedAt: Date | null;
  newestVersion: number;
  /** "Nộp ngoài hệ thống": the newest version was recorded from paper. */
  onPaper: boolean;
  /** Nothing is submitted, but a draft has been begun. */
  hasDraft: boolean;
};

export type Completeness = {
  round: string;
  asOf: Instant;
  counts: Record<CompletenessClass, number>;
  /** All but exempt and replaced. */
  expected: number;
  onTime: number;
  late: number;
  notSubmitted: number;
};

type Question = { unitCode?: string | null; programme: string; round: string; asOf?: string | null };
type Filter = { classes?: CompletenessClass[] | null; timeliness?: Timeliness | null };

// An accepted version stands until its correction is accepted, so the obligation stays accepted meanwhile.
// What the obligation's columns say holds since changed_at; for an earlier instant it is read from the steps.
// Parameters: round, instant, unit, those that collect below it. Its own obligation and those collected are found each by
// its index: asked for in one condition, all 93,000 of a round were gone through for the 168 of a province.
const CLASSIFIED = `
  select o.id as obligation_id, r.request, o.unit_id, o.parent_id, e.due_on, o.duty_id, t.first_received_at, t.newest_number,
    case when e.state <> 'owed' then e.state
         when t.accepted then 'accepted'
         when t.newest_state in ('submitted', 'returned') then t.newest_state
         when $2::timestamptz < e.due_before then 'not_yet_due'
         else 'overdue' end as class,
    case when t.first_received_at is null then 'not_submitted'
         when t.first_received_at < e.due_before then 'on_time' else 'late' end as timeliness
  from (
    select o.* from obligation o where o.round_id = $1 and o.parent_id = any($4)
    union all
    select o.* from obligation o where o.round_id = $1 and o.unit_id = $3 and o.parent_id <> all($4)
  ) o
  cross join lateral (
    select coalesce(x.from_due_on, o.due_on) as due_on, coalesce(x.from_due_before, o.due_before) as due_before,
      coalesce(c.from_state, o.state) as state
    from (select 1) one
    left join lateral (select * from extension x where x.obligation_id = o.id and x.recorded_at > $2::timestamptz
                       order by x.recorded_at limit 1) x on true
    left join lateral (select * from obligation_change c where c.obligation_id = o.id and c.recorded_at > $2::timestamptz
                       order by c.recorded_at limit 1) c on true
  ) e
  cross join lateral (
    select o.newest_number::int, o.newest_state, o.first_received_at,
      exists (select from standing s where s.obligation_id = o.id and s.basis = 'accepted' and s.recorded_to is null and s.version_id is not null) as accepted
    where o.changed_at <= $2::timestamptz
    union all
    select coalesce(max(x.number), 0)::int, (array_agg(x.state order by x.number desc))[1],
      min(x.received_at) filter (where x.state <> 'withdrawn'), coalesce(bool_or(x.state = 'accepted'), false)
    from (
      select v.number, v.received_at,
        (select y.to_state from step_taken y where y.version_id = v.id and y.recorded_at <= $2::timestamptz order by y.id desc limit 1) as state
      from report_version v where v.obligation_id = o.id and v.recorded_at <= $2::timestamptz
    ) x
    having o.changed_at > $2::timestamptz
  ) t
  join round r on r.id = o.round_id
  where o.recorded_at <= $2::timestamptz`;

@Injectable()
export class CompletenessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: AccessService,
    private readonly horizon: Horizon,
  ) {}

  /** Counts over the unit and everything below it. @throws Problem unit.not_found | round.not_found */
  async summary(caller: Caller, question: Question): Promise<Completeness> {
    const { parameters, asOf } = await this.parameters(caller, question);
    const found = await rows<{ class: CompletenessClass; timeliness: Timeliness; count: number }>(
      this.dataSource,
      `select class, timeliness, count(*)::int as count from (${CLASSIFIED}) c group by class, timeliness`,
      parameters,
    );
    const sum = (of: typeof found) => of.reduce((total, { count }) => total + count, 0);
    const owed = found.filter((group) => group.class !== 'exempt' && group.class !== 'replaced');
    const counts = Object.fromEntries(
      completenessClasses.map((name) => [name, sum(found.filter((group) => group.class === name))]),
    );
    const timed = (timeliness: Timeliness) => sum(owed.filter((group) => group.timeliness === timeliness));
    return {
      round: question.round,
      asOf,
      counts: counts as Record<CompletenessClass, number>,
      expected: sum(owed),
      onTime: timed('on_time'),
      late: timed('late'),
      notSubmitted: timed('not_submitted'),
    };
  }

  /** The obligations one by one, in the order of unit codes. @param filter keeps some classes, or one timeliness */
  async list(caller: Caller, question: Question, filter: Filter, page: PageRequest): Promise<Page<ObligationState>> {
    const size = pageSize(page);
    // A unit that a merger enlarged has two: what was replaced, and what it owes now.
    const [after, nth, at] = page.after ? decodeCursor(page.after, 3) : ['', 0, question.asOf ?? null];
    const { parameters, asOf } = await this.parameters(caller, { ...question, asOf: at === null ? null : String(at) });
    const found = await rows<{ total: number; nth: number | null } & ObligationState>(
      this.dataSource,
      // Counted and listed in one pass; a page beyond the last one has its count alone.
      `with wanted as materialized (
         select c.*, u.code, u.level, u.kind, u.name
         from (${CLASSIFIED}) c cross join lateral org_unit_known(c.unit_id, c.due_on) u
         where ($5::text[] is null or c.class = any($5)) and ($6::text is null or (c.timeliness = $6 and c.class not in ('exempt', 'replaced')))
       ), page as (
         select * from wanted where (code, obligation_id) > ($7, $8::int) order by code, obligation_id limit $9
       )
       select w.total, c.obligation_id as nth,
              jsonb_build_object('id', c.unit_id, 'code', c.code, 'level', c.level, 'kind', c.kind, 'name', c.name) as unit,
              c.class, c.timeliness, to_char(c.due_on, 'YYYY-MM-DD') as "dueOn", case when c.request is null then (
                select pl.key from plan_version v join plan pl on pl.id = v.plan_id where v.id = d.plan_version_id) end as "duePlan",
              coalesce(c.request, d.due_wording) as "dueWording",
              c.first_received_at as "firstReceivedAt", c.newest_number as "newestVersion",
              exists (select from report_version x where x.obligation_id = c.obligation_id and x.number = c.newest_number
                      and x.header ? 'receivedOn') as "onPaper",
              c.class in ('not_yet_due', 'overdue') and exists (
                select from draft x where x.obligation_id = c.obligation_id and x.started_at <= $2::timestamptz
                  and (x.ended_at is null or x.ended_at > $2::timestamptz)) as "hasDraft"
       from (select count(*)::int as total from wanted) w left join page c on true left join duty d on d.id = c.duty_id
       order by c.code, c.obligation_id`,
      [...parameters, filter.classes ?? null, filter.timeliness ?? null, after, nth, size + 1],
    );
    const listed = found.flatMap(({ total: _, nth: place, ...item }) =>
      place === null ? [] : { ...item, nth: place },
    );
    const { items, ...head } = toPage(listed, size, found[0]!.total, (item) => [item.unit.code, item.nth, asOf]);
    return { ...head, items: items.map(({ nth: _, ...item }) => item) };
  }

  private async parameters(caller: Caller, question: Question): Promise<{ parameters: unknown[]; asOf: Instant }> {
    const unit = await this.access.reach(caller, question.unitCode);
    const round = await row<{ id: number; collectors: number[] }>(
      this.dataSource,
      `select r.id, case when $3::int = 0 then array(select id from org_unit where level <= 1) else array[$4::int] end as collectors
       from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2`,
      [question.programme, question.round, unit.level, unit.id],
    );
    if (!round) throw new Problem('round.not_found', { code: question.round });
    const asOf = await this.horizon.at(question.asOf);
    return { parameters: [round.id, asOf, unit.id, round.collectors], asOf };
  }
}
