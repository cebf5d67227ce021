/**
 * What a form says about itself, in a hidden sheet: programme, round, version of the form, and for every unit in it the
 * version of the report it starts from and the denominators that were filled in from the last round. A check value over
 * all of it tells whether a hand has been at it. It is no secret: who may send what is decided by the token alone.
 */
import { createHash } from 'node:crypto';

export const IDS_SHEET = 'Mã biểu';
const MARK = 'bao-cao-57/bieu/1';

export type UnitIds = { code: string; expectedVersion: number; carried: Record<string, string> };
export type FormIds = { programme: string; round: string; version: string; units: UnitIds[] };

/** The rows of the hidden sheet. */
export function idRows({ programme, round, version, units }: FormIds): string[][] {
  const rows = [
    [MARK, 'Trang này để hệ thống nhận ra biểu; không sửa.'],
    ['programme', programme],
    ['round', round],
    ['form', version],
    ...units.map(({ code, expectedVersion, carried }) => ['unit', code, String(expectedVersion), carriedText(carried)]),
  ];
  return [...rows, ['check', checkOf(rows)]];
}

const LARGEST_NUMBER = 30_000;
const isNumber = (version: number) => Number.isInteger(version) && version >= 0 && version <= LARGEST_NUMBER;

const carriedText = (carried: Record<string, string>) =>
  Object.entries(carried)
    .map(([code, digits]) => `${code}=${digits}`)
    .join(' ');

const checkOf = (rows: string[][]) =>
  createHash('sha256')
    .update(rows.map((row) => row.join('\t').trimEnd()).join('\n'))
    .digest('hex');

/** @returns "foreign" when it is no sheet of ours, "altered" when its check value does not agree */
export function readIds(rows: string[][]): FormIds | 'foreign' | 'altered' {
  if (rows[0]?.[0] !== MARK) return 'foreign';
  const [check, ...others] = [...rows].reverse();
  const body = others.reverse();
  if (check?.[0] !== 'check' || check[1] !== checkOf(body)) return 'altered';
  const said = (name: string) => body.find(([key]) => key === name)?.[1] ?? '';
  const units = body
    .filter(([key]) => key === 'unit')
    .map(([, code = '', expected = '', carried = '']) => ({
      code,
      expectedVersion: Number(expected),
      carried: Object.fromEntries(
        carried
          .split(' ')
          .filter((pair) => pair !== '')
          .map((pair) => pair.split('=') as [string, string]),
      ),
    }));
  const distinct = new Set(units.map(({ code }) => code));
  if (distinct.size !== units.length || units.some(({ expectedVersion }) => !isNumber(expectedVersion)))
    return 'altered';
  return { programme: said('programme'), round: said('round'), version: said('form'), units };
}
