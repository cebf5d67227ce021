/** Everything the API answers, held against what expected.ts works out from the journal. */
import { provinces } from './documents.js';
import { asked, type Basis, displayed, type Expected, type Sum } from './expected.js';
import * as operations from './operations.js';
import type { Stage } from './stage.js';

const bases: Basis[] = ['RECEIVED', 'ACCEPTED'];
const periods = { '2026H1': ['2026H1'], '2026H2': ['2026H2'], '2026': ['2026H1', '2026H2'] };

/** Totals of the three provinces as received in one round: asked while reports are coming in. */
export async function compareReceived(stage: Stage, round: string): Promise<void> {
  const expected = stage.expected();
  for (const { code } of provinces) {
    const answer = await stage.totals(code, code, round, 'RECEIVED');
    compareUnit(stage, expected, answer, codesOf(stage, code), round, [round], 'RECEIVED');
  }
}

/** Provinces and each of their communes: both rounds and the year, both bases, every indicator. */
export async function compareAll(stage: Stage): Promise<void> {
  const expected = stage.expected();
  const questions = provinces.flatMap(({ code }) =>
    Object.entries(periods).flatMap(([period, rounds]) => bases.map((basis) => ({ code, period, rounds, basis }))),
  );
  await stage.each(questions, async ({ code, period, rounds, basis }) => {
    const own = await stage.totals(code, code, period, basis);
    compareUnit(stage, expected, own, codesOf(stage, code), period, rounds, basis);
    const variables = { unit: code, period, basis };
    const { childTotals } = await stage.ask<operations.ChildTotals>(
      stage.reviewer(code),
      operations.CHILD_TOTALS,
      variables,
    );
    const answered = childTotals.nodes.map(({ unit }) => unit.code);
    stage.checks.same(`các xã của ${code}`, answered, codesOf(stage, code));
    for (const commune of childTotals.nodes)
      compareUnit(stage, expected, commune, [commune.unit.code], period, rounds, basis);
  });
}

/** Who is on time, late, missing, accepted: the counts, and every obligation by itself. */
export async function compareCompleteness(stage: Stage, round: string): Promise<void> {
  const expected = stage.expected();
  for (const { code, name } of provinces) {
    const codes = codesOf(stage, code);
    const { completeness, obligations } = await stage.ask<operations.Completeness>(
      stage.reviewer(code),
      operations.COMPLETENESS,
      { unit: code, round },
    );
    const times = codes.map((unit) => expected.timeliness(unit, round));
    const classes = codes.map((unit) => expected.class(unit, round));
    const count = (list: string[], wanted: string) => list.filter((one) => one === wanted).length;
    stage.checks.same(`${name} ${round}: đủ, muộn, thiếu`, completeness, {
      expected: codes.length,
      onTime: count(times, 'ON_TIME'),
      late: count(times, 'LATE'),
      notSubmitted: count(times, 'NOT_SUBMITTED'),
      counts: {
        accepted: count(classes, 'ACCEPTED'),
        submitted: count(classes, 'SUBMITTED'),
        returned: count(classes, 'RETURNED'),
        overdue: count(classes, 'OVERDUE'),
        not_yet_due: 0,
        exempt: 0,
        replaced: 0,
      },
    });
    stage.checks.same(`${name} ${round}: danh sách`, obligations.totalCount, codes.length);
    for (const { unit, timeliness, class: is } of obligations.nodes)
      stage.checks.same(
        `${unit.name} (${unit.code}) ${round}`,
        { timeliness, class: is },
        { timeliness: expected.timeliness(unit.code, round), class: expected.class(unit.code, round) },
      );
  }
}

const codesOf = (stage: Stage, province: string) => stage.communes.get(province)!.map(({ code }) => code);

function compareUnit(
  stage: Stage,
  expected: Expected,
  answer: operations.UnitFigures<operations.Figure>,
  units: readonly string[],
  period: string,
  rounds: readonly string[],
  basis: Basis,
): void {
  const where = `${answer.unit.code} ${period} ${basis}`;
  stage.checks.same(
    `${where}: phải nộp, đã có`,
    [answer.expected, answer.reported],
    [units.length, expected.reported(units, rounds.at(-1)!, basis)],
  );
  stage.checks.same(
    `${where}: chỉ tiêu`,
    answer.totals.map(({ indicator }) => indicator.code),
    Object.keys(asked),
  );
  for (const { indicator, numerator, denominator, display, noValue, coverage } of answer.totals) {
    const sum = expected.total(units, rounds, basis, indicator.code);
    const got = { numerator, denominator, display, noValue, coverage };
    stage.checks.same(`${where} ${indicator.code}`, got, shapeOf(indicator.code, sum, units.length));
  }
}

/** A recomputed sum in the shape of the API's answer. */
function shapeOf(code: string, sum: Sum, units: number): Omit<operations.Figure, 'indicator'> {
  const { n, d, value, estimated, notApplicable, missing, notReported } = sum;
  const included = value + notApplicable;
  const total = included + missing + notReported;
  return {
    numerator: n === null ? null : String(n),
    denominator: d === null ? null : String(d),
    display: displayed(code, sum, units),
    coverage: { expected: total, included, value, notApplicable, missing, notReported, estimated },
    noValue: value > 0 ? null : notApplicable === total ? 'NOT_APPLICABLE' : 'NO_DATA',
  };
}
