/** What a report is asked and what it is given, and the arrays it is laid into. */
import type { Indicator } from '#programmes';

export type AskedIndicator = Pick<
  Indicator,
  | 'id'
  | 'position'
  | 'code'
  | 'name'
  | 'kind'
  | 'overTime'
  | 'notApplicableAllowed'
  | 'scale'
  | 'denominatorGroup'
  | 'addsUpFrom'
  | 'listedFrom'
  | 'checks'
>;

export const figureStates = ['missing', 'value', 'estimate', 'not_applicable'] as const;
export type FigureState = (typeof figureStates)[number];

export type GivenFigure = {
  indicator: string;
  state: FigureState;
  numerator?: string | null;
  denominator?: string | null;
  /** A count. */
  value?: string | null;
  /** A milestone. */
  yes?: boolean | null;
  note?: string | null;
  documentNumber?: string | null;
  /** YYYY-MM-DD */
  documentDate?: string | null;
};
export type GivenNarrative = { indicator: string; text: string };

/** Figures by position − 1; `n`, `d` are digits of integers in units of 10^-scale, or null. */
export type FigureArrays = { n: (string | null)[]; d: (string | null)[]; s: number[] };
