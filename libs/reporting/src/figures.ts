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

const LARGEST = 1_000_000_000_000n;
const LONGEST_NARRATIVE = 20_000;
const LONGEST_NOTE = 2_000;

/**
 * Checks a report against the indicators asked in its round.
 * @param comment what the sender says about the report as a whole; it answers every warning, a figure's note its own
 */
export function checkReport(
  asked: AskedIndicator[],
  given: GivenFigure[],
  narratives: GivenNarrative[],
  comment: string | null,
  earlier: Earlier,
): Checked {
  const findings: Finding[] = [];
  const byCode = new Map(asked.map((indicator) => [indicator.code, indicator]));
  const length = Math.max(0, ...asked.map((indicator) => indicator.position));
  const figures: FigureArrays = {
    n: Array<string | null>(length).fill(null),
    d: Array<string | null>(length).fill(null),
    s: Array<number>(length).fill(0),
  };
  const notes: Checked['notes'] = [];
  const explained = new Set<string>();

  for (const [code, times] of timesGiven([...given, ...narratives])) {
    const indicator = byCode.get(code);
    if (!indicator) findings.push(finding('indicator.unknown', code, { code }));
    else if (times > 1) findings.push(finding('indicator.repeated', code, { name: indicator.name, times }));
  }

  for (const figure of sharedDenominators(asked, given)) {
    const indicator = byCode.get(figure.indicator);
    if (!indicator) continue;
    const read = readFigure(indicator, figure, earlier);
    findings.push(...read.findings);
    const slot = indicator.position - 1;
    figures.n[slot] = read.n === null ? null : String(read.n);
    figures.d[slot] = read.d === null ? null : String(read.d);
    figures.s[slot] = figureStates.indexOf(read.state);
    if (figure.documentDate && !isDay(figure.documentDate))
      findings.push(
        finding('date.format', indicator.code, { name: indicator.name, text: figure.documentDate.slice(0, 40) }),
      );
    if (figure.note || figure.documentNumber || figure.documentDate) {
      if (figure.note?.trim()) explained.add(indicator.code);
      notes.push({
        indicatorId: indicator.id,
        note: figure.note?.normalize('NFC') ?? null,
        documentNumber: figure.documentNumber?.normalize('NFC') ?? null,
        documentDate: figure.documentDate || null,
      });
    }
  }

  const mentioned = new Set(given.map((figure) => figure.indicator));
  for (const indicator of asked)
    if (indicator.kind !== 'text' && !mentioned.has(indicator.code))
      findings.push(finding('figure.omitted', indicator.code, { name: indicator.name }));

  findings.push(...oddSums(asked, figures), ...unlikeProposal(asked, figures, earlier.proposed ?? []));

  const longTexts = [comment, ...given.flatMap((figure) => [figure.note, figure.documentNumber])];
  for (const text of longTexts)
    if (text && text.length > LONGEST_NOTE)
      findings.push(finding('text.too_long', null, { length: text.length, most: LONGEST_NOTE }));

  const bodies: Checked['narratives'] = [];
  for (const narrative of narratives) {
    const indicator = byCode.get(narrative.indicator);
    if (!indicator) continue;
    if (indicator.kind !== 'text')
      findings.push(
        needs(indicator, 'đây là chỉ tiêu số liệu, không phải phần thuyết minh', 'this is a figure, not a narrative'),
      );
    if (narrative.text.length > LONGEST_NARRATIVE)
      findings.push(
        finding('narrative.too_long', indicator.code, {
          name: indicator.name,
          length: narrative.text.length,
          most: LONGEST_NARRATIVE,
        }),
      );
    bodies.push({ indicatorId: indicator.id, body: narrative.text.normalize('NFC') });
  }

  const unexplained = (f: Finding) =>
    f.severity === 'error' || !(explained.has(f.indicator ?? '') || (comment?.trim() && !needsNote(f)));
  return { figures, notes, narratives: bodies, findings, refused: findings.some(unexplained) };
}

function timesGiven(entries: { indicator: string }[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { indicator } of entries) times.set(indicator, (times.get(indicator) ?? 0) + 1);
  return times;
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
