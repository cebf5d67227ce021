/** What stands beside a result in words, and below the table: whose targets, what is missing, how it was worked out. */
import { displayNumber, type Total } from '#rollups';
import { upper } from './official-head.js';
import { type Cell, look, type Pen } from './sheet.js';
import type { Summary } from './summary.js';
import { DASH, type Documents, judged, sentence, targetYearText, thresholdText } from './summary.words.js';

export function notesOf(
  total: Total,
  received: Total | null,
  { summary, documents }: { summary: Summary; documents: Documents },
): string[] {
  const verdict = judged(total);
  const { coverage, superior } = total;
  const units = (count: number) => `${displayNumber(BigInt(count))} đơn vị`;
  const notes =
    verdict?.assessed.notes.map(({ vi }) => withoutCoverage(vi, coverage)).filter((note) => note !== '') ?? [];
  if (verdict) {
    const { targetYear, illustrative } = verdict.assessed;
    const against = targetYear === null ? '' : `, đánh giá theo mục tiêu ${targetYearText(verdict.assessed)}`;
    notes.unshift(`Mục tiêu ${documents.mark(verdict.assessed)}${illustrative ? ' (minh hoạ)' : ''}${against}`);
  } else if (total.bounds?.note) notes.push(sentence(total.bounds.note.vi));
  if (verdict?.assessed.paceDisplay && verdict.assessed.paceDisplay !== verdict.assessed.thresholdDisplay)
    notes.push(`Tiến độ cần đạt đến kỳ này: ${verdict.assessed.paceDisplay}`);
  if (verdict?.by === 'own' && superior && superior.status !== 'no_target')
    notes.push(
      `Mục tiêu quốc gia ${thresholdText(superior)} (${targetYearText(superior)}) ${documents.mark(superior)}: ${superior.label}`,
    );
  if (coverage.notApplicable > 0 && total.noValue !== 'not_applicable')
    notes.push(`${units(coverage.notApplicable)} không phát sinh`);
  if (coverage.estimated > 0) notes.push(`${units(coverage.estimated)} ghi số ước thực hiện`);
  if (total.denominatorWordings.length > 1) notes.push('Mẫu số gộp các cách ghi khác nhau giữa các kế hoạch');
  // Where coverage differs just as the reports themselves do, the line above the table says it once.
  const beside = received && received.coverage.included - coverage.included;
  if (beside && beside !== summary.received.reported - summary.accepted.reported)
    notes.push(`Đã tiếp nhận: ${units(received.coverage.included)}`);
  return notes;
}

/** A note on the figure, less "83/91 đơn vị đã trả lời", which column (7) says. */
function withoutCoverage(note: string, { included, expected }: Total['coverage']): string {
  const share = `${displayNumber(BigInt(included))}/${displayNumber(BigInt(expected))} đơn vị đã trả lời`;
  return sentence(note.startsWith(share) ? note.slice(share.length).replace(/^; /, '') : note);
}

export function footnotes(pen: Pen, summary: Summary, documents: Documents): Cell[] {
  const named = summary.accepted.totals
    .flatMap(({ own, superior }) => [own, superior])
    .filter((assessed) => assessed !== null && assessed.status !== 'no_target');
  const keys = new Set(named.map((assessed) => assessed!.planKey));
  const illustrative = named.some((assessed) => assessed!.illustrative);
  const notes = [
    `- Cột (1), (2), (3): tổng của các báo cáo đã duyệt; cột (6): tính cả báo cáo đã tiếp nhận, chờ duyệt. Đơn vị chưa có số liệu không được tính là 0. Dấu “${DASH}”: không có.`,
    '- Cột (4), (5): kết quả thấp nhất và cao nhất có thể có khi các đơn vị còn thiếu gửi đủ số liệu, tính trên mẫu số gần nhất đã biết của từng đơn vị; số lượng chỉ có mức thấp nhất.',
    `- Tỷ lệ chung = tổng tử số / tổng mẫu số của các đơn vị có số liệu, không lấy trung bình các tỷ lệ; làm tròn một lần khi hiển thị.${summary.request === null ? ' Việc so với mục tiêu dùng số chính xác, không dùng số đã làm tròn.' : ''}`,
  ];
  if (named.length > 0)
    notes.push(`- Mục tiêu theo: ${documents.titles(keys).join('; ')}. Nguyên văn tại trang “Cách tính, nguồn”.`);
  if (illustrative)
    notes.push(
      `- ${upper('Minh hoạ')}: mục tiêu ghi “minh hoạ” không phải văn bản của cơ quan nào, không dùng để đánh giá chính thức.`,
    );
  const small = look({ size: 11, italic: true });
  return notes.map((value) => ({ value, look: small, span: pen.widths.length }));
}
