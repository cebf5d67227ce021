/**
 * What the mail says beside its attachment: the results that have a target, who has reported, who is missing. Taken from
 * the summary that the workbook shows, with the same words; a rounded figure that would mislead carries its note.
 */
import type { SealedHead } from '#audit';
import { type MailText, summaryMail } from '#mail';
import { displayNumber, roundLabel, type Total } from '#rollups';
import { DEPARTMENT, titleOf } from './official-head.js';
import type { Summary } from './summary.js';
import { isShare, judged, noValueText, stored, targetYearText, thresholdText } from './summary.words.js';

/** What is said of the run that the mail is of. */
type RunOfMail = {
  sample: boolean;
  /** When it should have gone out, of one that is made up for. */
  lateOf: Date | null;
};

/** @param attachment name of the attached file @param seal the newest one on the log of events, if there is one */
export function mailOf(summary: Summary, attachment: string, seal?: SealedHead, run?: RunOfMail): MailText {
  const { accepted, completeness } = summary;
  const unit = titleOf(accepted.unit);
  const withTarget = accepted.reported === 0 ? [] : accepted.totals.filter((total) => judged(total) !== null);
  // Against an ad hoc round no target is held: it is told in its shares.
  const shares = accepted.totals.filter((total) => isShare(total) && total.numerator !== null);
  const illustrative = withTarget.map((total) => judged(total)!.assessed).find((assessed) => assessed.illustrative);
  return summaryMail({
    receiver: `${DEPARTMENT} ${unit}`,
    unit,
    period: roundLabel(summary.round),
    figures: summary.request === null ? withTarget.map(headline) : shares.map(share),
    reported: completeness.expected - completeness.notSubmitted,
    expected: completeness.expected,
    missing: summary.obligations.filter(isMissing).map((obligation) => titleOf(obligation.unit)),
    illustrativePlan: illustrative?.planTitle ?? null,
    asOf: summary.asOf,
    attachment,
    seal,
    ...run,
  });
}

function headline(total: Total) {
  const { assessed } = judged(total)!;
  const notes = assessed.notes.map(({ vi }) => vi);
  return {
    name: total.indicator.name,
    display: displayed(total),
    target: `${thresholdText(assessed)} (${targetYearText(assessed)})`,
    status: [assessed.label, ...notes].join('; '),
  };
}

function share(total: Total) {
  const { included, expected } = total.coverage;
  const status = `Số liệu của ${included}/${expected} đơn vị`;
  return { name: total.indicator.name, display: displayed(total), target: null, status };
}

/** "10,0% (1.080/10.793)"; a milestone's display is its parts already. */
function displayed({ indicator, numerator, denominator, display, noValue }: Total): string {
  if (display === null) return noValueText[noValue ?? 'no_data'];
  if (indicator.kind !== 'ratio' || numerator === null || denominator === null) return display;
  const part = (digits: string) => displayNumber(stored(digits), indicator.scale);
  return `${display} (${part(numerator)}/${part(denominator)})`;
}

const isMissing = (obligation: Summary['obligations'][number]) =>
  obligation.timeliness === 'not_submitted' && obligation.class !== 'exempt' && obligation.class !== 'replaced';
