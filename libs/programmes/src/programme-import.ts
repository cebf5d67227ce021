/**
 * Writes a programme file into the tables: the programme, its default duty and its indicators. Idempotent.
 * What figures already rest on stays: position, kind, scale and axes of an indicator never change, and none is removed
 * (positions are slots in the arrays of every stored report); names and wordings may be corrected.
 */
import { createHash } from 'node:crypto';
import { type Db, Problem, row, rows } from '#core';
import type { FileFinding } from './file-finding.js';
import type { FindingAt } from './file-reading.js';
import { type IndicatorEntry, type ProgrammeFile, parseProgramme } from './programme-file.js';

export type ProgrammeImport = { code: string; status: 'created' | 'updated' | 'unchanged'; indicators: number };

const fixed = ['position', 'kind', 'over_time', 'scale', 'first_round'] as const;

/**
 * Imports a programme; to be called in a transaction, whose other importers of the same programme then wait.
 * @param at the instant to record, or null for the database's clock
 * @throws Problem plan.invalid with `details.errors` (FileFinding[]) unless the file can stand
 */
export async function importProgramme(db: Db, source: string, at: Date | null): Promise<ProgrammeImport> {
  const read = parseProgramme(source);
  if (!read.ok) throw invalidFile(read.errors);
  const programme = read.value;
  const sha256 = fingerprint(programme);
  const unit = await row<{ id: number }>(db, 'select id from org_unit where code = $1', [programme.default_duty.unit]);
  if (!unit)
    throw invalidFile([read.at('unit_unknown', ['default_duty', 'unit'], { code: programme.default_duty.unit })]);

  const created = await row<{ id: number }>(
    db,
    `insert into programme (code, name, basis, body, sha256, recorded_at)
     values ($1, $2, $3, $4, $5, coalesce($6, clock_timestamp()))
     on conflict on constraint programme_code_unique do nothing returning id`,
    [programme.code, programme.name, programme.basis, programme, sha256, at],
  );
  const stored = await row<{ id: number; sha256: string }>(
    db,
    'select id, sha256 from programme where code = $1 for update',
    [programme.code],
  );
  const programmeId = stored!.id;
  const outcome = { code: programme.code, indicators: programme.indicators.length };
  if (!created && stored!.sha256 === sha256) return { ...outcome, status: 'unchanged' };
  if (!created) {
    const errors = await breaches(db, programmeId, programme.indicators, read.at);
    if (errors.length > 0) throw invalidFile(errors);
    await rows(
      db,
      `update programme set name = $2, basis = $3, body = $4, sha256 = $5, recorded_at = coalesce($6, clock_timestamp())
       where id = $1`,
      [programmeId, programme.name, programme.basis, programme, sha256, at],
    );
  }
  await rows(
    db,
    `insert into programme_edition (programme_id, sha256, body, recorded_at)
     select id, sha256, body, recorded_at from programme where id = $1`,
    [programmeId],
  );
  await writeIndicators(db, programmeId, programme.indicators);
  await writeDefaultDuty(db, programmeId, unit.id, programme.default_duty, at);
  return { ...outcome, status: created ? 'created' : 'updated' };
}

/** SHA-256 of what a file says, whatever its comments, blanks and order of keys. */
export function fingerprint(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

export function invalidFile(errors: FileFinding[]): Problem {
  const [first] = errors;
  const where = first?.path || (first?.line ? `dòng/line ${first.line}` : '–');
  return new Problem('plan.invalid', { count: errors.length, first: `${where}: ${first?.vi} / ${first?.en}`, errors });
}

async function breaches(db: Db, programmeId: number, entries: IndicatorEntry[], at: FindingAt): Promise<FileFinding[]> {
  const stored = await rows<Pick<IndicatorEntry, 'code' | (typeof fixed)[number]>>(
    db,
    'select code, position, kind, over_time, scale, first_round from indicator where programme_id = $1 order by position',
    [programmeId],
  );
  return stored.flatMap((before) => {
    const index = entries.findIndex((entry) => entry.code === before.code);
    const after = entries[index];
    if (!after) return [at('indicator_removed', ['indicators'], { code: before.code })];
    return fixed
      .filter((field) => after[field] !== before[field])
      .map((field) =>
        at('indicator_fixed', ['indicators', index, field], {
          code: before.code,
          field,
          from: before[field],
          to: after[field],
        }),
      );
  });
}

async function writeIndicators(db: Db, programmeId: number, entries: IndicatorEntry[]): Promise<void> {
  await rows(
    db,
    `insert into indicator (programme_id, position, code, name, kind, over_time, unit_label, numerator, denominator,
       denominator_group, clause, derived, not_applicable_allowed, scale, first_round, adds_up_from, listed_from, checks)
     select $1, x.position, x.code, x.name, x.kind, x.over_time, x.unit_label, x.numerator, x.denominator,
       x.denominator_group, x.clause, x.derived, x.not_applicable_allowed, x.scale, x.first_round,
       x.adds_up_from, x.listed_from, x.checks
     from jsonb_to_recordset($2) as x (position smallint, code text, name text, kind text, over_time text,
       unit_label text, numerator text, denominator text, denominator_group text, clause text, derived text,
       not_applicable_allowed boolean, scale smallint, first_round text, adds_up_from text[], listed_from text[], checks jsonb)
     order by x.position
     on conflict on constraint indicator_code_unique do update set
       name = excluded.name, unit_label = excluded.unit_label, numerator = excluded.numerator,
       denominator = excluded.denominator, denominator_group = excluded.denominator_group, clause = excluded.clause,
       derived = excluded.derived, not_applicable_allowed = excluded.not_applicable_allowed,
       adds_up_from = excluded.adds_up_from, listed_from = excluded.listed_from, checks = excluded.checks`,
    [programmeId, JSON.stringify(entries)],
  );
}

/** The standing default is replaced only by a different one; the old row keeps its recorded interval. */
async function writeDefaultDuty(
  db: Db,
  programmeId: number,
  unitId: number,
  duty: ProgrammeFile['default_duty'],
  at: Date | null,
): Promise<void> {
  const values = [
    programmeId,
    unitId,
    duty.reporters,
    duty.receiver,
    duty.aggregator,
    duty.due_h1,
    duty.due_h2,
    duty.due_wording,
    duty.cutoff_h1,
    duty.cutoff_h2,
    duty.strict,
    duty.weekend_to_monday,
    duty.note,
  ];
  const closed = await rows<{ instant: string }>(
    db,
    `update duty set recorded_to = greatest(coalesce($14, clock_timestamp()), recorded_from + interval '1 microsecond')
     where programme_id = $1 and plan_version_id is null and recorded_to is null
       and (unit_id, reporters, receiver, aggregator, due_h1, due_h2, due_wording, cutoff_h1, cutoff_h2, strict,
            weekend_to_monday, note)
         is distinct from ($2::int, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text,
            $11::boolean, $12::boolean, $13::text)
     returning recorded_to::text as instant`,
    [...values, at],
  );
  await rows(
    db,
    `insert into duty (programme_id, unit_id, edge, reporters, receiver, aggregator, due_h1, due_h2, due_wording,
       cutoff_h1, cutoff_h2, strict, weekend_to_monday, note, confirmed, recorded_from)
     select $1, $2, 'upward', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, true,
       coalesce($14::timestamptz, $15::timestamptz, clock_timestamp())
     where not exists (select from duty where programme_id = $1 and plan_version_id is null and recorded_to is null)`,
    [...values, closed[0]?.instant ?? null, at],
  );
}
