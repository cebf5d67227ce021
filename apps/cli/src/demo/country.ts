/**
 * The communes that no document describes: how each behaves in the two rounds and what it reports, generated from a seed,
 * so that the same seed tells the same story. The four communes of the documents have their own figures (documents.ts).
 */
import type { SentFigure } from './expected.js';

export type Commune = { code: string; name: string; title: string };
export type RoundCode = '2026H1' | '2026H2';

/** What a commune does in a round: `plain` reports in time and is accepted. */
export type Habit = 'plain' | 'late' | 'missing' | 'returned' | 'unreviewed';

type Share = Record<Exclude<Habit, 'plain'>, number>;
const shares: Record<string, Record<RoundCode, Share>> = {
  '19': {
    '2026H1': { missing: 3, late: 8, returned: 5, unreviewed: 2 },
    '2026H2': { missing: 1, late: 6, returned: 4, unreviewed: 2 },
  },
  '52': {
    '2026H1': { missing: 6, late: 14, returned: 7, unreviewed: 4 },
    '2026H2': { missing: 4, late: 10, returned: 6, unreviewed: 3 },
  },
  '20': {
    '2026H1': { missing: 3, late: 6, returned: 4, unreviewed: 2 },
    '2026H2': { missing: 2, late: 5, returned: 3, unreviewed: 2 },
  },
};

/** mulberry32: small, and the same on every machine. Gives numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/**
 * Who does what in each round, of the communes of one province that have no part of their own.
 * The first that misses the first round misses the second too: nothing at all is known of it.
 */
export function habitsOf(
  province: string,
  codes: readonly string[],
  next: () => number,
): Record<RoundCode, Map<string, Habit>> {
  const dealt = (order: readonly string[], share: Share) => {
    const habits = (['missing', 'late', 'returned', 'unreviewed'] as const).flatMap((habit) =>
      Array<Habit>(share[habit]).fill(habit),
    );
    return new Map(order.map((code, index) => [code, habits[index] ?? 'plain']));
  };
  const [silent, ...others] = shuffled(codes, next);
  return {
    '2026H1': dealt([silent!, ...others], shares[province]!['2026H1']),
    '2026H2': dealt([silent!, ...shuffled(others, next)], shares[province]!['2026H2']),
  };
}

/** What a generated commune reports in both rounds; the second grows out of the first. */
export function figuresOf(next: () => number): Record<RoundCode, SentFigure[]> {
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const chance = (share: number) => next() < share;
  const ratio = (indicator: string, n: number, d: number): SentFigure => ({
    indicator,
    numerator: String(n),
    denominator: String(d),
  });
  const nothing = (indicator: string): SentFigure => ({ indicator, state: 'NOT_APPLICABLE' });
  const milestone = (indicator: string, yes: boolean): SentFigure => ({ indicator, yes });

  const residents = whole(2_400, 36_000);
  const reached = Math.floor(residents * (0.05 + next() * 0.4));
  const residentsLater = residents + whole(0, 120);
  const reachedLater = Math.min(residentsLater, Math.floor(reached * (1 + next() * 0.8)));
  const officials = whole(24, 90);
  const informed = officials - whole(0, 6);
  const tasks = chance(0.25) ? whole(1, 4) : 0;
  const published = tasks > 0 ? whole(0, tasks) : 0;
  const stored = published > 0 ? whole(0, published) : 0;
  const inCharge = whole(1, 3);
  const communicators = chance(0.1) ? 0 : whole(5, 30);
  const trained = communicators > 0 ? whole(0, Math.floor(communicators / 2)) : 0;
  const planned = chance(0.85);
  const training = chance(0.3);
  const remoteVillages = chance(0.4);
  const covered = chance(0.4);
  const rewarded = chance(0.15);

  const round = (later: boolean): SentFigure[] => {
    const count = (indicator: string, from: number, to: number): SentFigure => ({
      indicator,
      value: String(whole(from, to)),
      // The due day lies before the end of the period: the last days are "ước thực hiện".
      ...(chance(0.2) && { state: 'ESTIMATE' as const }),
    });
    return [
      later
        ? ratio('nguoi_dan_tiep_can', reachedLater, residentsLater)
        : ratio('nguoi_dan_tiep_can', reached, residents),
      ratio('can_bo_duoc_pho_bien', later ? officials : informed, officials),
      tasks > 0 ? ratio('nhiem_vu_khcn_truyen_thong', published, tasks) : nothing('nhiem_vu_khcn_truyen_thong'),
      tasks > 0
        ? ratio('nhiem_vu_khcn_luu_giu_va_truyen_thong', stored, tasks)
        : nothing('nhiem_vu_khcn_luu_giu_va_truyen_thong'),
      ratio('can_bo_phu_trach_ubnd_duoc_dao_tao', whole(0, inCharge), inCharge),
      communicators > 0
        ? ratio('can_bo_truyen_thong_dia_ban_duoc_dao_tao', trained, communicators)
        : nothing('can_bo_truyen_thong_dia_ban_duoc_dao_tao'),
      milestone('ke_hoach_ban_hanh', planned || (later && chance(0.7))),
      milestone('chuyen_muc_duy_tri', chance(0.8)),
      milestone('khen_thuong_hang_nam', later ? rewarded || chance(0.5) : rewarded),
      milestone('chuong_trinh_dao_tao', training || (later && chance(0.3))),
      remoteVillages ? milestone('ke_hoach_phu_song', covered || (later && chance(0.3))) : nothing('ke_hoach_phu_song'),
      count('tin_bai', 5, 80),
      count('san_pham_truyen_thong_so', 0, 20),
      count('buoi_phat_thanh', 20, 180),
      count('hoi_nghi_tuyen_truyen', 0, 12),
      chance(0.04)
        ? { indicator: 'kenh_mang_xa_hoi', state: 'MISSING', note: 'Chưa rà soát xong các kênh.' }
        : { indicator: 'kenh_mang_xa_hoi', value: String(whole(1, 9)) },
    ];
  };
  return { '2026H1': round(false), '2026H2': round(true) };
}
