import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Gathering } from './gathering.js';
import { currentScope, enterScope, inRequest, requestId } from './request.js';

/** Answers every ask with its double, one statement at a time; `asked` is what went together. */
function doubling(lanes: number, most: number, ms = 5) {
  const asked: number[][] = [];
  const gathering = new Gathering<number, number>(
    async (asks) => {
      asked.push(asks);
      await wait(ms);
      if (asks.includes(13)) throw new Error('thirteen');
      return asks.map((ask) => ask * 2);
    },
    lanes,
    most,
  );
  return { asked, gathering };
}
const upTo = (count: number) => Array.from({ length: count }, (_, place) => place + 20);

it('asks together what comes at once, in its order, and no more than so many', async () => {
  const { asked, gathering } = doubling(1, 4);
  expect(await Promise.all(upTo(10).map((ask) => gathering.ask(ask)))).toEqual(upTo(10).map((ask) => ask * 2));
  expect(asked).toEqual([upTo(10).slice(0, 4), upTo(10).slice(4, 8), upTo(10).slice(8)]);
});

it('lets nobody wait for company: what comes while a lane is free goes at once', async () => {
  const { asked, gathering } = doubling(2, 8, 20);
  const answers: Promise<number>[] = [];
  for (const ask of [1, 2, 3, 4]) {
    answers.push(gathering.ask(ask));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  expect(asked).toEqual([[1], [2]]);
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8]);
  expect(asked).toEqual([[1], [2], [3, 4]]);
});

it('asks one by one what failed together, so that one bad ask is nobody else’s trouble', async () => {
  const { asked, gathering } = doubling(1, 8);
  const settled = await Promise.allSettled([12, 13, 14].map((ask) => gathering.ask(ask)));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(asked).toEqual([[12, 13, 14], [12], [13], [14]]);
});

it('tells all that the database is away, and asks it no more than once', async () => {
  let times = 0;
  const gathering = new Gathering<number, number>(
    async () => {
      times += 1;
      throw Object.assign(new Error('gone'), { code: '57P01' });
    },
    1,
    8,
  );
  const settled = await Promise.allSettled([1, 2, 3].map((ask) => gathering.ask(ask)));
  expect(settled.every((one) => one.status === 'rejected' && one.reason.code === '57P01')).toBe(true);
  expect(times).toBe(1);
});

it('goes on beside a lane that hangs', async () => {
  let release = () => {};
  const hung = new Promise<void>((settle) => {
    release = settle;
  });
  const gathering = new Gathering<string, string>(
    async (asks) => {
      if (asks.includes('hangs')) await hung;
      return asks;
    },
    1,
    8,
  );
  const first = gathering.ask('hangs');
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(await gathering.ask('later')).toBe('later');
  release();
  expect(await first).toBe('hangs');
});

it('asks in nobody’s scope, and gives each asker its own back', async () => {
  const seen: unknown[] = [];
  const gathering = new Gathering<number, number>(
    async (asks) => {
      seen.push([currentScope(), requestId()]);
      return asks;
    },
    1,
    8,
  );
  const request = (id: string, scope: number) =>
    inRequest(id, async () => {
      enterScope(scope);
      await gathering.ask(scope);
      return [requestId(), currentScope()];
    });
  expect(await Promise.all([request('a', 7), request('b', 8)])).toEqual([
    ['a', 7],
    ['b', 8],
  ]);
  expect(seen).toEqual([[undefined, undefined]]);
});
