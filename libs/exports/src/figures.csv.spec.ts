/** Comma-separated values in the hands of a spreadsheet: no text becomes a formula, and every letter and digit arrives. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { read } from '@e965/xlsx';
import { describe, expect, it, test } from '@jest/globals';
import { sampleSummary } from '../../../test/support/summary-sample.js';
import { writeFiguresCsv } from './figures.csv.js';
import type { UnitList } from './summary.js';

const summary = sampleSummary();

/** The file of one commune whose name is this. */
async function csvOf(name: string): Promise<string> {
  const { accepted, below, belowReceived, round, instant } = summary;
  const named = (one: (typeof below)[number]) => ({ ...one, unit: { ...one.unit, name } });
  const parent = accepted.unit;
  const list = {
    ...{ unit: parent, round, instant, parents: [parent] },
    figuresOf: async (_: unknown, basis: string) => [named((basis === 'accepted' ? below : belowReceived)[0]!)],
  };
  const out = new PassThrough();
  const written = buffer(out);
  await writeFiguresCsv(list as unknown as UnitList, out);
  return (await written).toString('utf8');
}
const NAME = 5;
const COMMAND = 'cmd|"/C calc"!A0';

describe('a text', () => {
  test.each(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])(
    'that begins with %j is no formula',
    async (sign) => {
      const csv = await csvOf(`${sign}${COMMAND}`);
      // As it stands in the file: shielded within its quotes, in every line.
      const lines = csv.trimEnd().split('\r\n').slice(1);
      expect(lines).toHaveLength(summary.accepted.totals.length);
      for (const line of lines) expect(line).toContain(`,"'${sign}cmd|""/C calc""!A0",`);
      // As a spreadsheet reads it.
      const sheet = read(csv, { type: 'string', raw: true, cellFormula: true }).Sheets.Sheet1!;
      for (const [address, cell] of Object.entries(sheet)) {
        if (address.startsWith('!')) continue;
        expect([address, cell.f]).toEqual([address, undefined]);
        expect([address, /^[=+\-@\t\r＝＋－＠]/.test(String(cell.v))]).toEqual([address, false]);
      }
    },
  );

  it('keeps its diacritics, commas, quotes and lines', async () => {
    const name = 'Đồng Đăng, "thị trấn"\ncũ';
    const csv = await csvOf(name);
    expect(csv.charCodeAt(0)).toBe(0xfeff);
    const sheet = read(csv, { type: 'string', raw: true, dense: true }).Sheets.Sheet1!;
    const rows = sheet['!data']!;
    expect(rows).toHaveLength(summary.accepted.totals.length + 1);
    for (const row of rows.slice(1)) expect(row[NAME]!.v).toBe(name);
  });
});

it('digits stand as they are, and what is missing is empty', async () => {
  const rows = (await csvOf('Kha Sơn')).trimEnd().split('\r\n').slice(1);
  const [unit] = summary.below;
  for (const [at, row] of rows.entries()) {
    const total = unit!.totals[at]!;
    const [, n, d] = row.split(',').slice(-6, -3);
    expect([n, d]).toEqual([total.numerator ?? '', total.denominator ?? '']);
  }
});
