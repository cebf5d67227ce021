/**
 * What a provincial summary shows: exactly what the API answers, asked from the same services, so that screen and sheet
 * cannot disagree. Accepted figures are the official ones; received stand beside them (docs/semantics.md §3).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { type Instant, type Page, rows } from '#core';
import {
  ClosingsService,
  type Completeness,
  CompletenessService,
  type ObligationState,
  TotalsService,
  type UnitTotals,
} from '#rollups';
import type { LayoutWish } from './layouts/layout.js';

export type SummaryNarrative = {
  unitCode: string;
  unitName: string;
  unitKind: string;
  section: string;
  sectionName: string;
  text: string;
};

export type Summary = {
  programme: { code: string; name: string; basis: string };
  round: string;
  /** Everything below is as recorded up to this instant; `asOf` is the same to the millisecond. */
  instant: Instant;
  asOf: Date;
  accepted: UnitTotals;
  received: UnitTotals;
  /** One per commune, in the order of codes, on the accepted basis; and the same on the received basis. */
  communes: UnitTotals[];
  communesReceived: UnitTotals[];
  completeness: Completeness;
  /** Every obligation of the province. */
  obligations: ObligationState[];
  /** What communes wrote, from the versions that count as received, by section. */
  narratives: SummaryNarrative[];
};

const PAGE = 500;

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
   * As of the instant wished, else of the close when the round is closed, else of now.
   * @param caller decides reach, as on the API; @param wish of a province. @throws Problem as the services do
   */
  async summary(caller: Caller, wish: LayoutWish): Promise<Summary> {
    const { programme, round } = wish;
    const unit = await this.access.reach(caller, wish.unitCode);
    const unitCode = unit.code;
    const asOf = wish.asOf ?? (await this.closings.closedAt(unit.id, programme, round));
    const [about] = await rows<Summary['programme']>(
      this.dataSource,
      'select code, name, basis from programme where code = $1',
      [programme],
    );
    const accepted = await this.totals.totals(caller, { unitCode, programme, period: round, basis: 'accepted', asOf });
    const instant = accepted.asOf;
    const question = (basis: 'accepted' | 'received') => ({ unitCode, programme, period: round, basis, asOf: instant });
    const obligations = { unitCode, programme, round, asOf: instant };
    return {
      programme: about!,
      round,
      instant,
      asOf: new Date(instant),
      accepted,
      received: await this.totals.totals(caller, question('received')),
      communes: await everyPage((after) =>
        this.totals.childTotals(caller, question('accepted'), { first: PAGE, after }),
      ),
      communesReceived: await everyPage((after) =>
        this.totals.childTotals(caller, question('received'), { first: PAGE, after }),
      ),
      completeness: await this.completeness.summary(caller, obligations),
      obligations: await everyPage((after) => this.completeness.list(caller, obligations, {}, { first: PAGE, after })),
      narratives: await this.narratives(accepted.unit.id, programme, round, instant),
    };
  }

  private narratives(parentId: number, programme: string, round: string, at: Instant): Promise<SummaryNarrative[]> {
    return rows<SummaryNarrative>(
      this.dataSource,
      `select u.code as "unitCode", u.name as "unitName", u.kind as "unitKind", i.code as section, i.name as "sectionName", n.body as text
       from obligation o
       join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       cross join lateral org_unit_known(o.unit_id, o.due_on) u
              join standing st on st.obligation_id = o.id and st.basis = 'received' and st.recorded_from <= $4::timestamptz
         and (st.recorded_to is null or st.recorded_to > $4::timestamptz)
       join narrative n on n.version_id = st.version_id join indicator i on i.id = n.indicator_id
       where o.parent_id = $1 and p.code = $2 and r.code = $3 and btrim(n.body) <> ''
       order by i.position, u.code`,
      [parentId, programme, round, at],
    );
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
