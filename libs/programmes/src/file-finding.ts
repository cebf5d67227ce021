/**
 * What can be wrong, or worth knowing, in a plan or programme file: one catalogue of stable codes with a Vietnamese and
 * an English sentence that say what to change. Findings are data of the answer, each with the path of the field
 * (`targets[2].threshold`) and the line it stands on; they are not problems.
 */
type Details = Record<string, unknown>;
type Sentence = (d: Details) => string;

const catalogue = {
  too_large: [(d) => `Tệp lớn hơn ${d.most} KB.`, (d) => `The file is larger than ${d.most} KB.`],
  yaml_syntax: [(d) => `Sai cú pháp YAML: ${d.reason}`, (d) => `The YAML cannot be read: ${d.reason}`],
  alias_refused: [
    () => 'Không dùng neo (&, *) của YAML; hãy viết lại nội dung.',
    () => 'YAML anchors (&, *) are not accepted; write the content out.',
  ],
  missing: [() => 'Thiếu mục bắt buộc này.', () => 'This is required and is missing.'],
  unknown_key: [(d) => `Không có mục tên "${d.key}".`, (d) => `There is no field "${d.key}".`],
  wrong_value: [(d) => `Giá trị không hợp lệ${d.hint}.`, (d) => `The value is not valid${d.hint}.`],
  text_form: [() => 'Văn bản trống hoặc có ký tự điều khiển.', () => 'The text is empty or holds control characters.'],
  code_form: [
    () => 'Mã chỉ gồm chữ thường không dấu, số và dấu nối.',
    () => 'A code has only lower-case ASCII letters, digits and its separator.',
  ],
  round_form: [() => 'Kỳ phải có dạng 2026H1 hoặc 2026H2.', () => 'A period looks like 2026H1 or 2026H2.'],
  year_range: [() => 'Năm phải từ 2025 đến 2035.', () => 'The year must be from 2025 to 2035.'],
  date_invalid: [() => 'Ngày phải có thật, dạng 2026-03-31.', () => 'The date must exist and look like 2026-03-31.'],
  due_invalid: [
    () => 'Ngày trong năm phải có thật, dạng tháng-ngày 06-10.',
    () => 'The day must exist in every year and look like 06-10 (month-day).',
  ],
  due_pair: [
    () => 'Phải có cả ngày của 6 tháng đầu năm và ngày của cả năm, hoặc không có ngày nào.',
    () => 'Give the days of both half-years, or neither.',
  ],
  due_order: [
    () => 'Ngày của 6 tháng đầu năm phải trước ngày của 6 tháng cuối năm.',
    () => 'The day of the first half-year must come before that of the second.',
  ],
  due_unworded: [
    () => 'Thiếu lời văn về hạn; nếu văn bản không nêu thì ghi inferred: true.',
    () => 'The wording of the due date is missing; if the document has none, say inferred: true.',
  ],
  threshold_form: [
    () => 'Ngưỡng là số, dấu thập phân là dấu chấm, không có dấu phân nhóm: 33.5.',
    () => 'A threshold is a number with a decimal point and no grouping: 33.5.',
  ],
  threshold_range: [
    () => 'Ngưỡng không được âm; ngưỡng của tỷ lệ không quá 100.',
    () => 'A threshold is not negative; that of a ratio is at most 100.',
  ],
  threshold_pair: [
    () => 'Phải có cả comparator và threshold, hoặc không có mục nào.',
    () => 'Give both comparator and threshold, or neither.',
  ],
  threshold_missing: [
    () => 'Chỉ tiêu bằng số cần ngưỡng; mục tiêu không có số thì ghi ở goals.',
    () => 'An indicator in numbers needs a threshold; an aim without a number belongs in goals.',
  ],
  threshold_refused: [() => 'Chỉ tiêu có/không không nhận ngưỡng.', () => 'A yes/no indicator takes no threshold.'],
  text_target: [
    () => 'Phần tường thuật không nhận mục tiêu; hãy ghi ở goals.',
    () => 'A narrative takes no target; use goals.',
  ],
  every_year_start: [
    () => '“Hằng năm” cần năm bắt đầu.',
    () => 'A target of every year needs the year it starts with.',
  ],
  duplicate: [(d) => `Trùng với ${d.first}.`, (d) => `Already given at ${d.first}.`],
  illustrative_unmarked: [
    () => 'Kế hoạch minh hoạ phải có chữ “minh hoạ” trong tên.',
    () => 'An illustrative plan must say "minh hoạ" in its title.',
  ],
  position_gap: [
    (d) => `Vị trí phải liên tục từ 1; ở đây phải là ${d.expected}.`,
    (d) => `Positions run from 1 without gaps; ${d.expected} is due here.`,
  ],
  axes_disagree: [
    (d) => `Loại ${d.kind} chỉ đi với over_time: ${d.allowed}.`,
    (d) => `Kind ${d.kind} goes with over_time: ${d.allowed}.`,
  ],
  source_missing: [
    () => 'Chỉ tiêu phải nêu điều khoản (clause) hoặc cách suy ra (derived).',
    () => 'An indicator names its clause, or says how it is derived.',
  ],
  parts_missing: [
    () => 'Tỷ lệ phải nêu rõ tử số, mẫu số và đơn vị tính.',
    () => 'A ratio says its numerator, its denominator and its unit.',
  ],
  parts_refused: [() => 'Chỉ tỷ lệ mới có tử số và mẫu số.', () => 'Only a ratio has a numerator and a denominator.'],
  local_kind: [
    () => 'Chỉ ghi loại đơn vị dưới xã (thon, xom, truong_hoc …) hoặc territorial (mọi loại chia theo địa bàn).',
    () => 'Name kinds of local units (thon, xom, truong_hoc …) or territorial (all that divide the territory).',
  ],
  sum_refused: [
    () => 'Chỉ tỷ lệ và số lượng mới cộng được từ đơn vị dưới xã.',
    () => 'Only ratios and counts add up from local units.',
  ],
  sum_territorial: [
    () => 'Trường học, cơ quan nằm trong các thôn nên chỉ liệt kê (listed_from), không cộng.',
    () => 'Schools and offices lie within the territorial units: list them (listed_from), do not add them up.',
  ],
  check_number: [
    () => 'Ngưỡng kiểm tra là số dương viết bằng dấu chấm: 5 hoặc 2.5.',
    () => 'The threshold of a check is a positive number with a decimal point: 5 or 2.5.',
  ],
  check_refused: [
    (d) => `Kiểm tra này không dùng cho loại ${d.kind}.`,
    (d) => `This check does not go with kind ${d.kind}.`,
  ],
  check_part: [
    (d) => `"${d.part}" phải là một chỉ tiêu khác, cùng loại ${d.kind} và cùng số chữ số thập phân (${d.scale}).`,
    (d) => `"${d.part}" must be another indicator, of the same kind ${d.kind} and scale (${d.scale}).`,
  ],
  indicator_fixed: [
    (d) => `Chỉ tiêu "${d.code}" đã dùng: không đổi được ${d.field} từ ${d.from} thành ${d.to}.`,
    (d) => `Indicator "${d.code}" is in use: its ${d.field} cannot change from ${d.from} to ${d.to}.`,
  ],
  indicator_removed: [
    (d) => `Không bỏ được chỉ tiêu "${d.code}" đã dùng.`,
    (d) => `Indicator "${d.code}" is in use and cannot be removed.`,
  ],
  programme_unknown: [(d) => `Không có chương trình "${d.code}".`, (d) => `There is no programme "${d.code}".`],
  indicator_unknown: [
    (d) => `Chương trình không có chỉ tiêu "${d.code}".`,
    (d) => `The programme has no indicator "${d.code}".`,
  ],
  unit_unknown: [(d) => `Không có đơn vị mã "${d.code}".`, (d) => `There is no unit with code "${d.code}".`],
  parent_unknown: [
    (d) => `Không có kế hoạch cấp trên "${d.key}"; nếu chỉ biết tên văn bản thì chỉ ghi wording.`,
    (d) => `There is no parent plan "${d.key}"; if only its name is known, give only the wording.`,
  ],
  key_taken: [
    (d) => `Khóa "${d.key}" đã thuộc kế hoạch của đơn vị khác.`,
    (d) => `The key "${d.key}" belongs to a plan of another unit.`,
  ],
  duty_unconfirmed: [
    () => 'Hạn báo cáo lên cấp trên chỉ có hiệu lực khi cấp trên xác nhận; tạm ghi là chưa xác nhận.',
    () => 'An own due date counts only once the receiver confirms it; stored as not confirmed.',
  ],
  due_before_cutoff: [
    (d) => `Hạn ${d.due} sớm hơn ngày chốt số liệu ${d.cutoff}: số liệu những ngày cuối ghi là ước thực hiện.`,
    (d) => `The due day ${d.due} is before the data cut-off ${d.cutoff}: the last days' figures are estimates.`,
  ],
} satisfies Record<string, [vi: Sentence, en: Sentence]>;

export type FileFindingCode = keyof typeof catalogue;
export type Path = readonly PropertyKey[];

export type FileFinding = {
  /** `targets[2].threshold`; empty for the file as a whole. */
  path: string;
  /** Line of the file, from 1, when known. */
  line: number | null;
  code: FileFindingCode;
  vi: string;
  en: string;
};

export function isFindingCode(text: string): text is FileFindingCode {
  return Object.hasOwn(catalogue, text);
}

/** The finding of a code at a path, its sentences filled with the details. */
export function fileFinding(
  code: FileFindingCode,
  path: Path,
  line: number | null,
  details: Details = {},
): FileFinding {
  const [vi, en]: [Sentence, Sentence] = catalogue[code];
  return { path: pathText(path), line, code, vi: vi(details), en: en(details) };
}

/** `['targets', 2, 'threshold']` as `targets[2].threshold`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
}
