/** What local units add up to: exact sums of those with a value, never a 0 for who is silent (docs/semantics.md §3). */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LocalReport, proposalOf } from './proposal.js';

const residents = {
  ...({ code: 'nguoi_dan', position: 1, kind: 'ratio', scale: 0, addsUpFrom: ['thon', 'xom'] } as const),
};
const unit = (kind: string, n: string | null, d: string | null, s: number): LocalReport => ({
  ...{ unit: 'u', kind, name: 'n', dueOn: '2026-06-10', version: 1, figures: { n: [n], d: [d], s: [s] } },
});
const silent = (kind: string): LocalReport => ({ ...unit(kind, null, null, 0), version: null, figures: null });

describe('the proposal', () => {
  it('sums the territorial kinds and says from how many of how many; schools are not added', () => {
    const units = [
      ...[unit('thon', '30', '100', 1), unit('xom', '5', '40', 2), unit('thon', null, null, 0)],
      ...[unit('thon', null, null, 3), silent('thon'), unit('truong_hoc', '500', '500', 1)],
    ];
    expect(proposalOf([residents], units)).toEqual([
      {
        ...{ indicator: 'nguoi_dan', numerator: '35', denominator: '140' },
        coverage: { expected: 5, value: 2, estimated: 1, notApplicable: 1, missing: 1, notReported: 1 },
      },
    ]);
  });

  it('is no 0 while nobody has a value, and nothing where no unit of its kinds owes', () => {
    expect(proposalOf([residents], [silent('thon'), unit('thon', null, null, 3)])).toMatchObject([
      { numerator: null, denominator: null },
    ]);
    expect(proposalOf([residents], [unit('truong_hoc', '1', '2', 1)])).toEqual([]);
  });

  it('counts every unit in exactly one class, and its sum is theirs, whatever they say', () => {
    const reports = fc.array(
      fc.oneof(
        fc.constant(silent('thon')),
        fc
          .tuple(fc.bigInt(0n, 10n ** 12n), fc.bigInt(0n, 10n ** 12n), fc.constantFrom(1, 2))
          .map(([n, more, s]) => unit('thon', String(n), String(n + more), s)),
        fc.constantFrom(0, 3).map((s) => unit('xom', null, null, s)),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(reports, (units) => {
        const [{ numerator, denominator, coverage }] = proposalOf([residents], units) as [
          ReturnType<typeof proposalOf>[number],
        ];
        const given = units.flatMap(({ figures }) => (figures && [1, 2].includes(figures.s[0]!) ? [figures] : []));
        const sum = (of: 'n' | 'd') => given.reduce((so, figures) => so + BigInt(figures[of][0]!), 0n);
        expect(coverage.value + coverage.notApplicable + coverage.missing + coverage.notReported).toBe(
          coverage.expected,
        );
        expect([numerator, denominator]).toEqual(
          given.length === 0 ? [null, null] : [String(sum('n')), String(sum('d'))],
        );
        if (given.length > 0) expect(BigInt(numerator!) <= BigInt(denominator!)).toBe(true);
      }),
    );
  });
});
