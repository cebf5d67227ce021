/**
 * A report as people look at it: its obligation and all its versions with figures, notes, narratives and steps, newest
 * first. The tree is built in SQL in one statement.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Problem, row } from '#core';
import { scaledText } from './digits.js';
import type { Finding } from './findings.js';
import { type FigureState } from './given.js';
import type { Header } from './header.js';
import type { Scan } from './scans.service.js';

export type ReportFigure = {
  indicator: string;
  name: string;
  kind: string;
  state: FigureState;
  /** Decimal digits; for a count the value, for a milestone "1" or "0". */
  numerator: string | null;
  denominator: string | null;
  note: string | null;
  documentNumber: string | null;
  documentDate: string | null;
  returnReason: string | null;
};

/** Days are YYYY-MM-DD. */
export type Paper = { documentNumber: string; documentDate: string; receivedOn: string };

export type ReportVersion = {
  number: number;
  state: string;
  receivedAt: Date;
  recordedAt: Date;
  comment: string | null;
  header: Header;
  /** As declared by who sent it. */
  containsNoSecrets: boolean;
  /** "Nộp ngoài hệ thống": recorded from paper by the level above; null when the unit sent it itself. */
  paper: Paper | null;
  scans: Scan[];
  findings: Finding[];
  figures: ReportFigure[];
  narratives: { indicator: string; name: string; text: string }[];
  steps: { state: string; reason: string | null; at: Date; by: string }[];
};

export type Report = {
  unitCode: string;
  unitName: string;
  round: string;
  dueOn: string;
  dueBefore: Date;
  duePlan: string | null;
  dueWording: string | null;
  onTime: boolean | null;
  /** Number of the version that counts on each basis. */
  receivedVersion: number | null;
  acceptedVersion: number | null;
  /** What stands in the unit's last round, beside which this one is read; null before the first. */
  last: LastRound | null;
  versions: ReportVersion[];
};

export type LastRound = {
  round: string;
  figures: Pick<ReportFigure, 'indicator' | 'name' | 'kind' | 'state' | 'numerator' | 'denominator'>[];
};

type RawVersion = Omit<
  ReportVersion,
  'receivedAt' | 'recordedAt' | 'header' | 'containsNoSecrets' | 'paper' | 'scans' | 'figures' | 'steps'
> & {
  header: Header & { containsNoSecrets?: boolean };
  scans: (Omit<Scan, 'at'> & { at: string })[];
  receivedAt: string;
  recordedAt: string;
  figures: Scaled<ReportVersion>['figures'];
  steps: { state: string; reason: string | null; at: string; by: string }[];
};

@Injectable()
export class ReportReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: AccessService,
  ) {}

  /**
   * What the unit owes now, or else what it owed before a merger or split.
   * @param replaced only what it owed before: of a unit that goes on under its code the two are different reports
   * @throws Problem unit.not_found | obligation.not_found
   */
  async report(
    caller: Caller,
    unitCode: string | null | undefined,
    programme: string,
    round: string,
    replaced = false,
  ): Promise<Report> {
    const unit = await this.access.reach(caller, unitCode);
    const found = await row<
      Omit<Report, 'versions' | 'last'> & { versions: RawVersion[] | null; last: Scaled<LastRound> | null }
    >(
      this.dataSource,
      `select $4::text as "unitCode", $5::text as "unitName", r.code as round, to_char(o.due_on, 'YYYY-MM-DD') as "dueOn",
         o.due_before as "dueBefore", case when r.request is null then pl.key end as "duePlan",
         coalesce(r.request, d.due_wording) as "dueWording",
         o.first_received_at < o.due_before as "onTime",
         (select w.number from standing s join report_version w on w.id = s.version_id
          where s.obligation_id = o.id and s.basis = 'received' and s.recorded_to is null) as "receivedVersion",
         (select w.number from standing s join report_version w on w.id = s.version_id
          where s.obligation_id = o.id and s.basis = 'accepted' and s.recorded_to is null) as "acceptedVersion",
         (select jsonb_agg(jsonb_build_object('number', v.number, 'state', v.state, 'receivedAt', v.received_at,
            'recordedAt', v.recorded_at, 'comment', v.comment, 'header', v.header, 'findings', v.findings,
            'figures', (
              select coalesce(jsonb_agg(jsonb_build_object('indicator', i.code, 'name', i.name, 'kind', i.kind, 'scale', i.scale,
                'state', (array['missing', 'value', 'estimate', 'not_applicable'])[f.s + 1],
                'numerator', f.n::text, 'denominator', f.d::text, 'note', t.note, 'documentNumber', t.document_number,
                'documentDate', t.document_date, 'returnReason', t.return_reason) order by i.position), '[]')
              from unnest(v.n, v.d, v.s) with ordinality as f (n, d, s, position)
              join indicator i on i.programme_id = r.programme_id and i.position = f.position and i.kind <> 'text'
              left join figure_note t on t.version_id = v.id and t.indicator_id = i.id),
            'narratives', (
              select coalesce(jsonb_agg(jsonb_build_object('indicator', i.code, 'name', i.name, 'text', x.body) order by i.position), '[]')
              from narrative x join indicator i on i.id = x.indicator_id where x.version_id = v.id),
            'steps', (
              select jsonb_agg(jsonb_build_object('state', s.to_state, 'reason', s.reason, 'at', s.recorded_at,
                'by', u.code || ' ' || a.role) order by s.id)
              from step_taken s join account a on a.id = s.account_id join org_unit u on u.id = a.unit_id
              where s.version_id = v.id),
            'scans', (
              select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'fileName', s.file_name, 'sha256', s.sha256,
                'bytes', s.bytes, 'at', s.recorded_at, 'by', u.code || ' ' || a.role) order by s.id), '[]')
              from scan s join account a on a.id = s.account_id join org_unit u on u.id = a.unit_id
              where s.version_id = v.id)
          ) order by v.number desc)
          from report_version v where v.obligation_id = o.id) as versions,
         (select jsonb_build_object('round', y.code, 'figures', (
            select coalesce(jsonb_agg(jsonb_build_object('indicator', i.code, 'name', i.name, 'kind', i.kind, 'scale', i.scale,
              'state', (array['missing', 'value', 'estimate', 'not_applicable'])[f.s + 1],
              'numerator', f.n::text, 'denominator', f.d::text) order by i.position), '[]')
            from unnest(v.n, v.d, v.s) with ordinality as f (n, d, s, position)
            join indicator i on i.programme_id = y.programme_id and i.position = f.position and i.kind <> 'text'))
          from round y join obligation x on x.round_id = y.id and x.unit_id = o.unit_id
          join standing b on b.obligation_id = x.id and b.basis = 'received' and b.recorded_to is null
          join report_version v on v.id = b.version_id
          where y.programme_id = r.programme_id and y.year is not null and y.data_to < r.data_to
          order by y.data_to desc limit 1) as last
       from obligation o
       join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       left join duty d on d.id = o.duty_id
       left join plan_version pv on pv.id = d.plan_version_id left join plan pl on pl.id = pv.plan_id
       where o.unit_id = $1 and p.code = $2 and r.code = $3 and (o.state = 'replaced' or not $6)
       order by o.state = 'replaced', o.id desc limit 1`,
      [unit.id, programme, round, unit.code, unit.name, replaced],
    );
    if (!found) throw new Problem('obligation.not_found', { unit: unit.code, round });
    const last = found.last && { ...found.last, figures: found.last.figures.map(readFigure) };
    return { ...found, last, versions: (found.versions ?? []).map(readVersion) };
  }
}

type Scaled<T extends { figures: object[] }> = Omit<T, 'figures'> & {
  figures: (T['figures'][number] & { scale: number })[];
};

/** Integers as stored become decimal text. */
function readFigure<T extends { numerator: string | null; denominator: string | null }>({
  scale,
  ...figure
}: T & { scale: number }) {
  const digits = (text: string | null) => (text === null ? null : scaledText(text, scale));
  return { ...figure, numerator: digits(figure.numerator), denominator: digits(figure.denominator) };
}

function readVersion({ header: kept, ...raw }: RawVersion): ReportVersion {
  const { containsNoSecrets = false, ...header } = kept;
  return {
    ...{ ...raw, header, containsNoSecrets },
    receivedAt: new Date(raw.receivedAt),
    recordedAt: new Date(raw.recordedAt),
    paper: paperOf(header),
    scans: raw.scans.map((scan) => ({ ...scan, at: new Date(scan.at) })),
    figures: raw.figures.map(readFigure),
    steps: raw.steps.map((step) => ({ ...step, at: new Date(step.at) })),
  };
}

function paperOf({ documentNumber, documentDate, receivedOn }: Header): Paper | null {
  return receivedOn ? { documentNumber: documentNumber!, documentDate: documentDate!, receivedOn } : null;
}
