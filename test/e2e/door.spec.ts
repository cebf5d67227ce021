/**
 * What no request may bring about: "something went wrong on our side" for input that is merely wrong. Whatever people and
 * broken programs send is answered with a problem that says what to mend, and nothing is half written.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rows } from '#core';
import { reportOf, SUBMIT, type Submitted } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';

let world: World;
let nation: string;

beforeAll(async () => {
  world = await openWorld('2026-05-20T08:00:00+07:00');
  nation = await world.token('VN', 'administrator');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
});
afterAll(() => world?.close());

const codesOf = async (query: string, variables?: object, token = nation) =>
  (await world.send(token, query, variables)).errors?.map((error) => error.extensions.code);
const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');

describe('the door', () => {
  test.each([
    ['a unit', '{ unit(code: "\\u0000") { name } }'],
    ['a programme', '{ rounds(programme: "x\\u{0}") { code } }'],
    ['a reason', 'mutation { revokeToken(prefix: "\\u0000") }'],
  ])('a NUL escaped within the document: %s', async (_, query) =>
    expect(await codesOf(query)).toEqual(['request.invalid']),
  );

  test('a NUL in the address, in the document or the variables', async () => {
    const get = async (address: string) =>
      (await fetch(`${world.url}/graphql?${address}`, { headers: { authorization: `Bearer ${nation}` } })).text();
    const asked = encodeURIComponent('query ($code: String!) { unit(code: $code) { name } }');
    expect(await get(`query=${encodeURIComponent('{ unit(code: "\\u0000") { name } }')}`)).toContain('request.invalid');
    expect(await get(`query=${asked}&variables=${encodeURIComponent('{"code":"\\u0000"}')}`)).toContain(
      'request.invalid',
    );
    expect(await get(`query=${asked}&variables=${encodeURIComponent('{"code":"05953"}')}`)).toContain('Kha Sơn');
  });

  test.each([
    ['a document that is no text', '{"query":5}'],
    ['endless nesting', `{"query":"{me{unitCode}}","variables":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
  ])('%s', async (_, body) => {
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${nation}` },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('request.invalid');
  });
});

describe('days and instants that do not exist', () => {
  test.each([
    '{ units(on: "2026-02-30") { totalCount } }',
    '{ units(on: "0000-01-01") { totalCount } }',
    'mutation { extendDueDate(unit: "05953", round: "2026H1", dueOn: "2026-06-31", reason: "lũ") { dueOn } }',
    '{ totals(unit: "19", period: "2026H1", asOf: "0000-01-01T00:00:00Z") { asOf } }',
    '{ totals(unit: "19", period: "2026H1", asOf: "2026-02-30T00:00:00Z") { asOf } }',
    '{ totals(unit: "19", period: "2026H1", asOf: "0001-01-01T00:00:00+14:00") { asOf } }',
    '{ totals(unit: "19", period: "2026H1", asOf: "9999-12-31T23:59:59-14:00") { asOf } }',
    '{ plans(asOf: "hôm qua") { key } }',
    '{ plan(key: "kha-son", asOf: "-271821-04-20T00:00:00Z") { key } }',
  ])('%s', async (query) => expect(await codesOf(query)).toEqual(['request.invalid']));

  test('plans of a future instant are refused like any answer of the future', async () =>
    expect(await codesOf('{ plans(asOf: "2031-01-01T00:00:00Z") { key } }')).toEqual(['asof.future']));
});

describe('cursors of somebody else', () => {
  test.each([
    [`{ units(after: "${cursor([0, '\0'])}") { totalCount } }`],
    [`{ units(after: "${cursor([1e15, 'x'])}") { totalCount } }`],
    [`{ tokens(unit: "19", after: "${cursor(['\0', 'x'])}") { totalCount } }`],
    [`{ obligations(unit: "19", round: "2026H1", after: "${cursor(['\0', '2026-01-01T00:00:00Z'])}") { totalCount } }`],
  ])('%s', async (query) => expect(await codesOf(query)).toEqual(['cursor.invalid']));

  test('a level that no unit has finds none', async () =>
    expect(await world.ask(nation, '{ units(level: 2147483647) { totalCount } }')).toEqual({
      units: { totalCount: 0 },
    }));
});

describe('a merger that cannot be', () => {
  const CHANGE = 'mutation ($change: BoundaryChangeInput!) { changeBoundaries(change: $change) { replaced } }';
  const merger = { effectiveOn: '2026-06-01', basis: 'NQ', predecessors: ['01840'] };
  const fresh = { code: '99991', name: 'Mới', kind: 'xa' };
  const states = () =>
    rows<{ state: string }>(world.db.dataSource, 'select s::text as state from org_unit_state s order by id');

  test.each([
    ['a day that does not exist', { effectiveOn: '2026-02-30', successors: [fresh] }],
    ['one successor twice', { successors: [fresh, fresh] }],
    ['a successor without a code', { successors: [{ ...fresh, code: '' }] }],
    ['a successor without a name', { successors: [{ ...fresh, name: ' ' }] }],
    ['a successor that exists and is not merged', { successors: [{ ...fresh, code: '01843' }] }],
    ['a predecessor that began on that very day', { effectiveOn: '2025-07-01', successors: [fresh] }],
  ])('%s', async (_, part) => {
    const before = await states();
    expect(await codesOf(CHANGE, { change: { ...merger, ...part } })).toEqual(['request.invalid']);
    expect(await states()).toEqual(before);
  });
});

describe('a report', () => {
  const input = {
    round: '2026H1',
    expectedVersion: 0,
    figures: reportOf(),
    comment: 'đã kiểm tra',
    containsNoSecrets: true,
  };

  test.each(['', 'k'.repeat(201)])('an idempotency key of no or too many characters', async (idempotencyKey) => {
    const commune = await world.token('05953', 'reporter');
    expect(await codesOf(SUBMIT, { input: { ...input, idempotencyKey } }, commune)).toEqual(['request.invalid']);
  });

  test('a head with a day that does not exist, or a line as long as a book', async () => {
    const commune = await world.token('05953', 'reporter');
    const header = { documentDate: '2026-02-30', signer: 'x'.repeat(501) };
    const { submitReport } = await world.ask<Submitted>(commune, SUBMIT, { input: { ...input, header } });
    expect(submitReport).toMatchObject({
      stored: false,
      findings: [{ code: 'text.too_long' }, { code: 'date.format' }],
    });
  });

  test.each([
    ['twice', ['tin_bai', 'tin_bai']],
    ['by a word of the language', ['constructor']],
  ])('a figure returned %s', async (_, indicators) => {
    const figures = indicators.map((indicator) => ({ indicator, reason: 'xem lại' }));
    const query = `mutation ($figures: [ReturnedFigureInput!]!) {
      returnReport(unit: "05953", round: "2026H1", expectedVersion: 1, reason: "sai", figures: $figures) { number } }`;
    const province = await world.token('19', 'reviewer');
    expect(await codesOf(query, { figures }, province)).toEqual(['request.invalid']);
  });
});
