/**
 * "Cách tính, nguồn": how the figures came about, for a reader who has only this file: rules of summing and rounding, the
 * instant, the definition of each indicator, and every target in its plan's own words.
 */
import type { stream } from 'exceljs';
import { type Assessed, roundLabel, type Total, type UnitTotals } from '#rollups';
import { asOfText } from './moment.js';
import { titleOf } from './official-head.js';
import { cell, head, look, openSheet, type Pen } from './sheet.js';
import type { Summary } from './summary.js';
import {
  DASH,
  type Documents,
  NOT_APPLICABLE,
  numbered,
  sentence,
  targetYearText,
  thresholdText,
} from './summary.words.js';

const WIDTHS = [5, 31, 17, 17, 28, 15, 37];
const overTimeLabels: Record<Total['indicator']['overTime'], string> = {
  latest: 'lấy kỳ mới nhất trong năm',
  sum: 'cộng các kỳ trong năm',
  once: 'đã có thì giữ từ đó',
  yearly: 'mỗi năm một lần',
  kept: 'phải duy trì, lấy kỳ mới nhất',
  by_round: 'theo từng kỳ',
};

export function writeMethod(workbook: stream.xlsx.WorkbookWriter, summary: Summary, documents: Documents): void {
  const pen = openSheet(workbook, {
    name: 'Cách tính, nguồn',
    widths: WIDTHS,
    frozen: { rows: 2, columns: 0 },
    titleRows: 2,
  });
  const period = sentence(roundLabel(summary.round));
  const centred = { align: 'center', bold: true } as const;
  pen.line('THUYẾT MINH CÁCH TÍNH VÀ NGUỒN SỐ LIỆU', look({ ...centred, size: 14 }));
  pen.line(`${period}, ${titleOf(summary.accepted.unit)}`, look({ ...centred, size: 13 }));
  pen.gap();
  pen.line('I. NGUỒN VÀ CÁCH TÍNH', look({ bold: true }));
  notes(summary).forEach((note, index) => {
    pen.row([
      { value: `${index + 1}.`, look: look({ align: 'right', vertical: 'top' }) },
      { value: note, look: look({ vertical: 'top' }), span: WIDTHS.length - 1 },
    ]);
  });
  pen.gap();
  writeIndicators(pen, summary.accepted.totals);
  pen.gap();
  writeTargets(pen, summary, documents);
  pen.close();
}

function notes({ programme, accepted, asOf, below }: Summary): string[] {
  const totals = [accepted, ...below].flatMap((unit) => unit.totals);
  const illustrative = totals.some(({ own, superior }) => own?.illustrative || superior?.illustrative);
  return [
    `${sentence(programme.name)}. Căn cứ: ${programme.basis}.`,
    `Thời điểm: số liệu ghi nhận trên hệ thống đến ${asOfText(asOf)} (giờ Việt Nam); kỳ báo cáo ${accepted.closed ? 'đã chốt' : 'đang mở, còn có thể thay đổi'}. Nguồn: báo cáo của UBND các xã, phường, đặc khu.`,
    'Số chính thức lấy từ báo cáo đã được cấp tỉnh duyệt. Số “đã tiếp nhận” tính cả bản mới nhất đang chờ duyệt, chỉ để đối chiếu.',
    'Tỷ lệ của nhiều đơn vị = tổng tử số / tổng mẫu số của các đơn vị có số liệu. Không lấy trung bình các tỷ lệ, không cộng tỷ lệ.',
    `Đơn vị chưa nộp hoặc để trống chỉ tiêu là thiếu số liệu, ghi “${DASH}”, không bao giờ tính là 0. Số 0 trong biểu là số 0 do đơn vị báo cáo.`,
    `“Không phát sinh” (${NOT_APPLICABLE}): nội dung không có ở đơn vị; không cộng vào tử số, mẫu số nhưng đơn vị vẫn tính là đã trả lời. Mẫu số bằng 0 thì không có tỷ lệ.`,
    '“Số đơn vị có số liệu / phải báo cáo” đếm theo nghĩa vụ báo cáo của kỳ, không kể đơn vị được miễn hoặc đã sáp nhập, chia tách.',
    'Chỉ tiêu được đánh giá “Đạt” khi đủ số liệu của mọi đơn vị, hoặc khi phần còn thiếu không thể làm thay đổi kết luận; nếu không thì ghi “Đạt trên số đã báo cáo”. “Chưa đạt” chỉ kết luận sau khi kỳ cuối năm đã chốt; trước đó ghi “Đang thực hiện”, “Đúng tiến độ” hoặc “Chậm tiến độ”.',
    'Làm tròn: chỉ một lần khi hiển thị, đến một chữ số thập phân, từ 5 trở lên làm tròn lên. Ô tỷ lệ chứa thương số đầy đủ (công thức tử số / mẫu số). So với mục tiêu bằng số chính xác: 1.079/10.793 hiển thị 10,0% nhưng chưa đạt 10%.',
    'Số có dấu * là số ước thực hiện. Nội dung có/không: tổng hợp bằng số đơn vị trả lời “Có” trên số đơn vị trả lời; việc chỉ làm một lần, hoặc mỗi năm một lần, đã “Có” ở kỳ trước thì vẫn được tính, kể cả khi đơn vị chưa nộp kỳ này.',
    'Chỉ tiêu có mẫu số được các kế hoạch ghi khác nhau (ví dụ có hay không tính người lao động) thì số chung gộp các cách ghi đó và được chú thích.',
    ...(illustrative
      ? [
          'CẢNH BÁO: có mục tiêu mang tính MINH HOẠ, không phải văn bản của cơ quan nào; không dùng để đánh giá, khen thưởng, kiểm điểm.',
        ]
      : []),
  ];
}

function writeIndicators(pen: Pen, totals: readonly Total[]): void {
  pen.line('II. CHỈ TIÊU', look({ bold: true }));
  pen.row([
    { value: 'STT', look: head() },
    { value: 'Chỉ tiêu', look: head() },
    { value: 'Tử số', look: head(), span: 2 },
    { value: 'Mẫu số', look: head() },
    { value: 'Tính cả năm', look: head() },
    { value: 'Căn cứ', look: head() },
  ]);
  const small = cell({ size: 11 });
  const centred = cell({ align: 'center', size: 11 });
  for (const { total, stt } of numbered(totals)) {
    const { indicator } = total;
    pen.row([
      { value: stt, look: centred },
      { value: indicator.name, look: small },
      { value: indicator.numerator ?? DASH, look: indicator.numerator ? small : centred, span: 2 },
      { value: indicator.denominator ?? DASH, look: indicator.denominator ? small : centred },
      { value: overTimeLabels[indicator.overTime], look: small },
      {
        value: indicator.clause ?? 'Suy ra từ nhiệm vụ trong các kế hoạch; không văn bản nào đặt mục tiêu bằng số',
        look: small,
      },
    ]);
  }
}

function writeTargets(pen: Pen, summary: Summary, documents: Documents): void {
  pen.line('III. MỤC TIÊU ĐÃ DÙNG ĐỂ SO', look({ bold: true }));
  pen.row([
    ...['STT', 'Chỉ tiêu', 'Đơn vị áp dụng', 'Mức, năm', 'Văn bản, điều khoản'].map((value) => ({
      value,
      look: head(),
    })),
    { value: 'Nguyên văn', look: head(), span: 2 },
  ]);
  const used = usedTargets(summary);
  if (used.length === 0)
    pen.row([{ value: 'Không có mục tiêu nào.', look: cell({ align: 'center', italic: true }), span: WIDTHS.length }]);
  const small = cell({ size: 11 });
  const centred = cell({ align: 'center', size: 11 });
  used.forEach(({ total, assessed, unit }, index) => {
    pen.row([
      { value: index + 1, look: centred },
      { value: total.indicator.name, look: small },
      { value: unit, look: centred },
      { value: `${thresholdText(assessed)}\n${targetYearText(assessed)}`, look: centred },
      { value: `${documents.mark(assessed)}: ${assessed.clause}`, look: centred },
      { value: assessed.wording, look: small, span: 2 },
    ]);
    pen.commit();
  });
  pen.gap();
  pen.line('IV. VĂN BẢN', look({ bold: true }));
  for (const title of documents.titles()) pen.line(title, look({ vertical: 'top' }));
}

type Used = { total: Total; assessed: Assessed; unit: string };

/** Each target once: the province's own and superior ones first, then those of communes' own plans. */
function usedTargets({ accepted, below }: Summary): Used[] {
  const seen = new Set<string>();
  const used: Used[] = [];
  const add = (total: Total, assessed: Assessed | null, unit: string) => {
    if (!assessed || assessed.status === 'no_target') return;
    const key = [assessed.planKey, total.indicator.code, assessed.targetYear, assessed.wording].join('\n');
    if (!seen.has(key)) used.push({ total, assessed, unit });
    seen.add(key);
  };
  const each = (unit: UnitTotals, name: string) => {
    for (const total of unit.totals) add(total, total.own, name);
  };
  each(accepted, sentence(titleOf(accepted.unit)));
  for (const total of accepted.totals) add(total, total.superior, 'Quốc gia');
  for (const commune of below) each(commune, sentence(titleOf(commune.unit)));
  return used;
}
