/**
 * Milestones over units and rounds, as totals give them, against the rule worked out unit by unit (milestone-oracle):
 * random answers over two years, reports missing, returned or accepted later, and early rounds corrected after late ones.
 */
import { afterAll, beforeAll, expect, it, test } from '@jest/globals';
import { rows } from '#core';
import type { AskedIndicator, GivenFigure } from '#reporting';
import { chance } from '../../../test/soak/chance.js';
import { type Answer, milestoneAt, type RoundAnswer, totalOfAnswers } from '../../../test/support/milestone-oracle.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import { parsePeriod } from './period.js';

const ROUNDS = ['2026H1', '2026H2', '2027H1', '2027H2'];
const PROVINCES = ['19', '20'];
const draw = chance(57);

let services: Services;
let form: AskedIndicator[];
let communes: { code: string; province: string }[];
type Told = { unit: string; province: string; round: string; received: string | null; accepted: string | null };
let obligations: Told[];
let answered: Map<string, Map<number, Answer>>;

const milestones = () => form.filter(({ kind }) => kind === 'milestone');

beforeAll(async () => {
  services = await openServices('2026-05-20T08:00:00+07:00');
  form = await services.form();
  communes = await rows(
    services.db.dataSource,
    `select code, province from (
       select u.code, p.code as province, row_number() over (partition by p.code order by u.code) as nth
       from org_units_on('2026-05-20') u join org_unit p on p.id = u.parent_id where p.code = any($1)) x where nth <= 5`,
    [PROVINCES],
  );
  const newest = new Map<string, number>();
  const submit = async (unit: string, round: string) => {
    const expectedVersion = newest.get(`${unit} ${round}`) ?? 0;
    const answer = await services.reports.submit(
      await services.caller(unit, 'reporter'),
      {
        programme: PROGRAMME,
        round,
        expectedVersion,
        figures: figures(),
        narratives: [],
        comment: 'đã kiểm tra',
        containsNoSecrets: true,
      },
      services.clock.now(),
    );
    if (answer.stored) newest.set(`${unit} ${round}`, expectedVersion + 1);
    return answer.stored;
  };
  const review = async (unit: string, province: string, round: string, accept: boolean) => {
    const reviewer = await services.caller(province, 'reviewer');
    const version = newest.get(`${unit} ${round}`)!;
    if (accept) return services.reports.accept(reviewer, unit, PROGRAMME, round, version);
    const wish = { unitCode: unit, programme: PROGRAMME, round, expectedVersion: version, reason: 'Sai', figures: [] };
    return services.reports.return(reviewer, wish);
  };
  for (const round of ROUNDS) {
    await services.rounds.open(null, PROGRAMME, round);
    for (const { code, province } of communes)
      if (draw.percent(80) && (await submit(code, round)) && draw.percent(70))
        await review(code, province, round, draw.percent(70));
  }
  // Earlier rounds once more, after later ones have built on them.
  for (let times = 0; times < 25; times++) {
    const { code, province } = draw.pick(communes);
    const round = draw.pick(ROUNDS);
    if ((await submit(code, round)) && draw.percent(60)) await review(code, province, round, draw.percent(60));
  }
  await readRecord();
}, 120_000);
afterAll(() => services?.close());

/** Figures of the milestones alone; a "no" after a "yes" of a "once" is refused and leaves the unit silent. */
function figures(): GivenFigure[] {
  return milestones().map(({ code: indicator, notApplicableAllowed }): GivenFigure => {
    const kind = draw.below(10);
    if (kind === 0) return { indicator, state: 'missing' };
    if (kind === 1 && notApplicableAllowed) return { indicator, state: 'not_applicable' };
    return { indicator, state: kind === 2 ? 'estimate' : 'value', yes: draw.percent(35) };
  });
}

/** What stands, and what each standing version says: from the versions themselves. */
async function readRecord(): Promise<void> {
  obligations = await rows<Told>(
    services.db.dataSource,
    `select u.code as unit, p.code as province, r.code as round, s.received::text, s.accepted::text
     from obligation o join round r on r.id = o.round_id join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
     left join lateral (
       select max(b.version_id) filter (where b.basis = 'received') as received, max(b.version_id) filter (where b.basis = 'accepted') as accepted
       from standing b where b.obligation_id = o.id and b.recorded_to is null) s on true`,
  );
  const versions = await rows<{ id: string; n: string[]; s: number[] }>(
    services.db.dataSource,
    'select id::text, n, s from report_version',
  );
  answered = new Map(
    versions.map(({ id, n, s }) => [
      id,
      new Map(
        milestones().map(({ position }): [number, Answer] => {
          const state = s[position - 1] ?? 0;
          if (state === 0) return [position, 'missing'];
          return [position, state === 3 ? 'not_applicable' : n[position - 1] === '1' ? 'yes' : 'no'];
        }),
      ),
    ]),
  );
}

/** By the rule: each unit's answers in its rounds, where it stands at the period, and the sum over units. */
function byTheRule(
  asked: AskedIndicator,
  periodCode: string,
  basis: 'received' | 'accepted',
  within: (told: Told) => boolean,
) {
  const period = parsePeriod(periodCode);
  const byUnit = new Map<string, RoundAnswer[]>();
  for (const told of obligations.filter(within)) {
    const answer = answered.get(told[basis] ?? '')?.get(asked.position) ?? 'not_reported';
    byUnit.set(told.unit, [...(byUnit.get(told.unit) ?? []), { round: parsePeriod(told.round), answer }]);
  }
  const overTime = asked.overTime as 'once' | 'yearly' | 'kept';
  return totalOfAnswers([...byUnit.values()].flatMap((answers) => milestoneAt(overTime, answers, period) ?? []));
}

it('the history holds every answer on both bases, and standings that differ', () => {
  const all = new Set([...answered.values()].flatMap((answers) => [...answers.values()]));
  expect([...all].sort()).toEqual(
    ['missing', 'no', 'not_applicable', 'yes'].filter((answer) => all.has(answer as Answer)),
  );
  expect(all.size).toBeGreaterThan(2);
  expect(new Set(milestones().map(({ overTime }) => overTime))).toEqual(new Set(['once', 'yearly', 'kept']));
  const reported = obligations.filter(({ received }) => received !== null);
  expect(reported.length).toBeGreaterThan(20);
  expect(
    reported.filter(({ received, accepted }) => accepted !== null && accepted !== received).length,
  ).toBeGreaterThan(0);
});

const units: [string, string, (told: Told) => boolean][] = [
  ['the nation', 'VN', () => true],
  ...PROVINCES.map((code): [string, string, (told: Told) => boolean] => [
    'province',
    code,
    (told) => told.province === code,
  ]),
];

for (const basis of ['received', 'accepted'] as const)
  test.each(units)(`${basis}: %s %s, in every period`, async (_, unitCode, within) => {
    for (const period of [...ROUNDS, '2026', '2027']) await compare(unitCode, period, basis, within);
  });

test.each(['received', 'accepted'] as const)('%s: every commune by itself, in every period', async (basis) => {
  for (const { code } of communes)
    for (const period of [...ROUNDS, '2026', '2027']) await compare(code, period, basis, (told) => told.unit === code);
});

async function compare(
  unitCode: string,
  period: string,
  basis: 'received' | 'accepted',
  within: (told: Told) => boolean,
) {
  const nation = await services.caller('VN', 'viewer');
  const { totals } = await services.totals.totals(nation, { unitCode, programme: PROGRAMME, period, basis });
  for (const asked of milestones()) {
    const { numerator, denominator, coverage } = totals.find(({ indicator }) => indicator.code === asked.code)!;
    const rule = byTheRule(asked, period, basis, within);
    expect({ unitCode, period, of: asked.code, numerator, denominator, coverage }).toMatchObject({
      numerator: rule.n === null ? null : String(rule.n),
      denominator: rule.d === null ? null : String(rule.d),
      coverage: rule.coverage,
    });
  }
}
