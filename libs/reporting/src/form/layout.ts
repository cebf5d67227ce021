/**
 * What stands where in the sheet of one unit's report: labels, cells to fill in, and what is only shown. Writer and reader
 * share it, so that a cell means the same both ways. It depends on the round's indicators alone, never on a unit or its
 * figures; its fingerprint is the form's version. Column A is hidden and names every row.
 */
import { createHash } from 'node:crypto';
import type { AskedIndicator } from '../given.js';
import type { Header } from '../header.js';

/** Raised when the same indicators come to stand elsewhere. */
const LAYOUT = 1;

export type FormIndicator = AskedIndicator & {
  unitLabel: string | null;
  numerator: string | null;
  denominator: string | null;
  denominatorGroup: string | null;
};

const figureParts = ['numerator', 'denominator', 'value', 'yes', 'state'] as const;
const noteParts = ['note', 'documentNumber', 'documentDate'] as const;
export type FigurePart = (typeof figureParts)[number];
export type NotePart = (typeof noteParts)[number];

/** What a cell to fill in is about. */
export type Field =
  | { of: 'figure'; indicator: string; part: FigurePart | NotePart }
  | { of: 'narrative'; indicator: string }
  | { of: 'header'; part: keyof Header }
  | { of: 'containsNoSecrets' }
  | { of: 'comment' }
  | { of: 'confirm' };

export type Look = 'number' | 'section' | 'name' | 'part' | 'text' | 'hint' | 'sign' | 'signHint';

/** Figures of the last round beside those of this one, and the live percentage. */
export type Shown = { indicator: string; part: 'numerator' | 'denominator' | 'ratio' | 'lastRatio' };

export type FormCell = {
  column: number;
  /** Columns and rows taken, default 1. */
  span?: number;
  down?: number;
} & ({ kind: 'label'; text: string; look: Look } | { kind: 'shown'; shown: Shown } | { kind: 'input'; field: Field });

type FormRow = { number: number; key: string; cells: FormCell[]; lines?: number; breakBefore?: boolean };

export const COLUMNS = [
  { letter: 'A', title: '', width: 2 },
  { letter: 'B', title: 'STT', width: 5 },
  { letter: 'C', title: 'Chỉ tiêu', width: 50 },
  { letter: 'D', title: 'Đơn vị tính', width: 9 },
  { letter: 'E', title: 'Kỳ trước', width: 11 },
  { letter: 'F', title: 'Kỳ này', width: 13 },
  { letter: 'G', title: 'Tình trạng số liệu', width: 15 },
  { letter: 'H', title: 'Ghi chú, giải trình', width: 26 },
  { letter: 'I', title: 'Số, ký hiệu văn bản', width: 14 },
  { letter: 'J', title: 'Ngày văn bản', width: 11 },
] as const;
const [STT, NAME, UNIT, LAST, NOW, STATE, NOTE, DOCUMENT, DAY] = [2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
export const LAST_COLUMN = COLUMNS.length;

/** Title, unit, due date, instructions and column heads: shown, never read, but for the unit's code in A1. */
export const HEAD_ROWS = 13;

export const stateWords = {
  value: 'Chính thức',
  estimate: 'Ước thực hiện',
  not_applicable: 'Không phát sinh',
  missing: 'Chưa có số liệu',
} as const;
export const yesWords = { yes: 'Có', no: 'Không' } as const;
export const CONFIRMED = 'Đã kiểm tra';
export const NO_SECRETS = 'Không chứa nội dung mật';

const groups = [
  ['ratio', 'CHỈ TIÊU TÍNH THEO TỶ LỆ'],
  ['milestone', 'NHIỆM VỤ CÓ / KHÔNG'],
  ['flow', 'SỐ LƯỢNG PHÁT SINH TRONG KỲ'],
  ['stock', 'SỐ LƯỢNG TẠI THỜI ĐIỂM BÁO CÁO'],
] as const;
const roman = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII'];

const headerLabels: [keyof Header, string][] = [
  ['body', 'Cơ quan, bộ phận lập báo cáo'],
  ['documentNumber', 'Số, ký hiệu văn bản báo cáo'],
  ['documentDate', 'Ngày văn bản báo cáo (ngày/tháng/năm)'],
  ['signer', 'Người ký'],
  ['signerTitle', 'Chức vụ người ký'],
  ['receivedOn', 'Ngày đến (chỉ khi cấp trên nhập thay báo cáo giấy)'],
];

export class FormLayout {
  readonly rows: FormRow[] = [];
  /** Indicators with figures in the order in which they stand, numbered. */
  readonly numbers = new Map<string, number>();
  /** Code of the indicator whose denominator a ratio shares, where that one is asked first. */
  readonly sharedWith = new Map<string, string>();
  private readonly places = new Map<string, string>();
  private next = HEAD_ROWS + 1;

  constructor(readonly indicators: readonly FormIndicator[]) {
    let section = 0;
    const open = (title: string) =>
      this.row(`phan/${section + 1}`, [
        { column: STT, span: LAST_COLUMN - 1, kind: 'label', text: `${roman[section++]}. ${title}`, look: 'section' },
      ]);
    for (const [kind, title] of groups) {
      const members = indicators.filter((indicator) => indicator.kind === kind);
      if (members.length === 0) continue;
      open(title);
      for (const indicator of members) this.figure(indicator);
    }
    const texts = indicators.filter(({ kind }) => kind === 'text');
    if (texts.length > 0) {
      open('PHẦN THUYẾT MINH');
      this.rows.at(-1)!.breakBefore = true;
    }
    for (const { code, name } of texts) this.wide(code, name, { of: 'narrative', indicator: code }, 5);
    open('GIẢI TRÌNH, XÁC NHẬN');
    this.wide('giai_trinh', 'Giải trình chung (trả lời các cảnh báo của hệ thống)', { of: 'comment' }, 3);
    this.line('xac_nhan', `Mẫu số lấy từ kỳ trước, nếu có: chọn “${CONFIRMED}” sau khi đã đối chiếu`, {
      of: 'confirm',
    });
    open('THÔNG TIN VĂN BẢN');
    for (const [part, label] of headerLabels) this.line(`van_ban/${part}`, label, { of: 'header', part });
    this.line('van_ban/containsNoSecrets', `Bảo vệ bí mật nhà nước: soát lại báo cáo rồi chọn “${NO_SECRETS}”`, {
      of: 'containsNoSecrets',
    });
    this.sign();
  }

  /** Fingerprint of everything the form asks and where: 16 hexadecimal digits. */
  get version(): string {
    const asked = this.indicators.map(({ code, kind, overTime, notApplicableAllowed, scale }) => [
      ...[code, kind, overTime, notApplicableAllowed, scale],
    ]);
    const text = JSON.stringify([LAYOUT, asked, this.rows]);
    return createHash('sha256').update(text.normalize('NFC')).digest('hex').slice(0, 16);
  }

  /** Where a field is filled in, "F14"; null when the form does not ask it. */
  placeOf(field: Field): string | null {
    return this.places.get(JSON.stringify(field)) ?? null;
  }

  private row(name: string, cells: FormCell[], lines?: number): void {
    const number = this.next++;
    // LibreOffice takes "_xa_" in a cell for the character 0xA (Excel only four digits), so no underscore stands in a key.
    const key = name.replaceAll('_', '.');
    this.rows.push({ number, key, cells, lines });
    for (const cell of cells)
      if (cell.kind === 'input') this.places.set(JSON.stringify(cell.field), cellName(cell.column, number));
  }

  private figure(indicator: FormIndicator): void {
    const { code, kind, unitLabel } = indicator;
    const stt = this.numbers.size + 1;
    this.numbers.set(code, stt);
    const input = (column: number, part: FigurePart | NotePart, down = 1): FormCell => ({
      ...{ column, down },
      ...{ kind: 'input', field: { of: 'figure', indicator: code, part } },
    });
    const shown = (column: number, part: Shown['part']): FormCell => ({
      ...{ column, kind: 'shown' },
      shown: { indicator: code, part },
    });
    const down = kind === 'ratio' ? 3 : 1;
    const first: FormCell[] = [
      { column: STT, down, kind: 'label', text: String(stt), look: 'number' },
      { column: NAME, kind: 'label', text: indicator.name, look: kind === 'ratio' ? 'name' : 'text' },
      { column: UNIT, kind: 'label', text: kind === 'ratio' ? '%' : (unitLabel ?? ''), look: 'number' },
    ];
    const beside = [
      input(STATE, 'state', down),
      input(NOTE, 'note', down),
      input(DOCUMENT, 'documentNumber', down),
      input(DAY, 'documentDate', down),
    ];
    if (kind !== 'ratio') {
      const answer = input(NOW, kind === 'milestone' ? 'yes' : 'value');
      this.row(code, [...first, shown(LAST, 'numerator'), answer, ...beside]);
      return;
    }
    this.row(code, [...first, shown(LAST, 'lastRatio'), shown(NOW, 'ratio'), ...beside]);
    const leader = this.indicators.find(
      (other) => other.denominatorGroup !== null && other.denominatorGroup === indicator.denominatorGroup,
    );
    const shared = leader && leader.code !== code ? this.numbers.get(leader.code) : undefined;
    if (shared !== undefined) this.sharedWith.set(code, leader!.code);
    const parts = [
      ['numerator', `- Tử số: ${indicator.numerator ?? indicator.name}`],
      [
        'denominator',
        shared === undefined
          ? `- Mẫu số: ${indicator.denominator ?? ''}`
          : `- Mẫu số: như chỉ tiêu ${shared}, không phải ghi lại`,
      ],
    ] as const;
    for (const [part, text] of parts)
      this.row(`${code}/${part}`, [
        { column: NAME, kind: 'label', text, look: 'part' },
        { column: UNIT, kind: 'label', text: unitLabel ?? '', look: 'number' },
        shown(LAST, part),
        input(NOW, part),
      ]);
  }

  /** A text over the whole width, its question in the row above. */
  private wide(key: string, label: string, field: Field, lines: number): void {
    this.row(`${key}/hoi`, [{ column: STT, span: LAST_COLUMN - 1, kind: 'label', text: label, look: 'name' }]);
    this.row(key, [{ column: STT, span: LAST_COLUMN - 1, kind: 'input', field }], lines);
  }

  private line(key: string, label: string, field: Field): void {
    this.row(key, [
      { column: STT, span: NOW - STT, kind: 'label', text: label, look: 'text' },
      { column: NOW, span: LAST_COLUMN - NOW + 1, kind: 'input', field },
    ]);
  }

  private sign(): void {
    const left = { column: STT, span: LAST - STT } as const;
    const right = { column: LAST, span: LAST_COLUMN - LAST + 1 } as const;
    this.row('ky/0', []);
    for (const [key, a, b, look] of [
      ['ky/1', 'NGƯỜI LẬP BIỂU', 'THỦ TRƯỞNG ĐƠN VỊ', 'sign'],
      ['ky/2', '(Ký, ghi rõ họ tên)', '(Ký, ghi rõ họ tên, đóng dấu)', 'signHint'],
    ] as const)
      this.row(key, [
        { ...left, kind: 'label', text: a, look },
        { ...right, kind: 'label', text: b, look },
      ]);
  }
}

export const cellName = (column: number, row: number): string => `${COLUMNS[column - 1]!.letter}${row}`;

/** "B14:B16", or null for a cell that stands alone. */
export function mergeOf(cell: FormCell, row: number): string | null {
  const { column, span = 1, down = 1 } = cell;
  if (span === 1 && down === 1) return null;
  return `${cellName(column, row)}:${cellName(column + span - 1, row + down - 1)}`;
}

/** What the forms of a workbook are, in one word: their fingerprint, or one over several. */
export function versionOf(layouts: readonly FormLayout[]): string {
  const versions = [...new Set(layouts.map(({ version }) => version))].sort();
  if (versions.length <= 1) return versions[0] ?? '';
  return createHash('sha256').update(versions.join(' ')).digest('hex').slice(0, 16);
}
