/**
 * What was read from the documents by hand: the four communes, what they report (residents of Nam Cường and Ia Pia are
 * illustrative entries by the commune), and what must come out. Wordings and clauses: libs/programmes/data/plans.
 */
import type { SentFigure } from './expected.js';

export const provinces = [
  { code: '19', name: 'Thái Nguyên', communes: 92 },
  { code: '52', name: 'Gia Lai', communes: 135 },
  { code: '20', name: 'Lạng Sơn', communes: 65 },
] as const;

export const KHA_SON = '05953';
export const NAM_CUONG = '02026';
export const IA_PIA = '23926';
export const HUU_LUNG = '06385';

/** Due dates of 2026H1 as the documents set them; where one gives no date, the programme's default (docs/semantics.md §1). */
export const dueDates = [
  { code: IA_PIA, dueOn: '2026-06-15', duePlan: 'ia-pia' },
  { code: NAM_CUONG, dueOn: '2026-06-20', duePlan: 'nam-cuong' },
  { code: KHA_SON, dueOn: '2026-06-10', duePlan: null },
  { code: HUU_LUNG, dueOn: '2026-06-10', duePlan: null },
];

const usual: SentFigure[] = [
  { indicator: 'nguoi_dan_tiep_can', numerator: '1000', denominator: '10000' },
  { indicator: 'can_bo_duoc_pho_bien', numerator: '45', denominator: '45' },
  { indicator: 'nhiem_vu_khcn_truyen_thong', state: 'NOT_APPLICABLE' },
  { indicator: 'nhiem_vu_khcn_luu_giu_va_truyen_thong', state: 'NOT_APPLICABLE' },
  { indicator: 'can_bo_phu_trach_ubnd_duoc_dao_tao', numerator: '1', denominator: '2' },
  { indicator: 'can_bo_truyen_thong_dia_ban_duoc_dao_tao', numerator: '3', denominator: '8' },
  { indicator: 'ke_hoach_ban_hanh', yes: true },
  { indicator: 'chuyen_muc_duy_tri', yes: true },
  { indicator: 'khen_thuong_hang_nam', yes: false },
  { indicator: 'chuong_trinh_dao_tao', yes: false },
  { indicator: 'ke_hoach_phu_song', yes: false },
  { indicator: 'tin_bai', value: '12' },
  { indicator: 'san_pham_truyen_thong_so', value: '4' },
  { indicator: 'buoi_phat_thanh', value: '60' },
  { indicator: 'hoi_nghi_tuyen_truyen', value: '2' },
  { indicator: 'kenh_mang_xa_hoi', value: '3' },
];

/** The indicators in a few words, for narrow tables. */
export const shortNames: Record<string, string> = {
  nguoi_dan_tiep_can: 'Người dân tiếp cận thông tin',
  can_bo_duoc_pho_bien: 'Cán bộ được phổ biến Nghị quyết',
  nhiem_vu_khcn_truyen_thong: 'Nhiệm vụ KH&CN được truyền thông',
  nhiem_vu_khcn_luu_giu_va_truyen_thong: 'Nhiệm vụ KH&CN lưu giữ và truyền thông',
  can_bo_phu_trach_ubnd_duoc_dao_tao: 'Phụ trách truyền thông của UBND được đào tạo',
  can_bo_truyen_thong_dia_ban_duoc_dao_tao: 'Cán bộ truyền thông địa bàn được đào tạo',
  ke_hoach_ban_hanh: 'Đã ban hành kế hoạch',
  chuyen_muc_duy_tri: 'Duy trì chuyên mục',
  khen_thuong_hang_nam: 'Khen thưởng trong năm',
  chuong_trinh_dao_tao: 'Có chương trình đào tạo',
  ke_hoach_phu_song: 'Có kế hoạch phủ sóng',
  tin_bai: 'Tin, bài',
  san_pham_truyen_thong_so: 'Sản phẩm truyền thông số',
  buoi_phat_thanh: 'Buổi phát thanh',
  hoi_nghi_tuyen_truyen: 'Hội nghị, tọa đàm',
  kenh_mang_xa_hoi: 'Kênh mạng xã hội',
};

/** @param changes replace the figures of the same indicators; null leaves one out */
export function reportOf(changes: Record<string, Omit<SentFigure, 'indicator'> | null> = {}): SentFigure[] {
  return usual.flatMap((figure) => {
    const change = changes[figure.indicator];
    if (change === null) return [];
    return [change ? { indicator: figure.indicator, ...change } : figure];
  });
}

export const ratio = (numerator: number, denominator: number) => ({
  numerator: String(numerator),
  denominator: String(denominator),
});

/** Nam Cường's own targets against what it reported for 2026H2, clause by clause. */
export const namCuongVerdicts: Record<string, { status: string; display: string | null; why: string }> = {
  nguoi_dan_tiep_can: { status: 'MET', display: '10,0%', why: '1.080 ≥ 10% của 10.793 (cần 1.080), II.2.a' },
  can_bo_duoc_pho_bien: { status: 'MET', display: '100,0%', why: '45/45, mục tiêu 100%, II.2.a' },
  nhiem_vu_khcn_truyen_thong: { status: 'NOT_APPLICABLE', display: null, why: 'không phát sinh, II.2.c' },
  can_bo_phu_trach_ubnd_duoc_dao_tao: { status: 'MET', display: '50,0%', why: '1/2 ≥ 50% của năm 2030, II.2.c' },
  ke_hoach_ban_hanh: { status: 'MET', display: 'Có', why: 'II.2.a' },
  chuyen_muc_duy_tri: { status: 'MET', display: 'Có', why: 'II.2.a' },
  khen_thuong_hang_nam: { status: 'IN_PROGRESS', display: 'Không', why: 'hằng năm từ 2027, II.2.b' },
};

/** A plan of the demo's own, for a commune outside the three provinces: 70 % of residents already in 2026. */
export const illustrativePlan = (unit: string) => `programme: NQ57-TT
key: minh-hoa-70
unit: "${unit}"
document: minh hoạ
illustrative: true
number:
issued_on:
issued_wording: minh hoạ, không có văn bản
signer:
title: Kế hoạch minh hoạ với mục tiêu 70% người dân tiếp cận năm 2026
parent:
  key: qd-1169-ttg
  wording: Quyết định số 1169/QĐ-TTg ngày 16/6/2025 của Thủ tướng Chính phủ
notes: []
duties: []
targets:
  - indicator: nguoi_dan_tiep_can
    year: 2026
    clause: minh hoạ
    wording: (Minh hoạ) Ít nhất 70% người dân tiếp cận thông tin định hướng.
    comparator: at_least
    threshold: 70
    denominator_wording: người dân
    binds: unit
`;
