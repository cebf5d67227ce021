/** Every comparison of the demo: a case is printed as it happens, the many figures are counted; what differs is kept. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { say } from '../schema.js';

const MOST_SHOWN = 20;

export class Checks {
  private agreed = 0;
  private readonly differing: string[] = [];

  /**
   * One case of the story.
   * @param vi the case in a sentence; @param en the same in a few English words; @param source where `expected` is from
   */
  case(vi: string, en: string, got: unknown, expected: unknown, source: string): void {
    const agrees = this.same(`${vi} [${source}]`, got, expected);
    say(`    ${agrees ? '✓' : '✗'} ${vi}`);
    say(`      ${en}`);
    if (!agrees) say(`      ${this.differing.at(-1)!.split('\n').slice(1).join('\n      ')}`);
  }

  /** One of many: only counted. */
  same(what: string, got: unknown, expected: unknown): boolean {
    const agrees = isDeepStrictEqual(got, expected);
    if (agrees) this.agreed += 1;
    else this.differing.push(`${what}\nnhận được · got ${shown(got)}\nmong đợi · expected ${shown(expected)}`);
    return agrees;
  }

  get count(): number {
    return this.agreed;
  }

  /** The last word. @returns whether everything agreed */
  conclude(): boolean {
    if (this.differing.length === 0) return true;
    say('');
    say(`${this.differing.length} chỗ KHÔNG khớp · ${this.differing.length} disagreements:`);
    for (const text of this.differing.slice(0, MOST_SHOWN)) say(`  ✗ ${text.replaceAll('\n', '\n      ')}`);
    if (this.differing.length > MOST_SHOWN) say(`  … và ${this.differing.length - MOST_SHOWN} chỗ nữa · more`);
    return false;
  }
}

const shown = (value: unknown) => inspect(value, { depth: 6, breakLength: 100 });
