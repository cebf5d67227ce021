/**
 * The sums that cells and their history should hold, worked out here from versions' states and figures alone: what stands
 * (docs/semantics.md §3), what earlier rounds carry over (§2 once and yearly, §6 last accepted denominators), and Σ.
 */
import { createHash } from 'node:crypto';
import type { Obligation, Round, Sums, Version, Written } from './record.js';

export const BASES = ['accepted', 'received'] as const;
type Basis = (typeof BASES)[number];
type Carry = readonly (number | null | undefined)[];

/** What stands of one obligation by its versions' states. @param versions in the order of their numbers */
export function standingOf(
  obligation: Obligation,
  versions: readonly Version[],
): { accepted: string | null; received: string | null } {
  if (obligation.state !== 'owed') return { accepted: null, received: null };
  const accepted = versions.find(({ state }) => state === 'accepted')?.id ?? null;
  const newest = versions.at(-1);
  const counts = newest && (newest.state === 'submitted' || newest.state === 'accepted');
  return { accepted, received: counts ? newest.id : accepted };
}

/** A sum that obligations are added to and taken from. */
class Total {
  expected = 0;
  reported = 0;
  /** n, d, valued, estimated, not applicable, missing, last denominators of the silent, silent without one; by slot. */
  readonly sums: number[][] = Array.from({ length: 8 }, () => []);

  move(kinds: readonly string[], version: Version | undefined, carry: Carry, sign: 1 | -1): void {
    this.expected += sign;
    this.reported += version ? sign : 0;
    kinds.forEach((kind, slot) => {
      slotOf(kind, version, carry[slot] ?? null, slot).forEach((part, row) => {
        this.sums[row]![slot] = (this.sums[row]![slot] ?? 0) + sign * Number(part);
      });
    });
  }

  /** As a close keeps them: the lines of one basis (see the comment on column closing.figures). */
  lines({ kinds, indicators }: Round, parent: string, basis: string): string[] {
    return indicators.flatMap((indicator, slot) => {
      if (kinds[slot] === 'text') return [];
      const parts = this.sums.slice(0, 6).map((row) => row[slot] ?? 0);
      return [[parent, basis, indicator, ...parts, this.expected, this.reported].join('|')];
    });
  }

  /** Slots that nobody filled are zeros. */
  equals({ expected, reported, sums }: Sums): boolean {
    if (expected !== this.expected || reported !== this.reported) return false;
    for (const [i, row] of this.sums.entries()) {
      const kept = sums[i] ?? [];
      for (let slot = Math.max(row.length, kept.length) - 1; slot >= 0; slot--)
        if ((row[slot] ?? 0) !== (kept[slot] ?? 0)) return false;
    }
    return true;
  }
}

/** One unit's part in a slot, in the order of Total.sums. */
function slotOf(
  kind: string,
  version: Version | undefined,
  carried: number | null,
  slot: number,
): (number | boolean)[] {
  const state = version ? (version.s[slot] ?? 0) : null;
  const answered = state === 1 || state === 2;
  const n = answered ? (version!.n[slot] ?? 0) : 0;
  if ((kind === 'once' || kind === 'yearly') && carried === 1 && n !== 1) return [1, 1, 1, 0, 0, 0, 0, 0];
  const silent = kind === 'ratio' && (state === null || state === 0);
  return [
    n,
    answered ? (version!.d[slot] ?? 0) : 0,
    answered,
    state === 2,
    state === 3,
    state === 0 && kind !== 'text',
    silent ? (carried ?? 0) : 0,
    silent && carried === null,
  ];
}

/** Cells against what stands by the versions' states, with what is carried over worked out from all earlier rounds. */
export function totals({ cells, obligations, rounds, versions }: Written): string[] {
  const expected = new Map(cells.map(({ cell }) => [cell, new Total()]));
  const byObligation = grouped(versions, ({ obligationId }) => obligationId);
  const byId = new Map(versions.map((version) => [version.id, version]));
  const order = new Map(rounds.map(({ id }, i) => [id, i]));
  for (const own of grouped(obligations, ({ unitId }) => unitId).values()) {
    const owed = own
      .filter(({ state }) => state === 'owed')
      .sort((a, b) => order.get(a.roundId)! - order.get(b.roundId)!)
      .map((obligation) => ({
        obligation,
        round: rounds[order.get(obligation.roundId)!]!,
        stands: standingOf(obligation, byObligation.get(obligation.id) ?? []),
      }));
    owed.forEach(({ obligation, round, stands }, i) => {
      const earlier = owed.slice(0, i).map((before) => ({
        round: before.round,
        accepted: byId.get(before.stands.accepted ?? ''),
        received: byId.get(before.stands.received ?? ''),
      }));
      for (const basis of BASES) {
        const carry = round.kinds.map((kind, slot) => carriedOver(kind, slot, round, earlier, basis));
        expected.get(`${obligation.collection}/${basis}`)?.move(round.kinds, byId.get(stands[basis] ?? ''), carry, 1);
      }
    });
  }
  return cells.flatMap((cell) =>
    expected.get(cell.cell)!.equals(cell) ? [] : [`cell ${cell.cell} is not the sum of what stands`],
  );
}

type Earlier = { round: Round } & Record<Basis, Version | undefined>;

function carriedOver(
  kind: string,
  slot: number,
  round: Round,
  earlier: readonly Earlier[],
  basis: Basis,
): number | null {
  const answered = (version: Version | undefined) => version?.s[slot] === 1 || version?.s[slot] === 2;
  if (kind === 'ratio') return earlier.findLast(({ accepted }) => answered(accepted))?.accepted?.d[slot] ?? null;
  if (kind !== 'once' && kind !== 'yearly') return null;
  const counting = earlier.filter((before) => kind === 'once' || before.round.year === round.year);
  return counting.some((before) => answered(before[basis]) && before[basis]!.n[slot] === 1) ? 1 : null;
}

/**
 * Every entry of a cell's history against what stood at its instant; the last one is the cell. Every close against what
 * stood when it was stamped, signature and all.
 */
export function histories(record: Written): string[] {
  const { cells, history, standing, obligations, rounds, versions, closings } = record;
  const wrong: string[] = [];
  const signed = new Map<string, string[]>();
  const roundOf = new Map(rounds.map((round) => [round.id, round]));
  const byId = new Map(versions.map((version) => [version.id, version]));
  const obligationOf = new Map(obligations.map((obligation) => [obligation.id, obligation]));
  const kindsOf = new Map(rounds.map(({ id, kinds }) => [id, kinds]));
  const moves = grouped(
    standing.flatMap(({ obligationId, basis, versionId, carry, from, to }) => {
      const { collection, roundId } = obligationOf.get(obligationId)!;
      const version = byId.get(versionId ?? '');
      const move = { cell: `${collection}/${basis}`, kinds: kindsOf.get(roundId)!, version, carry };
      const began = { ...move, at: from, sign: 1 as 1 | -1 };
      return to === null ? [began] : [began, { ...move, at: to, sign: -1 as 1 | -1 }];
    }),
    ({ cell }) => cell,
  );
  const entries = grouped(history, ({ cell }) => cell);
  for (const cell of cells) {
    const total = new Total();
    const waiting = (moves.get(cell.cell) ?? []).sort((a, b) => a.at - b.at);
    let next = 0;
    const until = (at: number) => {
      for (; next < waiting.length && waiting[next]!.at <= at; next++) {
        const { kinds, version, carry, sign } = waiting[next]!;
        total.move(kinds, version, carry, sign);
      }
    };
    const basis = cell.cell.slice(cell.cell.lastIndexOf('/') + 1);
    const closes = closings.filter(({ collection }) => `${collection}/${basis}` === cell.cell);
    for (const entry of [...(entries.get(cell.cell) ?? []), ...closes].sort((a, b) => a.at! - b.at!)) {
      until(entry.at!);
      if ('sha256' in entry) {
        signed.set(`${cell.cell} ${entry.at}`, total.lines(roundOf.get(entry.roundId)!, entry.parent, basis));
      } else if (!total.equals(entry))
        wrong.push(`history of ${cell.cell} at ${entry.at} is not the sum of what stood`);
    }
    if (next < waiting.length) wrong.push(`history of ${cell.cell} ends before ${waiting[next]!.at}`);
    if (!total.equals(cell)) wrong.push(`cell ${cell.cell} is not the last of its history`);
  }
  for (const closing of closings) {
    const figures = BASES.flatMap((basis) => signed.get(`${closing.collection}/${basis} ${closing.at}`) ?? []).join(
      '\n',
    );
    const signature = createHash('sha256').update(figures).digest('hex');
    if (closing.figures !== figures || closing.sha256 !== signature)
      wrong.push(`close of ${closing.collection} at ${closing.at}: not the figures that stood`);
  }
  return wrong;
}

// Map.groupBy begins with Node 21.
export function grouped<K, V>(items: readonly V[], keyOf: (item: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
