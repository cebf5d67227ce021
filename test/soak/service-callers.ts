/**
 * People at a service that breaks: reporters who submit again and again and repeat what was not answered, under the same
 * key, until it is; readers who ask as of instants and ask again; and a load balancer that asks who is ready. What they
 * were told goes into a ledger, and every answer that nobody should get is written down.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { rows } from '#core';
import type { AskedIndicator } from '#reporting';
import { chance, randomFigures } from './chance.js';
import { type Place, PROGRAMME } from './country.js';
import { Ledger, type Sent } from './ledger.js';
import { PROVINCES, type Stage, tokenOf } from './service-stage.js';

const SUBMIT = `mutation ($input: SubmitReportInput!) {
  submitReport(input: $input) { stored findings { code } version { number } } }`;
const TOTALS = `query ($asOf: String) { totals(unit: "VN", period: "2026H1", basis: RECEIVED, asOf: $asOf) {
  asOf reported expected totals { indicator { code } numerator denominator display } } }`;
/** "Not now", with a time to come back. */
const PASSING = ['service.unavailable', 'service.busy'];
const PATIENCE = 20_000;
const ROUND = '2026H1';
const PAUSE = 30;

type Reporter = { place: Place; token: string; version: number };
type Answer = { status: number; retryAfter: string | null; data?: Record<string, unknown> | null; code?: string };

export class Callers {
  readonly ledger = new Ledger();
  wrong: string[] = [];
  /** Answers "not now", and calls that got none. */
  refused = 0;
  unanswered = 0;
  asked = 0;
  readinessLooks = 0;
  private over = false;
  private work: Promise<unknown>[] = [];
  private readonly answers: { asOf: string; told: string }[] = [];

  private constructor(
    private readonly stage: Stage,
    private readonly form: AskedIndicator[],
    private readonly reporters: Reporter[],
    private readonly viewer: string,
    readonly reviewer: string,
    private readonly seed: number,
  ) {}

  static async gather(stage: Stage, seed: number): Promise<Callers> {
    const form = await rows<AskedIndicator>(
      stage.db,
      `select i.id, i.position, i.code, i.name, i.kind, i.over_time as "overTime",
              i.not_applicable_allowed as "notApplicableAllowed", i.scale
       from indicator i join programme p on p.id = i.programme_id where p.code = $1 and i.first_round <= $2 order by i.position`,
      [PROGRAMME, ROUND],
    );
    const found = await rows<{ code: string }>(
      stage.db,
      `select x.code from (
         select u.code, row_number() over (partition by o.parent_id order by u.code) as nth from obligation o
         join org_unit u on u.id = o.unit_id where u.level = 2) x where x.nth <= 2 order by x.code`,
    );
    const reporters: Reporter[] = [];
    for (const { code } of found)
      reporters.push({
        place: { unitCode: code, round: ROUND } as Place,
        token: await tokenOf(stage, code, 'reporter'),
        version: 0,
      });
    const viewer = await tokenOf(stage, 'VN', 'viewer');
    return new Callers(stage, form, reporters, viewer, await tokenOf(stage, PROVINCES[0]!, 'reviewer'), seed);
  }

  /** From here on they call, until `rest`. */
  begin(nth: number): void {
    this.over = false;
    this.work = [
      ...this.reporters.map((reporter, which) => this.report(reporter, this.seed * 1000 + nth * 10 + which)),
      this.read(),
      this.watch(),
    ];
  }

  /** Takes nothing new up, and waits until what was begun is answered. */
  async rest(): Promise<void> {
    this.over = true;
    await Promise.all(this.work);
  }

  /** One request, repeated until it is answered; "not now" is no answer. @throws Error after a minute without */
  async call(token: string, query: string, variables: object): Promise<Answer> {
    for (const limit = Date.now() + 60_000; Date.now() < limit; await pause(PAUSE)) {
      const answer = await this.once(token, query, variables).catch(() => undefined);
      if (!answer) this.unanswered++;
      else if (!answer.code || !PASSING.includes(answer.code)) return answer;
      else {
        this.refused++;
        if (answer.status !== 503 || !Number(answer.retryAfter))
          this.wrong.push(`"${answer.code}" came with ${answer.status} and retry-after ${answer.retryAfter}`);
      }
    }
    throw new Error('nobody answered for a minute');
  }

  /** Asks again for instants that were answered for. @returns what is no longer the same, in words */
  async askAgain(most: number): Promise<string[]> {
    const wrong: string[] = [];
    for (const { asOf, told } of this.answers.slice(-most)) {
      const again = JSON.stringify((await this.call(this.viewer, TOTALS, { asOf })).data?.totals);
      if (again !== told) wrong.push(`as of ${asOf}: ${told} before, ${again} now`);
    }
    return wrong;
  }

  private async once(token: string, query: string, variables: object): Promise<Answer> {
    const { urls } = this.stage;
    const url = urls[Math.floor(Math.random() * urls.length)];
    if (!url) throw new Error('no API runs');
    this.asked++;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { data, errors, error } = (await response.json()) as {
      data?: Record<string, unknown> | null;
      errors?: { extensions: { code: string }; message: string }[];
      error?: { code: string };
    };
    const code = errors?.[0]?.extensions?.code ?? errors?.[0]?.message ?? error?.code;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), data, code };
  }

  private async report(reporter: Reporter, seed: number): Promise<void> {
    const draw = chance(seed);
    while (!this.over) {
      const mark = this.ledger.nextMark();
      const figures = randomFigures(this.form, mark, reporter.version === 0, draw).map((figure) => ({
        ...figure,
        state: figure.state.toUpperCase(),
      }));
      const idempotencyKey = `${this.seed}-${mark}`;
      const input = {
        round: ROUND,
        expectedVersion: reporter.version,
        idempotencyKey,
        figures,
        comment: 'thử',
        containsNoSecrets: true,
      };
      const sent = { place: reporter.place, submission: { idempotencyKey }, mark, answer: null } as unknown as Sent;
      this.ledger.sent.push(sent);
      try {
        const { data, code, status } = await this.call(reporter.token, SUBMIT, { input });
        const answer = data?.submitReport as { stored: boolean; version: { number: number } } | undefined;
        if (answer?.stored) {
          sent.answer = answer.version.number;
          reporter.version = answer.version.number;
        } else {
          this.wrong.push(
            `a submission was answered with ${status} ${code ?? String(JSON.stringify(data)).slice(0, 200)}`,
          );
          sent.answer = code ?? 'findings';
        }
      } catch (error) {
        this.wrong.push(`a submission: ${error}`);
      }
      await pause(PAUSE + draw.below(PAUSE));
    }
  }

  private async read(): Promise<void> {
    while (!this.over) {
      try {
        const { data, code, status } = await this.call(this.viewer, TOTALS, {});
        const totals = data?.totals as { asOf: string } | undefined;
        if (totals) this.answers.push({ asOf: totals.asOf, told: JSON.stringify(totals) });
        else this.wrong.push(`a reader was answered with ${status} ${code}`);
      } catch (error) {
        this.wrong.push(`a reader: ${error}`);
      }
      await pause(2 * PAUSE);
    }
  }

  /** Whoever says "ready" while no API can reach the database is not to be relied on. */
  private async watch(): Promise<void> {
    while (!this.over) {
      await Promise.all(
        this.stage.urls.map(async (url) => {
          const from = performance.now();
          const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(
            () => undefined,
          );
          await answer?.arrayBuffer().catch(() => undefined);
          if (!answer) return;
          this.readinessLooks++;
          const to = performance.now();
          const within = this.stage.outages.some((outage) => from > outage.from && to < outage.to);
          if (answer.ok && within) this.wrong.push('an API said "ready" while it could not reach the database');
        }),
      );
      await pause(PAUSE);
    }
  }
}
