/**
 * What is wrong or odd with the figures of a report, as data: a code, the indicator, and a sentence in Vietnamese and in
 * English. An error stores nothing; a warning asks for a comment (docs/semantics.md §3).
 */
import { Problem } from '#core';

export type Finding = {
  severity: 'error' | 'warning';
  code: FindingCode;
  /** Code of the indicator, or null when it is about the whole report. */
  indicator: string | null;
  vi: string;
  en: string;
};

type Words = Record<string, string | number>;

/** The same sentence as for what is no report. */
const undeclared = new Problem('report.secrecy_undeclared');

const catalogue = {
  'report.secrecy_undeclared': { severity: 'error', vi: () => undeclared.vi, en: () => undeclared.en },
  'indicator.unknown': {
    severity: 'error',
    vi: (w: Words) => `Không có chỉ tiêu "${w.code}" trong biểu của kỳ này.`,
    en: (w: Words) => `This period's form has no indicator "${w.code}".`,
  },
  'indicator.repeated': {
    severity: 'error',
    vi: (w: Words) => `Chỉ tiêu "${w.name}" được khai ${w.times} lần.`,
    en: (w: Words) => `Indicator "${w.name}" is given ${w.times} times.`,
  },
  'number.format': {
    severity: 'error',
    vi: (w: Words) =>
      `"${w.name}": "${w.text}" không phải số hợp lệ. Qua API, ghi số không có dấu phân cách hàng nghìn${w.decimals ? `, tối đa ${w.decimals} chữ số sau dấu chấm` : ', không có phần thập phân'}.`,
    en: (w: Words) =>
      `"${w.name}": "${w.text}" is not a valid number. Over the API write plain digits without thousands separators${w.decimals ? `, at most ${w.decimals} decimals after a dot` : ' and without decimals'}.`,
  },
  'number.too_large': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": số ${w.text} quá lớn (tối đa ${w.most}).`,
    en: (w: Words) => `"${w.name}": ${w.text} is too large (at most ${w.mostEn}).`,
  },
  'date.format': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": "${w.text}" không phải ngày hợp lệ. Ghi năm-tháng-ngày, ví dụ 2026-06-10.`,
    en: (w: Words) => `"${w.name}": "${w.text}" is not a valid day. Write year-month-day, such as 2026-06-10.`,
  },
  'figure.parts': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": ${w.need}.`,
    en: (w: Words) => `"${w.name}": ${w.needEn}.`,
  },
  'ratio.numerator_exceeds': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": tử số ${w.n} lớn hơn mẫu số ${w.d}.`,
    en: (w: Words) => `"${w.name}": the numerator ${w.n} exceeds the denominator ${w.d}.`,
  },
  'ratio.zero_denominator': {
    severity: 'error',
    vi: (w: Words) =>
      `"${w.name}": mẫu số bằng 0. Chỉ tiêu này luôn phát sinh: ghi tổng số thực tế; nếu chưa có số liệu, khai "thiếu" (MISSING) kèm lý do.`,
    en: (w: Words) =>
      `"${w.name}": the denominator is 0. This indicator always applies: give the true total; if it is not known yet, say MISSING and why.`,
  },
  'figure.not_applicable_refused': {
    severity: 'error',
    vi: (w: Words) =>
      `"${w.name}": chỉ tiêu này luôn phát sinh, không được khai "không phát sinh". Ghi số liệu; nếu chưa có, khai "thiếu" (MISSING) kèm lý do.`,
    en: (w: Words) =>
      `"${w.name}" always applies; "not applicable" is not accepted. Give the figure, or say MISSING and why.`,
  },
  'milestone.taken_back': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": kỳ trước đã khai "Có"; việc chỉ làm một lần không thể thành "Không".`,
    en: (w: Words) => `"${w.name}": an earlier period said yes; what is done once cannot become a no.`,
  },
  'figure.omitted': {
    severity: 'warning',
    vi: (w: Words) => `"${w.name}": không có trong báo cáo; được ghi là thiếu số liệu. Ghi rõ lý do.`,
    en: (w: Words) => `"${w.name}" is not in the report and counts as missing. Say why.`,
  },
  'sum.parts': {
    severity: 'warning',
    vi: (w: Words) =>
      `"${w.name}": ${w.total}, nhưng các phần (${w.parts}) cộng lại là ${w.sum}. Kiểm tra lại hoặc giải trình.`,
    en: (w: Words) => `"${w.name}" is ${w.total}, but its parts (${w.parts}) add up to ${w.sum}. Check, or explain.`,
  },
  'sum.channels': {
    severity: 'warning',
    vi: (w: Words) =>
      `"${w.name}": ${w.total}, khác tổng theo kênh ${w.sum} (${w.parts}). Kiểm tra lại hoặc giải trình, ví dụ một tin đăng nhiều kênh.`,
    en: (w: Words) =>
      `"${w.name}" is ${w.total}, unlike the sum of its channels ${w.sum} (${w.parts}). Check, or explain, such as one item on several channels.`,
  },
  'proposal.differs': {
    severity: 'warning',
    vi: (w: Words) =>
      `"${w.name}": ${w.now}, khác số các đơn vị dưới xã cộng lại ${w.proposed} (từ ${w.value}/${w.of} đơn vị). Ghi lý do ở ghi chú của chỉ tiêu này.`,
    en: (w: Words) =>
      `"${w.name}": ${w.now}, unlike what the local units add up to, ${w.proposed} (from ${w.value} of ${w.of} units). Give the reason in this figure's note.`,
  },
  'proposal.incomplete': {
    severity: 'warning',
    vi: (w: Words) =>
      `"${w.name}": ${w.now} mới cộng từ ${w.value}/${w.of} đơn vị dưới xã. Bổ sung phần còn thiếu hoặc giải trình.`,
    en: (w: Words) =>
      `"${w.name}": ${w.now} is the sum of only ${w.value} of ${w.of} local units. Add what is missing, or explain.`,
  },
  'figure.jump': {
    severity: 'warning',
    vi: (w: Words) =>
      `"${w.name}": ${w.now} so với ${w.before} kỳ trước, chênh hơn ${w.times} lần. Kiểm tra lại hoặc giải trình.`,
    en: (w: Words) =>
      `"${w.name}": ${w.now} against ${w.before} in the last period, more than ${w.timesEn} times apart. Check, or explain.`,
  },
  'ratio.denominator_shrank': {
    severity: 'warning',
    vi: (w: Words) => `"${w.name}": mẫu số giảm từ ${w.before} xuống ${w.now}. Kiểm tra lại hoặc giải trình.`,
    en: (w: Words) => `"${w.name}": the denominator fell from ${w.before} to ${w.now}. Check, or explain.`,
  },
  'narrative.too_long': {
    severity: 'error',
    vi: (w: Words) => `"${w.name}": dài ${w.length} ký tự, tối đa ${w.most}.`,
    en: (w: Words) => `"${w.name}": ${w.length} characters, at most ${w.most}.`,
  },
  'text.too_long': {
    severity: 'error',
    vi: (w: Words) => `Ghi chú hoặc giải trình dài ${w.length} ký tự, tối đa ${w.most}.`,
    en: (w: Words) => `A note or comment has ${w.length} characters, at most ${w.most}.`,
  },
} as const;

type FindingCode = keyof typeof catalogue;

export function finding(code: FindingCode, indicator: string | null, words: Words = {}): Finding {
  const entry = catalogue[code];
  return { severity: entry.severity, code, indicator, vi: entry.vi(words), en: entry.en(words) };
}

/** Answered only by a note of its own figure: the reason of one change, not a comment on the whole. */
export const needsNote = ({ code }: Finding): boolean => code === 'proposal.differs';
