/** The story of 2026H2: the targets of 2026 come due, the last millisecond of a due day, corrections, one that is missing. */
import { type Cast, habitOf } from './cast.js';
import { HUU_LUNG, IA_PIA, illustrativePlan, KHA_SON, NAM_CUONG, ratio, reportOf } from './documents.js';
import * as operations from './operations.js';
import type { Stage } from './stage.js';
import { chapter } from './tables.js';
import { correct, reviewAll, wave } from './waves.js';

const ROUND = '2026H2';
const SEMANTICS = (section: number) => `docs/semantics.md §${section}`;

export async function secondHalf(stage: Stage, cast: Cast): Promise<void> {
  chapter('Kỳ 6 tháng cuối năm 2026 · Second half of 2026');
  stage.at('2026-11-16T08:00:00+07:00');
  await stage.ask(stage.nation, operations.OPEN, { round: ROUND });
  const inTime = (from: number) => (unit: string) => habitOf(cast, ROUND, unit) !== 'late' && cast.place(unit) === from;
  await wave(stage, cast, ROUND, '2026-11-25T09:00:00+07:00', inTime(0));
  await year(stage);
  await wave(stage, cast, ROUND, '2026-12-03T14:15:00+07:00', inTime(1));
  await tenPercent(stage);
  await wave(stage, cast, ROUND, '2026-12-10T16:30:00+07:00', inTime(2));
  await lastMillisecond(stage, cast);
  await wave(stage, cast, ROUND, '2026-12-14T09:20:00+07:00', (unit) => habitOf(cast, ROUND, unit) === 'late');
  stage.at('2026-12-14T16:00:00+07:00');
  await stage.submit(IA_PIA, ROUND, reportOf({ nguoi_dan_tiep_can: ratio(10_100, 20_326) }));
  await reviewAll(stage, cast, ROUND, '2026-12-17T08:00:00+07:00');
  await correct(stage, cast, ROUND, '2026-12-18T10:00:00+07:00');
  await correction(stage, cast);
  await reviewAll(stage, cast, ROUND, '2026-12-22T08:00:00+07:00');
  await ninetyOne(stage, cast);
  await almostSeventy(stage);
}

async function year(stage: Stage): Promise<void> {
  stage.at('2026-11-26T08:00:00+07:00');
  await stage.submit(KHA_SON, ROUND, reportOf({ nguoi_dan_tiep_can: ratio(5000, 10_000) }));
  const residents = await stage.total('19', KHA_SON, '2026', 'nguoi_dan_tiep_can');
  const news = await stage.total('19', KHA_SON, '2026', 'tin_bai');
  stage.checks.case(
    'Kha Sơn: 4.000 rồi 5.000 trên 10.000 người, cả năm là 50%; tin, bài thì cộng: 12 + 12 = 24',
    'Residents reached are a stock: the year is 50 %; news items are a flow and add up',
    [residents.display, news.numerator],
    ['50,0%', '24'],
    SEMANTICS(2),
  );
}

async function tenPercent(stage: Stage): Promise<void> {
  stage.at('2026-12-07T10:00:00+07:00');
  const residents = (n: number) => reportOf({ nguoi_dan_tiep_can: ratio(n, 10_793) });
  await stage.submit(NAM_CUONG, ROUND, residents(1079));
  const below = await stage.total('19', NAM_CUONG, ROUND, 'nguoi_dan_tiep_can');
  stage.checks.case(
    'Nam Cường 1.079/10.793 in ra 10,0% nhưng chưa đạt 10%: bên cạnh ghi “thiếu 1 người (cần 1.080)”',
    'Prints 10,0 % and does not meet 10 %: the display says what is lacking',
    [below.display, below.own?.status, below.own?.notes[0]?.vi],
    ['10,0%', 'BEHIND', 'thiếu 1 người (cần 1.080)'],
    'Nam Cường II.2.a: ít nhất 10%; 10% của 10.793 = 1.079,3',
  );
  stage.at('2026-12-07T15:00:00+07:00');
  await stage.submit(NAM_CUONG, ROUND, residents(1080));
  const met = await stage.total('19', NAM_CUONG, ROUND, 'nguoi_dan_tiep_can');
  stage.checks.case(
    'Nam Cường 1.080/10.793: đạt mục tiêu của xã, và mục tiêu (minh hoạ) của tỉnh',
    "1,080 meets the commune's own target and the province's (illustrative) one",
    [met.display, met.own?.status, met.superior?.status, met.superior?.illustrative],
    ['10,0%', 'MET', 'MET', true],
    'Nam Cường II.2.a',
  );
}

async function lastMillisecond(stage: Stage, { langSon }: Cast): Promise<void> {
  stage.at('2026-12-10T23:59:59.999+07:00');
  const huuLung = await stage.submit(HUU_LUNG, ROUND, reportOf({ can_bo_duoc_pho_bien: ratio(95, 100) }));
  stage.at('2026-12-11T00:00:00.000+07:00');
  const late = await stage.submit(langSon.big, ROUND, reportOf({ can_bo_duoc_pho_bien: ratio(990, 1000) }));
  stage.checks.case(
    `Hữu Lũng nộp lúc 23:59:59,999 ngày 10/12: đúng hạn; ${stage.title(langSon.big)} 1 phần nghìn giây sau: muộn`,
    'On time to the last millisecond of the due day in Vietnam, late one millisecond after',
    [huuLung.onTime, late.onTime],
    [true, false],
    SEMANTICS(1),
  );
  stage.at('2026-12-11T09:00:00+07:00');
  await stage.giveBack('20', HUU_LUNG, ROUND, 'Đề nghị bổ sung minh chứng về người được phổ biến.');
  stage.at('2026-12-12T10:00:00+07:00');
  const again = await stage.submit(HUU_LUNG, ROUND, reportOf({ can_bo_duoc_pho_bien: ratio(96, 100) }));
  stage.checks.case(
    'Hữu Lũng bị trả lại, nộp lại ngày 12/12: vẫn là đúng hạn',
    'Returned and resubmitted on 12 December: still on time',
    [again.stored, again.version?.number, again.onTime],
    [true, 2, true],
    SEMANTICS(5),
  );
}

async function correction(stage: Stage, { langSon }: Cast): Promise<void> {
  const unit = langSon.corrected;
  const news = (value: number) =>
    stage.submit(unit, ROUND, reportOf({ tin_bai: { value: String(value) } }), { comment: 'Đã đối chiếu danh mục.' });
  const standing = async () => {
    const accepted = await stage.total('20', unit, ROUND, 'tin_bai', 'ACCEPTED');
    const received = await stage.total('20', unit, ROUND, 'tin_bai', 'RECEIVED');
    return `${accepted.numerator} | ${received.numerator}`;
  };
  const seen: string[] = [];
  const steps: [string, () => Promise<unknown>][] = [
    ['2026-12-18T13:00:00+07:00', () => news(7)],
    ['2026-12-18T14:00:00+07:00', () => stage.accept('20', unit, ROUND)],
    ['2026-12-19T08:00:00+07:00', () => news(9)],
    ['2026-12-19T09:00:00+07:00', () => stage.giveBack('20', unit, ROUND, 'Chưa có danh mục của hai tin thêm.')],
    ['2026-12-19T10:00:00+07:00', () => news(8)],
    ['2026-12-19T11:00:00+07:00', () => stage.accept('20', unit, ROUND)],
  ];
  for (const [instant, step] of steps) {
    stage.at(instant);
    await step();
    seen.push(await standing());
  }
  stage.checks.case(
    `${stage.title(unit)}: bản đã duyệt (7) đứng đến khi bản đính chính được duyệt (8); bản 9 bị trả lại không để lại gì`,
    'An accepted version stands until its correction is accepted (accepted | received, step by step)',
    seen,
    ['null | 7', '7 | 7', '7 | 9', '7 | 7', '7 | 8', '8 | 8'],
    SEMANTICS(3),
  );
}

async function ninetyOne(stage: Stage, { silent }: Cast): Promise<void> {
  const whole = await stage.total('19', '19', ROUND, 'nguoi_dan_tiep_can');
  stage.checks.case(
    `Thái Nguyên thiếu ${stage.title(silent)}: 91/92, nên chỉ là “đạt trên số đã báo cáo”`,
    'One of 92 is missing and its residents are unknown: met only on what was reported',
    [
      whole.reported,
      whole.own?.status,
      whole.own?.label,
      whole.own?.notes.some(({ vi }) => vi.includes('mẫu số chưa biết: 1 đơn vị')),
    ],
    [91, 'MET_ON_REPORTED', 'Đạt trên số đã báo cáo (91/92 đơn vị)', true],
    SEMANTICS(6),
  );
  const { tokens } = await stage.ask<operations.Unused>(stage.nation, operations.UNUSED, { unit: '19' });
  stage.checks.case(
    'Mã truy cập chưa dùng lần nào của Thái Nguyên: đúng một, của chính xã đó',
    'The one token of the province that was never used is that commune’s',
    tokens.nodes.map(({ unitCode }) => unitCode),
    [silent],
    'nhật ký mã truy cập',
  );
}

/** A plan that came later, imported over the API; outside the three provinces, so that their totals stay as they are. */
async function almostSeventy(stage: Stage): Promise<void> {
  stage.at('2026-12-23T08:00:00+07:00');
  const { units } = await stage.ask<operations.Units>(stage.nation, operations.UNITS, { parent: '01' });
  const { code, title } = units.nodes[0]!;
  const importing = async (dryRun: boolean) => {
    const answer = await stage.ask<operations.Imported>(stage.nation, operations.IMPORT, {
      file: illustrativePlan(code),
      dryRun,
    });
    return answer.importPlan;
  };
  const tried = await importing(true);
  const done = await importing(false);
  stage.checks.case(
    `Nạp một kế hoạch (minh hoạ) cho ${title}, Hà Nội, qua API: chạy thử rồi chạy thật, không cần sửa chương trình`,
    'A new plan imported over the API, first as a dry run: no code needed',
    [tried.errors, tried.status, tried.dryRun, done.status, done.version],
    [[], 'created', true, 'created', 1],
    SEMANTICS(1),
  );
  await stage.issueTokens(code, 'REPORTER', false);
  await stage.submit(code, ROUND, reportOf({ nguoi_dan_tiep_can: ratio(6_999_999, 10_000_000) }));
  const answer = await stage.ask<operations.Totals>(stage.nation, operations.TOTALS, {
    unit: code,
    period: ROUND,
    basis: 'RECEIVED',
  });
  const total = answer.totals.totals.find(({ indicator }) => indicator.code === 'nguoi_dan_tiep_can');
  stage.checks.case(
    '6.999.999/10.000.000 in ra 70,0% nhưng không phải 70%: thiếu 1 người',
    'Exact arithmetic: one short of 70 %',
    [total?.display, total?.own?.status, total?.own?.notes[0]?.vi],
    ['70,0%', 'BEHIND', 'thiếu 1 người (cần 7.000.000)'],
    SEMANTICS(6),
  );
}
