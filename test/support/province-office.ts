/**
 * A province's round as its people live it, over HTTP, with a clerk (clerk.ts) who writes down beside the service what
 * they did. `agree` holds what the service says at that moment against the clerk's book: classes, timeliness, totals.
 */
import { expect } from '@jest/globals';
import { type Basis, Clerk } from './clerk.js';
import { type Figure, reportOf, SUBMIT, type Submitted } from './figures.js';
import { OpenForm, type Written } from './form.js';
import type { World } from './world.js';

const INDICATORS = reportOf().map(({ indicator }) => indicator);

const SUMS = `expected reported totals { indicator { code } numerator denominator
  coverage { expected value estimated notApplicable missing notReported } }`;
const LOOK = `query ($round: String!, $asOf: String) {
  completeness(round: $round, asOf: $asOf) { asOf expected onTime late notSubmitted
    counts { exempt replaced not_yet_due overdue returned submitted accepted } }
  obligations(round: $round, asOf: $asOf, first: 200) { nodes { unit { code } class timeliness } }
  received: totals(period: $round, basis: RECEIVED, asOf: $asOf) { ${SUMS} }
  accepted: totals(period: $round, basis: ACCEPTED, asOf: $asOf) { ${SUMS} }
  childTotals(period: $round, basis: RECEIVED, asOf: $asOf, first: 100) { nodes { unit { code } ${SUMS} } }
}`;
type Sums = {
  expected: number;
  reported: number;
  totals: {
    indicator: { code: string };
    numerator: string | null;
    denominator: string | null;
    coverage: Record<string, number>;
  }[];
};
type Look = {
  completeness: Record<'expected' | 'onTime' | 'late' | 'notSubmitted', number> & {
    asOf: string;
    counts: Record<string, number>;
  };
  obligations: { nodes: { unit: { code: string }; class: string; timeliness: string }[] };
  received: Sums;
  accepted: Sums;
  childTotals: { nodes: (Sums & { unit: { code: string } })[] };
};
type Uploaded = { stored: boolean; dryRun: boolean; counts: Record<string, number>; units: { outcome: string }[] };

export class ProvinceOffice {
  readonly clerk = new Clerk();
  private readonly reporters = new Map<string, string>();
  private now = '';

  constructor(
    readonly world: World,
    /** Token of the province's reviewer. */
    readonly province: string,
    readonly round: string,
  ) {}

  /** Sets the time for everybody. @param instant ISO 8601 */
  at(instant: string): void {
    this.now = instant;
    this.world.at(instant);
  }

  async reporter(unit: string): Promise<string> {
    const known = this.reporters.get(unit) ?? (await this.world.token(unit, 'reporter'));
    this.reporters.set(unit, known);
    return known;
  }

  /** A commune sends its report by the API; it is stored, and on time as the clerk says. */
  async submits(unit: string, figures: readonly Figure[]): Promise<void> {
    const expectedVersion = this.clerk.newest(unit);
    const input = { round: this.round, expectedVersion, figures, comment: 'đã kiểm tra', containsNoSecrets: true };
    const answer = await this.world.ask<Submitted>(await this.reporter(unit), SUBMIT, { input });
    const { number, onTime } = this.clerk.submitted(unit, figures, this.now);
    expect(answer.submitReport).toMatchObject({ stored: true, onTime, version: { number, state: 'SUBMITTED' } });
  }

  /** What the service answers to a report that it does not take. */
  async refused(unit: string, expectedVersion: number, figures: readonly Figure[] = reportOf()): Promise<string> {
    const input = { round: this.round, expectedVersion, figures, comment: 'đã kiểm tra', containsNoSecrets: true };
    const answer = await this.world.send(await this.reporter(unit), SUBMIT, { input });
    return answer.errors?.[0]?.extensions.code ?? 'taken';
  }

  /** A step of the province (accept, return) or of the commune itself (withdraw) on the newest version. */
  async steps(step: 'accept' | 'return' | 'withdraw', unit: string, more = ''): Promise<void> {
    const own = step === 'withdraw';
    const whose = own ? '' : `unit: "${unit}", `;
    await this.world.ask(
      own ? await this.reporter(unit) : this.province,
      `mutation { ${step}Report(${whose}round: "${this.round}", expectedVersion: ${this.clerk.newest(unit)}${more}) { state } }`,
    );
    this.clerk.reviewed(unit, ({ accept: 'ACCEPTED', return: 'RETURNED', withdraw: 'WITHDRAWN' } as const)[step]);
  }

  async download(token: string, path = ''): Promise<OpenForm> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${this.world.url}/forms/${this.round}${path}`, { headers });
    expect(response.status).toBe(200);
    return OpenForm.open(Buffer.from(await response.arrayBuffer()));
  }

  /** @param path '/below' for a workbook of many communes */
  async upload(token: string, form: OpenForm, fields: Record<string, string> = {}, path = ''): Promise<Uploaded> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('file', new Blob([(await form.save()) as never]), 'bieu.xlsx');
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${this.world.url}/forms${path}`, { method: 'POST', headers, body });
    return (await response.json()) as Uploaded;
  }

  /** A commune fills in its Excel form: tried first, then sent, then sent once more as it is. */
  async sendsForm(unit: string, cells: Written, figures: readonly Figure[]): Promise<void> {
    const token = await this.reporter(unit);
    const form = (await this.download(token)).write(cells);
    const tried = await this.upload(token, form, { dryRun: 'true' });
    await this.agree();
    const sent = await this.upload(token, form);
    expect(sent).toMatchObject({ stored: true, units: [{ outcome: 'created', findings: [] }] });
    expect(tried).toMatchObject({ dryRun: true, counts: sent.counts });
    this.clerk.submitted(unit, figures, this.now);
    expect(await this.upload(token, await this.download(token))).toMatchObject({ units: [{ outcome: 'unchanged' }] });
  }

  look(asOf: string | null = null): Promise<Look> {
    return this.world.ask<Look>(this.province, LOOK, { round: this.round, asOf });
  }

  /** Everything the province sees is what the clerk has in the book. @returns the instant of the answer */
  async agree(): Promise<string> {
    const seen = await this.look();
    const expected = this.clerk.obligations(this.now);
    const listed = seen.obligations.nodes.map((one): [string, string, string] => [
      one.unit.code,
      one.class,
      one.timeliness,
    ]);
    expect(listed.sort((a, b) => a.join().localeCompare(b.join()))).toEqual(expected);
    const { asOf, counts, ...rest } = seen.completeness;
    const owed = expected.filter(([, name]) => name !== 'REPLACED');
    const timed = (timeliness: string) => owed.filter(([, , when]) => when === timeliness).length;
    expect(rest).toEqual({
      expected: owed.length,
      onTime: timed('ON_TIME'),
      late: timed('LATE'),
      notSubmitted: timed('NOT_SUBMITTED'),
    });
    for (const [name, count] of Object.entries(counts))
      expect([name, count]).toEqual([name, expected.filter(([, one]) => one === name.toUpperCase()).length]);
    for (const basis of ['RECEIVED', 'ACCEPTED'] as const) {
      const found = basis === 'RECEIVED' ? seen.received : seen.accepted;
      expect([basis, found.expected, found.reported]).toEqual([basis, ...Object.values(this.clerk.coverage(basis))]);
      this.same(found, basis);
    }
    for (const child of seen.childTotals.nodes) this.same(child, 'RECEIVED', child.unit.code);
    expect(seen.childTotals.nodes.map(({ unit }) => unit.code)).toEqual(owed.map(([unit]) => unit).sort());
    return asOf;
  }

  private same({ totals }: Sums, basis: Basis, unit?: string): void {
    const exact = (text: string | null) => (text === null ? null : Number(text));
    const found = totals.map(({ indicator, numerator, denominator, coverage }) => [
      indicator.code,
      { numerator: exact(numerator), denominator: exact(denominator), ...coverage },
    ]);
    const worked = INDICATORS.map((indicator) => [indicator, this.clerk.sum(indicator, basis, unit)]);
    expect([unit, basis, Object.fromEntries(found)]).toEqual([unit, basis, Object.fromEntries(worked)]);
  }
}
