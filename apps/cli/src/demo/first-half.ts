/** The story of 2026H1: who owes what until when, the first reports, refusals, returns, and the review. */
import { type Cast, habitOf } from './cast.js';
import { dueDates, HUU_LUNG, IA_PIA, KHA_SON, NAM_CUONG, provinces, ratio, reportOf } from './documents.js';
import * as operations from './operations.js';
import type { Stage } from './stage.js';
import { chapter, note } from './tables.js';
import { correct, reviewAll, wave } from './waves.js';

const ROUND = '2026H1';
const SEMANTICS = (section: number) => `docs/semantics.md §${section}`;

export async function firstHalf(stage: Stage, cast: Cast): Promise<void> {
  chapter('Kỳ 6 tháng đầu năm 2026 · First half of 2026');
  await whoOwesWhat(stage);
  await firstReports(stage, cast);
  const inTime = (from: number) => (unit: string) => habitOf(cast, ROUND, unit) !== 'late' && cast.place(unit) === from;
  await wave(stage, cast, ROUND, '2026-05-25T09:00:00+07:00', inTime(0));
  await refusals(stage);
  await wave(stage, cast, ROUND, '2026-06-03T14:15:00+07:00', inTime(1));
  await wave(stage, cast, ROUND, '2026-06-10T16:30:00+07:00', inTime(2));
  await iaPia(stage);
  await reviewAll(stage, cast, ROUND, '2026-06-15T08:00:00+07:00');
  await correct(stage, cast, ROUND, '2026-06-16T10:00:00+07:00');
  await wave(stage, cast, ROUND, '2026-06-17T09:20:00+07:00', (unit) => habitOf(cast, ROUND, unit) === 'late');
  await returnedTwice(stage, cast);
  stage.at('2026-06-19T15:00:00+07:00');
  await stage.submit(NAM_CUONG, ROUND, reportOf({ nguoi_dan_tiep_can: ratio(980, 10_793) }));
  await reviewAll(stage, cast, ROUND, '2026-06-25T08:00:00+07:00');
}

async function whoOwesWhat(stage: Stage): Promise<void> {
  const { openRound } = await stage.ask<operations.Opened>(stage.nation, operations.OPEN, { round: ROUND });
  stage.checks.case(
    `Mở kỳ ${ROUND}: 3.321 xã, phường, đặc khu cả nước phải nộp`,
    'Opening the round writes down who owes a report',
    openRound.expected,
    3321,
    '2.621 xã + 687 phường + 13 đặc khu, 01/07/2025',
  );
  const due = dueDates.map(async ({ code }) => {
    const variables = { unit: code, round: ROUND };
    const { report } = await stage.ask<operations.Report>(stage.reporter(code), operations.REPORT, variables);
    return { code, dueOn: report.dueOn, duePlan: report.duePlan };
  });
  stage.checks.case(
    'Hạn nộp: Ia Pia 15/6 và Nam Cường 20/6 theo kế hoạch của xã; Kha Sơn, Hữu Lũng 10/6 theo mặc định',
    "Due by the commune's own plan where it sets a date, else by the programme's default",
    await Promise.all(due),
    dueDates,
    'KH 37/KH–UBND Ia Pia; kế hoạch Nam Cường; “theo quy định”',
  );
}

async function firstReports(stage: Stage, { langSon }: Cast): Promise<void> {
  stage.at('2026-05-20T08:30:00+07:00');
  await stage.submit(HUU_LUNG, ROUND, reportOf({ can_bo_duoc_pho_bien: ratio(50, 100) }));
  await stage.submit(langSon.big, ROUND, reportOf({ can_bo_duoc_pho_bien: ratio(900, 1000) }));
  const whole = await stage.total('20', '20', ROUND, 'can_bo_duoc_pho_bien');
  stage.checks.case(
    `Hữu Lũng 50/100 và ${stage.title(langSon.big)} 900/1.000: Lạng Sơn 950/1.100 = 86,4%, không phải trung bình 70%`,
    'Two communes: the sum of the parts, never the mean of the percentages',
    [whole.numerator, whole.denominator, whole.display],
    ['950', '1100', '86,4%'],
    SEMANTICS(4),
  );
  stage.checks.case(
    '63 xã còn lại là chưa báo cáo, không phải 0',
    'The other 63 are missing, not 0',
    [whole.reported, whole.coverage.notReported, whole.coverage.missing],
    [2, 63, 0],
    SEMANTICS(4),
  );
  const huuLung = await stage.total('20', HUU_LUNG, ROUND, 'can_bo_duoc_pho_bien');
  stage.checks.case(
    'Hữu Lũng phải báo cáo nhưng không có mục tiêu riêng',
    'Hữu Lũng owes a report and has no target of its own',
    [huuLung.numerator, huuLung.own],
    ['50', null],
    'CV 396/UBND-VHXH',
  );
}

async function refusals(stage: Stage): Promise<void> {
  note('Kha Sơn gửi báo cáo, mấy lần đầu chưa được nhận · Kha Sơn submits, at first in vain');
  const attempts: [string, string, Parameters<typeof reportOf>[0], string[]][] = [
    [
      'Số “1.234” gửi qua API bị từ chối, không đoán',
      '"1.234" over the API is refused, not guessed',
      { nguoi_dan_tiep_can: { numerator: '1.234', denominator: '10000' } },
      ['number.format'],
    ],
    [
      'Tử số 46 lớn hơn mẫu số 45: lỗi',
      'A numerator above its denominator is an error',
      { can_bo_duoc_pho_bien: ratio(46, 45) },
      ['ratio.numerator_exceeds'],
    ],
    [
      'Thiếu số tin, bài mà không giải trình: chưa nhận',
      'A figure left out without a word',
      { tin_bai: null },
      ['figure.omitted'],
    ],
  ];
  for (const [vi, en, changes, codes] of attempts) {
    const answer = await stage.submit(KHA_SON, ROUND, reportOf(changes));
    const got = [answer.stored, answer.findings.map(({ code }) => code)];
    stage.checks.case(vi, en, got, [false, codes], SEMANTICS(3));
  }
  const figures = reportOf({ nguoi_dan_tiep_can: ratio(4000, 10_000) });
  const once = await stage.submit(KHA_SON, ROUND, figures, { idempotencyKey: 'kha-son-2026h1' });
  const input = {
    round: ROUND,
    expectedVersion: 0,
    figures,
    containsNoSecrets: true,
    idempotencyKey: 'kha-son-2026h1',
  };
  const again = await stage.ask<operations.Submitted>(stage.reporter(KHA_SON), operations.SUBMIT, { input });
  stage.checks.case(
    'Mạng chập chờn, gửi lại cùng khoá: vẫn một báo cáo, câu trả lời như cũ',
    'Sent again under the same key: one report, the same answer',
    [once.version?.number, again.submitReport],
    [1, once],
    SEMANTICS(3),
  );
  const { errors } = await stage.send(stage.reporter(KHA_SON), operations.REPORT, { unit: NAM_CUONG, round: ROUND });
  stage.checks.case(
    'Xã chỉ thấy số liệu của mình',
    'A commune sees its own report only',
    errors?.[0]?.extensions?.code,
    'unit.not_found',
    'mặc định không cho phép',
  );
}

async function iaPia(stage: Stage): Promise<void> {
  stage.at('2026-06-12T09:00:00+07:00');
  const tasks = ratio(0, 0);
  const answer = await stage.submit(
    IA_PIA,
    ROUND,
    reportOf({
      nguoi_dan_tiep_can: ratio(9_500, 20_326),
      nhiem_vu_khcn_truyen_thong: tasks,
      nhiem_vu_khcn_luu_giu_va_truyen_thong: tasks,
    }),
  );
  stage.checks.case(
    'Ia Pia nộp 12/6: đúng hạn, vì hạn của xã là 15/6',
    'Ia Pia on 12 June: on time',
    [answer.onTime, Date.parse(answer.dueBefore)],
    [true, Date.parse('2026-06-16T00:00:00+07:00')],
    'KH 37/KH–UBND',
  );
  const own = await stage.total('52', IA_PIA, ROUND, 'nhiem_vu_khcn_luu_giu_va_truyen_thong');
  stage.checks.case(
    'Ia Pia nhiệm vụ KH&CN 0/0: không phát sinh, không phải 0% hay 100%, không vào tổng nào',
    '0/0 is "not applicable": neither 0 % nor 100 %, in no sum',
    [own.display, own.numerator, own.noValue, own.own?.status],
    [null, null, 'NOT_APPLICABLE', 'NOT_APPLICABLE'],
    'Ia Pia II.2.b',
  );
}

async function returnedTwice(stage: Stage, { langSon }: Cast): Promise<void> {
  stage.at('2026-06-18T09:00:00+07:00');
  await stage.submit(langSon.twice, ROUND, reportOf({ tin_bai: { value: '30' } }));
  await stage.submit(langSon.twice, ROUND, reportOf({ tin_bai: { value: '33' } }));
  await stage.giveBack('20', langSon.twice, ROUND, 'Số tin, bài chưa khớp với danh mục kèm theo.');
  const { report } = await stage.ask<operations.Report>(stage.reviewer('20'), operations.REPORT, {
    unit: langSon.twice,
    round: ROUND,
  });
  stage.checks.case(
    `${stage.title(langSon.twice)}: bản 2 bị trả lại, bản 1 (đã bị bản 2 thay) không được tính trở lại`,
    'Version 2 returned: version 1, superseded by it, does not stand again',
    [report.receivedVersion, report.versions.map(({ number, state }) => `${number} ${state}`)],
    [null, ['2 RETURNED', '1 SUPERSEDED']],
    SEMANTICS(3),
  );
}

/** Names before anything is reported: three units of one name, and every way of writing one. */
export async function names(stage: Stage): Promise<void> {
  chapter('Đơn vị · Units');
  const found = async (text: string) => {
    const { units } = await stage.ask<operations.Units>(stage.nation, operations.UNITS, { text, level: 2 });
    return units.nodes;
  };
  const namCuong = await found('Nam Cường');
  stage.checks.case(
    'Ba đơn vị cùng tên Nam Cường: 02026 Thái Nguyên, 04273 Lào Cai, 13057 Hưng Yên',
    'Three units are called Nam Cường',
    namCuong.map(({ code, parentCode }) => `${code}/${parentCode}`).sort(),
    ['02026/19', '04273/15', '13057/33'],
    'danh mục đơn vị 01/07/2025',
  );
  const spellings = ['Nam Hoà', 'Nam Hòa', 'nam hoa', 'Nam Hoà'.normalize('NFD'), 'Nam Hòa'.normalize('NFD')];
  const codes = await Promise.all(spellings.map(async (text) => (await found(text)).map(({ code }) => code)));
  stage.checks.case(
    'Hoà hay Hòa, có dấu hay không, chữ dựng sẵn hay tổ hợp (NFD): đều tìm ra xã Nam Hoà 05707',
    'Hoà, Hòa, without diacritics, decomposed: each finds its unit',
    codes.map((list) => list.includes('05707')),
    spellings.map(() => true),
    'danh mục đơn vị 01/07/2025',
  );
  for (const { code, name, communes } of provinces)
    stage.checks.same(`số xã của ${name}`, stage.communes.get(code)!.length, communes);
}
