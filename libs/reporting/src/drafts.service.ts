/**
 * Drafts: a unit's report while it is being written, saved in part, resumed by a colleague or on another machine. Checked
 * as a submission would be, but held whatever is found; seen by the unit alone, counted nowhere (docs/semantics.md §3).
 * A draft names the version it was written on, so that one left behind by another's submission is told as stale.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '#access';
import { recordEvent } from '#audit';
import { Clock, Problem, row, rows } from '#core';
import { refusals } from './db-problems.js';
import { checkReport } from './figures.js';
import type { Finding } from './findings.js';
import { type GivenFigure, type GivenNarrative } from './given.js';
import { Grounds } from './ground.js';
import { checkHeader, type Header } from './header.js';
import { ReportReader } from './report.reader.js';
import { ReportsService, type SubmitAnswer } from './reports.service.js';

type DraftContent = {
  figures: GivenFigure[];
  narratives: GivenNarrative[];
  comment?: string | null;
  header?: Header | null;
};

export type DraftWish = DraftContent & {
  programme: string;
  round: string;
  /** Number of the version it is written on; 0 before the first. */
  expectedVersion: number;
  /** The save it was loaded from; 0 = there was no draft. */
  expectedRevision: number;
};

export type Draft = DraftContent & {
  round: string;
  revision: number;
  /** Number of the version it was written on. */
  basedOn: number;
  /** A newer version has come meanwhile: load it before going on. */
  stale: boolean;
  savedAt: Date;
  /** Role and label of the account that saved it last. */
  savedBy: string;
  /** What submitting it now would find, once declared. */
  findings: Finding[];
};

type Place = { programme: string; round: string };

@Injectable()
export class DraftsService {
  private readonly grounds: Grounds;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly reports: ReportsService,
    private readonly reader: ReportReader,
  ) {
    this.grounds = new Grounds(dataSource, clock);
  }

  /**
   * Saves the caller's own draft. Findings never refuse it.
   * @throws Problem obligation.not_found | round.closed | report.stale | draft.stale
   */
  async save(caller: Caller, wish: DraftWish): Promise<Draft> {
    const { programme, round, expectedVersion, expectedRevision, ...content } = wish;
    const obligation = await this.obligation(caller, wish);
    await refusals(() =>
      rows(this.dataSource, 'select save_draft($1, $2, $3, $4, $5, $6)', [
        caller.accountId,
        obligation,
        expectedVersion,
        expectedRevision,
        JSON.stringify(content).normalize('NFC'),
        this.clock.forDatabase(),
      ]),
    );
    return this.one(caller, { programme, round });
  }

  /** The caller's own draft. @throws Problem obligation.not_found | draft.not_found */
  async one(caller: Caller, place: Place): Promise<Draft> {
    const found = await row<Omit<Draft, keyof DraftContent | 'findings'> & { content: DraftContent }>(
      this.dataSource,
      `select r.code as round, d.revision, d.based_on as "basedOn", d.based_on <> o.newest_number as stale,
         d.saved_at as "savedAt", a.role || ' ' || a.label as "savedBy", d.content
       from draft d join obligation o on o.id = d.obligation_id join round r on r.id = o.round_id
       join account a on a.id = d.account_id
       where d.obligation_id = $1 and d.ended_at is null`,
      [await this.obligation(caller, place)],
    );
    if (!found) throw new Problem('draft.not_found', { unit: caller.unitCode, round: place.round });
    const { content, ...head } = found;
    return { ...head, ...content, findings: await this.findings(caller, place, content) };
  }

  /**
   * Puts figures into the caller's own draft, over those of the same indicators; their notes stay. Without a draft it
   * begins with what the newest version says. That it was done stands in the trail.
   * @param asOf the instant of the proposal they come from
   * @throws Problem as save
   */
  async adopt(
    caller: Caller,
    place: Place & { expectedVersion: number; expectedRevision: number },
    figures: readonly GivenFigure[],
    asOf: string,
  ): Promise<Draft> {
    const begun = await this.one(caller, place).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'draft.not_found') return this.newest(caller, place);
      throw error;
    });
    const adopted = new Map(figures.map((figure) => [figure.indicator, figure]));
    const others = begun.figures.filter(({ indicator }) => !adopted.has(indicator));
    const kept = ({ note, documentNumber, documentDate }: Partial<GivenFigure> = {}) => ({
      note,
      documentNumber,
      documentDate,
    });
    const taken = figures.map((figure) => ({
      ...kept(begun.figures.find(({ indicator }) => indicator === figure.indicator)),
      ...figure,
    }));
    const { narratives, comment, header } = begun;
    const draft = await this.save(caller, { ...place, figures: [...others, ...taken], narratives, comment, header });
    const { accountId, unitId, address } = caller;
    const subject = { ...place, revision: draft.revision, asOf, indicators: [...adopted.keys()] };
    await recordEvent(
      this.dataSource,
      { verb: 'proposal.adopted', accountId, unitId, subject, address },
      this.clock.forDatabase(),
    );
    return draft;
  }

  private async newest(caller: Caller, { programme, round }: Place): Promise<DraftContent> {
    const [version] = (await this.reader.report(caller, caller.unitCode, programme, round)).versions;
    if (!version) return { figures: [], narratives: [], comment: null, header: null };
    const figures = version.figures.map(({ indicator, kind, state, numerator, denominator, ...said }): GivenFigure => {
      const { note, documentNumber, documentDate } = said;
      const parts =
        kind === 'ratio'
          ? { numerator, denominator }
          : kind === 'milestone'
            ? { yes: numerator === '1' }
            : { value: numerator };
      const given = state === 'value' || state === 'estimate';
      return { indicator, state, ...(given && parts), note, documentNumber, documentDate };
    });
    const { receivedOn: _, ...header } = version.header;
    return { figures, narratives: version.narratives, comment: version.comment, header };
  }

  /** Throws it away. @throws Problem draft.stale unless it is this save */
  async discard(caller: Caller, place: Place, expectedRevision: number): Promise<void> {
    const obligation = await this.obligation(caller, place);
    if (await this.end(obligation, expectedRevision)) return;
    const standing = await row<{ revision: number }>(
      this.dataSource,
      'select revision from draft where obligation_id = $1 and ended_at is null',
      [obligation],
    );
    throw new Problem('draft.stale', { expected: expectedRevision, actual: standing?.revision ?? 0 });
  }

  /**
   * Submits the draft as it stands in this save, declared at that moment. What is refused stays a draft. The save is the idempotency key: sent
   * again after a lost answer, it gives the same answer.
   * @throws Problem draft.not_found | draft.stale | as ReportsService.submit
   */
  async submit(
    caller: Caller,
    place: Place,
    expectedRevision: number,
    containsNoSecrets: boolean,
    receivedAt: Date,
  ): Promise<SubmitAnswer> {
    const obligation = await this.obligation(caller, place);
    const draft = await row<{ id: number; revision: number; based_on: number; content: DraftContent }>(
      this.dataSource,
      `select id, revision, based_on, content from draft
       where obligation_id = $1 and (ended_at is null or revision = $2) order by id desc limit 1`,
      [obligation, expectedRevision],
    );
    if (!draft) throw new Problem('draft.not_found', { unit: caller.unitCode, round: place.round });
    if (draft.revision !== expectedRevision)
      throw new Problem('draft.stale', { expected: expectedRevision, actual: draft.revision });
    const idempotencyKey = `draft-${draft.id}-${draft.revision}`;
    const answer = await this.reports.submit(
      caller,
      { ...place, ...draft.content, containsNoSecrets, expectedVersion: draft.based_on, idempotencyKey },
      receivedAt,
    );
    if (answer.stored) await this.end(obligation, expectedRevision);
    return answer;
  }

  private async findings(caller: Caller, place: Place, content: DraftContent): Promise<Finding[]> {
    const ground = await this.grounds.of(caller, place);
    if (!ground) throw new Problem('obligation.not_found', { unit: caller.unitCode, round: place.round });
    const earlier = { last: ground.last, yesBefore: ground.yesBefore, proposed: ground.proposed };
    const checked = checkReport(
      ground.indicators,
      content.figures,
      content.narratives,
      content.comment ?? null,
      earlier,
    );
    return [...checkHeader(content.header), ...checked.findings];
  }

  private async end(obligation: number, revision: number): Promise<boolean> {
    const ended = await rows(
      this.dataSource,
      `update draft set ended_at = greatest(coalesce($3::timestamptz - interval '1 microsecond', record_instant(null)), started_at)
       where obligation_id = $1 and revision = $2 and ended_at is null returning id`,
      [obligation, revision, this.clock.forDatabase()],
    );
    return ended.length > 0;
  }

  private async obligation(caller: Caller, { programme, round }: Place): Promise<number> {
    const found = await row<{ id: number }>(
      this.dataSource,
      `select o.id from obligation o join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       where o.unit_id = $1 and p.code = $2 and r.code = $3 and o.state = 'owed'`,
      [caller.unitId, programme, round],
    );
    if (!found) throw new Problem('obligation.not_found', { unit: caller.unitCode, round });
    return found.id;
  }
}
