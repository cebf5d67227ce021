/**
 * What the sheet itself allows in a cell to fill in: lists, limits, formats (Excel's data validation). They help whoever
 * fills in the form; what decides is what the server reads.
 */
import type { DataValidation } from 'exceljs';
import { DAYS } from './content.js';
import {
  CONFIRMED,
  type Field,
  type FormIndicator,
  type FormLayout,
  NO_SECRETS,
  stateWords,
  yesWords,
} from './layout.js';

type Limit = { format: string; align: 'left' | 'center' | 'right'; top?: boolean; validation?: DataValidation };

const LARGEST = 1_000_000_000_000;
const TEXT = '@';
const GENERAL = 'General';

const list = (words: readonly string[], prompt?: string): DataValidation => ({
  type: 'list',
  allowBlank: true,
  formulae: [`"${words.join(',')}"`],
  showErrorMessage: true,
  errorTitle: 'Chọn trong danh sách',
  error: `Chọn một trong: ${words.join('; ')}.`,
  ...(prompt && { showInputMessage: true, prompt }),
});

const atMost = (length: number): DataValidation => ({
  type: 'textLength',
  operator: 'lessThanOrEqual',
  allowBlank: true,
  formulae: [length],
  showErrorMessage: true,
  errorTitle: 'Quá dài',
  error: `Tối đa ${length.toLocaleString('vi')} ký tự.`,
});

const day: DataValidation = {
  type: 'date',
  operator: 'between',
  allowBlank: true,
  formulae: [new Date('2000-01-01T00:00:00Z'), new Date('2099-12-31T00:00:00Z')],
  showErrorMessage: true,
  errorTitle: 'Ngày không hợp lệ',
  error: 'Ghi ngày/tháng/năm, ví dụ 10/6/2026.',
};

/** The words that the state of an indicator's figure may take. */
export const statesOf = ({ notApplicableAllowed }: FormIndicator): string[] => [
  ...[stateWords.value, stateWords.estimate],
  ...(notApplicableAllowed ? [stateWords.not_applicable] : []),
  stateWords.missing,
];

export function limitOf(layout: FormLayout, field: Field): Limit {
  switch (field.of) {
    case 'narrative':
      return { format: GENERAL, align: 'left', top: true, validation: atMost(20_000) };
    case 'comment':
      return { format: GENERAL, align: 'left', top: true, validation: atMost(2_000) };
    case 'confirm':
      return { format: GENERAL, align: 'left', validation: list([CONFIRMED]) };
    case 'containsNoSecrets':
      return { format: GENERAL, align: 'left', validation: list([NO_SECRETS]) };
    case 'header':
      return DAYS.includes(field.part)
        ? { format: 'dd/mm/yyyy', align: 'left', validation: day }
        : { format: field.part === 'documentNumber' ? TEXT : GENERAL, align: 'left', validation: atMost(500) };
  }
  const indicator = layout.indicators.find(({ code }) => code === field.indicator)!;
  switch (field.part) {
    case 'yes':
      return { format: GENERAL, align: 'center', validation: list(Object.values(yesWords)) };
    case 'state':
      return { format: GENERAL, align: 'center', validation: list(statesOf(indicator)) };
    case 'note':
      return { format: GENERAL, align: 'left', validation: atMost(2_000) };
    case 'documentNumber':
      return { format: TEXT, align: 'left', validation: atMost(500) };
    case 'documentDate':
      return { format: 'dd/mm/yyyy', align: 'center', validation: day };
    default:
      return {
        format: indicator.scale === 0 ? '#,##0' : `#,##0.${'#'.repeat(indicator.scale)}`,
        align: 'right',
        validation: numbers(layout, indicator, field.part),
      };
  }
}

/** Not below 0; a numerator not above its denominator, once both are there. */
function numbers(layout: FormLayout, { code, scale }: FormIndicator, part: 'numerator' | 'denominator' | 'value') {
  const place = (of: 'numerator' | 'denominator', indicator = code) =>
    layout.placeOf({ of: 'figure', indicator, part: of });
  const own = place('denominator');
  const leader = layout.sharedWith.get(code);
  const beyond = leader
    ? `IF(ISNUMBER(${place('denominator', leader)}),${place('denominator', leader)},${LARGEST})`
    : LARGEST;
  const most = part === 'numerator' ? `IF(ISNUMBER(${own}),${own},${beyond})` : LARGEST;
  const least =
    part === 'denominator' && place('numerator') ? `IF(ISNUMBER(${place('numerator')}),${place('numerator')},0)` : 0;
  const what = scale === 0 ? 'số nguyên, không âm' : `số không âm, tối đa ${scale} chữ số thập phân`;
  const validation: DataValidation = {
    type: scale === 0 ? 'whole' : 'decimal',
    operator: 'between',
    allowBlank: true,
    formulae: [least, most],
    showErrorMessage: true,
    errorTitle: 'Số không hợp lệ',
    error: part === 'value' ? `Ghi ${what}.` : `Ghi ${what}; tử số không lớn hơn mẫu số.`,
  };
  return validation;
}
