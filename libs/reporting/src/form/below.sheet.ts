/**
 * What a commune's local units have sent, as a sheet beside its form: to read while filling it in, never read back. Who
 * has not reported stands there by name, and a sum says from how many it is (docs/semantics.md §3, "Local units").
 */
import type { Style, stream } from 'exceljs';
import { isUnitKind, unitTitle } from '#organisations';
import { isAskedOf } from '#programmes';
import { scaledText } from '../digits.js';
import { type LocalReport, proposalOf } from '../proposal.js';
import type { FormLayout } from './layout.js';
import { looks, style } from './looks.js';

const BELOW_SHEET = 'Số liệu dưới xã';
const STATES = ['chưa có số liệu', '', 'ước', 'không phát sinh'];
const figure: Partial<Style> = { ...looks.text, alignment: { ...looks.text.alignment, horizontal: 'right' } };

export function writeBelow(
  workbook: stream.xlsx.WorkbookWriter,
  { indicators: all }: FormLayout,
  reports: readonly LocalReport[],
): void {
  const indicators = all.filter(
    ({ kind, ...asked }) => kind !== 'text' && reports.some((unit) => isAskedOf(asked, unit.kind)),
  );
  const sheet = workbook.addWorksheet(BELOW_SHEET, {
    pageSetup: { paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
    views: [{ state: 'frozen', xSplit: 2, ySplit: 3 }],
  });
  sheet.columns = [{ width: 6 }, { width: 30 }, { width: 14 }, ...indicators.map(() => ({ width: 22 }))];
  const add = (values: (string | number)[], look: (column: number) => Partial<Style>, height?: number) => {
    const row = sheet.addRow(values);
    for (let column = 1; column <= values.length; column++) row.getCell(column).style = look(column);
    if (height) row.height = height;
    row.commit();
  };
  add(['SỐ LIỆU CÁC ĐƠN VỊ DƯỚI XÃ ĐÃ GỬI (chỉ để xem, không sửa ở đây)'], () => ({
    ...style({ bold: true, size: 13 }),
    alignment: { wrapText: false },
  }));
  add(
    ['Chỉ các thôn, xóm, làng, tổ dân phố … được cộng; trường học, cơ quan chỉ liệt kê. Chưa gửi không phải là 0.'],
    () => ({ ...looks.hint, alignment: { wrapText: false } }),
  );
  add(['STT', 'Đơn vị', 'Báo cáo', ...indicators.map(({ name }) => name)], () => looks.head, 100);
  reports.forEach((unit, index) => {
    const title = isUnitKind(unit.kind) ? unitTitle({ kind: unit.kind, name: unit.name }) : unit.name;
    const cells = indicators.map((indicator) => (isAskedOf(indicator, unit.kind) ? said(indicator, unit) : '–'));
    const look = (column: number) => (column === 2 ? looks.text : column > 3 ? figure : looks.number);
    add([index + 1, title, unit.version === null ? 'chưa gửi' : `bản ${unit.version}`, ...cells], look);
  });
  const sums = new Map(proposalOf(indicators, reports).map((proposed) => [proposed.indicator, proposed]));
  const totals = indicators.map(({ code }) => {
    const sum = sums.get(code);
    if (!sum) return 'không cộng';
    const { value, expected } = sum.coverage;
    if (sum.numerator === null) return `chưa có (0/${expected} đơn vị)`;
    const shown = sum.denominator === null ? sum.numerator : `${sum.numerator}/${sum.denominator}`;
    return `${shown} (${value}/${expected} đơn vị)`;
  });
  add(['', 'Cộng', '', ...totals], () => looks.section);
  sheet.commit();
}

type Placed = FormLayout['indicators'][number];

function said({ position, scale }: Placed, { figures }: LocalReport): string | number {
  if (!figures) return '';
  const slot = position - 1;
  const text = (digits: string | null | undefined) => (digits == null ? null : scaledText(digits, scale));
  const [n, d] = [text(figures.n[slot]), text(figures.d[slot])];
  const state = STATES[figures.s[slot] ?? 0]!;
  if (n === null) return state;
  if (d === null && state === '') return Number(n);
  return [d === null ? n : `${n}/${d}`, state].filter((part) => part !== '').join(' ');
}
