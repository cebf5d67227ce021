/**
 * The proposal for a commune's report: what its local units add up to as of an instant, from how many of how many, beside
 * what the commune itself reported; and every unit's figures, those that are only listed among them (docs/semantics.md §3,
 * "Local units"). A sum above the population is an error that is shown, never a cap.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { type Instant, localDay, Problem, row } from '#core';
import { levels } from '#organisations';
import { EDITION, formOf, type Indicator, isAskedOf } from '#programmes';
import {
  type FigureState,
  figureStates,
  type GivenFigure,
  type LocalReport,
  localReports,
  type ProposedFigure,
  proposalOf,
  scaledText,
} from '#reporting';
import type { Bilingual } from './display.js';
import { Horizon } from './horizon.js';

type Figure = { state: FigureState; numerator: string | null; denominator: string | null };

export type ProposalFigure = ProposedFigure & {
  name: string;
  unitLabel: string | null;
  /** Every unit that adds up has a value, or says that it does not apply. */
  complete: boolean;
  /** The commune's own denominator, of its report or else of its last round: what no sum may exceed. */
  limit: { denominator: string; round: string } | null;
  exceeds: Bilingual | null;
  /** What the commune itself reported, and its reason where that differs. */
  reported: (Figure & { note: string | null; version: number }) | null;
  differs: boolean;
};

export type LocalFigures = Omit<LocalReport, 'figures'> & {
  /** Whether its kind adds up to any figure; else it is only listed. */
  addsUp: boolean;
  figures: (Figure & { indicator: string; name: string })[];
};

export type Proposal = {
  unitCode: string;
  unitName: string;
  round: string;
  asOf: Instant;
  /** Local units that owe the round, and those that have reported. */
  expected: number;
  reported: number;
  figures: ProposalFigure[];
  units: LocalFigures[];
};

type Own = {
  roundId: number;
  programmeId: number;
  edition: string;
  own: (Arrays & { round: string; number: number; notes: Record<string, string> }) | null;
  last: (Arrays & { round: string }) | null;
};
type Arrays = { n: (string | null)[]; d: (string | null)[]; s: number[] };

@Injectable()
export class ProposalsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: AccessService,
    private readonly horizon: Horizon,
  ) {}

  /** @throws Problem unit.not_found | unit.not_commune | round.not_found | asof.future */
  async read(
    caller: Caller,
    question: { unitCode?: string | null; programme: string; round: string; asOf?: string | null },
  ): Promise<Proposal> {
    const unit = await this.access.reach(caller, question.unitCode);
    if (unit.level !== levels.commune) throw new Problem('unit.not_commune', { code: unit.code });
    const asOf = await this.horizon.at(question.asOf);
    const ground = await this.ground(unit.id, question.programme, question.round, asOf);
    const form = (await formOf(this.dataSource, ground.programmeId, ground.edition)).filter(
      ({ firstRound }) => firstRound <= question.round,
    );
    const reports = await localReports(this.dataSource, ground.roundId, unit.id, asOf, localDay(new Date(asOf)));
    const figures = proposalOf(form, reports).map((proposed) => {
      const indicator = form.find(({ code }) => code === proposed.indicator)!;
      return besideOwn(indicator, proposed, ground);
    });
    return {
      ...{ unitCode: unit.code, unitName: unit.name, round: question.round, asOf, figures },
      expected: reports.length,
      reported: reports.filter(({ version }) => version !== null).length,
      units: reports.map((report) => listed(form, report)),
    };
  }

  /** The figures of a proposal that can be adopted as they are: those with a sum that no limit forbids. */
  static adoptable({ figures }: Proposal, wanted: readonly string[] | null): GivenFigure[] {
    return figures
      .filter(
        ({ indicator, numerator, exceeds }) => numerator !== null && !exceeds && (wanted?.includes(indicator) ?? true),
      )
      .map(({ indicator, numerator, denominator, coverage }) => ({
        ...{ indicator, state: coverage.estimated > 0 ? 'estimate' : 'value' },
        ...(denominator === null ? { value: numerator } : { numerator, denominator }),
      }));
  }

  /** The commune's own standing version of the round and of the last one before, as of the instant. */
  private async ground(unitId: number, programme: string, round: string, asOf: Instant): Promise<Own> {
    const found = await row<Own>(
      this.dataSource,
      `with standing_then as (
         select r.id as round_id, r.code as round, r.data_to, r.year, v.id, v.number, v.n, v.d, v.s
         from round r join obligation o on o.round_id = r.id and o.unit_id = $3
         join standing b on b.obligation_id = o.id and b.basis = 'received' and b.recorded_from <= $4::timestamptz
           and (b.recorded_to is null or b.recorded_to > $4::timestamptz)
         join report_version v on v.id = b.version_id
         where r.programme_id = (select id from programme where code = $1)
       )
       select r.id as "roundId", p.id as "programmeId", ${EDITION} as edition,
         (select jsonb_build_object('round', t.round, 'number', t.number, 'n', t.n::text[], 'd', t.d::text[], 's', t.s, 'notes',
            (select coalesce(jsonb_object_agg(i.code, f.note), '{}') from figure_note f join indicator i on i.id = f.indicator_id
             where f.version_id = t.id and f.note is not null))
          from standing_then t where t.round_id = r.id) as own,
         (select jsonb_build_object('round', t.round, 'n', t.n::text[], 'd', t.d::text[], 's', t.s)
          from standing_then t where t.year is not null and t.data_to < r.data_to order by t.data_to desc limit 1) as last
       from round r join programme p on p.id = r.programme_id
       where p.code = $1 and r.code = $2 and r.opened_at <= $4::timestamptz`,
      [programme, round, unitId, asOf],
    );
    if (!found) throw new Problem('round.not_found', { code: round });
    return found;
  }
}

type Placed = Pick<Indicator, 'position' | 'scale'>;

function figureIn({ n, d, s }: Arrays, { position, scale }: Placed): Figure {
  const text = (digits: string | null | undefined) => (digits == null ? null : scaledText(digits, scale));
  const slot = position - 1;
  return { state: figureStates[s[slot] ?? 0]!, numerator: text(n[slot]), denominator: text(d[slot]) };
}

function besideOwn(indicator: Indicator, proposed: ProposedFigure, { own, last }: Own): ProposalFigure {
  const { coverage, numerator, denominator } = proposed;
  const figure = own && figureIn(own, indicator);
  const limits = [own, last].flatMap((version) => {
    const known = version && figureIn(version, indicator).denominator;
    return version && known !== null ? [{ denominator: known, round: version.round }] : [];
  });
  const limit = indicator.kind === 'ratio' ? (limits[0] ?? null) : null;
  const scaled = (text: string) => BigInt(text.replace('.', ''));
  const above = limit && numerator !== null && scaled(numerator) > scaled(limit.denominator) ? limit : null;
  const reported = figure && { ...figure, note: own!.notes[indicator.code] ?? null, version: own!.number };
  return {
    ...proposed,
    ...{ name: indicator.name, unitLabel: indicator.unitLabel, limit, reported },
    complete: coverage.value + coverage.notApplicable === coverage.expected,
    exceeds: above && {
      vi: `"${indicator.name}": các đơn vị dưới xã cộng lại ${numerator}, vượt tổng số ${above.denominator} của xã (kỳ ${above.round}). Kiểm tra số trùng giữa các đơn vị; không tiếp nhận nguyên số này được.`,
      en: `"${indicator.name}": the local units add up to ${numerator}, above the commune's ${above.denominator} (${above.round}). Look for what is counted twice; this sum cannot be adopted.`,
    },
    differs:
      reported !== null &&
      numerator !== null &&
      (reported.numerator !== numerator || (indicator.kind === 'ratio' && reported.denominator !== denominator)),
  };
}

function listed(form: readonly Indicator[], { figures, ...unit }: LocalReport): LocalFigures {
  const asked = form.filter((indicator) => indicator.kind !== 'text' && isAskedOf(indicator, unit.kind));
  return {
    ...unit,
    addsUp: form.some(({ addsUpFrom }) => (addsUpFrom as readonly string[]).includes(unit.kind)),
    figures: figures
      ? asked.map((indicator) => ({ indicator: indicator.code, name: indicator.name, ...figureIn(figures, indicator) }))
      : [],
  };
}
