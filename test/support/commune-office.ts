/**
 * A commune whose villages report to it, over HTTP, with a clerk's book of its own: what they say is added up there by hand
 * and held against the proposal of the service, which its officer then takes over into the commune's report.
 */
import { expect } from '@jest/globals';
import { Clerk } from './clerk.js';
import { type Figure, reportOf, SUBMIT, type Submitted } from './figures.js';
import type { ProvinceOffice } from './province-office.js';

/** Of what villages are asked, what adds up. */
const ADDED_UP = ['nguoi_dan_tiep_can', 'buoi_phat_thanh'];
type Proposal = {
  proposal: {
    expected: number;
    reported: number;
    figures: { indicator: string; numerator: string | null; denominator: string | null; coverage: object }[];
  };
};
const text = (number: number | null) => (number === null ? null : String(number));

export class CommuneOffice {
  readonly clerk = new Clerk();
  private officer = '';

  constructor(
    readonly above: ProvinceOffice,
    readonly commune: string,
  ) {}

  /** Adds the villages and asks them for the round. @returns their codes */
  async asks(names: string[], dueOn: string): Promise<string[]> {
    const { world, round } = this.above;
    this.officer = await world.token(this.commune, 'administrator');
    const { addLocalUnits } = await world.ask<{ addLocalUnits: { units: { code: string }[] } }>(
      this.officer,
      'mutation ($units: [LocalUnitInput!]!) { addLocalUnits(units: $units) { units { code } } }',
      { units: names.map((name) => ({ kind: 'ban', name })) },
    );
    await world.ask(this.officer, `mutation { askLocalUnits(round: "${round}", dueOn: "${dueOn}") { asked } }`);
    const codes = addLocalUnits.units.map(({ code }) => code);
    for (const code of codes) this.clerk.owes(code, dueOn);
    return codes;
  }

  /** @param at ISO 8601 */
  async hears(village: string, figures: readonly Figure[], at: string): Promise<void> {
    const { world, round } = this.above;
    this.above.at(at);
    const input = { round, expectedVersion: 0, figures, comment: 'trưởng bản ký', containsNoSecrets: true };
    const token = await this.above.reporter(village);
    const { submitReport } = await world.ask<Submitted>(token, SUBMIT, { input });
    expect(submitReport).toMatchObject({ stored: true, onTime: this.clerk.submitted(village, figures, at).onTime });
  }

  /** The proposal is the sum in the book, and tells how many are silent. */
  async agree(): Promise<void> {
    const { proposal } = await this.above.world.ask<Proposal>(
      this.officer,
      `{ proposal(round: "${this.above.round}") { expected reported figures { indicator numerator denominator
         coverage { expected value estimated notApplicable missing notReported } } } }`,
    );
    expect({ expected: proposal.expected, reported: proposal.reported }).toEqual(this.clerk.coverage('RECEIVED'));
    for (const indicator of ADDED_UP) {
      const { numerator, denominator, ...coverage } = this.clerk.sum(indicator, 'RECEIVED');
      const found = proposal.figures.find((figure) => figure.indicator === indicator);
      expect(found).toMatchObject({ numerator: text(numerator), denominator: text(denominator), coverage });
    }
  }

  /** The officer takes over what adds up, writes the rest, and sends it. @param at ISO 8601: now */
  async adopts(at: string): Promise<void> {
    const { world, round, clerk } = this.above;
    const token = await this.above.reporter(this.commune);
    const { adoptProposal } = await world.ask<{ adoptProposal: { adopted: string[]; draft: { revision: number } } }>(
      token,
      `mutation { adoptProposal(round: "${round}", expectedVersion: 0, expectedRevision: 0) { adopted draft { revision } } }`,
    );
    expect(adoptProposal.adopted).toEqual(ADDED_UP);
    const summed = ADDED_UP.map((indicator): Figure => {
      const { numerator, denominator } = this.clerk.sum(indicator, 'RECEIVED');
      return denominator === null
        ? { indicator, value: numerator! }
        : { indicator, numerator: numerator!, denominator };
    });
    const figures = reportOf(...summed);
    const { saveDraft } = await world.ask<{ saveDraft: { revision: number } }>(
      token,
      'mutation ($input: DraftInput!) { saveDraft(input: $input) { revision } }',
      {
        input: {
          ...{ round, expectedVersion: 0, expectedRevision: adoptProposal.draft.revision },
          ...{ figures, comment: 'đã kiểm tra' },
        },
      },
    );
    // A draft moves nothing.
    await this.above.agree();
    const { submitDraft } = await world.ask<{ submitDraft: { stored: boolean; onTime: boolean } }>(
      token,
      `mutation { submitDraft(round: "${round}", expectedRevision: ${saveDraft.revision}, containsNoSecrets: true) { stored onTime } }`,
    );
    const { onTime } = clerk.submitted(this.commune, figures, at);
    expect(submitDraft).toEqual({ stored: true, onTime });
  }
}
