/**
 * The form of a plan file (data/plans/*.yaml), which a maintainer reads like the document: head, duties, targets, and
 * the aims that the document gives in words only (`goals`). A target always has a figure or is a yes/no milestone, so
 * that whatever stands in the table of targets can be assessed (docs/semantics.md §1, §6).
 */
import { z } from 'zod';
import { type FileFinding, pathText } from './file-finding.js';
import {
  codeOf,
  day,
  dayOfYear,
  type FindingAt,
  flag,
  optionalText,
  type Read,
  readFile,
  text,
} from './file-reading.js';
import type { IndicatorKind } from './programme-file.js';

const comparators = ['at_least', 'above'] as const;
export type Comparator = (typeof comparators)[number];
const bindings = ['unit', 'below', 'both'] as const;
export type Binds = (typeof bindings)[number];
export const edges = ['upward', 'below'] as const;
export type Edge = (typeof edges)[number];

const year = z
  .string()
  .regex(/^\d{4}$/, 'year_range')
  .transform(Number)
  .refine((value) => value >= 2025 && value <= 2035, 'year_range');

const threshold = z
  .string()
  .regex(/^-?\d{1,9}(\.\d{1,6})?$/, 'threshold_form')
  .refine((value) => !value.startsWith('-'), 'threshold_range');

const Duty = z
  .strictObject({
    edge: z.enum(edges),
    reporters: text,
    receiver: text,
    receiver_wording: optionalText,
    aggregator: optionalText,
    due_h1: dayOfYear.nullable().default(null),
    due_h2: dayOfYear.nullable().default(null),
    due_wording: optionalText,
    cutoff_h1: dayOfYear.nullable().default(null),
    cutoff_h2: dayOfYear.nullable().default(null),
    inferred: flag,
    confirmed: z
      .enum(['true', 'false'])
      .default('true')
      .transform((word) => word === 'true'),
    strict: flag,
    weekend_to_monday: flag,
    note: optionalText,
  })
  .superRefine((duty, context) => {
    const fault = (message: string, field: string) => context.addIssue({ code: 'custom', message, path: [field] });
    if ((duty.due_h1 === null) !== (duty.due_h2 === null)) fault('due_pair', 'due_h1');
    if ((duty.cutoff_h1 === null) !== (duty.cutoff_h2 === null)) fault('due_pair', 'cutoff_h1');
    if (duty.due_h1 !== null && duty.due_h2 !== null && duty.due_h1 >= duty.due_h2) fault('due_order', 'due_h2');
    if (duty.due_wording === null && !duty.inferred) fault('due_unworded', 'due_wording');
  });

const Target = z
  .strictObject({
    indicator: text,
    year: year.nullable().default(null),
    every_year: flag,
    comparator: z.enum(comparators).nullable().default(null),
    threshold: threshold.nullable().default(null),
    binds: z.enum(bindings),
    wording: text,
    clause: text,
    denominator_wording: optionalText,
  })
  .superRefine((target, context) => {
    const fault = (message: string, field: string) => context.addIssue({ code: 'custom', message, path: [field] });
    if ((target.comparator === null) !== (target.threshold === null)) fault('threshold_pair', 'threshold');
    if (target.every_year && target.year === null) fault('every_year_start', 'every_year');
  });

const Goal = z.strictObject({
  clause: text,
  year: year.nullable().default(null),
  wording: text,
  note: optionalText,
});

const PlanSchema = z
  .strictObject({
    programme: text,
    key: codeOf('-'),
    unit: text,
    document: z.enum(['quyết định', 'kế hoạch', 'công văn', 'minh hoạ']),
    illustrative: flag,
    number: optionalText,
    issued_on: day.nullable().default(null),
    issued_wording: text,
    signer: optionalText,
    title: text,
    parent: z
      .strictObject({ key: codeOf('-').nullable().default(null), wording: text })
      .nullable()
      .default(null),
    aggregator: optionalText,
    notes: z.array(text).max(50).default([]),
    duties: z.array(Duty).max(50).default([]),
    targets: z.array(Target).max(500).default([]),
    goals: z.array(Goal).max(200).default([]),
  })
  .superRefine((plan, context) => {
    const once = (list: 'targets' | 'duties' | 'goals', keys: string[]) => {
      const seen = new Map<string, number>();
      keys.forEach((key, index) => {
        const first = seen.get(key);
        if (first === undefined) seen.set(key, index);
        else
          context.addIssue({
            code: 'custom',
            message: 'duplicate',
            path: [list, index],
            params: { first: pathText([list, first]) },
          });
      });
    };
    once('targets', plan.targets.map(targetKey));
    once('duties', plan.duties.map(dutyKey));
    once('goals', plan.goals.map(goalKey));
    if (plan.illustrative && !plan.title.toLocaleLowerCase('vi').includes('minh hoạ'))
      context.addIssue({ code: 'custom', message: 'illustrative_unmarked', path: ['title'] });
  });

export type PlanFile = z.infer<typeof PlanSchema>;
type PlanTarget = PlanFile['targets'][number];
export type PlanDuty = PlanFile['duties'][number];
export type PlanGoal = PlanFile['goals'][number];

/** What makes a target one target: its indicator and year. */
export function targetKey(target: PlanTarget): string {
  return `${target.indicator} ${target.year ?? 'không nêu năm'}`;
}

/** What makes a duty one duty: a plan has one edge upward, and below one for each kind of reporters. */
export function dutyKey(duty: PlanDuty): string {
  return duty.edge === 'upward' ? 'upward' : `below: ${duty.reporters}`;
}

/** Goals have nothing but their words. */
export function goalKey(goal: PlanGoal): string {
  return `${goal.clause}: ${goal.wording}`;
}

/** Reads a plan file. @returns the plan, or every error of form with its path and line */
export function parsePlan(source: string): Read<PlanFile> {
  return readFile(source, PlanSchema);
}

/**
 * Checks what only the programme can tell: that each indicator exists and that the target suits its kind.
 * @param kinds the programme's indicators by code
 */
export function checkPlan(plan: PlanFile, at: FindingAt, kinds: ReadonlyMap<string, IndicatorKind>): FileFinding[] {
  return plan.targets.flatMap((target, index) => {
    const kind = kinds.get(target.indicator);
    const path = ['targets', index] as const;
    if (kind === undefined) return [at('indicator_unknown', [...path, 'indicator'], { code: target.indicator })];
    if (kind === 'text') return [at('text_target', [...path, 'indicator'])];
    if (kind === 'milestone') return target.threshold === null ? [] : [at('threshold_refused', [...path, 'threshold'])];
    if (target.threshold === null) return [at('threshold_missing', [...path, 'threshold'])];
    if (kind === 'ratio' && millionths(target.threshold) > millionths('100'))
      return [at('threshold_range', [...path, 'threshold'])];
    return [];
  });
}

function millionths(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.padEnd(6, '0')}`);
}
