/**
 * What the service must answer, worked out a second time: from the reports as they were sent and the steps of the review,
 * by the rules of docs/semantics.md §2–§5, with whole numbers only. Shares no code with the service, on purpose: an error
 * would have to be made twice to go unseen.
 */

export type SentFigure = {
  indicator: string;
  state?: 'VALUE' | 'ESTIMATE' | 'NOT_APPLICABLE' | 'MISSING';
  numerator?: string;
  denominator?: string;
  value?: string;
  yes?: boolean;
  note?: string;
};

/** One thing that was done and taken. `at`: ISO instant; `figures` with a submission. */
export type Entry = {
  round: string;
  unit: string;
  step: 'submit' | 'accept' | 'return';
  at: string;
  figures?: SentFigure[];
};

export type Basis = 'ACCEPTED' | 'RECEIVED';

/** n and d are null without a value; d also for counts. Coverage counts units, for flows over a year unit-rounds. */
export type Sum = {
  n: bigint | null;
  d: bigint | null;
  value: number;
  estimated: number;
  notApplicable: number;
  missing: number;
  notReported: number;
};

type Kind = 'ratio' | 'milestone' | 'flow' | 'stock';
type Asked = { kind: Kind; overTime: 'latest' | 'sum' | 'once' | 'yearly' | 'kept' };

/** The sixteen figures of the form (docs/semantics.md §2; the clauses they come from: libs/programmes/data). */
export const asked: Readonly<Record<string, Asked>> = {
  nguoi_dan_tiep_can: { kind: 'ratio', overTime: 'latest' },
  can_bo_duoc_pho_bien: { kind: 'ratio', overTime: 'latest' },
  nhiem_vu_khcn_truyen_thong: { kind: 'ratio', overTime: 'latest' },
  nhiem_vu_khcn_luu_giu_va_truyen_thong: { kind: 'ratio', overTime: 'latest' },
  can_bo_phu_trach_ubnd_duoc_dao_tao: { kind: 'ratio', overTime: 'latest' },
  can_bo_truyen_thong_dia_ban_duoc_dao_tao: { kind: 'ratio', overTime: 'latest' },
  ke_hoach_ban_hanh: { kind: 'milestone', overTime: 'once' },
  chuyen_muc_duy_tri: { kind: 'milestone', overTime: 'kept' },
  khen_thuong_hang_nam: { kind: 'milestone', overTime: 'yearly' },
  chuong_trinh_dao_tao: { kind: 'milestone', overTime: 'once' },
  ke_hoach_phu_song: { kind: 'milestone', overTime: 'once' },
  tin_bai: { kind: 'flow', overTime: 'sum' },
  san_pham_truyen_thong_so: { kind: 'flow', overTime: 'sum' },
  buoi_phat_thanh: { kind: 'flow', overTime: 'sum' },
  hoi_nghi_tuyen_truyen: { kind: 'flow', overTime: 'sum' },
  kenh_mang_xa_hoi: { kind: 'stock', overTime: 'latest' },
};

/** First instants after the due days, Vietnam time: 10/6 and 10/12, or the commune's own plan (§1). */
const dueBefore: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2026H1': {
    default: '2026-06-11T00:00:00+07:00',
    '23926': '2026-06-16T00:00:00+07:00',
    '02026': '2026-06-21T00:00:00+07:00',
  },
  '2026H2': {
    default: '2026-12-11T00:00:00+07:00',
    '23926': '2026-12-16T00:00:00+07:00',
    '02026': '2026-12-21T00:00:00+07:00',
  },
};

type Version = { state: 'submitted' | 'superseded' | 'returned' | 'accepted'; figures: SentFigure[] };
type Answer = { state: 'value' | 'estimate' | 'not_applicable' | 'missing'; n: bigint; d: bigint | null };
type MilestoneAnswer = 'yes' | 'no' | 'not_applicable' | 'missing' | 'not_reported';

/** The record replayed. Build it anew after every step that shall count. */
export class Expected {
  private readonly versions = new Map<string, Version[]>();
  private readonly first = new Map<string, string>();

  constructor(journal: readonly Entry[]) {
    for (const entry of journal) this.take(entry);
  }

  private take({ round, unit, step, at, figures }: Entry): void {
    const key = `${round} ${unit}`;
    const versions = this.versions.get(key) ?? [];
    this.versions.set(key, versions);
    const newest = versions.at(-1);
    if (step === 'submit') {
      if (newest?.state === 'submitted') newest.state = 'superseded';
      versions.push({ state: 'submitted', figures: figures! });
      if (!this.first.has(key)) this.first.set(key, at);
    } else if (step === 'return') {
      newest!.state = 'returned';
    } else {
      for (const version of versions) if (version.state === 'accepted') version.state = 'superseded';
      newest!.state = 'accepted';
    }
  }

  /** §3: the accepted version; or the newest if it is unreviewed or accepted, else the accepted one. */
  private standing(round: string, unit: string, basis: Basis): SentFigure[] | null {
    const versions = this.versions.get(`${round} ${unit}`) ?? [];
    const accepted = versions.find(({ state }) => state === 'accepted');
    const newest = versions.at(-1);
    const version = basis === 'RECEIVED' && newest?.state === 'submitted' ? newest : accepted;
    return version?.figures ?? null;
  }

  /** How many of the units have a version that counts. */
  reported(units: readonly string[], round: string, basis: Basis): number {
    return units.filter((unit) => this.standing(round, unit, basis)).length;
  }

  /** @param rounds of one year, oldest first: one for a half-year's figure, both for the year's */
  total(units: readonly string[], rounds: readonly string[], basis: Basis, code: string): Sum {
    const { kind, overTime } = asked[code]!;
    if (kind === 'milestone') return this.milestone(units, rounds.at(-1)!, basis, code);
    if (overTime === 'latest') return this.inRound(units, rounds.at(-1)!, basis, code);
    return rounds.map((round) => this.inRound(units, round, basis, code)).reduce(added);
  }

  private inRound(units: readonly string[], round: string, basis: Basis, code: string): Sum {
    const sum: Sum = { n: null, d: null, value: 0, estimated: 0, notApplicable: 0, missing: 0, notReported: 0 };
    for (const unit of units) {
      const figures = this.standing(round, unit, basis);
      const answer = figures && answerOf(figures, code);
      if (!answer) sum.notReported += 1;
      else if (answer.state === 'missing') sum.missing += 1;
      else if (answer.state === 'not_applicable') sum.notApplicable += 1;
      else {
        sum.value += 1;
        if (answer.state === 'estimate') sum.estimated += 1;
        sum.n = (sum.n ?? 0n) + answer.n;
        if (answer.d !== null) sum.d = (sum.d ?? 0n) + answer.d;
      }
    }
    return sum;
  }

  /** Units that say yes, of those that answer; what was once (or this year) done stays done (§2). */
  private milestone(units: readonly string[], last: string, basis: Basis, code: string): Sum {
    const { overTime } = asked[code]!;
    const answerIn = (unit: string, round: string): MilestoneAnswer => {
      const figures = this.standing(round, unit, basis);
      if (!figures) return 'not_reported';
      const answer = answerOf(figures, code);
      if (answer.state === 'missing' || answer.state === 'not_applicable') return answer.state;
      return answer.n === 1n ? 'yes' : 'no';
    };
    // Both rounds of the story lie in one year, so "once" and "yearly" look at the same rounds.
    const looking = overTime === 'kept' ? [last] : Object.keys(dueBefore).filter((round) => round <= last);
    const answers = units.map((unit) =>
      looking.some((round) => answerIn(unit, round) === 'yes') ? 'yes' : answerIn(unit, last),
    );
    const count = (wanted: MilestoneAnswer) => answers.filter((answer) => answer === wanted).length;
    const value = count('yes') + count('no');
    return {
      n: value === 0 ? null : BigInt(count('yes')),
      d: value === 0 ? null : BigInt(value),
      value,
      estimated: this.inRound(units, last, basis, code).estimated,
      notApplicable: count('not_applicable'),
      missing: count('missing'),
      notReported: count('not_reported'),
    };
  }

  /** §5: by the first submission against the due date in force. */
  timeliness(unit: string, round: string): 'ON_TIME' | 'LATE' | 'NOT_SUBMITTED' {
    const at = this.first.get(`${round} ${unit}`);
    if (!at) return 'NOT_SUBMITTED';
    return Date.parse(at) < Date.parse(dueBefore[round]![unit] ?? dueBefore[round]!.default!) ? 'ON_TIME' : 'LATE';
  }

  /** §5, after the due date: an accepted version stands until its correction is accepted. */
  class(unit: string, round: string): 'ACCEPTED' | 'SUBMITTED' | 'RETURNED' | 'OVERDUE' {
    const states = (this.versions.get(`${round} ${unit}`) ?? []).map(({ state }) => state);
    if (states.includes('accepted')) return 'ACCEPTED';
    if (states.at(-1) === 'submitted') return 'SUBMITTED';
    return states.at(-1) === 'returned' ? 'RETURNED' : 'OVERDUE';
  }
}

function answerOf(figures: readonly SentFigure[], code: string): Answer {
  const figure = figures.find(({ indicator }) => indicator === code);
  if (!figure || figure.state === 'MISSING') return { state: 'missing', n: 0n, d: null };
  // 0/0 is "không phát sinh" in other words (§2).
  if (figure.state === 'NOT_APPLICABLE' || figure.denominator === '0')
    return { state: 'not_applicable', n: 0n, d: null };
  const state = figure.state === 'ESTIMATE' ? 'estimate' : 'value';
  if (asked[code]!.kind === 'milestone') return { state, n: figure.yes ? 1n : 0n, d: 1n };
  if (asked[code]!.kind === 'ratio') return { state, n: BigInt(figure.numerator!), d: BigInt(figure.denominator!) };
  return { state, n: BigInt(figure.value!), d: null };
}

function added(a: Sum, b: Sum): Sum {
  const plus = (x: bigint | null, y: bigint | null) => (x === null ? y : y === null ? x : x + y);
  return {
    n: plus(a.n, b.n),
    d: plus(a.d, b.d),
    value: a.value + b.value,
    estimated: a.estimated + b.estimated,
    notApplicable: a.notApplicable + b.notApplicable,
    missing: a.missing + b.missing,
    notReported: a.notReported + b.notReported,
  };
}

/** As people read it: "86,4%" (half up, one decimal), "1.234", "88/91"; of one unit "Có" or "Không". */
export function displayed(code: string, { n, d, value }: Sum, units: number): string | null {
  if (value === 0 || n === null) return null;
  const { kind } = asked[code]!;
  if (kind === 'ratio') {
    if (d === null || d === 0n) return null;
    const tenths = (n * 2000n + d) / (d * 2n);
    return `${tenths / 10n},${tenths % 10n}%`;
  }
  if (kind === 'milestone' && units === 1) return n === 1n ? 'Có' : 'Không';
  return kind === 'milestone' ? `${n}/${d}` : String(n).replace(/\B(?=(\d{3})+$)/g, '.');
}
