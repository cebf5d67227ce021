/** Who is calling: an account, its role, and the unit whose subtree it reaches. Made by the guard from a token. */
export const roles = ['reporter', 'reviewer', 'viewer', 'administrator'] as const;
export type Role = (typeof roles)[number];

export type Caller = Readonly<{
  accountId: number;
  role: Role;
  unitId: number;
  unitCode: string;
  /** 0 nation, 1 province, 2 commune, 3 local unit */
  unitLevel: number;
  /** First characters of the token, for logs and people. */
  tokenPrefix: string;
  address?: string;
}>;
