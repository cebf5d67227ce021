/**
 * What is odd rather than wrong in a report: soft rules, each with the thresholds and parts that the indicator's own data
 * give (checks in libs/programmes/data). What is odd asks for a comment (docs/semantics.md §3, "Findings"). Pure.
 */
import { parseScaled, scaledText } from './digits.js';
import { type Finding, finding } from './findings.js';
import type { AskedIndicator, FigureArrays, GivenFigure } from './given.js';
import type { ProposedFigure } from './proposal.js';

/** Thresholds are decimals as text; compared as integers in units of a hundredth. */
const hundredths = (text: string): bigint => parseScaled(text, 2)!;

/** A figure against the last round: more or less by a factor, or a denominator that shrank. */
export function compare(
  { position, code, name, scale, checks }: AskedIndicator,
  n: bigint,
  d: bigint | null,
  last: FigureArrays | null,
): Finding[] {
  const slot = position - 1;
  if (!last?.n[slot]) return [];
  const text = (value: bigint) => scaledText(String(value), scale);
  const findings: Finding[] = [];
  const before = BigInt(last.n[slot]);
  if (checks.jump !== undefined && before > 0n) {
    const times = hundredths(checks.jump);
    if (n * 100n > before * times || n * times < before * 100n)
      findings.push(
        finding('figure.jump', code, {
          ...{ name, now: text(n), before: text(before) },
          ...{ times: checks.jump.replace('.', ','), timesEn: checks.jump },
        }),
      );
  }
  const lastD = last.d[slot];
  if (checks.denominator_shrinks !== undefined && d !== null && lastD != null) {
    const kept = 10_000n - hundredths(checks.denominator_shrinks);
    if (d * 10_000n < BigInt(lastD) * kept)
      findings.push(finding('ratio.denominator_shrank', code, { name, now: text(d), before: text(BigInt(lastD)) }));
  }
  return findings;
}

/**
 * Totals unlike the sum of their parts or channels. Judged only where all of them are asked in the round and none is
 * missing; what does not apply counts nothing.
 */
export function oddSums(asked: readonly AskedIndicator[], { n, s }: FigureArrays): Finding[] {
  const byCode = new Map(asked.map((indicator) => [indicator.code, indicator]));
  const value = ({ position }: AskedIndicator): bigint | null => {
    const state = s[position - 1];
    if (state === 3) return 0n;
    return (state === 1 || state === 2) && n[position - 1] != null ? BigInt(n[position - 1]!) : null;
  };
  return asked.flatMap((total) =>
    (['parts', 'channels'] as const).flatMap((rule) => {
      const codes = total.checks[rule] ?? [];
      const parts = codes.flatMap((code) => byCode.get(code) ?? []);
      const values = parts.map(value);
      const own = s[total.position - 1] === 3 ? null : value(total);
      if (codes.length === 0 || parts.length < codes.length || own === null || values.includes(null)) return [];
      const sum = values.reduce<bigint>((so, one) => so + one!, 0n);
      if (sum === own) return [];
      const text = (digits: bigint) => scaledText(String(digits), total.scale);
      const words = {
        name: total.name,
        total: text(own),
        sum: text(sum),
        parts: parts.map(({ name }) => name).join('; '),
      };
      return [finding(rule === 'parts' ? 'sum.parts' : 'sum.channels', total.code, words)];
    }),
  );
}

/**
 * One value that several indicators use is asked once: a denominator that is left out is that of the first indicator of
 * its group with one.
 */
export function sharedDenominators(asked: readonly AskedIndicator[], given: readonly GivenFigure[]): GivenFigure[] {
  const groups = new Map(asked.flatMap(({ code, denominatorGroup: group }) => (group ? [[code, group] as const] : [])));
  const first = new Map<string, string>();
  for (const { code } of asked) {
    const group = groups.get(code);
    const denominator = given.find(({ indicator }) => indicator === code)?.denominator;
    if (group !== undefined && denominator != null && !first.has(group)) first.set(group, denominator);
  }
  return given.map((figure) => {
    const shared = first.get(groups.get(figure.indicator) ?? '');
    return shared !== undefined && figure.numerator != null && figure.denominator == null
      ? { ...figure, denominator: shared }
      : figure;
  });
}

/** A figure unlike what the local units add up to asks for its own reason; a sum of some of them only, for a comment. */
export function unlikeProposal(
  asked: readonly AskedIndicator[],
  { n, d, s }: FigureArrays,
  proposed: readonly ProposedFigure[],
): Finding[] {
  return proposed.flatMap(({ indicator: code, numerator, denominator, coverage }) => {
    const indicator = asked.find((one) => one.code === code);
    if (!indicator || numerator === null) return [];
    const { name, scale, position } = indicator;
    const slot = position - 1;
    const given = s[slot] === 1 || s[slot] === 2;
    const text = (digits: string | null) => (digits === null ? null : scaledText(digits, scale));
    const shown = (over: string | null, under: string | null) => (under === null ? (over ?? '–') : `${over}/${under}`);
    const words = {
      ...{ name, now: given ? shown(text(n[slot] ?? null), text(d[slot] ?? null)) : '–' },
      ...{ proposed: shown(numerator, denominator), value: coverage.value, of: coverage.expected },
    };
    if (!given || text(n[slot] ?? null) !== numerator || text(d[slot] ?? null) !== denominator)
      return [finding('proposal.differs', code, words)];
    return coverage.value + coverage.notApplicable < coverage.expected
      ? [finding('proposal.incomplete', code, words)]
      : [];
  });
}
