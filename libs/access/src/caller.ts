/** Who is calling: an account, its role, and the unit whose subtree it reaches. Made by the guard from a token. */
import { EVERYONE, type Scope } from '#core';
import type { Role, Verb } from './verbs.js';

export type Caller = Readonly<{
  accountId: number;
  role: Role;
  /** What may be done: the role's verbs, or those of them that the token is for. */
  verbs: ReadonlySet<Verb>;
  unitId: number;
  unitCode: string;
  /** 0 nation, 1 province, 2 commune, 3 local unit */
  unitLevel: number;
  /** First characters of the token, for logs and people. */
  tokenPrefix: string;
  /** Where the request came from. */
  address?: string;
  /** Where the token may be used from; null = anywhere. */
  addresses?: readonly string[] | null;
  /** Last day of the assignment, YYYY-MM-DD; null = without end. */
  until?: string | null;
}>;

/** Whose rows the database shows while something is done for this caller. */
export const scopeOf = ({ unitLevel, unitId }: Caller): Scope => (unitLevel === 0 ? EVERYONE : unitId);
