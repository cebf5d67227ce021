/** The GraphQL operations of the demo with the shapes of their answers, as an integrator would write them. */

export type Answer<T> = {
  data: T;
  errors?: { message: string; extensions?: { code: string; details?: Record<string, unknown> } }[];
};

export const UNITS = `query ($parent: String, $text: String, $level: Int) {
  units(parent: $parent, text: $text, level: $level, first: 200) { totalCount nodes { code name title parentCode } }
}`;
export type Units = {
  units: { totalCount: number; nodes: { code: string; name: string; title: string; parentCode: string }[] };
};

export const ISSUE = `mutation ($unit: String!, $role: Role!, $children: Boolean!) {
  issueTokens(unit: $unit, role: $role, children: $children) { unitCode token }
}`;
export type Issued = { issueTokens: { unitCode: string; token: string }[] };

export const UNUSED = 'query ($unit: String!) { tokens(unit: $unit, unused: true, first: 200) { nodes { unitCode } } }';
export type Unused = { tokens: { nodes: { unitCode: string }[] } };

export const OPEN = 'mutation ($round: String!) { openRound(code: $round) { code expected } }';
export type Opened = { openRound: { code: string; expected: number } };

export const SUBMIT = `mutation ($input: SubmitReportInput!) {
  submitReport(input: $input) {
    stored onTime dueBefore version { number state receivedAt } findings { severity code indicator vi en }
  }
}`;
export type Submitted = {
  submitReport: {
    stored: boolean;
    onTime: boolean | null;
    dueBefore: string;
    version: { number: number; state: string; receivedAt: string } | null;
    findings: { severity: string; code: string; indicator: string | null; vi: string; en: string }[];
  };
};

export const ACCEPT = `mutation ($unit: String!, $round: String!, $version: Int!) {
  acceptReport(unit: $unit, round: $round, expectedVersion: $version) { state }
}`;
export const RETURN = `mutation ($unit: String!, $round: String!, $version: Int!, $reason: String!) {
  returnReport(unit: $unit, round: $round, expectedVersion: $version, reason: $reason) { state }
}`;

export const REPORT = `query ($unit: String!, $round: String!) {
  report(unit: $unit, round: $round) { dueOn duePlan onTime receivedVersion acceptedVersion versions { number state } }
}`;
export type Report = {
  report: {
    dueOn: string;
    duePlan: string | null;
    onTime: boolean | null;
    receivedVersion: number | null;
    acceptedVersion: number | null;
    versions: { number: number; state: string }[];
  };
};

const TOTAL = `indicator { code name kind } numerator denominator display noValue
  coverage { expected included value notApplicable missing notReported estimated }`;
const VERDICTS = `own { status label thresholdDisplay targetYear certain notes { vi } }
  superior { status label thresholdDisplay targetYear illustrative notes { vi } } below { meeting having }`;

export type Verdict = {
  status: string;
  label: string;
  thresholdDisplay: string | null;
  targetYear: number | null;
  notes: { vi: string }[];
};
export type Figure = {
  indicator: { code: string; name: string; kind: string };
  numerator: string | null;
  denominator: string | null;
  display: string | null;
  noValue: string | null;
  coverage: Record<
    'expected' | 'included' | 'value' | 'notApplicable' | 'missing' | 'notReported' | 'estimated',
    number
  >;
};
export type Assessed = Figure & {
  own: Verdict | null;
  superior: (Verdict & { illustrative: boolean }) | null;
  below: { meeting: number; having: number } | null;
};
export type UnitFigures<T> = { unit: { code: string }; expected: number; reported: number; totals: T[] };

export const TOTALS = `query ($unit: String!, $period: String!, $basis: Basis!) {
  totals(unit: $unit, period: $period, basis: $basis) { unit { code } expected reported totals { ${TOTAL} ${VERDICTS} } }
}`;
export type Totals = { totals: UnitFigures<Assessed> };

export const CHILD_TOTALS = `query ($unit: String!, $period: String!, $basis: Basis!) {
  childTotals(unit: $unit, period: $period, basis: $basis, first: 200) {
    nodes { unit { code } expected reported totals { ${TOTAL} } }
  }
}`;
export type ChildTotals = { childTotals: { nodes: UnitFigures<Figure>[] } };

export const COMPLETENESS = `query ($unit: String!, $round: String!) {
  completeness(unit: $unit, round: $round) {
    expected onTime late notSubmitted counts { accepted submitted returned overdue not_yet_due exempt replaced }
  }
  obligations(unit: $unit, round: $round, first: 200) { totalCount nodes { unit { code name } class timeliness } }
}`;
export type Completeness = {
  completeness: {
    expected: number;
    onTime: number;
    late: number;
    notSubmitted: number;
    counts: Record<string, number>;
  };
  obligations: {
    totalCount: number;
    nodes: { unit: { code: string; name: string }; class: string; timeliness: string }[];
  };
};

export const IMPORT = `mutation ($file: String!, $dryRun: Boolean!) {
  importPlan(file: $file, dryRun: $dryRun) { status version dryRun errors { path vi } }
}`;
export type Imported = {
  importPlan: { status: string; version: number | null; dryRun: boolean; errors: { path: string; vi: string }[] };
};

export const CREATE_SCHEDULE = 'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id nextRuns } }';
export type Scheduled = { createSchedule: { id: number; nextRuns: string[] } };

export const RUN_SCHEDULE = 'mutation ($id: Int!) { runScheduleNow(id: $id) }';

export const DELIVERIES = `query ($schedule: Int!) {
  deliveries(scheduleId: $schedule) { nodes { recipient status subject fileId lastError smtpReply } }
}`;
export type Deliveries = {
  deliveries: {
    nodes: {
      recipient: string;
      status: string;
      subject: string;
      fileId: number;
      lastError: string | null;
      smtpReply: string | null;
    }[];
  };
};

export const SUMMARY_FILE = 'query ($id: Int!) { summaryFile(id: $id) { fileName sha256 path } }';
export type SummaryFile = { summaryFile: { fileName: string | null; sha256: string | null; path: string } };
