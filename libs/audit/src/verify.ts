/**
 * Whether the log of events, and the reports that it tells of, still are what was sealed. Every seal is worked out anew from the events as they stand; what
 * does not fit is named, row by row. Heads that were mailed can be given: a chain forged as a whole does not contain them.
 */
import type { DataSource } from 'typeorm';
import { row } from '#core';
import { FIRST, headOf, leavesOf, type SealRow, sealsAfter } from './seal.js';

type AuditReport = {
  /** Seals looked at, and the events they cover. */
  seals: number;
  events: number;
  /** Events written since the last seal: nothing can be said of them yet. */
  unsealed: number;
  /** The last head, in hexadecimal digits; null while nothing is sealed. */
  head: string | null;
  /** One sentence per finding, Vietnamese · English; empty when all is well. */
  wrong: string[];
};

/** @param mailed heads that left in mails, by the number of their seal */
export async function verifyAudit(
  dataSource: DataSource,
  mailed: { number: number; head: string }[] = [],
): Promise<AuditReport> {
  const report: AuditReport = { seals: 0, events: 0, unsealed: 0, head: null, wrong: [] };
  const heads = new Map<number, string>();
  let last: SealRow | undefined;
  for (;;) {
    const [seal] = await sealsAfter(dataSource, last?.number ?? 0, 1);
    if (!seal) break;
    report.wrong.push(...fits(seal, last), ...(await covers(dataSource, seal)));
    report.seals++;
    report.events += seal.ids.length;
    heads.set(seal.number, seal.head.toString('hex'));
    last = seal;
  }
  report.head = last?.head.toString('hex') ?? null;
  for (const { number, head } of mailed) {
    const found = heads.get(number);
    if (found !== head.toLowerCase())
      report.wrong.push(
        found
          ? `Niêm phong ${number} không phải bản đã gửi qua thư · Seal ${number} is not the one that was mailed`
          : `Không còn niêm phong ${number} đã gửi qua thư · Seal ${number}, which was mailed, is gone`,
      );
  }
  const after = await row<{ count: number }>(dataSource, 'select count(*)::int as count from event where id > $1', [
    last?.toId ?? '0',
  ]);
  report.unsealed = after!.count;
  return report;
}

/** A seal against the one before it, and against its own head. */
function fits(seal: SealRow, before: SealRow | undefined): string[] {
  const wrong: string[] = [];
  const number = (before?.number ?? 0) + 1;
  if (seal.number !== number)
    wrong.push(`Thiếu niêm phong ${number} · Seal ${number} is missing (the next is ${seal.number})`);
  else if (!seal.previous.equals(before?.head ?? FIRST) || BigInt(seal.fromId) !== BigInt(before?.toId ?? '0') + 1n)
    wrong.push(`Niêm phong ${seal.number} không nối tiếp · Seal ${seal.number} does not follow the one before it`);
  if (!headOf(seal).equals(seal.head))
    wrong.push(`Niêm phong ${seal.number} đã bị sửa · Seal ${seal.number} was altered`);
  return wrong;
}

/** The events as they stand against those that were sealed. */
async function covers(dataSource: DataSource, seal: SealRow): Promise<string[]> {
  const standing = new Map(
    (await leavesOf(dataSource, seal.fromId, seal.toId, seal.form)).map((event) => [event.id, event]),
  );
  const where = `niêm phong ${seal.number} · seal ${seal.number}, ${seal.sealedAt}`;
  const wrong = seal.ids.flatMap((id, i) => {
    const event = standing.get(id);
    standing.delete(id);
    if (!event) return [`Sự kiện ${id} đã bị xoá · Event ${id} was removed (${where})`];
    if (event.leaf.equals(seal.leaves[i]!)) return [];
    const [vi, en] = event.version
      ? [
          ` hoặc báo cáo mà nó ghi nhận (phiên bản ${event.version})`,
          `, or the report that it tells of (version ${event.version}),`,
        ]
      : ['', ''];
    return [`Sự kiện ${id}${vi} đã bị sửa · Event ${id}${en} (now: ${event.verb}) was altered (${where})`];
  });
  for (const { id, verb } of standing.values())
    wrong.push(`Sự kiện ${id} được chèn thêm · Event ${id} (${verb}) was slipped in (${where})`);
  return wrong;
}
