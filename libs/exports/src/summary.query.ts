/**
 * What a summary shows: exactly what the API answers, asked from the same services, so that screen and sheet cannot
 * disagree. Accepted figures are the official ones; received stand beside them (docs/semantics.md §3).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller, type ReachedUnit } from '#access';
import { type Instant, type Page, row, rows } from '#core';
import {
  AD_HOC,
  type Basis,
  ClosingsService,
  type CompletenessClass,
  CompletenessService,
  type ObligationState,
  parsePeriod,
  TotalsService,
  targetsOf,
  type UnitTotals,
} from '#rollups';
import { narrativesOf, ownReport, reportSources } from './report.reads.js';
import type { LayoutWish, NationSummary, Summary, UnitList, UnitReaders, UnitSummary } from './summary.js';

const PAGE = 500;
/** How far back the results of earlier rounds are shown. */
const YEARS_BACK = 4;

type Frame = { programme: string; round: string; asOf: Instant };

@Injectable()
export class SummaryQuery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly totals: TotalsService,
    private readonly completeness: CompletenessService,
    private readonly closings: ClosingsService,
    private readonly access: AccessService,
  ) {}

  /**
   * A province with all its communes, as of the instant wished, else of the close when the round is closed, else of now.
   * @param caller decides reach, as on the API. @throws Problem as the services do
   */
  async summary(caller: Caller, wish: LayoutWish): Promise<Summary> {
    const { unit, frame, ...base } = await this.base(caller, wish);
    const place = [unit.id, frame.programme, frame.round, frame.asOf] as const;
    const around = await this.around(caller, unit, frame);
    // An ad hoc round is about the units it names.
    const asked = (units: UnitTotals[]) =>
      base.request === null ? units : units.filter(({ expected }) => expected > 0);
    return {
      ...base,
      ...around,
      below: asked(around.below),
      belowReceived: asked(around.belowReceived),
      obligations: await this.obligations(caller, unit.code, frame),
      sources: await reportSources(this.dataSource, ...place),
      narratives: await narrativesOf(this.dataSource, ...place),
    };
  }

  /** The nation: its provinces; their communes are asked for one province after the other. @throws Problem as the services do */
  async nation(caller: Caller, wish: LayoutWish): Promise<NationSummary> {
    const { unit, frame, ...base } = await this.base(caller, wish);
    const around = await this.around(caller, unit, frame);
    const provinces: NationSummary['provinces'] = [];
    for (const { unit: province } of around.below)
      provinces.push({
        unit: province,
        completeness: await this.completeness.summary(caller, { ...frame, unitCode: province.code }),
      });
    return {
      ...base,
      ...around,
      obligations: [],
      sources: [],
      narratives: [],
      provinces,
      ...this.readers(caller, frame),
    };
  }

  /** A province or the nation as a list to go through, province by province. @throws Problem as the services do */
  async list(caller: Caller, wish: LayoutWish): Promise<UnitList> {
    const { unit, frame, accepted, programme, round, instant, asOf } = await this.base(caller, wish);
    const parents = unit.level === 0 ? await this.children(caller, unit.code, frame, 'received') : [accepted];
    const readers = this.readers(caller, frame);
    return {
      unit: accepted.unit,
      programme,
      round,
      instant,
      asOf,
      parents: parents.map((one) => one.unit),
      ...readers,
    };
  }

  /** One commune's own report, as it stood. @throws Problem as the services do */
  async unit(caller: Caller, wish: LayoutWish): Promise<UnitSummary> {
    const { unit, frame, ...base } = await this.base(caller, wish);
    const obligations = await this.obligations(caller, unit.code, frame);
    return {
      ...base,
      obligation: obligations.find((one) => one.unit.id === unit.id) ?? null,
      report: await ownReport(this.dataSource, unit.id, frame.programme, frame.round, frame.asOf),
    };
  }

  private async base(caller: Caller, wish: LayoutWish) {
    const { programme, round } = wish;
    const unit = await this.access.reach(caller, wish.unitCode);
    const closed = await this.closings.closedAt(unit.level === 2 ? unit.parentId! : unit.id, programme, round);
    const question = { unitCode: unit.code, programme, period: round };
    const accepted = await this.totals.totals(caller, { ...question, basis: 'accepted', asOf: wish.asOf ?? closed });
    const instant = accepted.asOf;
    const about = await row<Summary['programme']>(
      this.dataSource,
      'select code, name, basis from programme where code = $1',
      [programme],
    );
    const opened = await row<{ request: string | null }>(
      this.dataSource,
      'select r.request from round r join programme p on p.id = r.programme_id where p.code = $1 and r.code = $2',
      [programme, round],
    );
    const above = await rows<{ id: number }>(
      this.dataSource,
      'select unit_id as id from lineage($1, $2::timestamptz::date)',
      [unit.id, instant],
    );
    const ids = above.map(({ id }) => id);
    return {
      unit,
      frame: { programme, round, asOf: instant },
      programme: about!,
      round,
      request: opened!.request,
      instant,
      asOf: new Date(instant),
      accepted,
      received: await this.totals.totals(caller, { ...question, basis: 'received', asOf: instant }),
      targets: await targetsOf(this.dataSource, ids, programme, instant),
    };
  }

  private async around(caller: Caller, unit: ReachedUnit, frame: Frame) {
    const { programme, round, asOf } = frame;
    return {
      below: await this.children(caller, unit.code, frame, 'accepted'),
      belowReceived: await this.children(caller, unit.code, frame, 'received'),
      completeness: await this.completeness.summary(caller, { ...frame, unitCode: unit.code }),
      checksum: await this.closings.checksum(unit, programme, round, asOf),
      history: AD_HOC.test(round)
        ? []
        : await this.totals.series(
            caller,
            { unitCode: unit.code, programme, basis: 'accepted', asOf },
            `${parsePeriod(round).year - YEARS_BACK}H1`,
            round,
          ),
    };
  }

  private readers(caller: Caller, frame: Frame): UnitReaders {
    return {
      figuresOf: ({ code }, basis) => this.children(caller, code, frame, basis, true),
      obligationsOf: ({ code }, classes) => this.obligations(caller, code, frame, classes),
    };
  }

  /** The totals of every unit directly below, in the order of codes. */
  private children(
    caller: Caller,
    unitCode: string,
    { programme, round, asOf }: Frame,
    basis: Basis,
    figuresAlone = false,
  ): Promise<UnitTotals[]> {
    const question = { unitCode, programme, period: round, basis, asOf, figuresAlone };
    return everyPage((after) => this.totals.childTotals(caller, question, { first: PAGE, after }));
  }

  private obligations(
    caller: Caller,
    unitCode: string,
    frame: Frame,
    classes?: CompletenessClass[],
  ): Promise<ObligationState[]> {
    const question = { unitCode, ...frame };
    return everyPage((after) => this.completeness.list(caller, question, { classes }, { first: PAGE, after }));
  }
}

async function everyPage<T>(ask: (after: string | null) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: string | null = null;
  do {
    const page: Page<T> = await ask(after);
    items.push(...page.items);
    after = page.hasNextPage ? page.endCursor : null;
  } while (after);
  return items;
}
