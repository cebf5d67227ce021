/**
 * Completeness through random steps: every obligation in exactly one class, on time or late as its first submission was,
 * the list and its pages the same as the counts (docs/semantics.md §5).
 */
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { Problem, rows } from '#core';
import { chance, randomFigures } from '../../../test/soak/chance.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import {
  type CompletenessClass,
  completenessClasses,
  type ObligationState,
  type Timeliness,
  timelinesses,
} from './completeness.service.js';

const ROUND = '2026H1';
const PROVINCE = '20';
// Lạng Sơn's communes all owe by the default, 10/6.
const DUE = '2026-06-11T00:00:00+07:00';
const draw = chance(57);

let services: Services;
let communes: string[];
/** What was done to each commune's report, newest version last: the other way to its class. */
const lives = new Map<string, { number: number; state: string; receivedAt: number }[]>();
let excused: { exempt: string; replaced: string };

beforeAll(async () => {
  services = await openServices('2026-05-20T08:00:00+07:00');
  await services.rounds.open(null, PROGRAMME, ROUND);
  const found = await rows<{ code: string }>(
    services.db.dataSource,
    `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id where p.code = $1 order by u.code`,
    [PROVINCE],
  );
  communes = found.map(({ code }) => code);
  for (const code of communes) lives.set(code, []);
});
afterAll(() => services?.close());

const question = { unitCode: PROVINCE, programme: PROGRAMME, round: ROUND };
const viewer = () => services.caller(PROVINCE, 'viewer');

async function submit(code: string, receivedAt: string): Promise<void> {
  const life = lives.get(code)!;
  const figures = randomFigures(await services.form(), draw.below(100), true, draw);
  const answer = await services.reports.submit(
    await services.caller(code, 'reporter'),
    {
      programme: PROGRAMME,
      round: ROUND,
      expectedVersion: life.length,
      containsNoSecrets: true,
      figures,
      narratives: [],
      comment: 'đã kiểm tra',
    },
    new Date(receivedAt),
  );
  expect(answer.stored).toBe(true);
  const before = life.at(-1);
  if (before?.state === 'submitted') before.state = 'superseded';
  life.push({ number: life.length + 1, state: 'submitted', receivedAt: Date.parse(receivedAt) });
}

async function step(code: string, to: 'accepted' | 'returned' | 'withdrawn'): Promise<void> {
  const life = lives.get(code)!;
  const newest = life.at(-1)!;
  const reviewer = await services.caller(PROVINCE, 'reviewer');
  if (to === 'accepted') await services.reports.accept(reviewer, code, PROGRAMME, ROUND, newest.number);
  else if (to === 'withdrawn')
    await services.reports.withdraw(await services.caller(code, 'reporter'), PROGRAMME, ROUND, newest.number, null);
  else {
    const wish = {
      unitCode: code,
      programme: PROGRAMME,
      round: ROUND,
      expectedVersion: newest.number,
      reason: 'Sai',
      figures: [],
    };
    await services.reports.return(reviewer, wish);
  }
  for (const version of life) if (to === 'accepted' && version.state === 'accepted') version.state = 'superseded';
  newest.state = to;
}

/** Class and timeliness as §5 words them. */
function byTheRule(code: string, now: string): { class: CompletenessClass; timeliness: Timeliness } {
  const life = lives.get(code)!;
  const first = Math.min(...life.filter(({ state }) => state !== 'withdrawn').map(({ receivedAt }) => receivedAt));
  const timeliness = first === Infinity ? 'not_submitted' : first < Date.parse(DUE) ? 'on_time' : 'late';
  if (code === excused?.exempt) return { class: 'exempt', timeliness };
  if (code === excused?.replaced) return { class: 'replaced', timeliness };
  const newest = life.at(-1)?.state;
  if (life.some(({ state }) => state === 'accepted')) return { class: 'accepted', timeliness };
  if (newest === 'submitted' || newest === 'returned') return { class: newest, timeliness };
  return { class: Date.parse(now) < Date.parse(DUE) ? 'not_yet_due' : 'overdue', timeliness };
}

async function everyPage(filter: { classes?: CompletenessClass[]; timeliness?: Timeliness }, first: number) {
  const items: ObligationState[] = [];
  for (let after: string | null = null; ; ) {
    const page = await services.completeness.list(await viewer(), question, filter, { first, after });
    items.push(...page.items);
    after = page.endCursor;
    if (!page.hasNextPage) return { items, total: page.total };
  }
}

async function agree(now: string): Promise<void> {
  const summary = await services.completeness.summary(await viewer(), question);
  const { items } = await everyPage({}, 40);
  expect(items.map(({ unit }) => unit.code)).toEqual(communes);
  expect(items.map((item) => ({ class: item.class, timeliness: item.timeliness }))).toEqual(
    communes.map((code) => byTheRule(code, now)),
  );
  const count = (name: CompletenessClass) => items.filter((item) => item.class === name).length;
  expect(summary.counts).toEqual(Object.fromEntries(completenessClasses.map((name) => [name, count(name)])));
  expect(summary.expected).toBe(communes.length - summary.counts.exempt - summary.counts.replaced);
  expect(summary.onTime + summary.late + summary.notSubmitted).toBe(summary.expected);
}

describe('through random steps', () => {
  it('every obligation is in exactly one class, and on time once is on time for good', async () => {
    const days = ['2026-06-01', '2026-06-10', '2026-06-11', '2026-06-20'];
    for (const [day, date] of days.entries()) {
      const now = `${date}T${day === 1 ? '23:59:59.999' : '00:00:00'}+07:00`;
      services.at(now);
      for (let times = 0; times < 40; times++) {
        const code = draw.pick(communes.slice(0, 45));
        const before = byTheRule(code, now).timeliness;
        const newest = lives.get(code)!.at(-1)?.state;
        if (newest !== 'submitted' || draw.percent(30)) {
          await submit(code, now);
          if (before !== 'not_submitted') expect(byTheRule(code, now).timeliness).toBe(before);
        } else await step(code, draw.pick(['accepted', 'returned', 'withdrawn'] as const));
      }
      await agree(now);
    }
    const classes = new Set(communes.map((code) => byTheRule(code, '2026-06-20').class));
    expect([...classes].sort()).toEqual(['accepted', 'overdue', 'returned', 'submitted']);
  });

  it('what is received in the last millisecond of the due day is on time, at midnight late', async () => {
    const [early, late] = communes.slice(50, 52);
    await submit(early!, '2026-06-10T23:59:59.999+07:00');
    await submit(late!, DUE);
    await submit(early!, '2026-06-20T00:00:00+07:00');
    await agree('2026-06-20T00:00:00+07:00');
    expect([byTheRule(early!, DUE).timeliness, byTheRule(late!, DUE).timeliness]).toEqual(['on_time', 'late']);
  });

  it('a version withdrawn leaves the one it had superseded the first; withdrawn itself, it was none', async () => {
    const [kept, gone] = communes.slice(52, 54) as [string, string];
    for (const code of [kept, gone]) await submit(code, '2026-06-09T08:00:00+07:00');
    await step(gone, 'withdrawn');
    for (const code of [kept, gone]) await submit(code, '2026-06-15T08:00:00+07:00');
    await step(kept, 'withdrawn');
    await agree('2026-06-20T00:00:00+07:00');
    const { items } = await everyPage({}, 100);
    const found = [kept, gone].map((code) => items.find(({ unit }) => unit.code === code)!);
    expect(found.map((item) => [item.class, item.timeliness])).toEqual([
      ['overdue', 'on_time'],
      ['submitted', 'late'],
    ]);
  });

  it('exempt and replaced are counted apart: they are expected of nobody', async () => {
    excused = { exempt: communes[55]!, replaced: communes[56]! };
    for (const [state, code] of Object.entries(excused))
      await rows(
        services.db.dataSource,
        'update obligation o set state = $1 from org_unit u where u.id = o.unit_id and u.code = $2',
        [state, code],
      );
    await agree('2026-06-20T00:00:00+07:00');
    const { expected } = await services.completeness.summary(await viewer(), question);
    expect(expected).toBe(communes.length - 2);
  });
});

describe('the list', () => {
  test.each([1, 7, 64, 65, 500])('pages of %i give every unit once, in the order of codes', async (first) => {
    const { items, total } = await everyPage({}, first);
    expect(items.map(({ unit }) => unit.code)).toEqual(communes);
    expect(total).toBe(communes.length);
  });

  it('keeps the classes asked for, and counts what it keeps', async () => {
    const all = (await everyPage({}, 100)).items;
    for (const name of completenessClasses) {
      const kept = await everyPage({ classes: [name] }, 3);
      expect(kept.items).toEqual(all.filter((item) => item.class === name));
      expect(kept.total).toBe(kept.items.length);
    }
    const open = await everyPage({ classes: ['overdue', 'returned'] }, 4);
    expect(open.items).toEqual(all.filter((item) => item.class === 'overdue' || item.class === 'returned'));
  });

  it('keeps as many of each timeliness as the summary counts', async () => {
    const { onTime, late, notSubmitted } = await services.completeness.summary(await viewer(), question);
    const kept = await Promise.all(timelinesses.map(async (timeliness) => (await everyPage({ timeliness }, 50)).total));
    expect(kept).toEqual([onTime, late, notSubmitted]);
  });

  it('of one commune is its own obligation; of the nation all of them; of a stranger nothing', async () => {
    const own = await services.completeness.list(
      await services.caller(communes[0]!, 'viewer'),
      { ...question, unitCode: null },
      {},
      {},
    );
    expect(own.items.map(({ unit }) => unit.code)).toEqual([communes[0]]);
    const nation = await services.completeness.summary(await services.caller('VN', 'viewer'), {
      ...question,
      unitCode: null,
    });
    expect(nation.expected).toBe(3321 - 2);
    await expect(services.completeness.summary(await services.caller('19', 'viewer'), question)).rejects.toThrow(
      Problem,
    );
    await expect(services.completeness.summary(await viewer(), { ...question, round: '2031H1' })).rejects.toMatchObject(
      {
        code: 'round.not_found',
      },
    );
  });
});
