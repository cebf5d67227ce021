/**
 * The life of a report against its table, written here a second time (docs/semantics.md §3): whatever is tried in whatever
 * order, no version reaches a state that the table does not lead to, a step out of turn is a conflict that names what is
 * allowed, and on time stays on time (§5). Then what happens at one instant, and when an answer is lost.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccessService } from '#access';
import { connect, Problem, rows } from '#core';
import { given, reportOf } from '../../../test/support/figures.js';
import { startRelay } from '../../../test/support/relay.js';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';
import { ReportsService, type Submission } from './reports.service.js';

const ROUND = '2026H1';
const DUE = Date.parse('2026-06-11T00:00:00+07:00');
type State = 'none' | 'submitted' | 'returned' | 'withdrawn' | 'accepted' | 'superseded';
type Step = 'submit' | 'accept' | 'return' | 'withdraw';

/** What may be done to the newest version. */
const ALLOWED: Record<Exclude<State, 'superseded'>, Step[]> = {
  none: ['submit'],
  submitted: ['accept', 'return', 'submit', 'withdraw'],
  returned: ['submit'],
  withdrawn: ['submit'],
  accepted: ['submit'],
};
/** What may become of one version, from its first state on. */
const NEXT: Record<State, State[]> = {
  none: ['submitted'],
  submitted: ['superseded', 'returned', 'withdrawn', 'accepted'],
  accepted: ['superseded'],
  ...{ returned: [], withdrawn: [], superseded: [] },
};

let service: Services;
let communes: string[];
beforeAll(async () => {
  service = await openServices('2026-05-20T08:00:00+07:00');
  await service.rounds.open(null, PROGRAMME, ROUND);
  const found = await rows<{ code: string }>(
    service.db.dataSource,
    `select u.code from obligation o join org_unit u on u.id = o.unit_id join org_unit p on p.id = o.parent_id
     join round r on r.id = o.round_id where p.code in ('19', '20') and r.code = $1 and o.due_before = $2 order by u.code`,
    [ROUND, new Date(DUE)],
  );
  communes = found.map(({ code }) => code);
});
afterAll(() => service?.close());

const paper = (expectedVersion: number, news = 1): Submission => ({
  programme: PROGRAMME,
  round: ROUND,
  expectedVersion,
  figures: given(reportOf({ indicator: 'tin_bai', value: news })),
  narratives: [],
  comment: 'đã kiểm tra',
  containsNoSecrets: true,
});
const versionsOf = (code: string) =>
  rows<{ number: number; state: State; steps: State[] }>(
    service.db.dataSource,
    `select v.number::int, v.state, (select array_agg(t.to_state order by t.id) from step_taken t where t.version_id = v.id) as steps
     from report_version v join obligation o on o.id = v.obligation_id join org_unit u on u.id = o.unit_id
     where u.code = $1 order by v.number`,
    [code],
  );

describe('whatever is tried in whatever order', () => {
  const attempts = fc.array(
    fc.record({
      step: fc.constantFrom<Step>('submit', 'submit', 'accept', 'return', 'withdraw'),
      stale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      hours: fc.integer({ min: 1, max: 200 }),
    }),
    { minLength: 1, maxLength: 9 },
  );

  it('no state is reached but by the table, refusals name what is allowed, on time stays on time', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(attempts, async (tried) => {
        const code = communes.pop()!;
        const reporter = await service.caller(code, 'reporter');
        const reviewer = await service.caller('VN', 'reviewer');
        const life: { state: State; receivedAt: number }[] = [];
        let now = DUE - 300 * 3_600_000;
        for (const { step, stale, hours } of tried) {
          const state = (life.at(-1)?.state ?? 'none') as keyof typeof ALLOWED;
          const expected = life.length + (stale ? 1 : 0);
          now += hours * 3_600_000;
          const place = { unitCode: code, programme: PROGRAMME, round: ROUND, expectedVersion: expected };
          const take = {
            submit: () => service.reports.submit(reporter, paper(expected), new Date(now)),
            accept: () => service.reports.accept(reviewer, code, PROGRAMME, ROUND, expected),
            return: () => service.reports.return(reviewer, { ...place, reason: 'Thiếu số', figures: [] }),
            withdraw: () => service.reports.withdraw(reporter, PROGRAMME, ROUND, expected, null),
          }[step];
          const outcome = await take().catch((error: unknown) => error);
          if (outcome instanceof Problem) {
            seen.add(`${state}: ${outcome.code}`);
            if (stale && (step === 'submit' || state !== 'none')) {
              expect(outcome).toMatchObject({ code: 'report.stale', details: { expected, actual: life.length } });
            } else if (state === 'none') expect(outcome.code).toBe('report.not_found');
            else {
              const allowed = ALLOWED[state].join(', ');
              expect(outcome).toMatchObject({
                code: 'report.wrong_step',
                status: 409,
                details: { state, step, allowed },
              });
            }
            expect(ALLOWED[state].includes(step) && !stale).toBe(false);
            continue;
          }
          expect(outcome).not.toBeInstanceOf(Error);
          expect(ALLOWED[state]).toContain(step);
          if (step === 'submit') {
            const standing = life.filter((version) => version.state !== 'withdrawn');
            if (life.at(-1)?.state === 'submitted') life.at(-1)!.state = 'superseded';
            life.push({ state: 'submitted', receivedAt: now });
            expect((outcome as { onTime: boolean }).onTime).toBe((standing[0]?.receivedAt ?? now) < DUE);
          } else {
            const to = ({ accept: 'accepted', return: 'returned', withdraw: 'withdrawn' } as const)[step];
            if (to === 'accepted')
              for (const version of life) if (version.state === 'accepted') version.state = 'superseded';
            life.at(-1)!.state = to;
          }
          seen.add(`${state}: ${step}`);
        }
        const versions = await versionsOf(code);
        expect(versions.map(({ state }) => state)).toEqual(life.map(({ state }) => state));
        for (const { state, steps } of versions) {
          steps.reduce<State>((from, to) => {
            expect(NEXT[from]).toContain(to);
            return to;
          }, 'none');
          expect(steps.at(-1)).toBe(state);
        }
      }),
      { numRuns: 40, seed: 57 },
    );
    // Every line of the table was taken, and every state has refused something.
    for (const [state, steps] of Object.entries(ALLOWED)) {
      for (const step of steps) expect([...seen]).toContain(`${state}: ${step}`);
      expect([...seen]).toContain(`${state}: ${state === 'none' ? 'report.not_found' : 'report.stale'}`);
    }
    for (const state of ['returned', 'withdrawn', 'accepted'])
      expect([...seen]).toContain(`${state}: report.wrong_step`);
  });

  it('the table of the database is this table', async () => {
    const table = await rows<{ state: string; steps: string[] }>(
      service.db.dataSource,
      'select from_state as state, array_agg(step order by step) as steps from lifecycle_step group by from_state',
    );
    expect(Object.fromEntries(table.map(({ state, steps }) => [state, steps]))).toEqual(ALLOWED);
  });
});

it('of twenty submits at once exactly one wins; the others are told both versions', async () => {
  const code = communes.pop()!;
  const reporter = await service.caller(code, 'reporter');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, news) => service.reports.submit(reporter, paper(0, news), new Date(DUE - 1))),
  );
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as Problem);
  expect(lost.map(({ code, details }) => ({ code, details }))).toEqual(
    Array(19).fill({ code: 'report.stale', details: { expected: 0, actual: 1 } }),
  );
  expect(await versionsOf(code)).toEqual([{ number: 1, state: 'submitted', steps: ['submitted'] }]);
});

it('a submission that was stored but whose answer was lost on the way gets that answer when it is sent again', async () => {
  const code = communes.pop()!;
  const reporter = await service.caller(code, 'reporter');
  const relay = await startRelay(service.db.url);
  const far = await connect(relay.url, { pool: 1 });
  const reports = new ReportsService(far, service.clock, new AccessService(far, service.clock));
  try {
    const sent = { ...paper(0, 7), idempotencyKey: 'gui-lan-1' };
    relay.loseAnswerTo('submit_report(');
    const first = reports.submit(reporter, sent, new Date(DUE - 1)).then(
      () => 'answered',
      () => 'lost',
    );
    while ((await versionsOf(code)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await relay.cut();
    expect(await first).toBe('lost');
    await relay.mend();
    const again = await reports.submit(reporter, sent, new Date(DUE + 1));
    expect(again).toMatchObject({ stored: true, onTime: true, version: { number: 1, state: 'submitted' } });
    expect(again.version!.receivedAt).toEqual(new Date(DUE - 1));
    expect(await reports.submit(reporter, sent, new Date(DUE + 2))).toEqual(again);
    expect((await versionsOf(code)).length).toBe(1);
    const other = { ...paper(1, 8), idempotencyKey: 'gui-lan-1' };
    await expect(reports.submit(reporter, other, new Date(DUE))).rejects.toMatchObject({
      code: 'idempotency.mismatch',
    });
  } finally {
    await far.destroy();
    await relay.close();
  }
});
