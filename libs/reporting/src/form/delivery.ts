/**
 * One unit's form becomes its report, or says why not: compared with what is there, then submitted like any other report,
 * within a transaction that the caller may undo.
 */
import { type Db, Problem, row } from '#core';
import { checkReport } from '../figures.js';
import type { Finding } from '../findings.js';
import { checkHeader } from '../header.js';
import type { Submission, SubmitAnswer } from '../reports.service.js';
import { cellFinding, type FormFinding } from './cell-findings.js';
import { type FormUnit, saysTheSame } from './content.js';
import type { FigurePart, FormLayout, NotePart } from './layout.js';
import type { ReadForm } from './reader.js';

export type UnitOutcome = {
  unit: string;
  unitName: string;
  sheet: string;
  /** held_back: nothing wrong with it, but nothing was written because another unit's form was refused. */
  outcome: 'created' | 'updated' | 'unchanged' | 'refused' | 'held_back';
  /** What stands at the end; null when there is no version. */
  version: { number: number; state: string } | null;
  onTime: boolean | null;
  dueBefore: Date | null;
  findings: FormFinding[];
  problem: Problem | null;
};

export type Delivery = {
  /** By unit. */
  layouts: ReadonlyMap<string, FormLayout>;
  programme: string;
  round: string;
  /** How a report is sent: by the unit itself, or recorded as a paper by the level above. */
  send(submission: Submission, unit: FormUnit, db: Db): Promise<SubmitAnswer>;
  fromAbove: boolean;
};

/**
 * @param accountId who sends it
 * @param key names this very submission, or null
 * @throws Problem report.stale | round.closed | obligation.not_found | idempotency.mismatch | request.invalid
 */
export async function deliver(
  db: Db,
  accountId: number,
  form: ReadForm,
  unit: FormUnit,
  { layouts, programme, round, send, fromAbove }: Delivery,
  key: string | null,
): Promise<UnitOutcome> {
  const layout = layouts.get(unit.code)!;
  const about = { unit: unit.code, unitName: unit.name, sheet: form.sheet, problem: null };
  // A key answered before gives the same answer again, whatever has happened since.
  if (!(await isAnswered(db, accountId, key)) && saysNothingNew(form, unit, layout, fromAbove))
    return {
      ...{ ...about, outcome: 'unchanged', onTime: null, dueBefore: null, findings: [] },
      version: unit.state === null ? null : { number: unit.newest, state: unit.state },
    };
  const { expectedVersion, figures, narratives, comment, header, containsNoSecrets } = form;
  const paper = fromAbove ? paperFindings(form, layout) : [];
  if (paper.length > 0)
    return {
      ...{ ...about, outcome: 'refused', version: null, onTime: null, dueBefore: null },
      findings: [...form.findings, ...paper],
    };
  const content = { figures, narratives, comment, header, containsNoSecrets };
  const submission = { programme, round, expectedVersion, idempotencyKey: key, ...content };
  const answer = await send(submission, unit, db);
  const findings = [
    ...form.findings,
    ...answer.findings
      .filter(({ indicator }) => indicator === null || !form.unread.has(indicator))
      .map((finding): FormFinding => ({ ...finding, ...placeOf(layout, finding), unit: unit.code, sheet: form.sheet })),
  ];
  const refused = !answer.stored || form.findings.length > 0;
  const { version } = answer;
  return {
    ...{ ...about, findings, dueBefore: answer.dueBefore, onTime: refused ? null : answer.onTime },
    outcome: refused ? 'refused' : version!.number === 1 ? 'created' : 'updated',
    version: refused ? null : { number: version!.number, state: version!.state },
  };
}

/** A report that came on paper names the paper. */
function paperFindings({ unit, sheet, header }: ReadForm, layout: FormLayout): FormFinding[] {
  return (['documentNumber', 'documentDate', 'receivedOn'] as const)
    .filter((part) => header[part] === null)
    .map((part) =>
      cellFinding('cell.paper_incomplete', { unit, sheet, cell: layout.placeOf({ of: 'header', part })! }),
    );
}

async function isAnswered(db: Db, accountId: number, key: string | null): Promise<boolean> {
  if (key === null) return false;
  const sql = 'select 1 from report_version where account_id = $1 and idempotency_key = $2';
  return (await row(db, sql, [accountId, key])) !== undefined;
}

/** An empty form of a unit without a report, or one that repeats the newest version: it need not be declared again. */
function saysNothingNew(
  form: ReadForm,
  { content }: FormUnit,
  { indicators }: FormLayout,
  fromAbove: boolean,
): boolean {
  if (form.findings.length > 0) return false;
  if (!content) return form.blank;
  const { figures, narratives, comment, header } = form;
  const checked = checkReport([...indicators], figures, narratives, comment, { last: null, yesBefore: new Set() });
  const findings = [...checked.findings, ...checkHeader(header)];
  if (findings.some(({ severity }) => severity === 'error')) return false;
  // The unit itself never says when its paper came, and takes nothing back by that.
  const known = fromAbove ? header : { ...header, receivedOn: content.header.receivedOn };
  return saysTheSame(content, { ...checked, comment, header: known });
}

const PARTS: Partial<Record<Finding['code'], FigurePart | NotePart>> = {
  'ratio.zero_denominator': 'denominator',
  'ratio.denominator_shrank': 'denominator',
  'figure.not_applicable_refused': 'state',
  'date.format': 'documentDate',
};

/** The cell that a finding on a figure is about. */
function placeOf(layout: FormLayout, { code, indicator }: Finding): { cell: string | null } {
  if (code === 'report.secrecy_undeclared') return { cell: layout.placeOf({ of: 'containsNoSecrets' }) };
  if (indicator === null) return { cell: null };
  const kind = layout.indicators.find((one) => one.code === indicator)?.kind;
  if (kind === 'text') return { cell: layout.placeOf({ of: 'narrative', indicator }) };
  const answer = kind === 'ratio' ? 'numerator' : kind === 'milestone' ? 'yes' : 'value';
  return { cell: layout.placeOf({ of: 'figure', indicator, part: PARTS[code] ?? answer }) };
}
