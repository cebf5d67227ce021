/**
 * The columns of targets: one per year that a target is set for, as the plans have them, with the threshold as a number.
 * A row shows the targets of the plan that its figure is judged by (docs/semantics.md §6).
 */
import { AD_HOC, parsePeriod, type StandingTarget, type Total } from '#rollups';
import { type Cell, cell } from './sheet.js';
import type { Summary } from './summary.js';
import { DASH, judged, numberFormat } from './summary.words.js';

/** null: the plan names no year. */
export type Year = number | null;

export const yearTitle = (year: Year): string => (year === null ? 'Không nêu năm' : `Năm ${year}`);

type Judging = Pick<Summary, 'accepted' | 'targets' | 'round'>;

const judgingOf = ({ targets }: Judging, total: Total): StandingTarget[] => {
  const verdict = judged(total);
  return verdict
    ? targets.filter(
        ({ planKey, position }) => planKey === verdict.assessed.planKey && position === total.indicator.position,
      )
    : [];
};

/** The years of all rows, ascending (the round's own where there are none; none of an ad hoc round), and the cells of one row under them. */
export function targetColumns(summary: Judging): { years: Year[]; cellsOf(total: Total): Cell[] } {
  const named = new Set(summary.accepted.totals.flatMap((total) => judgingOf(summary, total).map(({ year }) => year)));
  const dated = [...named].filter((year) => year !== null).sort((a, b) => a - b);
  const years: Year[] = [...dated, ...(named.has(null) ? [null] : [])];
  if (years.length === 0 && !AD_HOC.test(summary.round)) years.push(parsePeriod(summary.round).year);
  return {
    years,
    cellsOf: (total) => {
      const targets = judgingOf(summary, total);
      return years.map((year) => targetCell(total, targets.find((target) => target.year === year) ?? null));
    },
  };
}

/** "≥ 10%" as the number 0,1 in a format that says the rest; each year from then on: "/năm". */
function targetCell({ indicator }: Total, target: StandingTarget | null): Cell {
  const text = (value: string): Cell => ({ value, look: cell({ align: 'center' }) });
  if (!target) return text(DASH);
  const yearly = target.everyYear ? '"/năm"' : '';
  if (target.threshold === null || target.comparator === null)
    return text(indicator.kind === 'milestone' ? (target.everyYear ? 'Có, hằng năm' : 'Có') : DASH);
  const sign = target.comparator === 'above' ? '>' : '≥';
  const threshold = Number(target.threshold);
  if (indicator.kind !== 'ratio' && indicator.kind !== 'milestone')
    return {
      value: threshold,
      look: cell({ align: 'center', format: `"${sign} "${numberFormat(indicator.scale).replace('_*', '')}${yearly}` }),
    };
  const decimals = (target.threshold.split('.')[1] ?? '').replace(/0+$/, '').length;
  return {
    value: Number((threshold / 100).toPrecision(15)),
    look: cell({ align: 'center', format: `"${sign} "0${decimals > 0 ? `.${'0'.repeat(decimals)}` : ''}%${yearly}` }),
  };
}
