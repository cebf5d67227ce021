/** A commune's whole report with small round figures, of which a story changes what it is about. */
import type { GivenFigure } from '#reporting';

export type Figure = {
  indicator: string;
  state?: 'VALUE' | 'ESTIMATE' | 'NOT_APPLICABLE' | 'MISSING';
  numerator?: string | number;
  denominator?: string | number;
  value?: string | number;
  yes?: boolean;
  note?: string;
};

const usual: Figure[] = [
  { indicator: 'nguoi_dan_tiep_can', numerator: 1000, denominator: 10000 },
  { indicator: 'can_bo_duoc_pho_bien', numerator: 40, denominator: 40 },
  { indicator: 'nhiem_vu_khcn_truyen_thong', state: 'NOT_APPLICABLE' },
  { indicator: 'nhiem_vu_khcn_luu_giu_va_truyen_thong', state: 'NOT_APPLICABLE' },
  { indicator: 'can_bo_phu_trach_ubnd_duoc_dao_tao', numerator: 1, denominator: 2 },
  { indicator: 'can_bo_truyen_thong_dia_ban_duoc_dao_tao', numerator: 3, denominator: 8 },
  { indicator: 'ke_hoach_ban_hanh', yes: true },
  { indicator: 'chuyen_muc_duy_tri', yes: true },
  { indicator: 'khen_thuong_hang_nam', yes: false },
  { indicator: 'chuong_trinh_dao_tao', yes: false },
  { indicator: 'ke_hoach_phu_song', yes: false },
  { indicator: 'tin_bai', value: 12 },
  { indicator: 'san_pham_truyen_thong_so', value: 4 },
  { indicator: 'buoi_phat_thanh', value: 60 },
  { indicator: 'hoi_nghi_tuyen_truyen', value: 2 },
  { indicator: 'kenh_mang_xa_hoi', value: 3 },
];

/** @param changes replace the figure of the same indicator */
export function reportOf(...changes: Figure[]): Figure[] {
  const changed = new Map(changes.map((figure) => [figure.indicator, figure]));
  return usual.map((figure) => changed.get(figure.indicator) ?? figure);
}

/** The same as the services take it, past the door of the API. */
export const given = (figures: readonly Figure[]): GivenFigure[] => {
  const text = (digits: string | number | undefined) => (digits === undefined ? undefined : String(digits));
  return figures.map(({ state = 'VALUE', numerator, denominator, value, ...rest }) => ({
    ...rest,
    state: state.toLowerCase() as GivenFigure['state'],
    numerator: text(numerator),
    denominator: text(denominator),
    value: text(value),
  }));
};

export const SUBMIT = `mutation ($input: SubmitReportInput!) {
  submitReport(input: $input) {
    stored onTime dueBefore
    version { number state receivedAt recordedAt }
    findings { severity code indicator vi en }
  }
}`;

export type Submitted = {
  submitReport: {
    stored: boolean;
    onTime: boolean | null;
    dueBefore: string;
    version: { number: number; state: string; receivedAt: string; recordedAt: string } | null;
    findings: { severity: string; code: string; indicator: string | null; vi: string; en: string }[];
  };
};
