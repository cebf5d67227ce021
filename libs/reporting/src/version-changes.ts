/**
 * What differs between two versions of one report, figure by figure: for a reviewer who looks at a correction, and for
 * the unit that answers a return. Pure.
 */
import type { Header } from './header.js';
import type { ReportFigure, ReportVersion } from './report.reader.js';

export type FigureChange = {
  indicator: string;
  name: string;
  kind: string;
  /** null where the version does not ask for it. */
  before: ReportFigure | null;
  after: ReportFigure | null;
};
/** `place`: code of a narrative's indicator, `comment`, or `header.<field>`. */
export type TextChange = { place: string; name: string; before: string | null; after: string | null };
export type VersionChanges = { from: number; to: number; figures: FigureChange[]; texts: TextChange[] };

const compared = ['state', 'numerator', 'denominator', 'note', 'documentNumber', 'documentDate'] as const;
const headerNames: Record<keyof Header, string> = {
  signer: 'Người ký',
  signerTitle: 'Chức vụ người ký',
  documentNumber: 'Số văn bản',
  documentDate: 'Ngày văn bản',
  body: 'Đơn vị lập báo cáo',
  receivedOn: 'Ngày nhận bản giấy',
};

/** Figures in the order of the form, then texts. What a reviewer wrote (return reasons) is no change of the report. */
export function versionChanges(before: ReportVersion, after: ReportVersion): VersionChanges {
  return {
    from: before.number,
    to: after.number,
    figures: pairs(before.figures, after.figures, (figure) => figure.indicator).flatMap(([was, is]) => {
      const known = (is ?? was)!;
      return compared.some((part) => (was?.[part] ?? null) !== (is?.[part] ?? null))
        ? [{ indicator: known.indicator, name: known.name, kind: known.kind, before: was, after: is }]
        : [];
    }),
    texts: [
      ...pairs(before.narratives, after.narratives, (narrative) => narrative.indicator).map(([was, is]) =>
        textChange((is ?? was)!.indicator, (is ?? was)!.name, was?.text, is?.text),
      ),
      textChange('comment', 'Giải trình chung', before.comment, after.comment),
      ...(Object.keys(headerNames) as (keyof Header)[]).map((field) =>
        textChange(`header.${field}`, headerNames[field], before.header[field], after.header[field]),
      ),
    ].filter((change) => change.before !== change.after),
  };
}

/** Entries of both lists side by side, in the order of the second, then what only the first has. */
function pairs<T>(before: T[], after: T[], keyOf: (entry: T) => string): [T | null, T | null][] {
  const was = new Map(before.map((entry) => [keyOf(entry), entry]));
  const is = new Set(after.map(keyOf));
  return [
    ...after.map((entry): [T | null, T] => [was.get(keyOf(entry)) ?? null, entry]),
    ...before.filter((entry) => !is.has(keyOf(entry))).map((entry): [T, null] => [entry, null]),
  ];
}

const textChange = (place: string, name: string, before?: string | null, after?: string | null): TextChange => ({
  place,
  name,
  before: before || null,
  after: after || null,
});
