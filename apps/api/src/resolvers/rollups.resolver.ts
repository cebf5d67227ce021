/** Totals against targets, and who has reported. */
import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import {
  type Basis,
  type Boundaries,
  type CompletenessClass,
  CompletenessService,
  type Timeliness,
  TotalsService,
} from '#rollups';
import { AsOf, WhoCalls } from '../caller.guard.js';
import { asPage, BasisEnum, BoundariesEnum, ClassEnum, TimelinessEnum } from '../models/shared.js';
import { CompletenessModel, ObligationPage, UnitTotalsModel, UnitTotalsPage } from '../models/totals.js';
import { Refuses } from '../told.js';

const programme = () => Args('programme', { defaultValue: 'NQ57-TT' });
const unitArg = () => Args('unit', { type: () => String, nullable: true, description: "Default: the caller's own" });
const basisArg = () => Args('basis', { type: () => BasisEnum, defaultValue: 'accepted' });
const periodArg = () => Args('period', { description: 'A round (2026H1) or a year (2026)' });
const first = (usual: number) => Args('first', { type: () => Int, defaultValue: usual });
const asOfArg = () =>
  Args('asOf', {
    type: () => String,
    nullable: true,
    description: 'What was recorded up to this instant (ISO 8601, to the microsecond); now if left out',
  });
const after = () => Args('after', { type: () => String, nullable: true });

@Resolver()
export class RollupsResolver {
  constructor(
    private readonly totalsService: TotalsService,
    private readonly completenessService: CompletenessService,
  ) {}

  @Query(() => UnitTotalsModel, { description: 'Totals of one unit against its own and the superior targets.' })
  @Can('total.read')
  totals(
    @WhoCalls() caller: Caller,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @programme() code: string,
  ) {
    return this.totalsService.totals(caller, { unitCode: unit, programme: code, period, basis, asOf });
  }

  @Query(() => UnitTotalsPage, {
    description: 'Totals of every unit directly below a unit, by code, as totals gives them for one.',
  })
  @Can('total.read')
  async childTotals(
    @WhoCalls() caller: Caller,
    @periodArg() period: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @Args('boundaries', { type: () => BoundariesEnum, defaultValue: 'as_reported' }) on: Boundaries,
    @first(200) size: number,
    @after() cursor: string | null,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, period, basis, asOf };
    return asPage(await this.totalsService.childTotals(caller, question, { first: size, after: cursor }, on));
  }

  @Query(() => [UnitTotalsModel], {
    description: 'Totals of one unit in every opened round from one to another, oldest first.',
  })
  @Can('total.read')
  @Refuses('period.order')
  series(
    @WhoCalls() caller: Caller,
    @Args('from', { description: '2026H1' }) from: string,
    @Args('to', { description: '2030H2' }) to: string,
    @unitArg() unit: string | null,
    @basisArg() basis: Basis,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @programme() code: string,
  ) {
    return this.totalsService.series(caller, { unitCode: unit, programme: code, basis, asOf }, from, to);
  }

  @Query(() => CompletenessModel, { description: 'How many have reported, are late, are missing.' })
  @Can('total.read')
  completeness(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @programme() code: string,
  ) {
    return this.completenessService.summary(caller, { unitCode: unit, programme: code, round, asOf });
  }

  @Query(() => ObligationPage, { description: 'The obligations one by one: who is late, who is missing.' })
  @Can('total.read')
  async obligations(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unit: string | null,
    @Args('classes', { type: () => [ClassEnum], nullable: true, description: 'Default: all' }) classes:
      | CompletenessClass[]
      | null,
    @Args('timeliness', { type: () => TimelinessEnum, nullable: true, description: 'Default: all' })
    timeliness: Timeliness | null,
    @asOfArg() _: string | null,
    @AsOf() asOf: string,
    @first(50) size: number,
    @after() cursor: string | null,
    @programme() code: string,
  ) {
    const question = { unitCode: unit, programme: code, round, asOf };
    return asPage(
      await this.completenessService.list(caller, question, { classes, timeliness }, { first: size, after: cursor }),
    );
  }
}
