/** What several parts of the schema share: exact numbers, enums, sentences in two languages, pages of lists. */
import { type Type } from '@nestjs/common';
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { roles } from '#access';
import type { Page } from '#core';
import { figureStates } from '#reporting';
import { assessmentStatuses, boundaries, completenessClasses, timelinesses } from '#rollups';

/** Decimal digits as text, so that no binary floating point comes between. Whole JSON numbers are taken too. */
export const Exact = new GraphQLScalarType<string, string>({
  name: 'Exact',
  description: 'An exact decimal number as text: "1080", "12.5". No thousands separators; a dot before decimals.',
  serialize: (value) => String(value),
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    throw new GraphQLError('Exact: send decimals and large numbers as text, e.g. "12.5"');
  },
  parseLiteral: (ast) => {
    if (ast.kind === Kind.STRING || ast.kind === Kind.INT || ast.kind === Kind.FLOAT) return ast.value;
    throw new GraphQLError('Exact: a number or text is needed');
  },
});

/** { NOT_YET_DUE: 'not_yet_due' } from ['not_yet_due']: the schema's names are the words of the database in capitals. */
export function enumOf<T extends string>(name: string, values: readonly T[], description: string): Record<string, T> {
  const object = Object.fromEntries(values.map((value) => [value.toUpperCase(), value]));
  registerEnumType(object, { name, description });
  return object;
}

export const BasisEnum = enumOf(
  'Basis',
  ['accepted', 'received'],
  'Which versions count: accepted ones, or the newest received.',
);
export const RoleEnum = enumOf('Role', roles, 'What a token may do within the subtree of its unit.');
export const FigureStateEnum = enumOf(
  'FigureState',
  figureStates,
  'NOT_APPLICABLE is "không phát sinh": in no sum. MISSING is never 0.',
);
export const ClassEnum = enumOf('CompletenessClass', completenessClasses, 'Every obligation is in exactly one.');
export const TimelinessEnum = enumOf(
  'Timeliness',
  timelinesses,
  'By the first submission not withdrawn by its reporter.',
);
export const AssessmentStatusEnum = enumOf(
  'AssessmentStatus',
  assessmentStatuses,
  'How a figure stands against a target. MET: at full coverage, or whatever the silent units say; MET_ON_REPORTED: only of those that reported; ON_TRACK, BEHIND: against the pace; IN_PROGRESS: no pace to hold it against; NOT_MET: once the second half-year of the target is closed.',
);
export const IndicatorKindEnum = enumOf(
  'IndicatorKind',
  ['ratio', 'flow', 'stock', 'milestone', 'text'],
  'RATIO: numerator and denominator; FLOW: number within the round; STOCK: number on the day of the report; MILESTONE: yes or no; TEXT: a narrative.',
);
export const OverTimeEnum = enumOf(
  'OverTime',
  ['latest', 'sum', 'once', 'yearly', 'kept', 'by_round'],
  'How rounds combine into a year. LATEST: the last opened round; SUM: all of them; ONCE: any yes so far; YEARLY: any yes in the year; KEPT: the latest yes or no; BY_ROUND: each stands alone.',
);
export const VersionStateEnum = enumOf(
  'VersionState',
  ['submitted', 'superseded', 'returned', 'withdrawn', 'accepted'],
  'Where a version of a report stands in its life. SUPERSEDED: a later one was submitted before its review, or a correction of it was accepted.',
);
export const NoValueEnum = enumOf(
  'NoValue',
  ['no_data', 'not_applicable', 'zero_denominator'],
  'Why there is no value. NO_DATA: nobody reported one; NOT_APPLICABLE: all said so; ZERO_DENOMINATOR: nothing to divide by.',
);
export const BoundariesEnum = enumOf(
  'Boundaries',
  boundaries,
  'AS_REPORTED: units as they owed; TODAY: merged units count for their successor, a split invents no shares.',
);
export const SeverityEnum = enumOf(
  'Severity',
  ['error', 'warning'],
  'An error stores nothing; a warning needs a comment.',
);
export const ComparatorEnum = enumOf('Comparator', ['at_least', 'above'], 'AT_LEAST "ít nhất" (≥), ABOVE "trên" (>).');
export const CountedInEnum = enumOf(
  'CountedIn',
  ['units', 'unit_rounds'],
  'What coverage counts: UNIT_ROUNDS for a flow over a year, where each unit counts once a round.',
);

@ObjectType({ description: 'One sentence in Vietnamese and in English.' })
export class Sentence {
  @Field() vi!: string;
  @Field() en!: string;
}

@ObjectType({ description: 'An organisation unit, as others refer to it.' })
export class UnitRef {
  @Field({ description: 'Official code' }) code!: string;
  @Field() name!: string;
  @Field({ description: 'tinh, thanh_pho_truc_thuoc_trung_uong, xa, phuong, dac_khu …' }) kind!: string;
  @Field(() => Int, { description: '0 nation, 1 province, 2 commune, 3 local unit' }) level!: number;
}

export interface PageOf<T> {
  nodes: T[];
  totalCount: number;
  endCursor: string | null;
  hasNextPage: boolean;
}

/** The type of one page of a list. */
export function pageOf<T>(item: Type<T>, name: string): Type<PageOf<T>> {
  @ObjectType(name)
  class PageType implements PageOf<T> {
    @Field(() => [item]) nodes!: T[];
    @Field(() => Int, { description: 'Rows on all pages' }) totalCount!: number;
    @Field(() => String, { nullable: true, description: 'Give it as "after" for the next page' }) endCursor!:
      | string
      | null;
    @Field() hasNextPage!: boolean;
  }
  return PageType;
}

export function asPage<T, U = T>(page: Page<T>, shape: (item: T) => U = (item) => item as unknown as U): PageOf<U> {
  return {
    nodes: page.items.map(shape),
    totalCount: page.total,
    endCursor: page.endCursor,
    hasNextPage: page.hasNextPage,
  };
}
