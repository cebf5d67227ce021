/**
 * GraphQL over HTTP as its specification asks (the audits of graphql-http), and the limits of the door: whatever goes over
 * one is told which, in a 4xx with a problem's code; nothing of a browser's is trusted.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { openWorld, type World } from '../support/world.js';

let world: World;
let nation: string;

beforeAll(async () => {
  world = await openWorld();
  nation = await world.token('VN', 'administrator');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
});
afterAll(() => world?.close());

describe('the audits of graphql-http', () => {
  for (const audit of serverAudits({ url: () => `${world.url}/graphql` }))
    test(audit.name, async () => expect(await audit.fn()).toMatchObject({ status: 'ok' }));
});

type Told = { status: number; codes: string[]; headers: Headers; text: string };

async function told(of: World, path: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${of.url}${path}`, init);
  const text = await response.text();
  const { errors, error } = JSON.parse(text) as {
    errors?: { extensions: { code: string; vi: string; en: string } }[];
    error?: { code: string; vi: string; en: string };
  };
  const all = error ? [error] : (errors ?? []).map(({ extensions }) => extensions);
  for (const { vi, en } of all) expect([vi, en]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
  return { status: response.status, codes: all.map(({ code }) => code), headers: response.headers, text };
}

const post = (body: unknown, headers: Record<string, string> = {}, of = world) =>
  told(of, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${nation}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('a variable that is not what the document says', () => {
  const plan = 'query ($key: String!) { plan(key: $key) { key } }';
  const send = 'mutation ($input: SubmitReportInput!) { submitReport(input: $input) { stored } }';
  test.each<[string, unknown, string]>([
    ['of another type, of a question', { query: plan, variables: { key: 1 } }, '$key'],
    ['absent, of a question', { query: plan, variables: { other: 1 } }, '$key'],
    ['with nothing sent', { query: plan }, '$key'],
    ['of another type, of a mutation', { query: send, variables: { input: { programme: 1 } } }, '$input'],
    ['null, of a mutation', { query: send, variables: { input: null } }, '$input'],
  ])('%s is named, and nothing is done', async (_, body, name) => {
    for (const [accept, status] of [
      ['application/json', 200],
      ['application/graphql-response+json', 400],
    ] as const) {
      const answer = await post(body, { accept });
      expect([answer.status, [...new Set(answer.codes)]]).toEqual([status, ['request.invalid']]);
      expect(answer.text).toContain(name);
      expect(answer.text).not.toContain('"data"');
    }
  });
});

describe('a limit', () => {
  const ladder = (rungs: number) =>
    Array.from({ length: rungs }, (_, i) => `fragment f${i} on Me { ...f${i + 1} ...f${i + 1} }`).join(' ');
  const everything = (first: string) =>
    `childTotals(period: "2026H1", first: ${first}) { nodes { totals { ${'numerator own { notes { vi } } '.repeat(8)} } } }`;

  test.each<[string, unknown, number, string]>([
    ['of depth', { query: `{ ${'me { '.repeat(11)} unitCode ${'}'.repeat(11)} }` }, 400, 'query.too_deep'],
    [
      'of aliases',
      { query: `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: me { unitCode }`).join(' ')} }` },
      400,
      'query.too_many_aliases',
    ],
    [
      'of aliases, by fragments that double',
      { query: `{ me { ...f0 } } ${ladder(20)} fragment f20 on Me { unit: unitCode }` },
      400,
      'query.too_many_aliases',
    ],
    ['of cost', { query: `{ ${everything('500')} }` }, 400, 'query.too_costly'],
    [
      'of cost, with the number in a variable',
      { query: `query ($n: Int!) { ${everything('$n')} }`, variables: { n: 500 } },
      400,
      'query.too_costly',
    ],
    ['of tokens', { query: `{ me { ${'unitCode '.repeat(2000)} } }` }, 400, 'query.too_long'],
    ['of characters', { query: `{ unit(code: "${'x'.repeat(65_536)}") { code } }` }, 400, 'query.too_long'],
    ['of one operation', [{ query: '{ me { unitCode } }' }], 400, 'request.batched'],
    ['of size', { query: '{ me { unitCode } }', variables: { a: 'x'.repeat(2 ** 21) } }, 413, 'request.too_large'],
  ])('%s', async (_, body, status, code) => {
    for (const accept of ['*/*', 'application/graphql-response+json', 'application/json']) {
      const answer = await post(body, { accept });
      expect(answer.headers.get('content-type')).toContain(accept.replace('*/*', 'application/json'));
      expect([answer.status, answer.codes.includes(code)]).toEqual([status, true]);
    }
  });

  it('lets through what the largest page of everything needs', async () => {
    const { codes } = await post({
      query: `{ childTotals(period: "2026H1", first: 500) { nodes { unit { code } totals {
        indicator { code name kind } numerator denominator display noValue denominatorWordings
        coverage { expected included value notApplicable missing notReported estimated }
        own { status label thresholdDisplay targetYear certain notes { vi } }
        superior { status label thresholdDisplay targetYear illustrative notes { vi } } below { meeting having } } } } }`,
    });
    expect(codes).toEqual([]);
  });

  it('is told once for a document, and again when it is sent again', async () => {
    const query = `{ ${everything('500')} }`;
    expect((await post({ query })).codes).toEqual((await post({ query })).codes);
  });

  it('cannot be gone round by a document that is no text of GraphQL', async () => {
    for (const query of ['null', '5', '[]', '"x"', '{"kind":"Document","definitions":[]}', '{"kind":"Document"}'])
      expect(await post({ query })).toMatchObject({ status: 400, codes: ['request.invalid'] });
  });
});

describe('what is posted', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/graphql',
    'multipart/form-data; boundary=x',
  ])('as %s is refused, whatever it holds', async (type) =>
    expect(await post('query=mutation{revokeToken(prefix:"x")}', { 'content-type': type })).toMatchObject({
      status: 415,
      codes: ['request.media_type'],
    }),
  );

  test.each(['application/json-patch+json', 'application/json; charset=utf-16'])('as %s too', async (type) =>
    expect(await post({ query: '{ me { unitCode } }' }, { 'content-type': type })).toMatchObject({ status: 415 }),
  );

  it('is answered in the media type asked for', async () => {
    const { headers } = await post({ query: '{ me { unitCode } }' }, { accept: 'application/graphql-response+json' });
    expect(headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  it('changes nothing when it comes as a link', async () => {
    const link = (query: string) =>
      told(world, `/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${nation}` } });
    expect(await link('mutation { openRound(code: "2026H2") { code } }')).toMatchObject({
      status: 405,
      codes: ['request.method'],
    });
    expect(await link('query A { me { unitCode } } query B { me { unitCode } }')).toMatchObject({ status: 400 });
    expect(await link('{ rounds { code } }')).toMatchObject({ status: 200, codes: [] });
    expect((await link('{ rounds { code } }')).text).not.toContain('2026H2');
  });

  it('names an operation that is in the document', async () =>
    expect(await post({ query: '{ me { unitCode } }', operationName: 'Other' })).toMatchObject({
      codes: ['request.invalid'],
    }));
});

describe('an address that is nothing', () => {
  test.each(['/', '/exports', '/.env', '/graphql/x', '/exports/%E0%A4%A', '/../../etc/passwd', '/graphql%00'])(
    '%s is told so, as a problem',
    async (path) => {
      const { status, codes } = await told(world, path);
      expect([status === 404 || status === 400, codes.length]).toEqual([true, 1]);
      if (status === 404) expect(codes).toEqual(['route.not_found']);
    },
  );
});

describe('in production', () => {
  let strict: World;
  beforeAll(async () => {
    // The clock is rehearsed in every world, which production refuses: what NODE_ENV decides is asked of the served program.
    strict = await openWorld(undefined, 4, { NODE_ENV: 'production', CLOCK_FILE: '' });
  });
  afterAll(() => strict?.close());

  it('tells nothing of its schema, and has no GraphiQL', async () => {
    const asked = { query: '{ __schema { types { name } } }' };
    expect(await post(asked, {}, strict)).toMatchObject({ status: 200, codes: [expect.anything(), expect.anything()] });
    expect((await post({ query: '{ __type(name: "Me") { name } }' }, {}, strict)).text).not.toContain('"Me"');
    expect((await post({ query: '{ __typename }' }, {}, strict)).text).toBe('{"data":{"__typename":"Query"}}');
    expect(await told(strict, '/graphiql')).toMatchObject({ status: 404 });
    expect((await fetch(`${world.url}/graphiql`)).status).toBe(200);
    // Elsewhere GraphiQL shows what the file of the schema says, verbs and refusals too.
    const shown = await world.send(nation, '{ __type(name: "Mutation") { fields { name description } } }');
    expect(JSON.stringify(shown)).toContain('Verb: report.withdraw. Refused: obligation.not_found');
  });

  it('forbids a browser everything, and other pages any call', async () => {
    const { headers } = await told(strict, '/health/live', { headers: { origin: 'https://evil.example' } });
    const sent = Object.fromEntries(headers);
    expect(sent).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(Object.keys(sent).filter((name) => /^access-control|^x-powered|^server$/.test(name))).toEqual([]);
    const preflight = await fetch(`${strict.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([404, null]);
  });
});

describe('rates', () => {
  let busy: World;
  let tokens: string[];
  beforeAll(async () => {
    busy = await openWorld(undefined, 4, {
      RATE_PER_CALLER: '5',
      RATE_PER_ADDRESS: '12',
      TRUSTED_PROXIES: '127.0.0.1',
      CORS_ORIGINS: 'https://console.example.vn',
      REQUEST_SECONDS: '1',
    });
    tokens = [await busy.token('19', 'viewer'), await busy.token('20', 'viewer'), await busy.token('04', 'viewer')];
  });
  afterAll(() => busy?.close());

  const ask = (token: string | null, from: string, more: Record<string, string> = {}) =>
    told(busy, '/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': from,
        ...(token && { authorization: `Bearer ${token}` }),
        ...more,
      },
      body: JSON.stringify({ query: '{ me { unitCode } }' }),
    });

  it('are counted by caller and by address, each apart, and say when to come again', async () => {
    for (let i = 0; i < 5; i++) expect((await ask(tokens[0]!, '192.0.2.1')).codes).toEqual([]);
    const over = await ask(tokens[0]!, '192.0.2.1');
    expect(over).toMatchObject({ status: 429, codes: ['request.too_many'] });
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    // The same token from elsewhere is the same caller; another token here is not.
    expect((await ask(tokens[0]!, '192.0.2.2')).status).toBe(429);
    for (let i = 0; i < 5; i++) expect((await ask(tokens[1]!, '192.0.2.1')).codes).toEqual([]);
    // Eleven came from this address; the twelfth is answered, the thirteenth not, whoever asks.
    expect((await ask(null, '192.0.2.1')).codes).toEqual(['auth.required']);
    expect(await ask(tokens[2]!, '192.0.2.1')).toMatchObject({ status: 429, codes: ['request.too_many'] });
    expect((await ask(tokens[2]!, '192.0.2.3')).codes).toEqual([]);
    expect((await fetch(`${busy.url}/health/live`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(200);
  });

  it('count one house of IPv6 as one address', async () => {
    for (let i = 0; i < 12; i++) await ask(null, `2001:db8:0:7::${i + 1}`);
    expect((await ask(null, '2001:db8:0:7::ffff')).status).toBe(429);
    expect((await ask(null, '2001:db8:0:8::1')).status).toBe(200);
  });

  it('believe a forwarded address of a trusted proxy only, and of it only what itself has added', async () => {
    // world trusts nobody: what a client writes about where it comes from is not its address.
    await world.ask(nation, 'mutation { issueTokens(unit: "04", role: VIEWER) { prefix } }');
    const issue = (of: World, from: string) =>
      told(of, '/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${nation}`, 'x-forwarded-for': from },
        body: JSON.stringify({ query: 'mutation { issueTokens(unit: "04", role: VIEWER) { prefix } }' }),
      });
    await issue(world, '203.0.113.9');
    const [event] = await world.db.dataSource.query('select address from event order by id desc limit 1');
    expect(event.address).toBe('127.0.0.1');
    // busy trusts 127.0.0.1: the last address before it counts, not what stands further left.
    for (let i = 0; i < 12; i++) await ask(null, `198.51.100.${i}, 192.0.2.77`);
    expect((await ask(null, '198.51.100.99, 192.0.2.77')).status).toBe(429);
    expect((await ask(null, '198.51.100.99')).status).toBe(200);
  });

  it('a page of an origin that is named may call, and no other', async () => {
    const allowed = async (origin: string) =>
      (await ask(null, '192.0.2.50', { origin })).headers.get('access-control-allow-origin');
    expect(await allowed('https://console.example.vn')).toBe('https://console.example.vn');
    expect(await allowed('https://evil.example')).toBeNull();
  });

  it('a request that arrives too slowly is ended with 408', async () => {
    const { port } = new URL(busy.url);
    const answer = await new Promise<string>((settle) => {
      let heard = '';
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"query":',
        ),
      );
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('close', () => settle(heard));
      setTimeout(() => socket.destroy(), 10_000).unref();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('request.too_slow');
  });

  it('a question that takes too long is given up with 408', async () => {
    const blocker = busy.db.dataSource.createQueryRunner();
    await blocker.connect();
    await blocker.startTransaction();
    await blocker.query('lock table org_unit in access exclusive mode');
    const answer = await ask(tokens[2]!, '192.0.2.4').finally(() =>
      blocker.rollbackTransaction().then(() => blocker.release()),
    );
    expect(answer).toMatchObject({ status: 408, codes: ['query.too_slow'] });
  });

  it('what is not HTTP, or has headers without end, is told so', async () => {
    const { port } = new URL(world.url);
    const say = (text: string) =>
      new Promise<string>((settle) => {
        let heard = '';
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
        socket.on('data', (chunk) => {
          heard += chunk;
        });
        socket.on('close', () => settle(heard));
      });
    expect(await say('WHAT IS THIS\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*request\.invalid/);
    expect(await say(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });
});
