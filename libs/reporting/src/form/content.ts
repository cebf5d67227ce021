/**
 * What a report says, in one comparable shape: for filling in a form from a stored version, and for telling whether an
 * uploaded form says anything new.
 */

import { scaledText } from '../digits.js';
import type { FigureArrays } from '../given.js';
import type { Header } from '../header.js';
import {
  type Field,
  type FigurePart,
  type FormIndicator,
  type FormLayout,
  type NotePart,
  stateWords,
  yesWords,
} from './layout.js';
import { tidy } from './values.js';

type Note = {
  indicatorId: number;
  note: string | null;
  documentNumber: string | null;
  documentDate: string | null;
};

export type Content = {
  figures: FigureArrays;
  notes: Note[];
  narratives: { indicatorId: number; body: string }[];
  comment: string | null;
  header: Header;
};

/** The unit whose form it is, and what is known of its report. */
export type FormUnit = {
  obligationId: number;
  code: string;
  kind: string;
  name: string;
  parentKind: string;
  parentName: string;
  /** YYYY-MM-DD, the last day that is on time. */
  dueOn: string;
  /** Number and state of the newest version; 0 and null when there is none. */
  newest: number;
  state: string | null;
  /** What the newest version says. */
  content: Content | null;
  last: { round: string; figures: FigureArrays } | null;
  /** Of a unit that others were merged into since it reported last: the sums of their denominators, by position. */
  inherited: FigureArrays['d'] | null;
};

/** A text, a decimal number, or a day (YYYY-MM-DD), as the cell shall show it. */
export type CellContent = { kind: 'text' | 'number' | 'day'; text: string };

export type Prefill = {
  /** By the cell's name, "F14". */
  cells: Map<string, CellContent>;
  /** Denominators taken from the last round, or from those that were merged, by indicator: to be confirmed (docs/semantics.md §3). */
  carried: Record<string, string>;
};

const STATES = ['missing', 'value', 'estimate', 'not_applicable'] as const;
const HEADER = ['signer', 'signerTitle', 'documentNumber', 'documentDate', 'body', 'receivedOn'] as const;
/** Of the head, what is a day. */
export const DAYS: readonly string[] = ['documentDate', 'receivedOn'];

/**
 * What the form of a unit says before anybody writes in it: its own newest version; else the last denominators alone, of
 * the units that were merged into it where there were any.
 * @param fromAbove the level above fills it in: it may say when a paper came
 */
export function prefillOf(layout: FormLayout, unit: FormUnit, fromAbove: boolean): Prefill {
  const prefill: Prefill = { cells: new Map(), carried: {} };
  const put = (field: Field, kind: CellContent['kind'], text: string | null | undefined) => {
    const place = layout.placeOf(field);
    const clean = tidy(text);
    if (place !== null && clean !== null) prefill.cells.set(place, { kind, text: clean });
  };
  const putFigure = (indicator: string, part: FigurePart | NotePart, kind: CellContent['kind'], text?: string | null) =>
    put({ of: 'figure', indicator, part }, kind, text);
  const { content } = unit;
  if (!content) {
    const denominators = unit.inherited ?? unit.last?.figures.d;
    for (const { code, position, scale, kind } of layout.indicators) {
      const d = denominators?.[position - 1];
      if (kind !== 'ratio' || d == null || layout.sharedWith.has(code)) continue;
      prefill.carried[code] = scaledText(d, scale);
      putFigure(code, 'denominator', 'number', prefill.carried[code]);
    }
    return prefill;
  }
  const notes = new Map(content.notes.map((note) => [note.indicatorId, note]));
  const bodies = new Map(content.narratives.map(({ indicatorId, body }) => [indicatorId, body]));
  for (const indicator of layout.indicators) {
    const { code, kind, id } = indicator;
    if (kind === 'text') {
      put({ of: 'narrative', indicator: code }, 'text', bodies.get(id));
      continue;
    }
    const figure = figureOf(content.figures, indicator);
    const answered = figure.state === 'value' || figure.state === 'estimate';
    if (answered && kind === 'milestone') putFigure(code, 'yes', 'text', figure.n === '1' ? yesWords.yes : yesWords.no);
    else if (answered) putFigure(code, kind === 'ratio' ? 'numerator' : 'value', 'number', figure.n);
    if (answered && kind === 'ratio' && !sharesAlike(layout, content.figures, indicator))
      putFigure(code, 'denominator', 'number', figure.d);
    putFigure(code, 'state', 'text', stateWords[figure.state]);
    const note = notes.get(id);
    putFigure(code, 'note', 'text', note?.note);
    putFigure(code, 'documentNumber', 'text', note?.documentNumber);
    putFigure(code, 'documentDate', 'day', note?.documentDate);
  }
  put({ of: 'comment' }, 'text', content.comment);
  for (const part of HEADER)
    if (part !== 'receivedOn' || fromAbove)
      put({ of: 'header', part }, DAYS.includes(part) ? 'day' : 'text', content.header[part]);
  return prefill;
}

type Figure = { state: (typeof STATES)[number]; n: string | null; d: string | null };

/** A figure of a version as decimal text. */
export function figureOf({ n, d, s }: FigureArrays, { position, scale }: FormIndicator): Figure {
  const text = (digits: string | null | undefined) => (digits == null ? null : scaledText(digits, scale));
  const slot = position - 1;
  return { state: STATES[s[slot] ?? 0]!, n: text(n[slot]), d: text(d[slot]) };
}

/** Whether a ratio's denominator is that of the indicator it shares it with, so that it need not be written again. */
function sharesAlike(layout: FormLayout, figures: FigureArrays, indicator: FormIndicator): boolean {
  const leader = layout.indicators.find(({ code }) => code === layout.sharedWith.get(indicator.code));
  if (!leader) return false;
  const { state, d } = figureOf(figures, leader);
  return (state === 'value' || state === 'estimate') && d === figureOf(figures, indicator).d;
}

/** Whether both say the same. Spaces at the ends of texts and the composition of their letters make no difference. */
export function saysTheSame(a: Content, b: Content): boolean {
  return canonical(a) === canonical(b);
}

function canonical({ figures, notes, narratives, comment, header }: Content): string {
  const slots = figures.s.map((s, slot) => [s, figures.n[slot] ?? null, figures.d[slot] ?? null]);
  while (slots.at(-1)?.[0] === 0) slots.pop();
  return JSON.stringify([
    slots,
    notes
      .map(({ indicatorId, note, documentNumber, documentDate }) => [
        ...[indicatorId, tidy(note), tidy(documentNumber), documentDate || null],
      ])
      .filter(([, ...said]) => said.some((text) => text !== null))
      .sort(([a], [b]) => Number(a) - Number(b)),
    narratives
      .map(({ indicatorId, body }) => [indicatorId, tidy(body)] as const)
      .filter(([, body]) => body !== null)
      .sort(([a], [b]) => a - b),
    tidy(comment),
    HEADER.map((part) => tidy(header[part])),
  ]);
}
