/** The files of data/ against the documents, by hand: what they say is there, what they do not say is not. */
import { describe, expect, it } from '@jest/globals';
import { checkPlan, type PlanFile, parsePlan } from './plan-file.js';
import { parseProgramme } from './programme-file.js';
import { type SeedPlan, seedPlans, seedPlanText, seedProgrammeText } from './seed.js';

const programme = (() => {
  const read = parseProgramme(seedProgrammeText());
  if (!read.ok) throw new Error(JSON.stringify(read.errors, null, 1));
  return read.value;
})();
const kinds = new Map(programme.indicators.map((indicator) => [indicator.code, indicator.kind]));
const indicator = (code: string) => programme.indicators.find((entry) => entry.code === code)!;

function plan(key: SeedPlan): PlanFile {
  const read = parsePlan(seedPlanText(key));
  if (!read.ok) throw new Error(JSON.stringify(read.errors, null, 1));
  expect(checkPlan(read.value, read.at, kinds)).toEqual([]);
  return read.value;
}
/** `indicator year comparator threshold clause` */
const targetsOf = (key: SeedPlan) =>
  plan(key).targets.map((t) =>
    [t.indicator, t.every_year ? `${t.year}…` : t.year, t.comparator, t.threshold, t.clause].join(' '),
  );
const dutiesOf = (key: SeedPlan) =>
  plan(key).duties.map((d) =>
    [d.edge, d.due_h1, d.due_h2, d.due_wording, d.inferred ? 'inferred' : 'worded'].join(' | '),
  );

describe('the programme', () => {
  it('has contiguous positions, readable unique codes, and a source for each indicator', () => {
    expect(programme.indicators.map((entry) => entry.position)).toEqual(
      Array.from({ length: programme.indicators.length }, (_, index) => index + 1),
    );
    for (const entry of programme.indicators) expect(entry.clause ?? entry.derived).toBeTruthy();
    expect(new Set(programme.indicators.map((entry) => entry.code)).size).toBe(34);
  });

  it('holds each position where it was released: reports store figures by it', () => {
    expect(
      programme.indicators.map((entry) => `${entry.position} ${entry.code} ${entry.kind} ${entry.over_time}`),
    ).toEqual([
      '1 nguoi_dan_tiep_can ratio latest',
      '2 can_bo_duoc_pho_bien ratio latest',
      '3 nhiem_vu_khcn_truyen_thong ratio latest',
      '4 nhiem_vu_khcn_luu_giu_va_truyen_thong ratio latest',
      '5 can_bo_phu_trach_ubnd_duoc_dao_tao ratio latest',
      '6 can_bo_truyen_thong_dia_ban_duoc_dao_tao ratio latest',
      '7 ke_hoach_ban_hanh milestone once',
      '8 chuyen_muc_duy_tri milestone kept',
      '9 khen_thuong_hang_nam milestone yearly',
      '10 chuong_trinh_dao_tao milestone once',
      '11 ke_hoach_phu_song milestone once',
      '12 tin_bai flow sum',
      '13 san_pham_truyen_thong_so flow sum',
      '14 buoi_phat_thanh flow sum',
      '15 hoi_nghi_tuyen_truyen flow sum',
      '16 kenh_mang_xa_hoi stock latest',
      '17 ket_qua_noi_bat text by_round',
      '18 kho_khan_vuong_mac text by_round',
      '19 de_xuat_kien_nghi text by_round',
      '20 phuong_huong text by_round',
      '21 tin_bai_cong_thong_tin flow sum',
      '22 tin_bai_mang_xa_hoi flow sum',
      '23 tin_bai_truyen_thanh flow sum',
      '24 do_hoa_thong_tin flow sum',
      '25 video_ngan flow sum',
      '26 san_pham_so_khac flow sum',
      '27 hoat_dong_ngay_khcn flow sum',
      '28 hoat_dong_ngay_doi_moi_sang_tao flow sum',
      '29 hoat_dong_ngay_chuyen_doi_so flow sum',
      '30 cau_lac_bo_stem stock latest',
      '31 sinh_hoat_chuyen_de_truong_hoc flow sum',
      '32 luot_tap_huan flow sum',
      '33 buoi_hop_long_ghep flow sum',
      '34 to_roi_tai_lieu flow sum',
    ]);
  });

  it('is due on 10/6 and 10/12 unless a plan says otherwise', () => {
    expect(programme.default_duty).toMatchObject({ unit: 'VN', due_h1: '06-10', due_h2: '12-10', strict: false });
  });

  it('never lets residents or officials be "không phát sinh", but does for S&T tasks', () => {
    expect(indicator('nguoi_dan_tiep_can').not_applicable_allowed).toBe(false);
    expect(indicator('can_bo_duoc_pho_bien').not_applicable_allowed).toBe(false);
    expect(indicator('nhiem_vu_khcn_truyen_thong').not_applicable_allowed).toBe(true);
  });

  it('sets its soft rules as data: five times the last round, a denominator that shrinks, parts and channels', () => {
    const ratios = programme.indicators.filter((entry) => entry.kind === 'ratio');
    expect(new Set(ratios.map((entry) => JSON.stringify(entry.checks)))).toEqual(
      new Set(['{"jump":"5","denominator_shrinks":"0"}']),
    );
    expect(indicator('tin_bai').checks.channels).toHaveLength(3);
    expect(indicator('san_pham_truyen_thong_so').checks.parts).toHaveLength(3);
  });

  it('counts the tasks of the plans from 2027, each with what it is derived from; the running year is asked as before', () => {
    const later = programme.indicators.filter((entry) => entry.first_round !== '2026H1');
    expect(later.map((entry) => [entry.position, entry.first_round])).toEqual(
      Array.from({ length: 14 }, (_, index) => [21 + index, '2027H1']),
    );
    for (const entry of later) expect(entry.derived).toMatch(/(Kha Sơn|Nam Cường|Ia Pia|Hữu Lũng) [IV\d]/);
  });

  it('adds up from villages only what does not overlap: residents, loudspeakers, meetings, leaflets', () => {
    const adding = programme.indicators.filter((entry) => entry.adds_up_from.length > 0);
    expect(adding.map((entry) => entry.code)).toEqual([
      ...['nguoi_dan_tiep_can', 'buoi_phat_thanh', 'buoi_hop_long_ghep', 'to_roi_tai_lieu'],
    ]);
    for (const entry of adding) expect(entry.adds_up_from).toEqual(expect.arrayContaining(['thon', 'xom', 'khu_pho']));
    for (const entry of adding) expect(entry.adds_up_from).not.toContain('truong_hoc');
  });

  it('asks a shared denominator in one wording', () => {
    const tasks = programme.indicators.filter((entry) => entry.denominator_group === 'nhiem_vu_khcn');
    expect(tasks.map((entry) => entry.position)).toEqual([3, 4]);
    expect(new Set(tasks.map((entry) => entry.denominator)).size).toBe(1);
  });
});

describe('the plans', () => {
  it('Nam Cường: 10, 30, 70 % of residents; due 20/6 and 20/12; no number, no day', () => {
    expect(targetsOf('nam-cuong')).toEqual([
      'ke_hoach_ban_hanh 2026   II.2.a',
      'chuyen_muc_duy_tri 2026   II.2.a',
      'can_bo_duoc_pho_bien 2026 at_least 100 II.2.a',
      'nguoi_dan_tiep_can 2026 at_least 10 II.2.a',
      'khen_thuong_hang_nam 2027…   II.2.b',
      'nguoi_dan_tiep_can 2027 at_least 30 II.2.b',
      'nhiem_vu_khcn_truyen_thong 2030 at_least 100 II.2.c',
      'nguoi_dan_tiep_can 2030 at_least 70 II.2.c',
      'can_bo_phu_trach_ubnd_duoc_dao_tao 2030 at_least 50 II.2.c',
    ]);
    expect(dutiesOf('nam-cuong')).toEqual([
      'upward | 06-20 | 12-20 | định kỳ trước ngày 20 tháng 6 và trước ngày 20 tháng 12 hằng năm hoặc đột xuất khi có yêu cầu | worded',
    ]);
    expect(plan('nam-cuong')).toMatchObject({
      unit: '02026',
      number: null,
      issued_on: null,
      issued_wording: 'Nam Cường, ngày tháng 3 năm 2026',
      aggregator: 'Trung tâm Phục vụ hành chính công',
      parent: { key: 'qd-1169-ttg' },
      duties: [{ receiver_wording: 'Bộ Khoa học và Công nghệ, UBND tỉnh', confirmed: true }],
    });
  });

  it('Ia Pia: 80 % in 2030 only; due 15/6 and 15/12, its own units 10/6 and 10/12; one aim in words', () => {
    expect(targetsOf('ia-pia')).toEqual([
      'ke_hoach_ban_hanh 2025   II.2.a',
      'chuyen_muc_duy_tri 2025   II.2.a',
      'can_bo_duoc_pho_bien 2025 at_least 100 II.2.a',
      'chuong_trinh_dao_tao 2026   II.2.b',
      'nhiem_vu_khcn_luu_giu_va_truyen_thong 2026 at_least 100 II.2.b',
      'ke_hoach_phu_song 2026   II.2.b',
      'nguoi_dan_tiep_can 2030 at_least 80 II.2.c',
      'can_bo_truyen_thong_dia_ban_duoc_dao_tao 2030 at_least 75 II.2.c',
    ]);
    expect(dutiesOf('ia-pia')).toEqual([
      'upward | 06-15 | 12-15 | Định kỳ trước ngày 15 tháng 6 và trước ngày 15 tháng 12 hằng năm hoặc đột xuất khi có yêu cầu | worded',
      'below | 06-10 | 12-10 | trước ngày 10/6 và 10/12 hàng năm | worded',
    ]);
    expect(plan('ia-pia')).toMatchObject({ unit: '23926', number: '37/KH–UBND', issued_on: '2025-10-01' });
    expect(plan('ia-pia').goals.map((goal) => goal.wording.slice(0, 32))).toEqual(['Phát huy thế mạnh về truyền thôn']);
  });

  it('Kha Sơn: one undated 100 %, counting workers too; no date of its own', () => {
    expect(targetsOf('kha-son')).toEqual(['can_bo_duoc_pho_bien  at_least 100 1']);
    expect(plan('kha-son').targets[0]?.denominator_wording).toContain('và người lao động');
    expect(plan('nam-cuong').targets[2]?.denominator_wording).not.toContain('người lao động');
    expect(dutiesOf('kha-son')).toEqual(['upward |  |  | theo quy định | worded', 'below |  |  |  | inferred']);
    expect(plan('kha-son')).toMatchObject({ unit: '05953', number: null, issued_on: null, parent: { key: null } });
  });

  it('Hữu Lũng: owes a report, has no target; the body above is inferred', () => {
    expect(targetsOf('huu-lung')).toEqual([]);
    expect(dutiesOf('huu-lung')).toEqual([
      'upward |  |  | theo quy định | inferred',
      'below |  |  | theo định kỳ | worded',
    ]);
    expect(plan('huu-lung')).toMatchObject({ unit: '06385', number: '396/UBND-VHXH', issued_on: '2025-08-23' });
  });

  it('QĐ 1169: the two percentages that were read, and none for residents or training', () => {
    expect(targetsOf('qd-1169-ttg')).toEqual([
      'can_bo_duoc_pho_bien 2025 at_least 100 Mục tiêu năm 2025',
      'nhiem_vu_khcn_truyen_thong 2030 at_least 100 Mục tiêu đến năm 2030',
    ]);
    expect(plan('qd-1169-ttg').targets.every((target) => target.binds === 'unit')).toBe(true);
    const unread = plan('qd-1169-ttg').goals.filter((goal) => goal.note?.includes('để trống'));
    expect(unread).toHaveLength(2);
    for (const goal of unread) expect(goal.wording).not.toMatch(/\d\s*%/);
  });

  it('Thái Nguyên: 10, 30, 70 % for the province and each commune, marked "minh hoạ"', () => {
    expect(targetsOf('thai-nguyen-minh-hoa')).toEqual([
      'nguoi_dan_tiep_can 2026 at_least 10 minh hoạ',
      'nguoi_dan_tiep_can 2027 at_least 30 minh hoạ',
      'nguoi_dan_tiep_can 2030 at_least 70 minh hoạ',
    ]);
    const illustration = plan('thai-nguyen-minh-hoa');
    expect(illustration).toMatchObject({ unit: '19', illustrative: true, number: null, duties: [] });
    for (const target of illustration.targets) {
      expect(target.binds).toBe('both');
      expect(target.wording).toContain('Minh hoạ');
    }
    for (const key of seedPlans) expect(plan(key).illustrative).toBe(key === 'thai-nguyen-minh-hoa');
  });

  it('a percentage in a target is a percentage in its wording', () => {
    for (const key of seedPlans)
      for (const target of plan(key).targets)
        if (target.threshold !== null) expect(target.wording).toContain(`${target.threshold}%`);
  });

  it('all texts are NFC, and every own date upward is loaded as confirmed with a note', () => {
    for (const text of [seedProgrammeText(), ...seedPlans.map(seedPlanText)])
      expect(text === text.normalize('NFC')).toBe(true);
    for (const key of seedPlans)
      for (const duty of plan(key).duties) expect([duty.confirmed, duty.note !== null]).toEqual([true, true]);
  });
});
