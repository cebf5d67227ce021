/**
 * The book of a careful clerk: who owes a round, what came in and when, kept by hand beside the service, and classes,
 * timeliness and totals worked out from it as docs/semantics.md §2–5 word them, without a line of the service's own.
 */
import type { Figure } from './figures.js';

export type VersionState = 'SUBMITTED' | 'SUPERSEDED' | 'RETURNED' | 'WITHDRAWN' | 'ACCEPTED';
type Version = { state: VersionState; receivedAt: number; figures: readonly Figure[] };
type Owing = { unit: string; dueBefore: number; replaced: boolean; versions: Version[] };
export type Basis = 'RECEIVED' | 'ACCEPTED';

/** One indicator over the units that owe: exact numbers; null where there is no value. */
export type Sum = {
  numerator: number | null;
  denominator: number | null;
  value: number;
  estimated: number;
  notApplicable: number;
  missing: number;
  notReported: number;
  expected: number;
};

const DAY = 86_400_000;
const OFFSET = 7 * 3_600_000;
/** The first instant that is too late for a last day in Vietnam, or for an hour of it. */
const endOf = (day: string, hour?: string) =>
  Date.parse(`${day}T${hour ?? '00:00'}:00Z`) - OFFSET + (hour === undefined ? DAY : 0);

export class Clerk {
  private readonly book: Owing[] = [];

  /** @param dueOn YYYY-MM-DD, the last day that is on time @param dueTime HH:MM: only before it */
  owes(unit: string, dueOn: string, dueTime?: string): void {
    this.book.push({ unit, dueBefore: endOf(dueOn, dueTime), replaced: false, versions: [] });
  }

  extended(unit: string, dueOn: string): void {
    this.of(unit).dueBefore = endOf(dueOn);
  }

  /** What these owed is replaced; what comes in their place owes the whole round. */
  merged(predecessors: string[], successors: string[], dueOn: string): void {
    for (const unit of predecessors) this.of(unit).replaced = true;
    for (const unit of successors) this.owes(unit, dueOn);
  }

  /** @param at ISO 8601, when it was received. @returns the number of the version, and whether the unit was on time */
  submitted(unit: string, figures: readonly Figure[], at: string): { number: number; onTime: boolean } {
    const { versions, dueBefore } = this.of(unit);
    const newest = versions.at(-1);
    if (newest?.state === 'SUBMITTED') newest.state = 'SUPERSEDED';
    versions.push({ state: 'SUBMITTED', receivedAt: Date.parse(at), figures });
    return { number: versions.length, onTime: this.firstOf(unit)! < dueBefore };
  }

  reviewed(unit: string, state: 'RETURNED' | 'WITHDRAWN' | 'ACCEPTED'): void {
    const { versions } = this.of(unit);
    if (state === 'ACCEPTED')
      for (const version of versions) if (version.state === 'ACCEPTED') version.state = 'SUPERSEDED';
    versions.at(-1)!.state = state;
  }

  /** Number of the newest version; 0 before the first. */
  newest(unit: string): number {
    return this.of(unit).versions.length;
  }

  /** Units whose newest version is in this state (null: none yet), in the order of codes. */
  in(state: VersionState | null): string[] {
    return this.standing
      .filter(({ versions }) => (versions.at(-1)?.state ?? null) === state)
      .map(({ unit }) => unit)
      .sort();
  }

  /** Every obligation: [unit, class, timeliness], sorted. @param now ISO 8601 */
  obligations(now: string): [string, string, string][] {
    return this.book
      .map((owing): [string, string, string] => {
        const { unit, versions, dueBefore, replaced } = owing;
        const first = firstReceived(versions);
        const timeliness = first === null ? 'NOT_SUBMITTED' : first < dueBefore ? 'ON_TIME' : 'LATE';
        const newest = versions.at(-1)?.state;
        if (replaced) return [unit, 'REPLACED', timeliness];
        if (versions.some(({ state }) => state === 'ACCEPTED')) return [unit, 'ACCEPTED', timeliness];
        if (newest === 'SUBMITTED' || newest === 'RETURNED') return [unit, newest, timeliness];
        return [unit, Date.parse(now) < dueBefore ? 'NOT_YET_DUE' : 'OVERDUE', timeliness];
      })
      .sort((a, b) => a.join().localeCompare(b.join()));
  }

  /** All units' figures of one indicator, by what counts on a basis. @param only of this unit */
  sum(indicator: string, basis: Basis, only?: string): Sum {
    const sum = { value: 0, estimated: 0, notApplicable: 0, missing: 0, notReported: 0, expected: 0 };
    let [n, d] = [0, 0];
    let divided = false;
    for (const { unit, versions } of this.standing) {
      if (only !== undefined && unit !== only) continue;
      sum.expected += 1;
      const version = countingOf(versions, basis);
      const figure = version?.figures.find((one) => one.indicator === indicator);
      if (!version) sum.notReported += 1;
      else if (!figure || figure.state === 'MISSING') sum.missing += 1;
      else if (figure.state === 'NOT_APPLICABLE') sum.notApplicable += 1;
      else {
        sum.value += 1;
        if (figure.state === 'ESTIMATE') sum.estimated += 1;
        divided ||= figure.value === undefined;
        n += figure.yes === undefined ? Number(figure.value ?? figure.numerator) : Number(figure.yes);
        d += figure.yes === undefined ? Number(figure.denominator ?? 0) : 1;
      }
    }
    const known = sum.value > 0 && (!divided || d > 0);
    return { ...sum, numerator: known ? n : null, denominator: known && divided ? d : null };
  }

  /** How many owe, and how many of them have a report that counts on this basis. */
  coverage(basis: Basis): { expected: number; reported: number } {
    const counting = this.standing.filter(({ versions }) => countingOf(versions, basis));
    return { expected: this.standing.length, reported: counting.length };
  }

  private get standing(): Owing[] {
    return this.book.filter(({ replaced }) => !replaced);
  }

  private of(unit: string): Owing {
    const found = this.standing.find((owing) => owing.unit === unit);
    if (!found) throw new Error(`${unit} owes nothing`);
    return found;
  }

  private firstOf(unit: string): number | null {
    return firstReceived(this.of(unit).versions);
  }
}

const firstReceived = (versions: readonly Version[]): number | null => {
  const times = versions.filter(({ state }) => state !== 'WITHDRAWN').map(({ receivedAt }) => receivedAt);
  return times.length > 0 ? Math.min(...times) : null;
};

function countingOf(versions: readonly Version[], basis: Basis): Version | undefined {
  const newest = versions.at(-1);
  if (basis === 'RECEIVED' && (newest?.state === 'SUBMITTED' || newest?.state === 'ACCEPTED')) return newest;
  return versions.find(({ state }) => state === 'ACCEPTED');
}
