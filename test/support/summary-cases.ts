/**
 * What the 92 communes of Thái Nguyên may have reported by the middle of a round: invented from a seed, with the cases
 * that a summary must tell apart (on time to the millisecond, late, waiting, returned, overdue, exempt, estimates, gaps).
 */
import { parse } from 'yaml';
import { unitsAt } from '#organisations';
import { seedProgrammeText } from '#programmes';
import type { CompletenessClass, TotalIndicator, TotalUnit } from '#rollups';

export type Entry = { n: bigint; d?: bigint; estimate?: boolean } | 'not_applicable' | 'missing';
export type CommuneCase = {
  class: CompletenessClass;
  firstReceivedAt: string | null;
  dueOn?: string;
  duePlan?: string | null;
  dueWording?: string;
  /** By indicator code; what is left out is missing. Null: nothing reported. */
  accepted: Record<string, Entry> | null;
  received: Record<string, Entry> | null;
};

/** Those asked in 2026. */
export const indicators: TotalIndicator[] = parse(seedProgrammeText(), { schema: 'failsafe' })
  .indicators.filter((entry: Record<string, string>) => entry.first_round === '2026H1')
  .map((entry: Record<string, string>) => ({
    id: Number(entry.position),
    position: Number(entry.position),
    code: entry.code,
    name: entry.name,
    kind: entry.kind,
    overTime: entry.over_time,
    unitLabel: entry.unit_label || null,
    numerator: entry.numerator || null,
    denominator: entry.denominator || null,
    clause: entry.clause || null,
    scale: 0,
  }));
/** The same numbers on every machine. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const communesOf = (province: string): TotalUnit[] =>
  unitsAt('2026-06-22')
    .filter(({ parentCode }) => parentCode === province)
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, kind, name, level }, index) => ({ id: index + 100, code, level, kind, name, parentId: 1 }));

/** What a commune may report. */
function figures(roll: () => number, code: string): Record<string, Entry> {
  const whole = (from: number, to: number) => BigInt(Math.floor(from + roll() * (to - from)));
  const part = (d: bigint, low: number, high: number) =>
    (d * BigInt(Math.floor((low + roll() * (high - low)) * 1000))) / 1000n;
  const people = code === '02026' ? 10_793n : whole(4_200, 24_000);
  const staff = whole(28, 96);
  const duty = whole(1, 6);
  const regional = whole(4, 30);
  const tasks = roll() < 0.7 ? 'not_applicable' : whole(1, 5);
  const share = (d: bigint, low: number, high: number): Entry => ({ n: part(d, low, high), d });
  return {
    nguoi_dan_tiep_can:
      code === '02026'
        ? { n: 1_079n, d: people }
        : { ...(share(people, 0.04, 0.31) as { n: bigint; d: bigint }), estimate: roll() < 0.1 },
    can_bo_duoc_pho_bien: share(staff, 0.82, 1.001),
    nhiem_vu_khcn_truyen_thong: tasks === 'not_applicable' ? tasks : share(tasks, 0.4, 1.001),
    nhiem_vu_khcn_luu_giu_va_truyen_thong: tasks === 'not_applicable' ? tasks : share(tasks, 0.2, 1.001),
    can_bo_phu_trach_ubnd_duoc_dao_tao: share(duty, 0, 1.001),
    can_bo_truyen_thong_dia_ban_duoc_dao_tao: roll() < 0.05 ? 'missing' : share(regional, 0.1, 0.7),
    ke_hoach_ban_hanh: { n: roll() < 0.9 ? 1n : 0n, d: 1n },
    chuyen_muc_duy_tri: { n: roll() < 0.8 ? 1n : 0n, d: 1n },
    khen_thuong_hang_nam: { n: roll() < 0.2 ? 1n : 0n, d: 1n },
    chuong_trinh_dao_tao: { n: roll() < 0.5 ? 1n : 0n, d: 1n },
    ke_hoach_phu_song: roll() < 0.5 ? 'not_applicable' : { n: roll() < 0.4 ? 1n : 0n, d: 1n },
    tin_bai: { n: whole(0, 140) },
    san_pham_truyen_thong_so: { n: whole(0, 40) },
    buoi_phat_thanh: { n: whole(40, 364) },
    hoi_nghi_tuyen_truyen: { n: whole(0, 9) },
    kenh_mang_xa_hoi: { n: whole(1, 14) },
  };
}

function caseOf(roll: () => number, unit: TotalUnit, index: number): CommuneCase {
  const own = { '02026': '2026-06-20' }[unit.code];
  const due = own
    ? {
        dueOn: own,
        duePlan: 'nam-cuong',
        dueWording: 'định kỳ trước ngày 20 tháng 6 và trước ngày 20 tháng 12 hằng năm hoặc đột xuất khi có yêu cầu',
      }
    : {};
  const reported = figures(roll, unit.code);
  const minute = String(Math.floor(roll() * 60)).padStart(2, '0');
  const onTime = `2026-06-0${1 + Math.floor(roll() * 9)}T0${1 + Math.floor(roll() * 9)}:${minute}:27.400Z`;
  if (index % 31 === 7) return { ...due, class: 'overdue', firstReceivedAt: null, accepted: null, received: null };
  if (index % 23 === 11)
    return { ...due, class: 'submitted', firstReceivedAt: '2026-06-12T03:20:10Z', accepted: null, received: reported };
  if (index % 29 === 5)
    return {
      ...due,
      class: 'accepted',
      firstReceivedAt: '2026-06-10T16:59:59.999Z',
      accepted: reported,
      received: reported,
    };
  if (index % 37 === 9)
    return {
      ...due,
      class: 'accepted',
      firstReceivedAt: '2026-06-10T17:00:00.000Z',
      accepted: reported,
      received: reported,
    };
  if (index === 40) return { ...due, class: 'returned', firstReceivedAt: onTime, accepted: null, received: null };
  if (index === 50) return { ...due, class: 'exempt', firstReceivedAt: null, accepted: null, received: null };
  return { ...due, class: 'accepted', firstReceivedAt: onTime, accepted: reported, received: reported };
}

export type Sample = { communes: TotalUnit[]; cases: CommuneCase[] };

/** The cases to build a summary from; change some to tell another story. */
export function sampleCases(seed = 57): Sample {
  const roll = dice(seed);
  const communes = communesOf('19');
  return { communes, cases: communes.map((unit, index) => caseOf(roll, unit, index)) };
}
