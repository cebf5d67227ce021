/** A schedule is saved, run, and its mail arrives: what the workbook and the mail hold is held against the API. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as operations from './operations.js';
import type { Stage } from './stage.js';
import { chapter } from './tables.js';
import { attachmentOf, type Row, readWorkbook } from './workbook.js';

export type Mailed = { workbook: string; mail: string; recipient: string; subject: string };

const ROUND = '2026H2';
const RECIPIENT = 'sokhcn@thainguyen.example.vn';
const PATIENCE = 60_000;

/** @throws Error when no mail has come after a minute */
export async function mailSummary(stage: Stage): Promise<Mailed> {
  chapter('Bảng tổng hợp và thư · Summary and mail');
  stage.at('2026-12-25T07:00:00+07:00');
  const token = stage.reviewer('19');
  const { createSchedule: schedule } = await stage.ask<operations.Scheduled>(token, operations.CREATE_SCHEDULE, {
    input: { round: ROUND, label: 'Tổng hợp gửi Sở KH&CN', cron: '0 7 16 6,12 *', recipients: [RECIPIENT] },
  });
  stage.checks.case(
    'Lịch “0 7 16 6,12 *”: lần chạy tới là 07:00 ngày 16/6/2027, giờ Việt Nam',
    'The next run of the schedule, by the clock of Vietnam',
    Date.parse(schedule.nextRuns[0]!),
    Date.parse('2027-06-16T07:00:00+07:00'),
    'lịch vừa đặt',
  );
  await stage.ask(token, operations.RUN_SCHEDULE, { id: schedule.id });
  const delivery = await arrival(stage, token, schedule.id);
  const { summaryFile: file } = await stage.ask<operations.SummaryFile>(token, operations.SUMMARY_FILE, {
    id: delivery.fileId,
  });
  const response = await fetch(`${stage.service.url}${file.path}`, { headers: { authorization: `Bearer ${token}` } });
  const bytes = Buffer.from(await response.arrayBuffer());
  const workbook = join(stage.service.folder, file.fileName!);
  writeFileSync(workbook, bytes);
  const mail = join(stage.service.folder, 'mail', delivery.smtpReply!.replace('written to ', ''));
  const attached = attachmentOf(readFileSync(mail, 'utf8'));
  stage.checks.case(
    `Một thư cho mỗi nơi nhận; tệp đính kèm đúng là tệp tải về (${Math.round(bytes.length / 1024)} KB)`,
    'One mail per recipient; the attachment is the file of the download, byte for byte',
    [delivery.recipient, createHash('sha256').update(attached).digest('hex'), sha256(bytes)],
    [RECIPIENT, file.sha256, file.sha256],
    'sổ gửi thư',
  );
  await compareWorkbook(stage, bytes);
  return { workbook, mail, recipient: RECIPIENT, subject: delivery.subject };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function arrival(stage: Stage, token: string, schedule: number) {
  const limit = Date.now() + PATIENCE;
  for (;;) {
    const { deliveries } = await stage.ask<operations.Deliveries>(token, operations.DELIVERIES, { schedule });
    const [delivery] = deliveries.nodes;
    if (delivery?.status === 'SENT') return delivery;
    if (delivery?.status === 'FAILED' || delivery?.status === 'UNKNOWN')
      throw new Error(`Thư không gửi được · The mail could not be sent: ${delivery.lastError}`);
    if (Date.now() > limit) throw new Error(`Sau ${PATIENCE / 1000} giây chưa có thư · No mail has come.`);
    await sleep(100);
  }
}

/** The column under a title: a reader of the sheet goes by its titles, not by its letters. */
function columnTitled(sheet: readonly Row[], title: string): string {
  for (const row of sheet) for (const [column, text] of Object.entries(row)) if (text === title) return column;
  throw new Error(`Bảng tính không có cột “${title}” · The sheet has no such column.`);
}

/** The province's row of every indicator, and how many communes stand behind it. */
async function compareWorkbook(stage: Stage, bytes: Buffer): Promise<void> {
  const sheets = readWorkbook(bytes);
  const results = sheets.find(({ name }) => name === 'Kết quả')?.rows ?? [];
  const details = sheets.find(({ name }) => name.startsWith('Chi tiết'))?.rows ?? [];
  const accepted = await stage.totals('19', '19', ROUND, 'ACCEPTED');
  const columns = ['Tử số / Số lượng', 'Mẫu số', 'Đơn vị có số liệu / phải báo cáo'].map((title) =>
    columnTitled(results, title),
  );
  const inSheet = accepted.totals.map(({ indicator }) => {
    const row = results.find(({ B }) => B === indicator.name);
    return columns.map((column) => row?.[column]);
  });
  const byApi = accepted.totals.map(({ indicator, numerator, denominator, coverage }) => {
    const share = indicator.kind === 'RATIO' || indicator.kind === 'MILESTONE';
    return [numerator ?? '–', share ? (denominator ?? '–') : '', `${coverage.included}/${coverage.expected}`];
  });
  stage.checks.case(
    'Bảng tính ghi đúng 16 con số toàn tỉnh mà API trả lời (tử số, mẫu số, số đơn vị)',
    "The province's 16 figures in the workbook are those of the API",
    inSheet.map(([n, d, units]) => [n, d ?? '', units]),
    byApi,
    'totals, số đã duyệt',
  );
  const whole = details.find(({ A }) => A === 'Toàn tỉnh');
  const communes = details.filter(({ B }) => /^\d{5}$/.test(B ?? ''));
  const codes = new Set(communes.map(({ B }) => B));
  stage.checks.case(
    'Chi tiết có đủ 92 xã, và dòng “Toàn tỉnh”',
    'All 92 communes have their row, and the province its own',
    [codes.size, whole?.D],
    [92, `${accepted.reported}/${accepted.expected}`],
    'totals, số đã duyệt',
  );
}
