/** The first wall without its join: any unit there is, for anybody. What is shown all the same, only the second wall hides. */
import { jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { AccessService, type Caller, type ReachedUnit } from '#access';
import { Problem, row } from '#core';

/** Until `jest.restoreAllMocks`. */
export function tearDownFirstWall(): void {
  jest.spyOn(AccessService.prototype, 'reach').mockImplementation(async function (
    this: AccessService,
    caller: Caller,
    code?: string | null,
  ) {
    const { dataSource } = this as unknown as { dataSource: DataSource };
    const unit = await row<ReachedUnit>(
      dataSource,
      `select u.id, u.code, u.level, u.kind, u.name, u.parent_id as "parentId",
         (select array_agg(unit_id order by depth) from lineage(u.id, '2026-05-20')) as lineage
       from org_unit c cross join lateral org_unit_known(c.id, '2026-05-20') u where c.code = $1`,
      [code ?? caller.unitCode],
    );
    if (!unit) throw new Problem('unit.not_found', { code });
    return unit;
  });
}
