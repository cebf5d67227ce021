/** A small form of fixed indicators, for specs that must not depend on what the programme asks this year. */
import type { FormUnit } from '../../libs/reporting/src/form/content.js';
import type { FormIndicator } from '../../libs/reporting/src/form/layout.js';
import { DECLARED, type Written } from './form.js';

const indicator = (position: number, code: string, kind: FormIndicator['kind'], more: Partial<FormIndicator> = {}) => ({
  ...{ id: 100 + position, position, code, kind, name: `Chỉ tiêu ${position}`, notApplicableAllowed: true, scale: 0 },
  overTime: ({ ratio: 'latest', flow: 'sum', stock: 'latest', milestone: 'once', text: 'by_round' } as const)[kind],
  ...{
    unitLabel: 'người',
    numerator: 'Số đạt',
    denominator: 'Tổng số',
    denominatorGroup: null,
    addsUpFrom: [],
    listedFrom: [],
    checks: {},
  },
  ...more,
});

export const formIndicators: FormIndicator[] = [
  indicator(1, 'nguoi_dan', 'ratio', { notApplicableAllowed: false }),
  indicator(2, 'nhiem_vu', 'ratio', { denominatorGroup: 'nhom' }),
  indicator(3, 'nhiem_vu_luu_giu', 'ratio', { denominatorGroup: 'nhom' }),
  indicator(4, 'ke_hoach', 'milestone'),
  indicator(5, 'tin_bai', 'flow'),
  indicator(6, 'kinh_phi_xa_hoi', 'flow', { scale: 2 }),
  indicator(7, 'ket_qua', 'text'),
];

export const FORM_ROUND = {
  programme: { code: 'THU', name: 'Chương trình thử' },
  round: { code: '2026H1', year: 2026, half: 1, dataFrom: '2025-12-15', dataTo: '2026-06-14' },
};

export const formUnit: FormUnit = {
  ...{ obligationId: 1, code: '05953', kind: 'xa', name: 'Kha Sơn', parentKind: 'tinh', parentName: 'Thái Nguyên' },
  ...{ dueOn: '2026-06-10', newest: 0, state: null, content: null },
  last: { round: '2025H2', figures: { n: ['900', '3'], d: ['10793', '4'], s: [1, 1] } },
  inherited: null,
};

export const filledCells: Written = {
  'F nguoi_dan/numerator': 1080,
  'F nhiem_vu/numerator': 3,
  'F nhiem_vu/denominator': 5,
  'F nhiem_vu_luu_giu/numerator': '2',
  'F ke_hoach': 'Có',
  'I ke_hoach': '37/KH–UBND',
  'J ke_hoach': new Date('2025-10-01T00:00:00Z'),
  'F tin_bai': '1.234',
  'G tin_bai': 'Ước thực hiện',
  'F kinh_phi_xa_hoi': 12.5,
  'H kinh_phi_xa_hoi': 'Hội nghị <xã> & thôn',
  'B ket_qua': 'Dòng một\nDòng hai',
  'F xac_nhan': 'Đã kiểm tra',
  'F van_ban/documentDate': new Date('2026-06-05T00:00:00Z'),
  'F van_ban/signer': 'Nguyễn Văn A',
  ...DECLARED,
};
