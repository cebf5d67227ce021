/**
 * An ad hoc round in files: the province's summary with the same official head, without what speaks of targets, about the
 * units that were asked and no other; the list of those to be urged; and the mail of a schedule.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EVERYONE, inScope } from '#core';
import { SchedulePlanner, ScheduleRunner, SummariesService } from '#exports';
import { reportOf, SUBMIT } from '../support/figures.js';
import { openBook } from '../support/sheets.js';
import { openWorld, type World } from '../support/world.js';

const ASKED = ['05953', '02026', '01840'];
const ROUND = '2026X1';
let world: World;
let province: string;

beforeAll(async () => {
  world = await openWorld('2026-06-19T07:30:00+07:00');
  province = await world.token('19', 'reviewer');
  await world.ask(
    await world.token('19', 'administrator'),
    'mutation ($round: AdHocRoundInput!) { openAdHocRound(round: $round) { code } }',
    {
      round: {
        ...{ request: 'Công văn số 99/SKHCN-CĐS', dataFrom: '2026-01-01', dataTo: '2026-06-18' },
        ...{ dueOn: '2026-06-19', dueTime: '17:00', units: ASKED },
      },
    },
  );
  world.at('2026-06-19T09:00:00+07:00');
  for (const [unit, numerator] of [
    [ASKED[0]!, 300],
    [ASKED[1]!, 500],
  ] as const) {
    const figures = reportOf({ indicator: 'nguoi_dan_tiep_can', numerator, denominator: 1000 });
    await world.ask(await world.token(unit, 'reporter'), SUBMIT, {
      input: { round: ROUND, expectedVersion: 0, figures, containsNoSecrets: true },
    });
    await world.ask(
      province,
      `mutation { acceptReport(unit: "${unit}", round: "${ROUND}", expectedVersion: 1) { state } }`,
    );
  }
  world.at('2026-06-19T17:30:00+07:00');
});
afterAll(() => world?.close());

async function fileOf(kind: string) {
  const { requestSummary } = await world.ask<{ requestSummary: { id: number } }>(
    province,
    `mutation { requestSummary(round: "${ROUND}", kind: ${kind}) { id } }`,
  );
  const { id } = requestSummary;
  expect(await inScope(EVERYONE, () => world.app.get(SummariesService).produce(id, { lastTry: true }))).toBeNull();
  const answer = await fetch(`${world.url}/exports/${id}`, { headers: { authorization: `Bearer ${province}` } });
  const name = /filename="([^"]*)"/.exec(answer.headers.get('content-disposition')!)![1]!;
  return { name, bytes: Buffer.from(await answer.arrayBuffer()) };
}
/** All texts of a sheet, row by row. */
function textsOf(bytes: Buffer, name: string): string[] {
  const grid = openBook(bytes).sheet(name);
  return Array.from({ length: grid.rows }, (_, row) =>
    Array.from({ length: grid.columns }, (_, column) => grid.at(row + 1, column + 1) ?? '').join('|'),
  );
}

test('the summary is an official table of what was asked, without targets and verdicts', async () => {
  const { name, bytes } = await fileOf('PROVINCE_SUMMARY');
  expect(name).toBe('TongHop_NQ57_dot_xuat_2026X1_ThaiNguyen.xlsx');
  const book = openBook(bytes);
  expect(book.names).toEqual([
    ...['Kết quả', 'Chi tiết theo xã', 'Chi tiết theo xã (2)', 'Tình hình nộp', 'Khó khăn, kiến nghị'],
    'Nguồn số liệu',
  ]);
  const results = textsOf(bytes, 'Kết quả');
  const all = results.join('\n');
  for (const text of [
    'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM',
    'Theo yêu cầu: Công văn số 99/SKHCN-CĐS',
    'Đợt đột xuất 2026X1 trên địa bàn tỉnh Thái Nguyên',
    'đã duyệt 2/3, đã tiếp nhận 2/3 báo cáo',
    'GIÁM ĐỐC',
  ])
    expect(all).toContain(text);
  expect(textsOf(bytes, 'Tình hình nộp').join('\n')).toContain('|Công văn số 99/SKHCN-CĐS|');
  expect(all).not.toMatch(/mục tiêu|Đánh giá|chưa đạt/i);
  const reach = results.find((line) => line.includes('người dân tiếp cận'))!;
  expect(reach.split('|').slice(3, 6)).toEqual(['800', '2000', '0.4']);

  const details = book.sheet('Chi tiết theo xã');
  const codes = Array.from({ length: details.rows }, (_, row) => details.at(row + 1, 2)).filter((code) =>
    /^\d{5}$/.test(String(code)),
  );
  expect(codes).toEqual([...ASKED].sort());
  const total = details.find(1, 'Toàn tỉnh');
  expect([details.at(total, 5), details.at(total, 6)]).toEqual([800, 2000]);
});

test('who is missing stands in the list of those to be urged', async () => {
  const { name, bytes } = await fileOf('REMINDERS');
  expect(name).toBe('DonDoc_NQ57_dot_xuat_2026X1_ThaiNguyen.xlsx');
  const listed = textsOf(bytes, 'Danh sách đôn đốc').join('\n');
  expect(listed).toContain('Đợt đột xuất 2026X1');
  expect(listed).toMatch(/1\|01840\|Phường Đức Xuân/);
  expect(listed).not.toMatch(/Kha Sơn/);
});

test('what is made of a half-year only is refused, with the kinds that there are', async () => {
  const commune = await world.token(ASKED[0]!, 'reporter');
  const answer = await world.send(
    commune,
    `mutation { requestSummary(round: "${ROUND}", kind: COMMUNE_REPORT) { id } }`,
  );
  expect(answer.errors![0]!.extensions.code).toBe('export.ad_hoc');
  expect(answer.errors![0]!.extensions.vi).toContain('PROVINCE_SUMMARY');
});

test('a schedule of the round mails it, told in shares and without a target', async () => {
  const { createSchedule } = await world.ask<{ createSchedule: { id: number } }>(
    province,
    'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
    { input: { unitCode: '19', label: 'Đột xuất', round: ROUND, recipients: ['so@a.vn'], cron: '0 7 20 6 *' } },
  );
  world.at('2026-06-20T07:00:30+07:00');
  await inScope(EVERYONE, async () => {
    await world.app.get(SchedulePlanner).plan();
    await world.app.get(ScheduleRunner).runDue((error) => {
      throw error;
    });
  });
  const [mail] = await world.db.dataSource.query(
    'select subject, body_text as text from delivery where schedule_id = $1',
    [createSchedule.id],
  );
  expect(mail.subject).toBe('[NQ57] Tổng hợp báo cáo đợt đột xuất 2026X1 – tỉnh Thái Nguyên');
  expect(mail.text).toMatch(
    /1\. Tỷ lệ người dân tiếp cận.*: 40,0% \(800\/2\.000\); mục tiêu: –; đánh giá: Số liệu của 2\/3 đơn vị/,
  );
  expect(mail.text).toContain('Chưa báo cáo (1 đơn vị): phường Đức Xuân.');
});
