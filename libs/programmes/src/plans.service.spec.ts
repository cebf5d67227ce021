/** Plans on real PostgreSQL: versions, dry runs, who may import what, and when an own due date counts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, verbsOf } from '#access';
import { Clock, type Problem, row, rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { PlansService } from './plans.service.js';
import { importSeedPlans, seedPlans, seedPlanText } from './seed.js';

const PROGRAMME = 'NQ57-TT';
let database: FreshDatabase;
let plans: PlansService;

beforeAll(async () => {
  database = await freshDatabase();
  plans = new PlansService(database.dataSource, new Clock());
});
afterAll(() => database.drop());

async function callerOf(unitCode: string): Promise<Caller> {
  const account = await row<{ id: number; unitId: number; level: number }>(
    database.dataSource,
    `with unit as (select id, level from org_unit where code = $1)
     insert into account (unit_id, role, label, created_at) select id, 'administrator', 'thử', now() from unit
     on conflict on constraint account_one_per_label do update set label = excluded.label
     returning id, unit_id as "unitId", (select level from unit) as level`,
    [unitCode],
  );
  return {
    accountId: account!.id,
    role: 'administrator',
    verbs: verbsOf.administrator,
    unitId: account!.unitId,
    unitCode,
    unitLevel: account!.level,
    tokenPrefix: 'thu',
  };
}

/** What the database holds of plans, to compare before and after. */
async function everything(): Promise<unknown[]> {
  return rows(
    database.dataSource,
    `select 'plan' as what, to_jsonb(p) as content from plan p union all select 'version', to_jsonb(v) from plan_version v
     union all select 'target', to_jsonb(t) from target t union all select 'duty', to_jsonb(d) from duty d
     union all select 'event', to_jsonb(e) from event e order by 1, 2`,
  );
}

const nextVersion = (text: string) => text.replace('threshold: 30', 'threshold: 35');

describe('the plans of the seeds', () => {
  it('stand after the set-up, and a second import changes nothing', async () => {
    const before = await everything();
    expect(await importSeedPlans(database.dataSource, null)).toEqual({
      programme: 'unchanged',
      plans: Object.fromEntries(seedPlans.map((key) => [key, 'unchanged'])),
    });
    expect(await everything()).toEqual(before);
  });

  it('are listed from the nation down, and by unit', async () => {
    const all = await plans.plans(null, { programme: PROGRAMME });
    expect(all.map((plan) => `${plan.unitCode} ${plan.key} ${plan.version}`)).toEqual([
      'VN qd-1169-ttg 1',
      '19 thai-nguyen-minh-hoa 1',
      '02026 nam-cuong 1',
      '05953 kha-son 1',
      '06385 huu-lung 1',
      '23926 ia-pia 1',
    ]);
    expect((await plans.plans(null, { programme: PROGRAMME, unitCode: '23926' })).map((plan) => plan.key)).toEqual([
      'ia-pia',
    ]);
  });

  it('show a plan as its document reads', async () => {
    const plan = await plans.plan(null, PROGRAMME, 'ia-pia');
    expect(plan).toMatchObject({
      number: '37/KH–UBND',
      issuedOn: '2025-10-01',
      document: 'kế hoạch',
      illustrative: false,
    });
    expect(plan.duties.map((duty) => [duty.edge, duty.dueH1, duty.dueH2, duty.confirmed])).toEqual([
      ['upward', '06-15', '12-15', true],
      ['below', '06-10', '12-10', true],
    ]);
    expect(plan.targets.map((target) => [target.indicator, target.year, target.threshold]).at(-2)).toEqual([
      'nguoi_dan_tiep_can',
      2030,
      '80',
    ]);
    expect(plan.goals).toHaveLength(1);
  });

  it('the programme gives its indicators by position, and its default due days', async () => {
    const programme = await plans.programme(PROGRAMME);
    expect(programme.indicators.map((indicator) => indicator.position)).toEqual(
      Array.from({ length: 34 }, (_, i) => i + 1),
    );
    expect(programme.defaultDuty).toMatchObject({ edge: 'upward', dueH1: '06-10', dueH2: '12-10', confirmed: true });
  });

  it('says so when there is no such programme or plan', async () => {
    await expect(plans.programme('KHAC')).rejects.toMatchObject({ code: 'programme.not_found' });
    await expect(plans.plan(null, PROGRAMME, 'khac')).rejects.toMatchObject({ code: 'plan.not_found' });
  });
});

describe('importing a plan', () => {
  beforeEach(async () => {
    await database.drop();
    database = await freshDatabase();
    plans = new PlansService(database.dataSource, new Clock());
  });

  it('a dry run writes nothing and says what the real run then says', async () => {
    const text = nextVersion(seedPlanText('nam-cuong'));
    const before = await everything();
    const rehearsal = await plans.importPlan(null, text, { dryRun: true });
    expect(await everything()).toEqual(before);
    const real = await plans.importPlan(null, text, { dryRun: false });
    expect(rehearsal).toEqual({ ...real, dryRun: true });
    expect(real).toMatchObject({
      key: 'nam-cuong',
      version: 2,
      status: 'updated',
      errors: [],
      changes: [
        {
          part: 'target',
          kind: 'changed',
          subject: 'nguoi_dan_tiep_can 2027',
          fields: [{ field: 'threshold', from: '30', to: '35' }],
        },
      ],
    });
  });

  it('a new version closes the old one, and both can be asked for', async () => {
    await plans.importPlan(null, nextVersion(seedPlanText('nam-cuong')), { dryRun: false });
    const versions = await rows<{ version: number; gap: boolean; open: boolean }>(
      database.dataSource,
      `select version, recorded_to is null as open,
         recorded_to is distinct from lead(recorded_from) over (order by version) as gap
       from plan_version v join plan p on p.id = v.plan_id where p.key = 'nam-cuong' order by version`,
    );
    expect(versions).toEqual([
      { version: 1, open: false, gap: false },
      { version: 2, open: true, gap: false },
    ]);
    const duties = await rows(
      database.dataSource,
      `select 1 from duty d join org_unit u on u.id = d.unit_id where u.code = '02026' and d.recorded_to is null`,
    );
    expect(duties).toHaveLength(1);

    const now = await plans.plan(null, PROGRAMME, 'nam-cuong');
    const then = await plans.plan(null, PROGRAMME, 'nam-cuong', new Date(now.recordedFrom.getTime() - 1));
    const threshold = (plan: typeof now) =>
      plan.targets.find((target) => target.year === 2027 && target.threshold)?.threshold;
    expect([then.version, threshold(then), now.version, threshold(now)]).toEqual([1, '30', 2, '35']);
  });

  it('comments, blanks and order of keys make no version', async () => {
    const text = seedPlanText('kha-son').replace('key: kha-son\n', '').concat('\n# ghi chú\nkey: kha-son\n');
    const outcome = await plans.importPlan(null, text, { dryRun: false });
    expect(outcome).toMatchObject({ status: 'unchanged', version: 1, changes: [] });
  });

  it('leaves one event in the same transaction, with who and what', async () => {
    const caller = await callerOf('02026');
    await plans.importPlan(caller, nextVersion(seedPlanText('nam-cuong')), { dryRun: false });
    const events = await rows<{ account_id: number; subject: Record<string, unknown> }>(
      database.dataSource,
      `select account_id, subject from event where verb = 'plan.imported' and account_id is not null`,
    );
    expect(events).toEqual([
      { account_id: caller.accountId, subject: expect.objectContaining({ key: 'nam-cuong', version: 2 }) },
    ]);
  });

  it('answers errors as data, with their place, and writes nothing', async () => {
    const before = await everything();
    const text = seedPlanText('nam-cuong')
      .replace('indicator: khen_thuong_hang_nam', 'indicator: khong_co')
      .replace('key: qd-1169-ttg', 'key: qd-khac');
    const outcome = await plans.importPlan(null, text, { dryRun: false });
    expect(outcome).toMatchObject({ status: 'refused', version: null, changes: [] });
    expect(outcome.errors.map((error) => `${error.path} ${error.code}`)).toEqual([
      'targets[4].indicator indicator_unknown',
      'parent.key parent_unknown',
    ]);
    const unknown = await plans.importPlan(null, seedPlanText('nam-cuong').replace('unit: 02026', 'unit: 99999'), {
      dryRun: false,
    });
    expect(unknown.errors).toMatchObject([{ path: 'unit', code: 'unit_unknown', line: 5 }]);
    expect(await everything()).toEqual(before);
  });

  it('reaches the own unit and those below it, and no other', async () => {
    const text = nextVersion(seedPlanText('nam-cuong'));
    for (const stranger of ['05953', '20', '23926'])
      await expect(plans.importPlan(await callerOf(stranger), text, { dryRun: true })).rejects.toMatchObject({
        code: 'unit.not_found',
      } satisfies Partial<Problem>);
    for (const insider of ['02026', '19', 'VN'])
      expect(await plans.importPlan(await callerOf(insider), text, { dryRun: true })).toMatchObject({
        status: 'updated',
      });
  });

  it('a commune cannot take over the plan of another by its key', async () => {
    const text = seedPlanText('kha-son').replace('key: kha-son', 'key: nam-cuong');
    const outcome = await plans.importPlan(await callerOf('05953'), text, { dryRun: false });
    expect(outcome).toMatchObject({ status: 'refused', errors: [{ path: 'key', code: 'key_taken' }] });
    expect(await plans.plan(null, PROGRAMME, 'nam-cuong')).toMatchObject({ unitCode: '02026', version: 1 });
  });

  it('of imports at the same instant each makes its own version, one after the other', async () => {
    const fresh = (year: number) =>
      seedPlanText('kha-son').replace('key: kha-son', 'key: kha-son-2').replace('    year:\n', `    year: ${year}\n`);
    const years = [2026, 2027, 2028, 2029, 2030];
    const outcomes = await Promise.all(years.map((year) => plans.importPlan(null, fresh(year), { dryRun: false })));
    expect(outcomes.map((outcome) => outcome.version).sort()).toEqual([1, 2, 3, 4, 5]);
    const standing = await rows(
      database.dataSource,
      `select 1 from plan_version v join plan p on p.id = v.plan_id where p.key = 'kha-son-2' and recorded_to is null`,
    );
    expect(standing).toHaveLength(1);
  });
});

describe('who sees a plan, by the first wall alone (the second one binds only the API)', () => {
  const keysOf = async (unit: string) =>
    (await plans.plans(await callerOf(unit), { programme: PROGRAMME })).map(({ key }) => key);

  it('its own unit, those above it and those below it', async () => {
    const communes = ['kha-son', 'kha-son-2', 'nam-cuong'];
    const above = (await keysOf('01')).filter((key) => !communes.includes(key));
    expect(above).toContain('qd-1169-ttg');
    expect(above).not.toContain('thai-nguyen-minh-hoa');
    expect((await keysOf('05953')).sort()).toEqual([...above, 'thai-nguyen-minh-hoa', 'kha-son', 'kha-son-2'].sort());
    expect((await keysOf('VN')).sort()).toEqual(
      (await plans.plans(null, { programme: PROGRAMME })).map(({ key }) => key).sort(),
    );
    expect(await plans.plan(await callerOf('05953'), PROGRAMME, 'thai-nguyen-minh-hoa')).toMatchObject({
      unitCode: '19',
    });
    expect(await plans.plan(await callerOf('19'), PROGRAMME, 'kha-son')).toMatchObject({ unitCode: '05953' });
  });

  it('and to anybody else it is as if it were not', async () => {
    const absent = await plans.plan(null, PROGRAMME, 'khong-co').catch((error: Problem) => error.message);
    for (const [unit, key] of [
      ['02026', 'kha-son'],
      ['20', 'kha-son'],
      ['20', 'thai-nguyen-minh-hoa'],
      ['06385', 'thai-nguyen-minh-hoa'],
    ] as const) {
      const told = await plans.plan(await callerOf(unit), PROGRAMME, key).catch((error: Problem) => error.message);
      expect([unit, String(told).replace(key, 'khong-co')]).toEqual([unit, absent]);
      expect(await keysOf(unit)).not.toContain(key);
    }
  });
});

describe('an own due date', () => {
  const later = (text: string) => text.replace('06-20', '06-25');
  const upward = async () => (await plans.plan(null, PROGRAMME, 'nam-cuong')).duties[0]!;

  beforeEach(async () => {
    await database.drop();
    database = await freshDatabase();
    plans = new PlansService(database.dataSource, new Clock());
  });

  it('does not count when the commune itself brings it, until the province imports it', async () => {
    const text = later(seedPlanText('nam-cuong'));
    const byCommune = await plans.importPlan(await callerOf('02026'), text, { dryRun: false });
    expect(byCommune.notices).toMatchObject([{ path: 'duties[0].confirmed', code: 'duty_unconfirmed' }]);
    expect(await upward()).toMatchObject({ dueH1: '06-25', confirmed: false });

    const byProvince = await plans.importPlan(await callerOf('19'), text, { dryRun: false });
    expect(byProvince).toMatchObject({
      status: 'updated',
      version: 3,
      notices: [],
      changes: [{ part: 'duty', subject: 'upward', fields: [{ field: 'confirmed', from: 'false', to: 'true' }] }],
    });
    expect(await upward()).toMatchObject({ dueH1: '06-25', confirmed: true });
  });

  it('counts by the word of the receiver alone; the commune, a stranger and a plan without dates have no say', async () => {
    const key = 'nam-cuong';
    await plans.importPlan(await callerOf('02026'), later(seedPlanText(key)), { dryRun: false });
    const decide = async (unit: string, more: object = {}, plan = key) =>
      plans.confirmDuty(await callerOf(unit), { programme: PROGRAMME, key: plan, confirmed: true, ...more });
    await expect(decide('02026')).rejects.toMatchObject({ code: 'access.denied' });
    await expect(decide('20')).rejects.toMatchObject({ code: 'plan.not_found' });
    await expect(decide('19', {}, 'khong-co')).rejects.toMatchObject({ code: 'plan.not_found' });
    await expect(decide('VN', {}, 'kha-son')).rejects.toMatchObject({ code: 'duty.not_found' });
    expect(await upward()).toMatchObject({ confirmed: false, strict: false });

    const decided = await decide('19', { strict: true, note: 'Công văn 12/SKHCN' });
    expect(decided).toMatchObject({ dueH1: '06-25', confirmed: true, strict: true, note: 'Công văn 12/SKHCN' });
    expect(await upward()).toEqual(decided);
    const before = (await plans.plan(null, PROGRAMME, key)).version;
    await decide('19');
    expect((await plans.plan(null, PROGRAMME, key)).version).toBe(before);
    const [event] = await rows<{ subject: object }>(
      database.dataSource,
      `select subject from event where verb = 'duty.confirmed'`,
    );
    expect(event!.subject).toMatchObject({ key, confirmed: true, version: before });
    // The commune's next version keeps the dates, so it keeps the receiver's word and reading too.
    await plans.importPlan(await callerOf('02026'), nextVersion(later(seedPlanText(key))), { dryRun: false });
    expect(await upward()).toMatchObject({ confirmed: true, strict: true });
    expect(await decide('19', { confirmed: false, strict: false })).toMatchObject({ confirmed: false, strict: false });
    expect((await plans.plan(null, PROGRAMME, key)).targets.map(({ wording }) => wording)).toEqual(
      (await plans.plan(null, PROGRAMME, key, (await plans.plan(null, PROGRAMME, key)).recordedFrom)).targets.map(
        ({ wording }) => wording,
      ),
    );
  });

  it('stays confirmed while the commune changes other things', async () => {
    const outcome = await plans.importPlan(await callerOf('02026'), nextVersion(seedPlanText('nam-cuong')), {
      dryRun: false,
    });
    expect(outcome).toMatchObject({ status: 'updated', notices: [] });
    expect(await upward()).toMatchObject({ dueH1: '06-20', confirmed: true });
  });

  it('before the data cut-off is imported with a warning', async () => {
    const text = seedPlanText('nam-cuong').replace('06-20', '06-10').replace('12-20', '12-14');
    const outcome = await plans.importPlan(null, text, { dryRun: false });
    expect(outcome.notices).toMatchObject([
      {
        path: 'duties[0].due_h1',
        code: 'due_before_cutoff',
        en: "The due day 06-10 is before the data cut-off 06-14: the last days' figures are estimates.",
      },
    ]);
  });
});
