/**
 * What the local units of a commune add up to: a proposal for the commune's own report (docs/semantics.md §3, "Local
 * units"). Territorial kinds are summed, missing never as 0; schools and offices overlap them and are only listed.
 */
import { type Db, rows } from '#core';
import type { Indicator } from '#programmes';
import { scaledText } from './digits.js';
import type { FigureArrays } from './given.js';

/** What one local unit says in a round; null: nothing received. */
export type LocalReport = {
  unit: string;
  kind: string;
  name: string;
  /** YYYY-MM-DD */
  dueOn: string;
  version: number | null;
  figures: FigureArrays | null;
};

export type ProposedFigure = {
  indicator: string;
  /** Sums as decimal text; null while no unit has a value, or none applies. */
  numerator: string | null;
  denominator: string | null;
  /** Units of the kinds that add up: expected = value + notApplicable + missing + notReported. */
  coverage: {
    expected: number;
    value: number;
    estimated: number;
    notApplicable: number;
    missing: number;
    notReported: number;
  };
};

type Summed = Pick<Indicator, 'code' | 'position' | 'kind' | 'scale' | 'addsUpFrom'>;

/** Sums of every indicator that adds up, in the order given; none where no unit of its kinds owes the round. */
export function proposalOf(indicators: readonly Summed[], units: readonly LocalReport[]): ProposedFigure[] {
  return indicators.flatMap((indicator) => {
    const summed = units.filter(({ kind }) => (indicator.addsUpFrom as readonly string[]).includes(kind));
    return summed.length === 0 ? [] : [sumOf(indicator, summed)];
  });
}

function sumOf({ code, position, kind, scale }: Summed, units: readonly LocalReport[]): ProposedFigure {
  const slot = position - 1;
  const coverage = { expected: units.length, value: 0, estimated: 0, notApplicable: 0, missing: 0, notReported: 0 };
  let n = 0n;
  let d = 0n;
  for (const { figures } of units) {
    const state = figures?.s[slot] ?? 0;
    if (!figures) coverage.notReported++;
    else if (state === 0) coverage.missing++;
    else if (state === 3) coverage.notApplicable++;
    else {
      coverage.value++;
      if (state === 2) coverage.estimated++;
      n += BigInt(figures.n[slot]!);
      d += BigInt(figures.d[slot] ?? 0);
    }
  }
  const text = (digits: bigint) => (coverage.value === 0 ? null : scaledText(String(digits), scale));
  return { indicator: code, numerator: text(n), denominator: kind === 'ratio' ? text(d) : null, coverage };
}

/**
 * What the local units of a commune have sent in a round, by code.
 * @param at the instant as of which, or null for what stands now
 * @param day YYYY-MM-DD: the map of that day says whose local units they are
 */
export async function localReports(
  db: Db,
  roundId: number,
  communeId: number,
  at: string | null,
  day: string,
): Promise<LocalReport[]> {
  const found = await rows<Omit<LocalReport, 'figures'> & Partial<FigureArrays>>(
    db,
    `select code as unit, kind, name, to_char(due_on, 'YYYY-MM-DD') as "dueOn", number as version,
       n::text[] as n, d::text[] as d, s
     from local_reports($1, $2, $3::timestamptz, $4)`,
    [roundId, communeId, at, day],
  );
  return found.map(({ n, d, s, ...unit }) => ({ ...unit, figures: n && d && s ? { n, d, s } : null }));
}
