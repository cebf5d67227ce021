/** What a bar is, and what measuring it gives. */
import type { Measured } from './measure.js';
import type { Stage } from './stage.js';

export type Outcome = Measured & {
  /** What the medians count: "ms", "requests/s" … */
  unit: string;
  /** Sentences worth knowing beside the ratio. */
  notes?: string[];
};

export type Bar = {
  name: string;
  /** As in the list of bars: subject × reference. */
  title: string;
  /** The ratio may be so large at most, or must be so large at least; `aim` is what we would like. */
  most?: number;
  least?: number;
  aim?: number;
  measure(stage: Stage): Promise<Outcome>;
  /** Needs none of the data: when only such bars are asked for, none is made. */
  alone?: true;
};

export const holds = (bar: Bar, ratio: number): boolean =>
  Number.isFinite(ratio) && ratio <= (bar.most ?? Number.POSITIVE_INFINITY) && ratio >= (bar.least ?? 0);
