/**
 * From what a commune sends to what is stored: figures checked against the form of the round and laid into arrays by
 * the indicator's position. Pure: everything it needs comes in, everything it finds comes out
 * (docs/semantics.md §2, §3; the order of the arrays is migrations/…-reporting.sql).
 */
import { isDay } from '#core';
import { parseScaled } from './digits.js';
import { type Finding, finding, needsNote } from './findings.js';
import {
  type AskedIndicator,
  type FigureArrays,
  type FigureState,
  figureStates,
  type GivenFigure,
  type GivenNarrative,
} from './given.js';
import { compare, oddSums, sharedDenominators, unlikeProposal } from './odd.js';
import type { ProposedFigure } from './proposal.js';

export type Earlier = {
  /** What stood in the last round, for comparison. */
  last: FigureArrays | null;
  /** Positions of milestones that some earlier round answered with yes. */
  yesBefore: ReadonlySet<number>;
  /** What the commune's local units add up to, by indicator; only those that have a figure. */
  proposed?: readonly ProposedFigure[];
};

export type Checked = {
  figures: FigureArrays;
  notes: { indicatorId: number; note: string | null; documentNumber: string | null; documentDate: string | null }[];
  narratives: { indicatorId: number; body: string }[];
  findings: Finding[];
  /** Nothing may be stored: an error, or a warning without a comment. */
  refused: boolean;
};

export const LARGEST = 1_000_000_000_000n;
const LONGEST_NARRATIVE = 20_000;
const LONGEST_NOTE = 2_000;

/**
 * Checks a report against the indicators asked in its round.
 * @param comment what the sender says about the report as a whole; it answers every warning that wants no note of its own
 */
export function checkReport(
  asked: AskedIndicator[],
  given: GivenFigure[],
  narratives: GivenNarrative[],
  comment: string | null,
  earlier: Earlier,
): Checked {
  const form: Form = new Map(asked.map((indicator) => [indicator.code, indicator]));
  const { figures, notes, findings: wrongFigures } = layFigures(form, sharedDenominators(asked, given), earlier);
  const { bodies, findings: wrongNarratives } = readNarratives(form, narratives);
  const findings = [
    ...strayCodes(form, [...given, ...narratives]),
    ...wrongFigures,
    ...omitted(asked, given),
    ...oddSums(asked, figures),
    ...unlikeProposal(asked, figures, earlier.proposed ?? []),
    ...longTexts([comment, ...given.flatMap((figure) => [figure.note, figure.documentNumber])]),
    ...wrongNarratives,
  ];

  const explained = new Set(given.filter(({ note }) => note?.trim()).map(({ indicator }) => indicator));
  const answered = (warning: Finding) =>
    explained.has(warning.indicator ?? '') || (Boolean(comment?.trim()) && !needsNote(warning));
  const refused = findings.some((found) => found.severity === 'error' || !answered(found));
  return { figures, notes, narratives: bodies, findings, refused };
}

/** What is asked, by the indicator's code. */
type Form = ReadonlyMap<string, AskedIndicator>;

/** Codes that the form does not know, or that are given more than once. */
function strayCodes(form: Form, given: { indicator: string }[]): Finding[] {
  const times = new Map<string, number>();
  for (const { indicator } of given) times.set(indicator, (times.get(indicator) ?? 0) + 1);
  return [...times].flatMap(([code, count]) => {
    const indicator = form.get(code);
    if (!indicator) return finding('indicator.unknown', code, { code });
    return count > 1 ? finding('indicator.repeated', code, { name: indicator.name, times: count }) : [];
  });
}

/** Lays the figures into arrays by position: what nobody gave is missing there, what the form does not know is left out. */
function layFigures(
  form: Form,
  given: GivenFigure[],
  earlier: Earlier,
): Pick<Checked, 'figures' | 'notes' | 'findings'> {
  const findings: Finding[] = [];
  const notes: Checked['notes'] = [];
  const length = Math.max(0, ...[...form.values()].map((indicator) => indicator.position));
  const figures: FigureArrays = {
    n: Array<string | null>(length).fill(null),
    d: Array<string | null>(length).fill(null),
    s: Array<number>(length).fill(0),
  };
  for (const figure of given) {
    const indicator = form.get(figure.indicator);
    if (!indicator) continue;
    const read = readFigure(indicator, figure, earlier);
    findings.push(...read.findings);
    const slot = indicator.position - 1;
    figures.n[slot] = read.n === null ? null : String(read.n);
    figures.d[slot] = read.d === null ? null : String(read.d);
    figures.s[slot] = figureStates.indexOf(read.state);

    const { note, documentNumber, documentDate } = figure;
    if (documentDate && !isDay(documentDate))
      findings.push(finding('date.format', indicator.code, { name: indicator.name, text: documentDate.slice(0, 40) }));
    if (note || documentNumber || documentDate)
      notes.push({
        indicatorId: indicator.id,
        note: note?.normalize('NFC') ?? null,
        documentNumber: documentNumber?.normalize('NFC') ?? null,
        documentDate: documentDate || null,
      });
  }
  return { figures, notes, findings };
}

function omitted(asked: AskedIndicator[], given: GivenFigure[]): Finding[] {
  const mentioned = new Set(given.map((figure) => figure.indicator));
  return asked
    .filter(({ kind, code }) => kind !== 'text' && !mentioned.has(code))
    .map(({ code, name }) => finding('figure.omitted', code, { name }));
}

function longTexts(texts: (string | null | undefined)[]): Finding[] {
  return texts.flatMap((text) =>
    text && text.length > LONGEST_NOTE
      ? finding('text.too_long', null, { length: text.length, most: LONGEST_NOTE })
      : [],
  );
}

function readNarratives(form: Form, given: GivenNarrative[]): { bodies: Checked['narratives']; findings: Finding[] } {
  const findings: Finding[] = [];
  const bodies: Checked['narratives'] = [];
  for (const { indicator: code, text } of given) {
    const indicator = form.get(code);
    if (!indicator) continue;
    if (indicator.kind !== 'text')
      findings.push(
        needs(indicator, 'đây là chỉ tiêu số liệu, không phải phần thuyết minh', 'this is a figure, not a narrative'),
      );
    if (text.length > LONGEST_NARRATIVE)
      findings.push(
        finding('narrative.too_long', code, { name: indicator.name, length: text.length, most: LONGEST_NARRATIVE }),
      );
    bodies.push({ indicatorId: indicator.id, body: text.normalize('NFC') });
  }
  return { bodies, findings };
}

const needs = (indicator: AskedIndicator, need: string, needEn: string): Finding =>
  finding('figure.parts', indicator.code, { name: indicator.name, need, needEn });

type Read = { state: FigureState; n: bigint | null; d: bigint | null; findings: Finding[] };

function readFigure(indicator: AskedIndicator, figure: GivenFigure, earlier: Earlier): Read {
  const { code, name } = indicator;
  const findings: Finding[] = [];
  const nothing = (state: FigureState): Read => ({ state, n: null, d: null, findings });

  if (indicator.kind === 'text') {
    findings.push(needs(indicator, 'gửi phần thuyết minh trong "narratives"', 'send this section in "narratives"'));
    return nothing('missing');
  }
  const parts = [figure.numerator, figure.denominator, figure.value, figure.yes].filter((part) => part != null);
  if (figure.state === 'missing' || figure.state === 'not_applicable') {
    if (parts.length > 0)
      findings.push(
        needs(
          indicator,
          'đã khai thiếu hoặc không phát sinh thì không kèm số',
          'missing or not applicable carries no number',
        ),
      );
    if (figure.state === 'not_applicable' && !indicator.notApplicableAllowed)
      findings.push(finding('figure.not_applicable_refused', code, { name }));
    return nothing(figure.state);
  }

  const number = (text: string): bigint | null => {
    const value = parseScaled(text, indicator.scale);
    if (value === null)
      findings.push(finding('number.format', code, { name, text: text.slice(0, 40), decimals: indicator.scale }));
    else if (value > LARGEST) {
      const most = LARGEST / 10n ** BigInt(indicator.scale);
      const words = {
        name,
        text: text.slice(0, 40),
        most: most.toLocaleString('vi'),
        mostEn: most.toLocaleString('en'),
      };
      findings.push(finding('number.too_large', code, words));
    }
    return value;
  };

  switch (indicator.kind) {
    case 'milestone': {
      if (figure.yes == null || parts.length > 1) {
        findings.push(needs(indicator, 'trả lời "có" hoặc "không" (yes)', 'answer yes or no'));
        return nothing('missing');
      }
      if (!figure.yes && indicator.overTime === 'once' && earlier.yesBefore.has(indicator.position))
        findings.push(finding('milestone.taken_back', code, { name }));
      return { state: figure.state, n: figure.yes ? 1n : 0n, d: 1n, findings };
    }
    case 'flow':
    case 'stock': {
      if (figure.value == null || parts.length > 1) {
        findings.push(needs(indicator, 'cần đúng một số (value)', 'exactly one number (value) is needed'));
        return nothing('missing');
      }
      const n = number(figure.value);
      if (n !== null) findings.push(...compare(indicator, n, null, earlier.last));
      return { state: figure.state, n, d: null, findings };
    }
    case 'ratio': {
      if (figure.numerator == null || figure.denominator == null || parts.length > 2) {
        findings.push(needs(indicator, 'cần cả tử số và mẫu số', 'both numerator and denominator are needed'));
        return nothing('missing');
      }
      const n = number(figure.numerator);
      const d = number(figure.denominator);
      if (n === null || d === null) return { state: figure.state, n, d, findings };
      if (n > d)
        findings.push(finding('ratio.numerator_exceeds', code, { name, n: figure.numerator, d: figure.denominator }));
      else if (d === 0n) {
        // 0/0 is "không phát sinh" in other words: kept out of every sum.
        if (indicator.notApplicableAllowed) return nothing('not_applicable');
        findings.push(finding('ratio.zero_denominator', code, { name }));
      } else findings.push(...compare(indicator, n, d, earlier.last));
      return { state: figure.state, n, d, findings };
    }
  }
}
