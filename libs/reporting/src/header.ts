/**
 * The head of a report as a document: who signed, under which number, on which day. Kept with the version as it was sent,
 * so only its form is looked at: a day that exists, lines that fit on paper.
 */
import { isDay } from '#core';
import { type Finding, finding } from './findings.js';

export type Header = {
  signer?: string | null;
  signerTitle?: string | null;
  documentNumber?: string | null;
  /** YYYY-MM-DD */
  documentDate?: string | null;
  body?: string | null;
  /** YYYY-MM-DD: the day on which it came on paper; set only by who records a paper report. */
  receivedOn?: string | null;
};

const LONGEST_LINE = 500;

/** Whoever sends a report declares that it holds no state secrets; one that is not declared stores nothing. */
export const checkDeclaration = ({ containsNoSecrets }: { containsNoSecrets: boolean }): Finding[] =>
  containsNoSecrets === true ? [] : [finding('report.secrecy_undeclared', null)];

/** Errors of form in a report's head; none when there is no head. */
export function checkHeader(header: Header | null | undefined): Finding[] {
  const { documentDate, ...lines } = header ?? {};
  const findings = Object.values(lines)
    .filter((line) => typeof line === 'string' && line.length > LONGEST_LINE)
    .map((line) => finding('text.too_long', null, { length: line!.length, most: LONGEST_LINE }));
  if (documentDate && !isDay(documentDate))
    findings.push(finding('date.format', null, { name: 'Ngày văn bản', text: documentDate.slice(0, 40) }));
  return findings;
}
