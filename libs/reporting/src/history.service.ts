/**
 * A unit's own page of data: for every round what was owed, extended, sent, returned, accepted and by whom, and the trail
 * of events, which is append-only. Also what differs between two versions of its report.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { decodeCursor, type Page, type PageRequest, Problem, pageSize, row, rows, toPage } from '#core';
import { ReportReader } from './report.reader.js';
import { type VersionChanges, versionChanges } from './version-changes.js';

export type HistoryStep = { state: string; reason: string | null; at: Date; by: string; returnedFigures: number };
export type HistoryVersion = {
  number: number;
  state: string;
  receivedAt: Date;
  recordedAt: Date;
  /** "Nộp ngoài hệ thống". */
  onPaper: boolean;
  scans: number;
  steps: HistoryStep[];
};
export type HistoryExtension = { fromDueOn: string; dueOn: string; reason: string; by: string; at: Date };
export type HistoryRound = {
  round: string;
  /** owed, exempt or replaced */
  obligation: string;
  /** Why it was replaced, if it was. */
  replacedBecause: string | null;
  dueOn: string;
  duePlan: string | null;
  onTime: boolean | null;
  extensions: HistoryExtension[];
  /** Newest first. */
  versions: HistoryVersion[];
  /** When the receiver's round was closed; null while it is open. */
  closedAt: Date | null;
};
export type TrailEntry = {
  id: number;
  verb: string;
  at: Date;
  /** Unit code and role; null for the operator or the system. */
  by: string | null;
  /** What the event tells, as JSON text. */
  subject: string;
};
export type UnitHistory = { unitCode: string; unitName: string; rounds: HistoryRound[]; trail: Page<TrailEntry> };

/** What a trail shows: the life of reports and what moves duties; not tokens or addresses of callers. */
const SHOWN = ['report.', 'duty.', 'round.', 'plan.', 'unit.', 'reminder.', 'contact.', 'proposal.'];

@Injectable()
export class HistoryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: AccessService,
    private readonly reader: ReportReader,
  ) {}

  /** @param page of the trail, newest first @throws Problem unit.not_found | cursor.invalid */
  async unit(
    caller: Caller,
    unitCode: string | null | undefined,
    programme: string,
    page: PageRequest,
  ): Promise<UnitHistory> {
    const unit = await this.access.reach(caller, unitCode);
    const size = pageSize(page);
    const before = page.after ? Number(decodeCursor(page.after, 1)[0]) : null;
    const mine = `from event e where e.unit_id = $1 and e.verb ~ $2`;
    const verbs = `^(${SHOWN.map((stem) => stem.replace('.', '\\.')).join('|')})`;
    const [rounds, found, count] = await Promise.all([
      this.rounds(unit.id, programme),
      rows<TrailEntry>(
        this.dataSource,
        `select e.id::int, e.verb, e.recorded_at as at, e.subject::text as subject,
           (select u.code || ' ' || a.role from account a join org_unit u on u.id = a.unit_id where a.id = e.account_id) as by
         ${mine} and ($3::bigint is null or e.id < $3) order by e.id desc limit $4`,
        [unit.id, verbs, before, size + 1],
      ),
      row<{ count: number }>(this.dataSource, `select count(*)::int as count ${mine}`, [unit.id, verbs]),
    ]);
    const trail = toPage(found, size, count!.count, (entry) => [entry.id]);
    return { unitCode: unit.code, unitName: unit.name, rounds, trail };
  }

  /**
   * @param wish replaced: of what the unit owed before a merger or split
   * @throws Problem report.no_version for a version that is not there | as ReportReader.report
   */
  async changes(
    caller: Caller,
    wish: { unitCode: string | null; programme: string; round: string; from: number; to: number; replaced: boolean },
  ): Promise<VersionChanges> {
    const report = await this.reader.report(caller, wish.unitCode, wish.programme, wish.round, wish.replaced);
    const [from, to] = [wish.from, wish.to].map((number) => {
      const version = report.versions.find((one) => one.number === number);
      if (!version) throw new Problem('report.no_version', { unit: report.unitCode, round: report.round, number });
      return version;
    });
    return versionChanges(from!, to!);
  }

  private async rounds(unitId: number, programme: string): Promise<HistoryRound[]> {
    const found = await rows<{ round: HistoryRound }>(
      this.dataSource,
      `select jsonb_build_object(
         'round', r.code, 'obligation', o.state, 'dueOn', to_char(o.due_on, 'YYYY-MM-DD'), 'duePlan', case when r.request is null then pl.key end,
         'onTime', o.first_received_at < o.due_before, 'closedAt', c.closed_at,
         'replacedBecause', (select h.reason from obligation_change h where h.obligation_id = o.id and h.to_state = o.state
                             order by h.recorded_at desc limit 1),
         'extensions', (
           select coalesce(jsonb_agg(jsonb_build_object('fromDueOn', to_char(x.from_due_on, 'YYYY-MM-DD'),
             'dueOn', to_char(x.due_on, 'YYYY-MM-DD'), 'reason', x.reason, 'at', x.recorded_at,
             'by', u.code || ' ' || a.role) order by x.id), '[]')
           from extension x join account a on a.id = x.account_id join org_unit u on u.id = a.unit_id
           where x.obligation_id = o.id),
         'versions', (
           select coalesce(jsonb_agg(jsonb_build_object('number', v.number, 'state', v.state, 'receivedAt', v.received_at,
             'recordedAt', v.recorded_at, 'onPaper', v.header ? 'receivedOn',
             'scans', (select count(*) from scan s where s.version_id = v.id),
             'steps', (
               select jsonb_agg(jsonb_build_object('state', t.to_state, 'reason', t.reason, 'at', t.recorded_at,
                 'by', u.code || ' ' || a.role, 'returnedFigures', case when t.to_state = 'returned' then
                   (select count(*) from figure_note n where n.version_id = v.id and n.return_reason is not null) else 0 end)
                 order by t.id)
               from step_taken t join account a on a.id = t.account_id join org_unit u on u.id = a.unit_id
               where t.version_id = v.id)
             ) order by v.number desc), '[]')
           from report_version v where v.obligation_id = o.id)
         ) as round
       from obligation o
       join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       join collection c on c.round_id = o.round_id and c.parent_id = o.parent_id
       left join duty d on d.id = o.duty_id
       left join plan_version pv on pv.id = d.plan_version_id left join plan pl on pl.id = pv.plan_id
       where o.unit_id = $1 and p.code = $2
       order by r.data_to desc, r.id desc`,
      [unitId, programme],
    );
    return found.map(({ round }) => datesIn(round));
  }
}

/** Instants come out of JSON as text. */
function datesIn(round: HistoryRound): HistoryRound {
  const dated = <T extends { at: Date }>(entry: T): T => ({ ...entry, at: new Date(entry.at) });
  return {
    ...round,
    closedAt: round.closedAt && new Date(round.closedAt),
    extensions: round.extensions.map(dated),
    versions: round.versions.map((version) => ({
      ...version,
      receivedAt: new Date(version.receivedAt),
      recordedAt: new Date(version.recordedAt),
      steps: version.steps.map(dated),
    })),
  };
}
