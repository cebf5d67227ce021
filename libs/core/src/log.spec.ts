/** What must never stand in a log does not, wherever in a line it came from. */
import { describe, expect, it } from '@jest/globals';
import { inRequest, newLogger, scrub } from './index.js';

const logged = (work: (log: ReturnType<typeof newLogger>) => void) => {
  const lines: string[] = [];
  work(newLogger('test', 'info', (line) => lines.push(line)));
  return lines.join('');
};

describe('the log', () => {
  it('holds no token, no password of an address and no authorization header, also deep within an error', () => {
    const error = new Error('connect failed: postgres://baocao:geheim@db:5432/baocao');
    Object.assign(error, { cause: new Error('token bc57_Ab3-xYz_0123456789 refused') });
    const text = logged((log) => {
      log.error(
        { err: error, headers: { authorization: 'Bearer bc57_Ab3-xYz_0123456789' } },
        'with bc57_Ab3-xYz_012345',
      );
      log.info({ url: 'redis://:geheim@redis:6379', smtp: 'smtp://so:geheim@mail:587', password: 'geheim' });
      log.info('authorization: Basic Z2VoZWltOmdlaGVpbQ==');
    });
    expect(text).not.toMatch(/geheim|Ab3-xYz|Z2VoZW/);
    expect(text).toContain('postgres://***@db:5432/baocao');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(3);
  });

  it("tells of the database's refusal what was violated, not the values", () => {
    const driverError = Object.assign(new Error('duplicate key value'), {
      code: '23505',
      constraint: 'account_one_per_label',
      detail: 'Key (label)=(Nguyễn Văn A) already exists.',
    });
    const error = Object.assign(new Error('duplicate key value'), {
      driverError,
      parameters: ['Nguyễn Văn A'],
      query: 'insert into account …',
    });
    const text = logged((log) => log.error({ err: error }, 'internal error'));
    expect(text).toContain('account_one_per_label');
    expect(text).not.toContain('Nguyễn');
  });

  it('carries the id of the request, through what it awaits', async () => {
    const lines: string[] = [];
    const log = newLogger('test', 'info', (line) => lines.push(line));
    await inRequest('request-1', async () => {
      await Promise.resolve();
      log.info('inside');
    });
    log.info('outside');
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(['request-1', undefined]);
  });

  it('leaves ordinary words alone', () => {
    for (const line of ['{"url":"http://127.0.0.1:3000/graphql"}', '{"msg":"gửi tới so@thainguyen.vn, 10:30"}'])
      expect(scrub(line)).toBe(line);
  });
});
