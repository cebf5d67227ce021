/** All kinds of files there are. A new one is a file in layouts/ and a line here. */
import { Injectable } from '@nestjs/common';
import { AccessService, type Caller, type ReachedUnit } from '#access';
import { Problem } from '#core';
import { communeReport } from './layouts/commune-report.js';
import { figuresCsv } from './layouts/figures-csv.js';
import type { Layout, Made } from './layouts/layout.js';
import { nationSummary } from './layouts/nation-summary.js';
import { provinceSummary } from './layouts/province-summary.js';
import { reminders } from './layouts/reminders.js';
import type { LayoutWish } from './summary.js';
import { SummaryQuery } from './summary.query.js';

const list = [provinceSummary, nationSummary, communeReport, reminders, figuresCsv] as const;

export type LayoutKind = (typeof list)[number]['kind'];
export const layouts: readonly Layout<LayoutKind>[] = list;
export const layoutKinds = layouts.map(({ kind }) => kind);

/** @throws RangeError for a kind that is not in the list */
export function layoutOf(kind: string): Layout<LayoutKind> {
  const layout = layouts.find((one) => one.kind === kind);
  if (!layout) throw new RangeError(`There is no layout "${kind}"`);
  return layout;
}

@Injectable()
export class LayoutsService {
  constructor(
    private readonly access: AccessService,
    private readonly query: SummaryQuery,
  ) {}

  /**
   * The unit that a file is wanted of, once it is certain that this caller may have it and that there is such a file.
   * @throws Problem access.denied | unit.not_found | request.invalid for a unit of another level
   */
  async unitFor(caller: Caller, kind: LayoutKind, unitCode?: string | null): Promise<ReachedUnit> {
    const { levels, name, verb } = layoutOf(kind);
    this.access.allow(caller, verb);
    const unit = await this.access.reach(caller, unitCode);
    if (!levels.includes(unit.level))
      throw new Problem('request.invalid', {
        reason: `${name}: không lập cho ${unit.name} / not made of ${unit.code}`,
      });
    return unit;
  }

  /** Reads the figures of a file. @throws Problem as `unitFor`, and round.not_found, period.invalid … */
  async make(caller: Caller, kind: LayoutKind, wish: LayoutWish): Promise<Made> {
    await this.unitFor(caller, kind, wish.unitCode);
    return layoutOf(kind).make(this.query, caller, wish);
  }
}
