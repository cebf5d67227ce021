/**
 * The form of a programme: its indicators by position, as every submission and every total needs them. Read once for each
 * edition of the programme and kept: an import makes a new edition, so what is kept never goes stale.
 */
import { type Db, rows } from '#core';
import { isUnitKind, kindLevel, levels, type UnitKind } from '#organisations';
import type { Checks, IndicatorKind, OverTime } from './programme-file.js';

export type Indicator = {
  id: number;
  /** Slot in the figure arrays, from 1. */
  position: number;
  code: string;
  name: string;
  kind: IndicatorKind;
  overTime: OverTime;
  unitLabel: string | null;
  numerator: string | null;
  denominator: string | null;
  /** Indicators of one group share one denominator, asked once. */
  denominatorGroup: string | null;
  clause: string | null;
  notApplicableAllowed: boolean;
  /** Figures are integers in units of 10^-scale. */
  scale: number;
  /** The first round that asks for it: "2026H1". */
  firstRound: string;
  /** Kinds of local units whose figures add up to a proposal for their commune. */
  addsUpFrom: readonly UnitKind[];
  /** Kinds of local units that are asked, and only listed. */
  listedFrom: readonly UnitKind[];
  checks: Checks;
};

/** Whether a unit of a kind is asked: communes everything, local units what names their kind. */
export function isAskedOf(
  { addsUpFrom, listedFrom }: Pick<Indicator, 'addsUpFrom' | 'listedFrom'>,
  kind: string,
): boolean {
  if (!isUnitKind(kind) || kindLevel(kind) !== levels.local) return true;
  return addsUpFrom.includes(kind) || listedFrom.includes(kind);
}

/** SQL for the edition of programme `p`: changes with every import that changes it. */
export const EDITION = `p.sha256 || ' ' || p.recorded_at`;

const kept = new WeakMap<object, Map<string, readonly Indicator[]>>();

/** @param edition as EDITION gives it in the statement that found the programme */
export async function formOf(db: Db, programmeId: number, edition: string): Promise<readonly Indicator[]> {
  const forms = kept.get(db) ?? new Map<string, readonly Indicator[]>();
  kept.set(db, forms);
  const key = `${programmeId} ${edition}`;
  const known = forms.get(key);
  if (known) return known;
  const form = await rows<Indicator>(
    db,
    `select i.id, i.position, i.code, i.name, i.kind, i.over_time as "overTime", i.unit_label as "unitLabel", i.numerator,
       i.denominator, i.denominator_group as "denominatorGroup", i.clause, i.not_applicable_allowed as "notApplicableAllowed", i.scale, i.first_round as "firstRound",
       i.adds_up_from as "addsUpFrom", i.listed_from as "listedFrom", i.checks
     from indicator i where i.programme_id = $1 order by i.position`,
    [programmeId],
  );
  forms.set(key, form);
  return form;
}
