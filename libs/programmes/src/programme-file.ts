/**
 * The form of a programme file (data/programme.yaml): the programme, its default duty, and its indicators by fixed
 * position. Rules from docs/semantics.md §2: each indicator declares both axes, its source, and whether
 * "không phát sinh" is allowed.
 */
import { z } from 'zod';
import { isUnitKind, kindLevel, levels, territorialKinds, type UnitKind } from '#organisations';
import { pathText } from './file-finding.js';
import { codeOf, dayOfYear, flag, optionalText, type Read, readFile, text } from './file-reading.js';

const indicatorKinds = ['ratio', 'flow', 'stock', 'milestone', 'text'] as const;
export type IndicatorKind = (typeof indicatorKinds)[number];
const overTimes = ['latest', 'sum', 'once', 'yearly', 'kept', 'by_round'] as const;
export type OverTime = (typeof overTimes)[number];

const allowedOverTime: Record<IndicatorKind, readonly OverTime[]> = {
  ratio: ['latest', 'sum'],
  flow: ['sum'],
  stock: ['latest'],
  milestone: ['once', 'yearly', 'kept'],
  text: ['by_round'],
};

const TERRITORIAL = 'territorial';
/** Kinds of local units; `territorial` stands for all that divide a commune's territory. */
const localKinds = z
  .array(
    z
      .string()
      .refine((word) => word === TERRITORIAL || (isUnitKind(word) && kindLevel(word) === levels.local), 'local_kind'),
  )
  .max(20)
  .default([])
  .transform((words) => [
    ...new Set(words.flatMap((word) => (word === TERRITORIAL ? territorialKinds : [word as UnitKind]))),
  ]);

/** Soft rules of an indicator: what is odd asks for a comment (docs/semantics.md §3, "Findings"). */
const Checks = z
  .strictObject({
    /** How many times more or less than in the last round, "5" or "2.5". */
    jump: z
      .string()
      .regex(/^[1-9]\d{0,2}(\.\d{1,2})?$/, 'check_number')
      .optional(),
    /** By how many percent a denominator may shrink without a word. */
    denominator_shrinks: z
      .string()
      .regex(/^\d{1,2}(\.\d{1,2})?$/, 'check_number')
      .optional(),
    /** Codes of the counts that this count is made of. */
    parts: z.array(codeOf('_')).min(2).max(20).optional(),
    /** Codes of the counts by channel that this total gathers. */
    channels: z.array(codeOf('_')).min(2).max(20).optional(),
  })
  .default({});
export type Checks = z.infer<typeof Checks>;

const Indicator = z
  .strictObject({
    position: z
      .string()
      .regex(/^[1-9]\d{0,3}$/)
      .transform(Number),
    code: codeOf('_'),
    name: text,
    kind: z.enum(indicatorKinds),
    over_time: z.enum(overTimes),
    unit_label: optionalText,
    numerator: optionalText,
    denominator: optionalText,
    denominator_group: codeOf('_').nullable().default(null),
    clause: optionalText,
    derived: optionalText,
    not_applicable_allowed: z.enum(['true', 'false']).transform((word) => word === 'true'),
    scale: z
      .string()
      .regex(/^[0-6]$/)
      .default('0')
      .transform(Number),
    first_round: z.string().regex(/^\d{4}H[12]$/, 'round_form'),
    adds_up_from: localKinds,
    listed_from: localKinds,
    checks: Checks,
  })
  .superRefine((indicator, context) => {
    const fault = (message: string, field: string, params: object = {}) =>
      context.addIssue({ code: 'custom', message, path: [field], params: { ...params } });
    const allowed = allowedOverTime[indicator.kind];
    if (!allowed.includes(indicator.over_time))
      fault('axes_disagree', 'over_time', { kind: indicator.kind, allowed: allowed.join(' | ') });
    if (indicator.clause === null && indicator.derived === null) fault('source_missing', 'clause');
    const parts = [indicator.numerator, indicator.denominator];
    if (indicator.kind === 'ratio' && [...parts, indicator.unit_label].includes(null)) fault('parts_missing', 'kind');
    if (indicator.kind !== 'ratio' && [...parts, indicator.denominator_group].some((part) => part !== null))
      fault('parts_refused', 'kind');
    const counted = indicator.kind === 'flow' || indicator.kind === 'stock';
    if (!counted && indicator.kind !== 'ratio' && indicator.adds_up_from.length > 0)
      fault('sum_refused', 'adds_up_from');
    if (indicator.adds_up_from.some((kind) => !territorialKinds.includes(kind)))
      fault('sum_territorial', 'adds_up_from');
    const { jump, denominator_shrinks, ...sums } = indicator.checks;
    if (
      (jump !== undefined && !counted && indicator.kind !== 'ratio') ||
      (denominator_shrinks !== undefined && indicator.kind !== 'ratio') ||
      ((sums.parts ?? sums.channels) !== undefined && !counted)
    )
      fault('check_refused', 'checks', { kind: indicator.kind });
  });

const ProgrammeSchema = z
  .strictObject({
    code: z.string().regex(/^[A-Z0-9]+(-[A-Z0-9]+)*$/),
    name: text,
    basis: text,
    default_duty: z.strictObject({
      unit: z.string().regex(/^[A-Z0-9]+$/),
      reporters: text,
      receiver: text,
      aggregator: optionalText,
      due_h1: dayOfYear,
      due_h2: dayOfYear,
      due_wording: text,
      cutoff_h1: dayOfYear,
      cutoff_h2: dayOfYear,
      strict: flag,
      weekend_to_monday: flag,
      note: optionalText,
    }),
    indicators: z.array(Indicator).min(1).max(500),
  })
  .superRefine((programme, context) => {
    const codes = new Map<string, number>();
    programme.indicators.forEach((indicator, index) => {
      const fault = (message: string, field: string, params: object) =>
        context.addIssue({ code: 'custom', message, path: ['indicators', index, field], params: { ...params } });
      if (indicator.position !== index + 1) fault('position_gap', 'position', { expected: index + 1 });
      const earlier = codes.get(indicator.code);
      if (earlier !== undefined) fault('duplicate', 'code', { first: pathText(['indicators', earlier]) });
      else codes.set(indicator.code, index);
    });
    programme.indicators.forEach(({ code, checks, kind, scale }, index) => {
      for (const rule of ['parts', 'channels'] as const)
        for (const part of checks[rule] ?? []) {
          const other = programme.indicators.find((indicator) => indicator.code === part);
          if (!other || part === code || other.kind !== kind || other.scale !== scale)
            context.addIssue({
              ...{ code: 'custom', message: 'check_part', path: ['indicators', index, 'checks', rule] },
              params: { part, kind, scale },
            });
        }
    });
  });

export type ProgrammeFile = z.infer<typeof ProgrammeSchema>;
export type IndicatorEntry = ProgrammeFile['indicators'][number];

/** Reads a programme file. @returns the programme, or every error with its path and line */
export function parseProgramme(source: string): Read<ProgrammeFile> {
  return readFile(source, ProgrammeSchema);
}
