/** What the files show, as data: the answers of the services at one instant, nothing computed here. */
import type { Instant } from '#core';
import type {
  Basis,
  Completeness,
  CompletenessClass,
  ObligationState,
  StandingTarget,
  TotalUnit,
  UnitTotals,
} from '#rollups';

/** @property asOf only what was recorded up to this instant; by default as of the round's close, else now */
export type LayoutWish = { unitCode?: string | null; programme: string; round: string; asOf?: string | null };

export type SummaryNarrative = {
  unitCode: string;
  unitName: string;
  unitKind: string;
  section: string;
  sectionName: string;
  text: string;
};

export type Summary = {
  programme: { code: string; name: string; basis: string };
  round: string;
  /** Who asks for what in words, of an ad hoc round; null for a half-year. */
  request: string | null;
  /** Everything below is as recorded up to this instant; `asOf` is the same to the millisecond. */
  instant: Instant;
  asOf: Date;
  /** SHA-256 of the canonical figures as of the instant; of a closed round the one that was kept at the close. */
  checksum: string;
  accepted: UnitTotals;
  received: UnitTotals;
  /** One per unit directly below, in the order of codes, on the accepted basis; and the same on the received basis. */
  below: UnitTotals[];
  belowReceived: UnitTotals[];
  /** The unit in each round opened so far, oldest first, this one last; accepted. */
  history: UnitTotals[];
  /** Targets of the unit's own plans and of those above it, all years. */
  targets: StandingTarget[];
  completeness: Completeness;
  /** Every obligation of a province; of the nation none, see `NationSummary`. */
  obligations: ObligationState[];
  /** The reports that the figures were taken from, in the order of unit codes. */
  sources: ReportSource[];
  /** What communes wrote, from the versions that count as received, by section. */
  narratives: SummaryNarrative[];
};

/** Which versions of a unit's report stood at the instant, and what they say of themselves as documents. */
export type ReportSource = {
  unit: { code: string; kind: string; name: string };
  accepted: SourceVersion | null;
  received: SourceVersion | null;
};
export type SourceVersion = {
  number: number;
  receivedAt: Date;
  recordedAt: Date;
  documentNumber: string | null;
  documentDate: string | null;
  signer: string | null;
};

/** What lies below a province, read when it is needed: for the whole nation at once it would not be small. Figures alone, without their targets. */
export type UnitReaders = {
  figuresOf(parent: { code: string }, basis: Basis): Promise<UnitTotals[]>;
  obligationsOf(parent: { code: string }, classes?: CompletenessClass[]): Promise<ObligationState[]>;
};

/** By province, in the order of codes. */
export type NationSummary = Summary & UnitReaders & { provinces: { unit: TotalUnit; completeness: Completeness }[] };

/** A province, or the nation with all its provinces, to be gone through. */
export type UnitList = Pick<Summary, 'programme' | 'round' | 'instant' | 'asOf'> &
  UnitReaders & { unit: TotalUnit; parents: TotalUnit[] };

/** One commune's own report beside its assessment. */
export type UnitSummary = Pick<
  Summary,
  'programme' | 'round' | 'instant' | 'asOf' | 'accepted' | 'received' | 'targets'
> & {
  obligation: ObligationState | null;
  /** The version that counts as received; null when nothing has been. */
  report: OwnReport | null;
};
export type OwnReport = SourceVersion & {
  /** As declared by who sent it. */
  containsNoSecrets: boolean;
  body: string | null;
  /** By indicator code. */
  notes: Map<string, FigureNote>;
  narratives: { section: string; sectionName: string; text: string }[];
};
export type FigureNote = { note: string | null; documentNumber: string | null; documentDate: string | null };
