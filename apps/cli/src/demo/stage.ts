/**
 * The people of the story and what they do, all of it over HTTP with their own tokens. What was sent and taken is kept in
 * the journal, from which expected.ts works everything out again.
 */
import type { Checks } from './checks.js';
import type { Commune, RoundCode } from './country.js';
import { provinces } from './documents.js';
import { type Basis, type Entry, Expected, type SentFigure } from './expected.js';
import * as operations from './operations.js';
import type { Service } from './service.js';

export type Submission = operations.Submitted['submitReport'];
type TotalsAnswer = operations.Totals['totals'];
type TotalAnswer = TotalsAnswer['totals'][number];

const AT_ONCE = 8;

export class Stage {
  readonly journal: Entry[] = [];
  /** Communes of the three provinces, by province. */
  readonly communes = new Map<string, Commune[]>();
  private readonly reporters = new Map<string, string>();
  private readonly reviewers = new Map<string, string>();
  private readonly newest = new Map<string, number>();
  private instant = '';

  constructor(
    readonly service: Service,
    readonly checks: Checks,
  ) {}

  get nation(): string {
    return this.service.firstToken;
  }

  get now(): string {
    return this.instant;
  }

  at(instant: string): void {
    this.instant = instant;
    this.service.at(instant);
  }

  /** One GraphQL request. @throws Error with the problem's code */
  async ask<T>(token: string, query: string, variables: object = {}): Promise<T> {
    const { data, errors } = await this.send<T>(token, query, variables);
    if (errors) throw new Error(errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join('; '));
    return data;
  }

  /** One GraphQL request with what came back, problems too. */
  async send<T>(token: string, query: string, variables: object = {}): Promise<operations.Answer<T>> {
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as operations.Answer<T>;
  }

  /** Work on many, eight at a time. */
  async each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    const waiting = [...items];
    const worker = async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** The administrator gives every province a reviewer's token and each of its communes a reporter's. */
  async castPeople(): Promise<void> {
    for (const { code } of provinces) {
      const { units } = await this.ask<operations.Units>(this.nation, operations.UNITS, { parent: code });
      this.communes.set(code, units.nodes);
      const [own] = await this.issueTokens(code, 'REVIEWER', false);
      this.reviewers.set(code, own!.token);
      for (const issued of await this.issueTokens(code, 'REPORTER', true))
        this.reporters.set(issued.unitCode, issued.token);
    }
  }

  async issueTokens(unit: string, role: string, children: boolean): Promise<operations.Issued['issueTokens']> {
    const answer = await this.ask<operations.Issued>(this.nation, operations.ISSUE, { unit, role, children });
    if (!children && role === 'REPORTER') this.reporters.set(unit, answer.issueTokens[0]!.token);
    return answer.issueTokens;
  }

  reviewer(province: string): string {
    return this.reviewers.get(province)!;
  }

  reporter(unit: string): string {
    return this.reporters.get(unit)!;
  }

  title(unit: string): string {
    for (const communes of this.communes.values()) {
      const found = communes.find(({ code }) => code === unit);
      if (found) return found.title;
    }
    return unit;
  }

  /** A commune submits its report; the version it replaces is the last one it sent. */
  async submit(unit: string, round: RoundCode, figures: SentFigure[], more: object = {}): Promise<Submission> {
    const key = `${round} ${unit}`;
    const input = { round, expectedVersion: this.newest.get(key) ?? 0, figures, containsNoSecrets: true, ...more };
    const { submitReport } = await this.ask<operations.Submitted>(this.reporter(unit), operations.SUBMIT, { input });
    if (submitReport.version) {
      this.newest.set(key, submitReport.version.number);
      this.journal.push({ round, unit, step: 'submit', at: this.instant, figures });
    }
    return submitReport;
  }

  async accept(province: string, unit: string, round: RoundCode): Promise<void> {
    await this.review(operations.ACCEPT, province, unit, round, {});
    this.journal.push({ round, unit, step: 'accept', at: this.instant });
  }

  async giveBack(province: string, unit: string, round: RoundCode, reason: string): Promise<void> {
    await this.review(operations.RETURN, province, unit, round, { reason });
    this.journal.push({ round, unit, step: 'return', at: this.instant });
  }

  private review(operation: string, province: string, unit: string, round: RoundCode, more: object) {
    const version = this.newest.get(`${round} ${unit}`);
    if (version === undefined) throw new Error(`${unit} chưa có báo cáo ${round} nào được nhận · has no report`);
    return this.ask(this.reviewer(province), operation, { unit, round, version, ...more });
  }

  async totals(province: string, unit: string, period: string, basis: Basis): Promise<TotalsAnswer> {
    const answer = await this.ask<operations.Totals>(this.reviewer(province), operations.TOTALS, {
      unit,
      period,
      basis,
    });
    return answer.totals;
  }

  /** One indicator of those totals. */
  async total(
    province: string,
    unit: string,
    period: string,
    indicator: string,
    basis: Basis = 'RECEIVED',
  ): Promise<TotalAnswer & { reported: number }> {
    const { totals, reported } = await this.totals(province, unit, period, basis);
    return { ...totals.find((total) => total.indicator.code === indicator)!, reported };
  }

  expected(): Expected {
    return new Expected(this.journal);
  }
}
