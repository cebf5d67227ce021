/**
 * What is wrong with a cell of an uploaded form, as data of the answer: sheet, cell, a stable code and a sentence in both
 * languages. The findings on the figures themselves are those of findings.ts, led to the cell they are about.
 */
import type { Finding } from '../findings.js';

type Words = Record<string, string | number>;

const catalogue = {
  'cell.formula': {
    vi: () =>
      'Ô chứa công thức. Biểu chỉ nhận số, chữ đã nhập: sao chép rồi dán dạng giá trị (Paste Special - Values).',
    en: () => 'The cell holds a formula. Only typed values are taken: copy it and paste as values.',
  },
  'cell.error': {
    vi: (w: Words) => `Ô mang giá trị lỗi ${w.text}. Ghi lại số liệu.`,
    en: (w: Words) => `The cell holds the error ${w.text}. Type the figure again.`,
  },
  'cell.number': {
    vi: (w: Words) =>
      `"${w.text}" không phải số hợp lệ. Ghi chữ số, dấu chấm hoặc dấu cách ngăn hàng nghìn, dấu phẩy trước phần thập phân; không ghi đơn vị, dấu âm.`,
    en: (w: Words) =>
      `"${w.text}" is not a valid number. Write digits, a dot or space between thousands, a comma before decimals; no unit, no sign.`,
  },
  'cell.number_dotted': {
    vi: (w: Words) =>
      `"${w.text}" được hiểu là số có phần thập phân, nhưng chỉ tiêu này nhận ${w.scale ? `tối đa ${w.scale} chữ số thập phân` : 'số nguyên'}. Nếu dấu chấm là ngăn hàng nghìn, ghi số liền, không dấu chấm.`,
    en: (w: Words) =>
      `"${w.text}" reads as a number with decimals, but this indicator takes ${w.scale ? `at most ${w.scale}` : 'whole numbers'}. If the dot separates thousands, write the digits without it.`,
  },
  'cell.number_comma': {
    vi: (w: Words) =>
      `"${w.text}" có quá nhiều chữ số sau dấu phẩy: chỉ tiêu này nhận ${w.scale ? `tối đa ${w.scale}` : 'số nguyên'}. Nếu dấu phẩy là ngăn hàng nghìn, ghi số liền, không dấu phẩy.`,
    en: (w: Words) =>
      `"${w.text}" has too many digits after the comma: this indicator takes ${w.scale ? `at most ${w.scale}` : 'whole numbers'}. If the comma separates thousands, write the digits without it.`,
  },
  'cell.dated': {
    vi: () =>
      'Ô đã bị đổi thành ngày tháng (thường do gõ dấu "/" hoặc "-"). Xoá ô rồi ghi lại; muốn giữ nguyên chữ thì gõ dấu nháy đơn ở trước.',
    en: () =>
      'The cell has turned into a date (often by typing "/" or "-"). Clear it and type again; an apostrophe in front keeps a text as it is.',
  },
  'cell.choice': {
    vi: (w: Words) => `"${w.text}" không có trong danh sách. Chọn một trong: ${w.choices}.`,
    en: (w: Words) => `"${w.text}" is not on the list. Choose one of: ${w.choices}.`,
  },
  'cell.day': {
    vi: (w: Words) => `"${w.text}" không phải ngày hợp lệ. Ghi ngày/tháng/năm đủ bốn chữ số năm, ví dụ 10/6/2026.`,
    en: (w: Words) =>
      `"${w.text}" is not a valid day. Write day/month/year with four digits of year, such as 10/6/2026.`,
  },
  'cell.merged': {
    vi: (w: Words) => `Vùng ${w.range} bị gộp ô. Bỏ gộp, hoặc tải lại biểu và nhập lại.`,
    en: (w: Words) => `The cells ${w.range} have been merged. Unmerge them, or download the form again.`,
  },
  'cell.outside': {
    vi: (w: Words) => `"${w.text}" nằm ngoài các ô nhập của biểu nên không được ghi nhận. Chuyển vào ô nhập hoặc xoá.`,
    en: (w: Words) => `"${w.text}" stands outside the cells of the form and would be lost. Move it, or clear it.`,
  },
  'cell.paper_only': {
    vi: () => 'Ngày đến chỉ do cấp trên ghi khi nhập thay báo cáo giấy. Để trống ô này.',
    en: () => 'Only the level above says when a paper report came. Leave this cell blank.',
  },
  'cell.paper_incomplete': {
    vi: () => 'Nhập thay báo cáo giấy phải ghi đủ số, ngày văn bản và ngày đến.',
    en: () => 'To record a paper report, its number, its date and the day on which it came are needed.',
  },
  'cell.unconfirmed': {
    vi: (w: Words) =>
      `Mẫu số của ${w.count} chỉ tiêu vẫn là số kỳ trước. Đối chiếu rồi chọn "Đã kiểm tra", hoặc ghi số mới.`,
    en: (w: Words) =>
      `The denominators of ${w.count} indicators are still those of the last period. Check them and choose "Đã kiểm tra", or write new ones.`,
  },
} as const;

export type CellFindingCode = keyof typeof catalogue;

/** A finding with its place. `cell` is null when it is about the whole report. */
export type FormFinding = Omit<Finding, 'code'> & {
  code: Finding['code'] | CellFindingCode;
  unit: string;
  sheet: string;
  cell: string | null;
};

export function cellFinding(
  code: CellFindingCode,
  place: { unit: string; sheet: string; cell: string; indicator?: string | null },
  words: Words = {},
): FormFinding {
  const entry = catalogue[code];
  const { unit, sheet, cell, indicator = null } = place;
  return { severity: 'error', code, unit, sheet, cell, indicator, vi: entry.vi(words), en: entry.en(words) };
}
