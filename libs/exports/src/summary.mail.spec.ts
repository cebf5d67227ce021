/** The mail tells what the workbook shows: results against targets, who has reported, who is missing. */
import { describe, expect, it } from '@jest/globals';
import { type Entry, sampleCases, sampleSummary } from '../../../test/support/summary-sample.js';
import { mailOf } from './summary.mail.js';

const NAME = 'TongHop.xlsx';

describe('the mail of a summary', () => {
  const sample = sampleCases();
  const summary = sampleSummary(sample);
  const { subject, text, html } = mailOf(summary, NAME);

  it('goes to the department of the province, for the period, with the file named', () => {
    expect(subject).toBe('[NQ57] Tổng hợp báo cáo 6 tháng đầu năm 2026 – tỉnh Thái Nguyên');
    expect(text).toContain('Kính gửi: Sở Khoa học và Công nghệ tỉnh Thái Nguyên\n');
    expect(text).toContain('số liệu đến 17 giờ 05 phút ngày 22/06/2026');
    expect(text).toContain(`Tệp đính kèm: ${NAME}`);
  });

  it('counts who has reported and names who has not, and both add up to who owes', () => {
    const owing = sample.cases.filter(({ class: name }) => name !== 'exempt' && name !== 'replaced');
    const missing = sample.communes.filter((_, i) => sample.cases[i]!.class === 'overdue');
    expect(text).toContain(`Đã báo cáo: ${owing.length - missing.length}/${owing.length} đơn vị.`);
    const names = missing.map(({ kind, name }) => `${kind === 'xa' ? 'xã' : 'phường'} ${name}`).join(', ');
    expect(text).toContain(`Chưa báo cáo (${missing.length} đơn vị): ${names}.`);
  });

  it('gives each result that has a target with its parts, target and verdict, and says that a plan is illustrative', () => {
    const lines = text.split('\n').filter((line) => /^\d+\. /.test(line));
    expect(lines.length).toBeGreaterThan(0);
    const reached = summary.accepted.totals.find(({ indicator }) => indicator.code === 'nguoi_dan_tiep_can')!;
    const grouped = (digits: string | null) => digits!.replace(/\B(?=(\d{3})+$)/g, '.');
    expect(lines[0]).toContain(
      `1. ${reached.indicator.name}: ${reached.display} (${grouped(reached.numerator)}/${grouped(reached.denominator)}); mục tiêu: ≥ 10% (năm 2026); đánh giá: Đạt`,
    );
    expect(text).toContain('minh hoạ, không phải văn bản đã ban hành');
    for (const line of lines) expect(html).toContain(line.slice(line.indexOf(' ') + 1, line.indexOf(':')));
  });

  it('does not let a rounded figure mislead: what is lacking stands beside it', () => {
    const just = (n: bigint, d: bigint): Record<string, Entry> => ({ nguoi_dan_tiep_can: { n, d } });
    const cases = sample.cases.map((one, i) => {
      const figures = i === 0 ? just(1_079n, 10_793n) : {};
      return { ...one, class: 'accepted' as const, accepted: figures, received: figures };
    });
    const mail = mailOf(sampleSummary({ ...sample, cases }), NAME);
    expect(mail.text).toContain('10,0% (1.079/10.793)');
    expect(mail.text).toContain('thiếu 1 người (cần 1.080)');
  });

  it('says so while nothing is accepted, and shows no empty table', () => {
    const cases = sample.cases.map((one) => ({
      ...one,
      class: 'not_yet_due' as const,
      firstReceivedAt: null,
      accepted: null,
      received: null,
    }));
    const mail = mailOf(sampleSummary({ ...sample, cases }), NAME);
    expect(mail.text).toContain('Chưa có số liệu đã duyệt.');
    expect(mail.html).not.toContain('<table');
  });
});
