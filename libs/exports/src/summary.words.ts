/**
 * How a summary puts figures and assessments into words and numbers: shared by its sheets, so that they say the same thing
 * the same way. Texts come from the totals themselves wherever these have them (`display`, `label`, `notes`).
 */
import { type Assessed, displayNumber, type Total } from '#rollups';
import type { Summary } from './summary.js';

export const DASH = '–';
/** "không phát sinh", as the footnotes explain. */
export const NOT_APPLICABLE = 'KPS';

/** What a spreadsheet's number holds. */
const MOST_DIGITS = 15;

/**
 * Digits as a number for a cell. Beyond 15 digits a spreadsheet would change them: then the text, dots between thousands.
 * @param decimal exact decimal digits, "1234.50"
 */
export function exactNumber(decimal: string): number | string {
  if (decimal.length <= MOST_DIGITS) return Number(decimal);
  const [whole = '', decimals = ''] = decimal.split('.');
  const digits = (whole + decimals).replace(/^0+/, '');
  return digits.length <= MOST_DIGITS ? Number(decimal) : displayNumber(BigInt(whole + decimals), decimals.length);
}

/** Integers behind decimal digits of one scale, for exact sums. */
export const stored = (decimal: string): bigint => BigInt(decimal.replace('.', ''));

/** "#,##0", with as many decimals as the indicator has; an estimate carries an asterisk, room for which is kept always. */
export function numberFormat(scale: number, estimated = false): string {
  return `#,##0${scale > 0 ? `.${'0'.repeat(scale)}` : ''}${estimated ? '"*"' : '_*'}`;
}

/** The target a total is judged by here: its own; without one, the nearest superior's. */
export type Judged = { by: 'own' | 'superior'; assessed: Assessed } | null;

export function judged({ own, superior }: Total): Judged {
  const counts = (assessed: Assessed | null) => assessed !== null && assessed.status !== 'no_target';
  if (counts(own)) return { by: 'own', assessed: own! };
  if (counts(superior)) return { by: 'superior', assessed: superior! };
  return null;
}

/** "≥ 10%", "> 95%", "Có". */
export function thresholdText({ comparator, thresholdDisplay }: Assessed): string {
  return thresholdDisplay && comparator ? `${comparator === 'above' ? '>' : '≥'} ${thresholdDisplay}` : 'Có';
}

/** "năm 2026", or how an undated target stands. */
export const targetYearText = ({ targetYear }: Assessed): string =>
  targetYear === null ? 'không nêu năm' : `năm ${targetYear}`;

/** The documents that targets come from, numbered in the order in which the results name them. */
export class Documents {
  private readonly known = new Map<string, { number: number; title: string; illustrative: boolean }>();

  constructor(summary: Summary) {
    for (const total of summary.accepted.totals) this.learn(total);
    for (const commune of summary.below) for (const total of commune.totals) this.learn(total);
  }

  /** "[1]" */
  mark({ planKey }: Assessed): string {
    return `[${this.known.get(planKey)!.number}]`;
  }

  /** "[1] Kế hoạch …". @param of only these plans, by key */
  titles(of?: ReadonlySet<string>): string[] {
    return [...this.known]
      .filter(([key]) => !of || of.has(key))
      .map(([, { number, title, illustrative }]) => `[${number}] ${title}${marked(title, illustrative)}`);
  }

  private learn({ own, superior }: Total): void {
    for (const assessed of [own, superior])
      if (assessed && assessed.status !== 'no_target' && !this.known.has(assessed.planKey))
        this.known.set(assessed.planKey, {
          number: this.known.size + 1,
          title: assessed.illustrative ? assessed.planTitle : `${assessed.planDocument}: ${assessed.planTitle}`,
          illustrative: assessed.illustrative,
        });
  }
}

/** Illustrative plans say so in their title; where one does not, it is said here. */
const marked = (title: string, illustrative: boolean) =>
  illustrative && !title.toLocaleLowerCase('vi').includes('minh hoạ') ? ' (minh hoạ)' : '';

const kinds = ['ratio', 'milestone', 'flow', 'stock'];

/** The totals in the order of their kinds, with the running number they have on every sheet. `at` is the place given. */
export function numbered(totals: readonly Total[]): { total: Total; at: number; stt: number }[] {
  return totals
    .map((total, at) => ({ total, at, kind: kinds.indexOf(total.indicator.kind) }))
    .sort((a, b) => a.kind - b.kind || a.at - b.at)
    .map(({ total, at }, index) => ({ total, at, stt: index + 1 }));
}

export const isShare = ({ indicator }: Total): boolean => indicator.kind === 'ratio' || indicator.kind === 'milestone';

export const noValueText = {
  no_data: 'Chưa có số liệu',
  not_applicable: 'Không phát sinh',
  zero_denominator: 'Mẫu số bằng 0',
} as const;

/** A capital at the beginning. */
export function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase('vi') + text.slice(1);
}
