/**
 * Who may use which door, written down by hand beside what the code says: each operation of the schema and each route has
 * a row, and matrix.spec.ts asks every one of them as every role about every place. A door without a row fails there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '#access';
import { projectRoot } from '#core';

/** What a row's request may name: a unit's code, things of that unit by their numbers, and what is only for this request. */
export type Place = {
  unit: string;
  schedule: number;
  file: number;
  delivery: number;
  scan: number | null;
  plan: string | null;
  /** Of a token on the unit that no other request knows of. */
  prefix: string;
  /** Of an assignment on the unit that no other request knows of. */
  label: string;
};

export type Row = {
  roles: readonly Role[];
  /**
   * unit: the request names a unit, or a thing of one; own: it is about the caller's own; nation: for the nation's own
   * administrators alone; open: the same for everybody who may come in.
   */
  at: 'unit' | 'own' | 'nation' | 'open';
  /** Arguments of the operation; null: there is no such thing at this place. */
  args?: (place: Place) => string | null;
  /** The step is from above: refused for one's own unit, whatever the role. */
  fromAbove?: true;
  /** What is true of all above is known to those below. */
  knownBelow?: true;
  /** For a province (the place, or the caller) and who stands above: others are told that they may not. */
  provinces?: 'place' | 'caller';
  /** Only a local unit can be ended so. */
  localUnits?: true;
  /** A file is checked before anything else; that a unit is on the country's list is no secret. */
  file?: true;
  /** Takes its time: one role stands for all. */
  slow?: true;
};

const all: readonly Role[] = ['reporter', 'reviewer', 'viewer', 'administrator'];
const reporter: readonly Role[] = ['reporter'];
const reviewing: readonly Role[] = ['reviewer', 'administrator'];
const sending: readonly Role[] = ['reporter', 'reviewer', 'administrator'];
const administrator: readonly Role[] = ['administrator'];

const ROUND = 'round: "2026H1"';
const DECLARED = 'containsNoSecrets: true';
const unit = (more: string) => (place: Place) => `unit: "${place.unit}" ${more}`;
const period = unit('period: "2026H1"');
const indicator = unit('period: "2026H1" indicator: "tin_bai"');
const weekly = 'weekly: { weekday: 1 }';
const planFile = (code: string) =>
  JSON.stringify(
    readFileSync(join(projectRoot, 'libs/programmes/data/plans/kha-son.yaml'), 'utf8')
      .replace('key: kha-son', 'key: ma-tran')
      .replace('unit: 05953', `unit: "${code}"`),
  );

export const operations: Record<string, Row> = {
  // Reading
  me: { roles: all, at: 'open' },
  unit: { roles: all, at: 'open', args: ({ unit }) => `code: "${unit}"` },
  units: { roles: all, at: 'open', args: () => 'text: "kha son"' },
  programme: { roles: all, at: 'open' },
  rounds: { roles: all, at: 'open' },
  plans: { roles: all, at: 'own' },
  plan: { roles: all, at: 'unit', args: ({ plan }) => plan && `key: "${plan}"`, knownBelow: true },
  totals: { roles: all, at: 'unit', args: period },
  childTotals: { roles: all, at: 'unit', args: period },
  series: { roles: all, at: 'unit', args: unit('from: "2026H1" to: "2026H1"') },
  completeness: { roles: all, at: 'unit', args: unit(ROUND) },
  obligations: { roles: all, at: 'unit', args: unit(ROUND) },
  ranking: { roles: all, at: 'unit', args: indicator },
  extremes: { roles: all, at: 'unit', args: indicator },
  movers: { roles: all, at: 'unit', args: indicator },
  gaps: { roles: all, at: 'unit', args: indicator },
  report: { roles: all, at: 'unit', args: unit(ROUND) },
  reportChanges: { roles: all, at: 'unit', args: unit(`${ROUND} from: 1 to: 2`) },
  unitHistory: { roles: all, at: 'unit', args: unit('') },
  proposal: { roles: all, at: 'unit', args: unit(ROUND) },
  closings: { roles: all, at: 'unit', args: unit(ROUND), provinces: 'place' },
  changesSinceClose: { roles: all, at: 'unit', args: unit(ROUND), provinces: 'place' },
  // The report of one's own unit
  draft: { roles: reporter, at: 'own', args: () => ROUND },
  saveDraft: { roles: reporter, at: 'own', args: () => `input: { ${ROUND} expectedVersion: 99 expectedRevision: 99 }` },
  discardDraft: { roles: reporter, at: 'own', args: () => `${ROUND} expectedRevision: 99` },
  submitDraft: { roles: reporter, at: 'own', args: () => `${ROUND} expectedRevision: 99 ${DECLARED}` },
  adoptProposal: { roles: reporter, at: 'own', args: () => `${ROUND} expectedRevision: 99 expectedVersion: 99` },
  submitReport: {
    roles: reporter,
    at: 'own',
    args: () => `input: { ${ROUND} expectedVersion: 99 figures: [] ${DECLARED} }`,
  },
  withdrawReport: { roles: reporter, at: 'own', args: () => `${ROUND} expectedVersion: 99` },
  contacts: { roles: sending, at: 'own' },
  setContacts: {
    roles: sending,
    at: 'unit',
    args: ({ unit }) => `contacts: [{ unit: "${unit}" recipients: ["a@example.vn"] }]`,
  },
  // Reviewing
  acceptReport: { roles: reviewing, at: 'unit', args: unit(`${ROUND} expectedVersion: 99`), fromAbove: true },
  returnReport: {
    roles: reviewing,
    at: 'unit',
    args: unit(`${ROUND} expectedVersion: 99 reason: "x"`),
    fromAbove: true,
  },
  recordPaperReport: {
    roles: reviewing,
    at: 'unit',
    args: ({ unit }) =>
      `input: { unit: "${unit}" ${ROUND} expectedVersion: 99 figures: [] ${DECLARED} receivedOn: "2026-05-19"
        header: { documentNumber: "1" documentDate: "2026-05-19" } }`,
    fromAbove: true,
  },
  extendDueDate: {
    roles: reviewing,
    at: 'unit',
    args: unit(`${ROUND} dueOn: "2026-05-01" reason: "x"`),
    fromAbove: true,
  },
  confirmDuty: {
    roles: reviewing,
    at: 'unit',
    args: ({ plan }) => plan && `plan: "${plan}"`,
    fromAbove: true,
    knownBelow: true,
  },
  closeRound: { roles: reviewing, at: 'unit', args: unit(ROUND), provinces: 'place' },
  reopenRound: { roles: reviewing, at: 'unit', args: unit(`${ROUND} reason: "x"`), provinces: 'place' },
  reminders: { roles: reviewing, at: 'unit', args: unit(ROUND) },
  remindUnits: { roles: reviewing, at: 'unit', args: unit(ROUND) },
  askLocalUnits: { roles: reviewing, at: 'unit', args: unit(`${ROUND} dueOn: "2026-06-01"`) },
  // Files and mails
  requestSummary: { roles: all, at: 'unit', args: unit(`${ROUND} kind: COMMUNE_REPORT`) },
  summaryFile: { roles: all, at: 'unit', args: ({ file }) => `id: ${file}` },
  downloadLink: { roles: all, at: 'unit', args: ({ file }) => `id: ${file}` },
  schedules: { roles: reviewing, at: 'unit', args: unit('') },
  schedule: { roles: reviewing, at: 'unit', args: ({ schedule }) => `id: ${schedule}` },
  scheduleRuns: { roles: reviewing, at: 'unit', args: ({ schedule }) => `scheduleId: ${schedule}` },
  deliveries: { roles: reviewing, at: 'unit', args: ({ schedule }) => `scheduleId: ${schedule}` },
  createSchedule: {
    roles: reviewing,
    at: 'unit',
    args: ({ unit }) => `input: { unitCode: "${unit}" label: "x" recipients: ["a@example.vn"] ${weekly} }`,
  },
  updateSchedule: { roles: reviewing, at: 'unit', args: ({ schedule }) => `id: ${schedule} change: { label: "y" }` },
  runScheduleNow: { roles: reviewing, at: 'unit', args: ({ schedule }) => `id: ${schedule}` },
  sendSample: { roles: reviewing, at: 'unit', args: ({ schedule }) => `id: ${schedule} to: "a@example.vn"` },
  resendDelivery: { roles: reviewing, at: 'unit', args: ({ delivery }) => `id: ${delivery}` },
  recipients: { roles: reviewing, at: 'unit', args: unit('') },
  removeRecipient: { roles: reviewing, at: 'unit', args: unit('address: "a@example.vn"') },
  restoreRecipient: { roles: reviewing, at: 'unit', args: unit('address: "a@example.vn"') },
  bounces: { roles: sending, at: 'unit', args: unit('') },
  clearBounce: { roles: sending, at: 'unit', args: unit('address: "a@example.vn"') },
  // Administering
  tokens: { roles: administrator, at: 'unit', args: unit('') },
  issueTokens: { roles: administrator, at: 'unit', args: unit('role: VIEWER label: "ma trận"') },
  revokeToken: { roles: administrator, at: 'unit', args: ({ prefix }) => `prefix: "${prefix}"` },
  assignments: { roles: administrator, at: 'unit', args: unit('') },
  setAssignment: { roles: administrator, at: 'unit', args: unit('role: VIEWER label: "ma trận"') },
  endAssignment: {
    roles: administrator,
    at: 'unit',
    args: ({ unit, label }) => `unit: "${unit}" role: VIEWER label: "${label}"`,
  },
  importPlan: {
    roles: administrator,
    at: 'unit',
    args: ({ unit }) => `file: ${planFile(unit)} dryRun: true`,
    file: true,
  },
  addLocalUnits: {
    roles: administrator,
    at: 'unit',
    args: unit('units: [{ kind: "thon", name: "Thôn Thử" }] dryRun: true'),
  },
  closeLocalUnit: {
    roles: administrator,
    at: 'unit',
    args: ({ unit }) => `code: "${unit}" reason: "x" on: "1999-01-01"`,
    localUnits: true,
  },
  openAdHocRound: {
    roles: administrator,
    at: 'unit',
    provinces: 'caller',
    args: ({ unit }) =>
      `round: { request: "x" dataFrom: "2026-01-01" dataTo: "2025-01-01" dueOn: "2026-06-30" units: ["${unit}"] }`,
  },
  openRound: { roles: administrator, at: 'nation', args: () => 'code: "2026H1"' },
  changeBoundaries: {
    roles: administrator,
    at: 'nation',
    args: () => 'change: { basis: "x" effectiveOn: "2020-01-01" predecessors: ["x"] successors: [] }',
  },
};

/** Routes beside GraphQL: method and address. */
export type Route = Omit<Row, 'args'> & { ask: (place: Place) => [method: 'GET' | 'POST', path: string] | null };

export const routes: Record<string, Route> = {
  'BouncesController.take': { roles: administrator, at: 'own', ask: () => ['POST', '/bounces'] },
  'DownloadsController.summary': { roles: all, at: 'unit', ask: ({ file }) => ['GET', `/exports/${file}`] },
  'FormsController.own': { roles: all, at: 'unit', ask: ({ unit }) => ['GET', `/forms/2026H1?unit=${unit}`] },
  'FormsController.below': {
    roles: all,
    at: 'unit',
    ask: ({ unit }) => ['GET', `/forms/2026H1/below?unit=${unit}`],
    slow: true,
  },
  'FormsController.submit': { roles: reporter, at: 'own', ask: () => ['POST', '/forms'] },
  'FormsController.enter': { roles: reviewing, at: 'own', ask: () => ['POST', '/forms/below'] },
  'ScansController.attach': {
    roles: sending,
    at: 'unit',
    ask: ({ unit }) => ['POST', `/reports/${unit}/2026H1/1/scans?containsNoSecrets=true&name=a.pdf`],
  },
  'ScansController.scan': {
    roles: all,
    at: 'unit',
    ask: ({ scan }) => (scan === null ? null : ['GET', `/reports/scans/${scan}`]),
  },
};
