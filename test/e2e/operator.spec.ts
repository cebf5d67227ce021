/** The operator at the machine, with tokens and assignments: what is done is said, and what is mistyped is told how it is meant. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { run } from '../../apps/cli/src/program.js';
import { sentence } from '../../apps/cli/src/sentence.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
const environment = { ...process.env };
beforeAll(async () => {
  db = await freshDatabase(1);
  process.env.DATABASE_URL = db.url;
});
afterAll(async () => {
  process.env = environment;
  await db?.drop();
});

/** @returns its exit code, then what it said */
async function operate(...words: string[]): Promise<string> {
  const said: string[] = [];
  const take = (text: string | Uint8Array) => said.push(String(text)) > 0;
  const streams = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(take),
  );
  const code = await run(words).finally(() => {
    for (const stream of streams) stream.mockRestore();
  });
  return `${code} ${said.join('')}`;
}

it('issues a token, lists it, revokes it; sets an assignment and ends it', async () => {
  const issued = await operate('tokens:issue', '--unit', '02026', '--addresses', '10.1.0.0/16');
  const token = /\tbc57_([0-9a-f]{10})_/.exec(issued)!;
  expect(issued).toMatch(/^0 mã đơn vị\t/);
  expect(await operate('tokens:list', '--province', '19')).toContain(
    `02026\tNam Cường\treporter\t${token[1]}\tchưa dùng`,
  );
  // Whoever issues twice is told what has ended by it.
  const again = await operate('tokens:issue', '--unit', '02026');
  expect(again).toContain(`1 mã cấp trước vừa hết hiệu lực: ${token[1]}`);
  const newer = /\tbc57_([0-9a-f]{10})_/.exec(again)![1]!;
  expect(await operate('tokens:revoke', newer)).toMatch(/^0 Đã thu hồi/);
  expect(await operate('tokens:issue', '--unit', '02026')).not.toContain('cấp trước');
  expect(await operate('tokens:revoke', token[1]!)).toMatch(/^1 /);
  expect(await operate('tokens:list', '--unit', '02026')).toContain('thu hồi · revoked');
  const which = ['--unit', '19', '--role', 'reviewer'];
  expect(await operate('assignments:set', ...which, '--until', '2030-12-31')).toContain('… → 2030-12-31');
  expect(await operate('assignments:end', ...which)).toMatch(/^0 Đã kết thúc/);
  expect(await operate('assignments:list', '--unit', '19')).toContain('kết thúc · ended');
});

it.each([
  [['tokens:issue'], '--admin, --unit 02026, --province 19'],
  [['tokens:issue', '--unit', '02026', '--province', '19'], 'exactly one'],
  [['tokens:issue', '--admin', '--role', 'viewer'], '--unit VN --role viewer'],
  [['tokens:issue', '--province', '02026'], '--unit 02026'],
  [['tokens:list', '--province', '77777'], 'Không tìm thấy đơn vị có mã "77777"'],
  [['assignments:set', '--unit', '19', '--role', 'reviewer', '--until', '31/12/2030'], 'YYYY-MM-DD'],
])('%j is told how it is meant', async (words, told) => {
  const said = await operate(...words);
  expect(said).toMatch(/^1 /);
  expect(said).toContain(told);
  expect(said).not.toContain('    at ');
});

it.each([
  [
    'postgres://bao:secret@127.0.0.1:1/nq57',
    /^1 Không vào được .*\(127\.0\.0\.1:1\/nq57\) cannot be reached: connect ECONNREFUSED/,
  ],
  ['mysql://127.0.0.1/nq57', /^1 Cấu hình .* sai · .*\n {2}DATABASE_URL: must be a URL/],
])('a database that is not at %s is told by its setting, without its password', async (url, told) => {
  const right = process.env.DATABASE_URL;
  process.env.DATABASE_URL = url;
  const said = await operate('tokens:list', '--unit', '19').finally(() => {
    process.env.DATABASE_URL = right;
  });
  expect(said).toMatch(told);
  expect(said).not.toContain('secret');
});

it('a folder where nobody may write is told by its setting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  writeFileSync(join(folder, 'file'), '');
  // Root may write anywhere; below a file nobody may.
  expect(await operate('backup', join(folder, 'file', 'kept'))).toMatch(/^1 .*file/);
  expect(sentence(Object.assign(new Error('EACCES: …'), { code: 'EACCES', path: '/var/lib/bao-cao' }))).toContain(
    'No right to write: /var/lib/bao-cao (VAR_DIR = ',
  );
  rmSync(folder, { recursive: true });
});
