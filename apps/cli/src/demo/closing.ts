/** What the demo leaves on the screen: who reported, totals against targets, and where the files are. */
import { relative } from 'node:path';
import { projectRoot } from '#core';
import { say } from '../schema.js';
import { NAM_CUONG, namCuongVerdicts, provinces, shortNames } from './documents.js';
import type { Mailed } from './mailing.js';
import * as operations from './operations.js';
import type { Stage } from './stage.js';
import { chapter, table } from './tables.js';

const rounds = ['2026H1', '2026H2'];

export async function whoReported(stage: Stage): Promise<void> {
  chapter('Ai đã báo cáo · Who has reported');
  const rows: string[][] = [];
  const missing: string[] = [];
  for (const round of rounds)
    for (const { code, name } of provinces) {
      const { completeness: c, obligations } = await stage.ask<operations.Completeness>(
        stage.reviewer(code),
        operations.COMPLETENESS,
        { unit: code, round },
      );
      const { accepted, submitted, returned } = c.counts;
      rows.push(
        [round, name, c.expected, c.onTime, c.late, c.notSubmitted, accepted, submitted, returned].map(
          (cell) => `${cell}`,
        ),
      );
      const silent = obligations.nodes.filter(({ timeliness }) => timeliness === 'NOT_SUBMITTED');
      missing.push(`${round} ${name}: ${silent.map(({ unit }) => unit.name).join(', ')}`);
    }
  table(['Kỳ', 'Tỉnh', 'Phải nộp', 'Đúng hạn', 'Muộn', 'Chưa nộp', 'Đã duyệt', 'Chờ duyệt', 'Trả lại'], rows);
  say('    (phải nộp = owed · đúng hạn = on time · muộn = late · chưa nộp = missing · đã duyệt = accepted');
  say('     chờ duyệt = to be reviewed · trả lại = returned, not yet corrected)');
  say('');
  say('    Chưa nộp · Missing:');
  for (const line of missing) say(`      ${line}`);
}

export async function againstTargets(stage: Stage): Promise<void> {
  const thaiNguyen = await stage.totals('19', '19', '2026H2', 'ACCEPTED');
  const received = await stage.totals('19', '19', '2026H2', 'RECEIVED');
  chapter(`Thái Nguyên, 2026H2: ${thaiNguyen.reported}/${thaiNguyen.expected} xã đã duyệt · Totals against targets`);
  table(
    ['Chỉ tiêu', 'Đã duyệt', 'Số xã', 'Đã nhận', 'Mục tiêu', 'Đánh giá'],
    thaiNguyen.totals.map((total, index) => [
      shortNames[total.indicator.code]!,
      figure(total),
      `${total.coverage.included}/${total.coverage.expected}`,
      received.totals[index]!.display ?? '–',
      goal(total.own, true),
      total.own?.label ?? '–',
    ]),
  );
  const namCuong = await stage.totals('19', NAM_CUONG, '2026H2', 'ACCEPTED');
  chapter('Xã Nam Cường, 2026H2: mục tiêu của xã · The commune against its own plan');
  const having = namCuong.totals.filter(({ own }) => own);
  table(
    ['Chỉ tiêu', 'Đã duyệt', 'Mục tiêu', 'Đánh giá', 'Căn cứ'],
    having.map((total) => [
      shortNames[total.indicator.code]!,
      figure(total),
      goal(total.own, false),
      total.own!.label,
      namCuongVerdicts[total.indicator.code]?.why ?? '',
    ]),
  );
  say('');
  stage.checks.case(
    'Bảy mục tiêu của Nam Cường được đánh giá như đọc từ kế hoạch của xã',
    "Nam Cường's seven targets stand as read from its plan by hand",
    Object.fromEntries(having.map(({ indicator, own, display }) => [indicator.code, `${own!.status} ${display}`])),
    Object.fromEntries(
      Object.entries(namCuongVerdicts).map(([code, { status, display }]) => [code, `${status} ${display}`]),
    ),
    'kế hoạch Nam Cường (3/2026)',
  );
}

const noValue: Record<string, string> = {
  NOT_APPLICABLE: 'không phát sinh',
  NO_DATA: 'chưa có số liệu',
  ZERO_DENOMINATOR: 'mẫu số bằng 0',
};

function figure({ display, noValue: why, numerator, denominator, indicator }: operations.Figure): string {
  if (display === null) return noValue[why ?? 'NO_DATA']!;
  return indicator.kind === 'RATIO' ? `${display} (${dotted(numerator!)}/${dotted(denominator!)})` : display;
}

const dotted = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, '.');

function goal(verdict: operations.Verdict | null, illustrative: boolean): string {
  if (!verdict) return '–';
  const year = verdict.targetYear ? ` (${verdict.targetYear}${illustrative ? ', minh hoạ' : ''})` : '';
  return `${verdict.thresholdDisplay ? `≥ ${verdict.thresholdDisplay}` : 'có'}${year}`;
}

export function whereItIs(stage: Stage, mailed: Mailed): void {
  const here = (path: string) => relative(projectRoot, path);
  const folder = here(stage.service.folder);
  chapter('Mở ra xem · To open');
  say(`    Bảng tính · Workbook   ${here(mailed.workbook)}`);
  say(`    Thư · Mail             ${here(mailed.mail)}`);
  say(`                           gửi · to ${mailed.recipient}: ${mailed.subject}`);
  say('    Xem tiếp bằng GraphiQL · To look further:');
  say(`                           VAR_DIR=${folder} CLOCK_FILE=${folder}/clock npm start`);
}
