/** Organisation units: found by code, or by name with or without diacritics. */
import { Args, Field, Int, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { Can } from '#access';
import { isDay, Problem } from '#core';
import { type Level, type Unit, UnitsService } from '#organisations';
import { asPage, pageOf } from '../models/shared.js';

@ObjectType('Unit')
export class UnitModel implements Omit<Unit, 'id'> {
  @Field({ description: 'Official code' }) code!: string;
  @Field(() => Int, { description: '0 nation, 1 province, 2 commune, 3 local unit' }) level!: Level;
  @Field(() => String, { description: 'tinh, thanh_pho_truc_thuoc_trung_uong, xa, phuong, dac_khu …' })
  kind!: Unit['kind'];
  @Field() name!: string;
  @Field({ description: 'Kind and name: "xã Kha Sơn"' }) title!: string;
  @Field(() => String, { nullable: true }) parentCode!: string | null;
}
const UnitPage = pageOf(UnitModel, 'UnitPage');

const day = () =>
  Args('on', { type: () => String, nullable: true, description: 'YYYY-MM-DD; default today in Vietnam' });

function checkedDay(on: string | null | undefined): string | undefined {
  if (on == null) return undefined;
  if (!isDay(on)) throw new Problem('request.invalid', { reason: 'on: YYYY-MM-DD' });
  return on;
}

@Resolver()
export class UnitsResolver {
  constructor(private readonly unitsService: UnitsService) {}

  @Query(() => UnitModel, { description: 'One unit by its official code.' })
  @Can('unit.read')
  unit(@Args('code') code: string, @day() on: string | null) {
    return this.unitsService.byCode(code, checkedDay(on));
  }

  @Query(() => UnitPage, { description: 'Units by name or code, below a unit, of a level or kind.' })
  @Can('unit.read')
  async units(
    @Args('text', {
      type: () => String,
      nullable: true,
      description: 'Words of a name, with or without diacritics, or how a code begins',
    })
    text: string | null,
    @Args('parent', { type: () => String, nullable: true, description: 'Directly below this unit' }) parent:
      | string
      | null,
    @Args('under', { type: () => String, nullable: true, description: 'Anywhere below this unit' }) under:
      | string
      | null,
    @Args('level', { type: () => Int, nullable: true, description: '0 nation, 1 province, 2 commune, 3 local unit' })
    level: number | null,
    @Args('kind', { type: () => String, nullable: true, description: 'xa, phuong, dac_khu, thon …' }) kind:
      | string
      | null,
    @day() on: string | null,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
  ) {
    const search = { text, parent, under, level, kind, on: checkedDay(on), first, after };
    return asPage(await this.unitsService.search(search as Parameters<UnitsService['search']>[0]));
  }
}
