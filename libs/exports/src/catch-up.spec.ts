/** What is made up for after an outage: by choice, and never a flood. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { catchUps, decide, MOST_EACH, MOST_MISSED, ON_TIME } from './catch-up.js';

const NOW = new Date('2026-06-22T02:00:00Z');
const ago = (...hours: number[]) => hours.map((count) => ({ at: new Date(NOW.getTime() - count * 3_600_000) }));
const kinds = (hours: number[], choice: (typeof catchUps)[number]) =>
  decide(ago(...hours), choice, NOW).map(({ kind }) => kind);

describe('after an outage', () => {
  it('makes up for nothing, the latest, or each, as chosen', () => {
    expect(kinds([72, 48, 24], 'none')).toEqual(['missed', 'missed', 'missed']);
    expect(kinds([72, 48, 24], 'latest')).toEqual(['missed', 'missed', 'catch_up']);
    expect(kinds([72, 48, 24], 'each')).toEqual(['catch_up', 'catch_up', 'catch_up']);
  });

  it('always makes what is on time; the latest of all needs no making up for beside it', () => {
    expect(kinds([48, 24, 0.5], 'none')).toEqual(['missed', 'missed', 'due']);
    expect(kinds([48, 24, 0.5], 'latest')).toEqual(['missed', 'missed', 'due']);
    expect(kinds([48, 24, 0.5], 'each')).toEqual(['catch_up', 'catch_up', 'due']);
    expect(kinds([1], 'none')).toEqual(['missed']);
  });

  it('is never a flood, leaves out no current run and invents none, whatever was missed', () => {
    // Runs are an hour apart at least.
    const outage = fc
      .array(fc.integer({ min: 60, max: 10_000 }), { maxLength: 300 })
      .chain((gaps) => fc.integer({ min: 0, max: 5_000 }).map((last) => ({ gaps, last })))
      .map(({ gaps, last }) => {
        const minutes = [last];
        for (const gap of gaps) minutes.push(minutes.at(-1)! + gap);
        return minutes.reverse();
      });
    fc.assert(
      fc.property(outage, fc.constantFrom(...catchUps), (minutes, choice) => {
        const found = ago(...minutes.map((count) => count / 60));
        const decided = decide(found, choice, NOW);
        const made = decided.filter(({ kind }) => kind !== 'missed');
        const current = found.filter(({ at }) => NOW.getTime() - at.getTime() < ON_TIME);
        expect(made.length).toBeLessThanOrEqual(MOST_EACH + 1);
        expect(decided.length - made.length).toBeLessThanOrEqual(MOST_MISSED);
        expect(decided.filter(({ kind }) => kind === 'due').map(({ run }) => run)).toEqual(current);
        expect(decided.map(({ run }) => run)).toEqual(found.slice(found.length - decided.length));
        if (choice !== 'none') expect(made.at(-1)!.run).toBe(found.at(-1));
      }),
    );
  });
});
