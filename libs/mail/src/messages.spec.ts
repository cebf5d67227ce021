/** The texts: what the department reads, in plain text and in HTML alike. */
import { describe, expect, it } from '@jest/globals';
import { type SummaryMail, summaryMail } from './messages.js';

const about: SummaryMail = {
  receiver: 'Sở Khoa học và Công nghệ tỉnh Thái Nguyên',
  unit: 'tỉnh Thái Nguyên',
  period: '6 tháng đầu năm 2026',
  figures: [
    {
      name: 'Tỷ lệ người dân được tiếp cận',
      display: '86,4 % (950/1.100)',
      target: '≥ 10 % (năm 2026)',
      status: 'Đạt trên số đã báo cáo (91/92 đơn vị)',
    },
    { name: 'Nhiệm vụ KH&CN được truyền thông', display: 'không phát sinh', target: null, status: 'Không áp dụng' },
  ],
  reported: 91,
  expected: 92,
  missing: ['xã Kha Sơn'],
  illustrativePlan: 'Kế hoạch minh hoạ tỉnh Thái Nguyên',
  asOf: new Date('2026-06-15T17:00:00Z'),
  attachment: 'TongHop_NQ57_2026H1_ThaiNguyen.xlsx',
};

describe('the mail of a summary', () => {
  it('says in plain text what the workbook says', () => {
    const { subject, text } = summaryMail(about);
    expect(subject).toBe('[NQ57] Tổng hợp báo cáo 6 tháng đầu năm 2026 – tỉnh Thái Nguyên');
    expect(text).toBe(`Kính gửi: Sở Khoa học và Công nghệ tỉnh Thái Nguyên

Hệ thống báo cáo thực hiện Chương trình truyền thông về Nghị quyết số 57-NQ/TW trân trọng gửi bảng tổng hợp báo cáo 6 tháng đầu năm 2026 của tỉnh Thái Nguyên, số liệu đến 00 giờ 00 phút ngày 16/06/2026 (giờ Việt Nam).

Kết quả chính (số liệu đã duyệt):
1. Tỷ lệ người dân được tiếp cận: 86,4 % (950/1.100); mục tiêu: ≥ 10 % (năm 2026); đánh giá: Đạt trên số đã báo cáo (91/92 đơn vị)
2. Nhiệm vụ KH&CN được truyền thông: không phát sinh; mục tiêu: –; đánh giá: Không áp dụng

Đã báo cáo: 91/92 đơn vị.
Chưa báo cáo (1 đơn vị): xã Kha Sơn.
Lưu ý: mục tiêu lấy từ "Kế hoạch minh hoạ tỉnh Thái Nguyên" là mục tiêu minh hoạ, không phải văn bản đã ban hành.

Tệp đính kèm: TongHop_NQ57_2026H1_ThaiNguyen.xlsx

Thư được gửi tự động theo lịch đã đăng ký. Trân trọng./.
`);
  });

  it('says the same in HTML, with the figures as a table', () => {
    const { text, html } = summaryMail(about);
    const words = (html.match(/>([^<>]+)</g) ?? []).map((found) =>
      found.slice(1, -1).replaceAll('&amp;', '&').replaceAll('&quot;', '"'),
    );
    for (const { name, display, status } of about.figures)
      for (const cell of [name, display, status]) expect(words).toContain(cell);
    const paragraphs = text.split(/\n+/).filter((line) => line !== '' && !/^\d\./.test(line));
    for (const paragraph of paragraphs) expect(words).toContain(paragraph);
  });

  it('carries the newest seal on the log of events, once there is one', () => {
    const head = 'ab'.repeat(32);
    const { text, html } = summaryMail({ ...about, seal: { number: 7, head } });
    const line = `Niêm phong nhật ký hệ thống số 7 (SHA-256, lưu để đối chiếu): ${head}`;
    expect(text.split('\n')).toContain(line);
    expect(html).toContain(`<p>${line}</p>`);
    expect(summaryMail(about).text).not.toContain('Niêm phong');
  });

  it('names 20 of the missing units and counts the others', () => {
    const missing = Array.from({ length: 1_022 }, (_, i) => `xã ${i + 1}`);
    const { text } = summaryMail({ ...about, missing, reported: 2_299, expected: 3_321 });
    expect(text).toContain('Đã báo cáo: 2.299/3.321 đơn vị.');
    expect(text).toContain('Chưa báo cáo (1.022 đơn vị): xã 1, xã 2,');
    expect(text).toContain('xã 20 và 1.002 đơn vị khác.');
    expect(text).not.toContain('xã 21');
    expect(summaryMail({ ...about, missing: missing.slice(0, 20) }).text).toContain('xã 20.');
  });

  it('leaves out what there is nothing to say of', () => {
    const { text } = summaryMail({ ...about, figures: [], missing: [], illustrativePlan: null });
    expect(text).toContain('Chưa có số liệu đã duyệt.');
    expect(text).not.toMatch(/Chưa báo cáo|Lưu ý|Kết quả chính/);
  });

  it('lets no name become markup or a second header, and writes NFC', () => {
    const figure = { ...about.figures[0]!, name: `<script>"Hòa" & 'Bình'</script>`.normalize('NFD') };
    const { subject, text, html } = summaryMail({ ...about, figures: [figure], unit: 'tỉnh\r\nBcc: a@b' });
    expect(html).toContain('&lt;script&gt;&quot;Hòa&quot; &amp; &#39;Bình&#39;&lt;/script&gt;'.normalize('NFC'));
    expect(html).not.toContain('<script');
    expect(text).toContain('<script>"Hòa"'.normalize('NFC'));
    expect(subject).toBe('[NQ57] Tổng hợp báo cáo 6 tháng đầu năm 2026 – tỉnh Bcc: a@b');
    for (const written of [subject, text, html]) expect(written).toBe(written.normalize('NFC'));
  });
});
