/**
 * From the bare cells of an uploaded sheet to a submission: first whether it is still the form that was handed out, then
 * what each cell says. Pure. Every rule is in docs/semantics.md §7.
 */
import { Problem } from '#core';
import { parseScaled } from '../digits.js';
import { figureStates, type GivenFigure, type GivenNarrative } from '../given.js';
import type { Header } from '../header.js';
import { type CellFindingCode, cellFinding, type FormFinding } from './cell-findings.js';
import { type FormIds, IDS_SHEET, readIds, type UnitIds } from './form-ids.js';
import {
  CONFIRMED,
  cellName,
  type Field,
  type FormCell,
  type FormIndicator,
  type FormLayout,
  HEAD_ROWS,
  mergeOf,
  NO_SECRETS,
  stateWords,
  yesWords,
} from './layout.js';
import { statesOf } from './limits.js';
import type { RawBook, RawSheet } from './unpack.js';
import {
  isBlank,
  type Misread,
  type RawCell,
  type ReadValue,
  readChoice,
  readDay,
  readNumber,
  readText,
  tidy,
} from './values.js';

export type ReadForm = {
  unit: string;
  sheet: string;
  expectedVersion: number;
  figures: GivenFigure[];
  narratives: GivenNarrative[];
  comment: string | null;
  header: Header;
  containsNoSecrets: boolean;
  /** What is wrong with cells; errors all. */
  findings: FormFinding[];
  /** Indicators of which a cell could not be read. */
  unread: ReadonlySet<string>;
  /** Nobody has written anything but what the form came with. */
  blank: boolean;
};

/** @throws Problem form.foreign | form.altered */
export function idsOf(book: RawBook): FormIds {
  const sheet = book.sheets.find(({ name }) => name.normalize('NFC') === IDS_SHEET);
  const rows: string[][] = [];
  for (const { row, column, text } of sheet?.cells ?? [])
    if (row <= 1000 && column <= 4) {
      rows[row - 1] ??= [];
      rows[row - 1]![column - 1] = tidy(text) ?? '';
    }
  const ids = readIds(Array.from(rows, (row) => Array.from(row ?? [], (text) => text ?? '')));
  if (ids === 'foreign') throw new Problem('form.foreign');
  if (ids === 'altered') throw new Problem('form.altered', { sheet: IDS_SHEET, cell: null });
  return ids;
}

/** The sheet of a unit, told by the code in its first cell; what a sheet is called does not matter. @throws Problem form.altered */
export function sheetOf(book: RawBook, unit: string): RawSheet {
  const found = book.sheets.filter(({ cells }) =>
    cells.some(({ row, column, text }) => row === 1 && column === 1 && text === unit),
  );
  if (found.length !== 1)
    throw new Problem('form.altered', { sheet: found[1]?.name ?? unit, cell: found[1] ? 'A1' : null });
  return found[0]!;
}

const CODES: Record<Misread, CellFindingCode> = {
  number: 'cell.number',
  number_dotted: 'cell.number_dotted',
  number_comma: 'cell.number_comma',
  dated: 'cell.dated',
  choice: 'cell.choice',
  day: 'cell.day',
  formula: 'cell.formula',
  error: 'cell.error',
};

/** @param fromAbove the level above sends it, for a report that came on paper @throws Problem form.altered */
export function readForm(
  layout: FormLayout,
  book: RawBook,
  sheet: RawSheet,
  ids: UnitIds,
  fromAbove: boolean,
): ReadForm {
  return new FormReader(layout, book, sheet, ids, fromAbove).read();
}

class FormReader {
  private readonly cells: Map<string, RawCell>;
  private readonly findings: FormFinding[] = [];
  private readonly unread = new Set<string>();

  constructor(
    private readonly layout: FormLayout,
    private readonly book: RawBook,
    private readonly sheet: RawSheet,
    private readonly ids: UnitIds,
    private readonly fromAbove: boolean,
  ) {
    this.cells = new Map(sheet.cells.filter((cell) => !isBlank(cell)).map((cell) => [nameOf(cell), cell]));
  }

  read(): ReadForm {
    this.checkStructure();
    const figures = this.layout.indicators.flatMap((indicator) => this.figure(indicator) ?? []);
    const narratives = this.layout.indicators.flatMap(({ code, kind }) => {
      const text = kind === 'text' ? this.text({ of: 'narrative', indicator: code }) : null;
      return text === null ? [] : [{ indicator: code, text }];
    });
    const comment = this.text({ of: 'comment' });
    const header: Header = {
      body: this.text({ of: 'header', part: 'body' }),
      documentNumber: this.text({ of: 'header', part: 'documentNumber' }),
      documentDate: this.at({ of: 'header', part: 'documentDate' }, (cell) => readDay(cell, this.book.from1904)),
      signer: this.text({ of: 'header', part: 'signer' }),
      signerTitle: this.text({ of: 'header', part: 'signerTitle' }),
      receivedOn: this.at({ of: 'header', part: 'receivedOn' }, (cell) => readDay(cell, this.book.from1904)),
    };
    const noSecrets = this.at({ of: 'containsNoSecrets' }, (cell) => readChoice(cell, [NO_SECRETS]), {
      choices: NO_SECRETS,
    });
    this.checkConfirmed(figures);
    if (!this.fromAbove && header.receivedOn !== null)
      this.find('cell.paper_only', this.layout.placeOf({ of: 'header', part: 'receivedOn' })!, null, {});
    const said = [...Object.values(header), noSecrets, comment, ...narratives, ...figures];
    return {
      ...{ unit: this.ids.code, sheet: this.sheet.name, expectedVersion: this.ids.expectedVersion },
      ...{ figures, narratives, comment, header, containsNoSecrets: noSecrets !== null },
      ...{ findings: this.findings, unread: this.unread },
      blank: said.every((part) => part === null) && this.findings.length === 0,
    };
  }

  /** Labels and row names stand where they stood; nothing is merged or written where nothing belongs. */
  private checkStructure(): void {
    const known = new Map<string, FormCell>();
    const merges = new Set<string>();
    for (const row of this.layout.rows) {
      this.expectText(`A${row.number}`, row.key);
      for (const cell of row.cells) {
        const place = cellName(cell.column, row.number);
        known.set(place, cell);
        if (cell.kind === 'label') this.expectText(place, cell.text);
        const merge = mergeOf(cell, row.number);
        if (merge) merges.add(merge);
      }
    }
    for (const merge of this.sheet.merges)
      if (!merges.has(merge) && !isInHead(merge))
        this.find('cell.merged', merge.split(':')[0]!, null, { range: merge });
    for (const [place, cell] of this.cells)
      if (cell.row > HEAD_ROWS && !known.has(place) && !(cell.column === 1 && this.isKey(cell)))
        this.find('cell.outside', place, null, { text: short(cell) });
  }

  private isKey({ row }: RawCell): boolean {
    return this.layout.rows.some(({ number }) => number === row);
  }

  private expectText(place: string, expected: string): void {
    const cell = this.cells.get(place);
    const found = cell && !cell.formula ? tidy(cell.text) : null;
    if (found !== tidy(expected)) throw new Problem('form.altered', { sheet: this.sheet.name, cell: place });
  }

  private figure(indicator: FormIndicator): GivenFigure | null {
    const { code, kind, scale } = indicator;
    if (kind === 'text') return null;
    const field = (part: Extract<Field, { of: 'figure' }>['part']): Field => ({ of: 'figure', indicator: code, part });
    const number = (part: 'numerator' | 'denominator' | 'value') =>
      this.at(field(part), (cell) => readNumber(cell, scale), { scale });
    const words = statesOf(indicator);
    const place = this.at(field('state'), (cell) => readChoice(cell, words), { choices: words.join('; ') });
    const chosen = place === null ? null : words[place]!;
    const state = chosen === null ? null : figureStates.find((one) => stateWords[one] === chosen)!;
    const beside = {
      note: this.text(field('note')),
      documentNumber: this.text(field('documentNumber')),
      documentDate: this.at(field('documentDate'), (cell) => readDay(cell, this.book.from1904)),
    };
    const parts: Pick<GivenFigure, 'numerator' | 'denominator' | 'value' | 'yes'> = {};
    if (kind === 'milestone') {
      const yes = Object.values(yesWords);
      const answer = this.at(field('yes'), (cell) => readChoice(cell, yes), { choices: yes.join('; ') });
      if (answer !== null) parts.yes = yes[answer] === yesWords.yes;
    } else if (kind === 'ratio') {
      const n = number('numerator');
      const d = this.denominator(indicator, number('denominator'), n, state);
      if (n !== null) parts.numerator = n;
      if (d !== null) parts.denominator = d;
    } else {
      const value = number('value');
      if (value !== null) parts.value = value;
    }
    if (this.unread.has(code)) return null;
    const answered = Object.keys(parts).length > 0;
    if (!answered && state === null && Object.values(beside).every((said) => said === null)) return null;
    return { indicator: code, state: state ?? (answered ? 'value' : 'missing'), ...parts, ...beside };
  }

  /**
   * A denominator left blank is that of the indicator it is shared with; one that came from the last round is nobody's
   * answer until there is a numerator beside it.
   */
  private denominator(
    { code, scale }: FormIndicator,
    own: string | null,
    numerator: string | null,
    state: string | null,
  ): string | null {
    const answered = numerator !== null || state === 'value' || state === 'estimate';
    if (own !== null) return this.isCarried(code, own) && !answered ? null : own;
    const leader = this.layout.sharedWith.get(code);
    if (!leader || !answered) return null;
    const cell = this.cells.get(this.layout.placeOf({ of: 'figure', indicator: leader, part: 'denominator' })!);
    const read = cell && readNumber(cell, scale);
    return read && 'value' in read ? read.value : null;
  }

  /** Whether it is the denominator that the form came with from the last round. */
  private isCarried(code: string, digits: string): boolean {
    const { scale } = this.layout.indicators.find((indicator) => indicator.code === code)!;
    const carried = this.ids.carried[code];
    return carried !== undefined && parseScaled(digits, scale) === parseScaled(carried, scale);
  }

  private checkConfirmed(figures: readonly GivenFigure[]): void {
    const field: Field = { of: 'confirm' };
    const answer = this.at(field, (cell) => readChoice(cell, [CONFIRMED]), { choices: CONFIRMED });
    const standing = figures.filter(
      ({ indicator, denominator }) => denominator != null && this.isCarried(indicator, denominator),
    );
    if (answer === null && standing.length > 0)
      this.find('cell.unconfirmed', this.layout.placeOf(field)!, null, { count: standing.length });
  }

  private text(field: Field): string | null {
    return this.at(field, readText);
  }

  /** What a cell says; null when it is blank or wrong, which is then found. */
  private at<T>(
    field: Field,
    read: (cell: RawCell) => ReadValue<T>,
    words: Record<string, string | number> = {},
  ): T | null {
    const place = this.layout.placeOf(field)!;
    const cell = this.cells.get(place);
    if (!cell) return null;
    const result = read(cell);
    if ('value' in result) return result.value;
    const indicator = 'indicator' in field ? field.indicator : null;
    if (indicator !== null) this.unread.add(indicator);
    this.find(CODES[result.wrong], place, indicator, { ...words, text: short(cell) });
    return null;
  }

  private find(
    code: CellFindingCode,
    cell: string,
    indicator: string | null,
    words: Record<string, string | number>,
  ): void {
    this.findings.push(cellFinding(code, { unit: this.ids.code, sheet: this.sheet.name, cell, indicator }, words));
  }
}

const nameOf = ({ row, column }: RawCell) => `${letters(column)}${row}`;

function letters(column: number): string {
  const last = String.fromCharCode(65 + ((column - 1) % 26));
  return column > 26 ? letters(Math.floor((column - 1) / 26)) + last : last;
}

const isInHead = (merge: string) => Number(/(\d+)$/.exec(merge)?.[1]) <= HEAD_ROWS;

/** The beginning of what a cell holds, for a sentence about it. */
const short = ({ text }: RawCell) => (tidy(text) ?? '').slice(0, 40);
