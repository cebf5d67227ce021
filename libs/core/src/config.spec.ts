/** A wrong setting is one sentence that names it, and what it must be: for every program, without a stack. */
import { afterEach, expect, it, jest } from '@jest/globals';
import { loadConfig, servedConfig } from './config.js';

const environment = process.env;
afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

it.each([
  [{ PORT: 'abc' }, 'PORT: must be a whole number, 0–65535'],
  [{ DATABASE_POOL: '0' }, 'DATABASE_POOL: must be a whole number, 1–200'],
  [{ RATE_PER_CALLER: '1.5' }, 'RATE_PER_CALLER: must be a whole number, from 1 on'],
  [{ SMTP_URL: 'mail.example.vn' }, 'SMTP_URL: must be a URL starting with smtp:// or smtps://'],
  [{ CLOCK_FILE: '/tmp/clock', NODE_ENV: 'production' }, 'CLOCK_FILE: a rehearsed clock is refused'],
])('%j', (env, told) => {
  expect(() => loadConfig(env)).toThrow(told);
});

it.each([
  [
    { DATABASE_URL: 'mysql://x' },
    /^Cấu hình .* sai · The configuration is wrong:\n {2}DATABASE_URL: must be a URL .*\n$/,
  ],
  [{}, /^Chưa có DATABASE_URL: .* · DATABASE_URL is not set: .*\n$/],
])('a program that is given its database ends with the sentence alone: %j', (env, told) => {
  process.env = env;
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  jest.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  expect(servedConfig).toThrow('exit 1');
  expect(said.mock.calls.map(([text]) => text).join('')).toMatch(told);
});
