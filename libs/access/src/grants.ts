/**
 * What may be handed on: nobody grants what they do not hold (docs/semantics.md §8), neither verbs, nor a longer time, nor
 * a wider network. Also what a wish may look like. Pure.
 */
import { BlockList, isIP } from 'node:net';
import { isAddressRange, Problem } from '#core';
import type { Caller } from './caller.js';
import { allVerbs, notHeld, type Verb } from './verbs.js';

const MOST_ADDRESSES = 20;

type Grant = {
  verbs: Iterable<Verb>;
  /** null = anywhere */
  addresses?: readonly string[] | null;
  /** Last day, YYYY-MM-DD; null = without end */
  until: string | null;
};

/** @throws Problem access.not_held, saying what is missing */
export function checkGrant(caller: Caller, { verbs, addresses, until }: Grant): void {
  const missing = notHeld(caller.verbs, verbs);
  if (missing) throw new Problem('access.not_held', { what: missing });
  if (caller.until && (until === null || until > caller.until))
    throw new Problem('access.not_held', { what: `≤ ${caller.until}` });
  const mine = caller.addresses;
  if (addresses === undefined || !mine) return;
  const wider = addresses === null ? '0.0.0.0/0' : addresses.find((range) => !mine.some((own) => holds(own, range)));
  if (wider) throw new Problem('access.not_held', { what: wider });
}

const parts = (range: string) => {
  const [address, bits] = range.split('/') as [string, string | undefined];
  const family = isIP(address) === 4 ? ('ipv4' as const) : ('ipv6' as const);
  return { address, family, bits: bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits) };
};

/** Whether all addresses of the inner range lie in the outer one. */
export function holds(outer: string, inner: string): boolean {
  const [a, b] = [parts(outer), parts(inner)];
  if (a.family !== b.family || b.bits < a.bits) return false;
  const list = new BlockList();
  list.addSubnet(a.address, a.bits, a.family);
  return list.check(b.address, b.family);
}

/** @throws Problem request.invalid for what is no verb of the role */
export function verbsWished(wish: readonly string[] | null | undefined, ofRole: ReadonlySet<Verb>): Verb[] | null {
  if (wish == null) return null;
  const strange = wish.find((verb) => !ofRole.has(verb as Verb));
  if (strange !== undefined || wish.length === 0)
    throw new Problem('request.invalid', {
      reason: `verbs: ${allVerbs.filter((verb) => ofRole.has(verb)).join(', ')}`,
    });
  return [...new Set(wish as Verb[])];
}

/** @throws Problem request.invalid for what is no address or range */
export function addressesWished(wish: readonly string[] | null | undefined): string[] | null {
  if (wish == null) return null;
  if (wish.length === 0 || wish.length > MOST_ADDRESSES || !wish.every(isAddressRange))
    throw new Problem('request.invalid', {
      reason: `addresses: 1–${MOST_ADDRESSES}, 203.0.113.7, 10.1.0.0/16, 2001:db8::/32`,
    });
  return [...new Set(wish)];
}
