/**
 * Whatever anybody sends: requests made at random from the schema itself (every operation, every argument, input and enum
 * by its type), from the routes for files, and as bodies that are no request at all. Half of each is what a client might
 * send, half what an attacker would: SQL, formulas, headers, paths, Unicode, huge numbers, deep JSON. None may bring about
 * a failure on our side, a word of our insides in the answer, or a change by what was refused.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Role } from '#access';
import { projectRoot, row } from '#core';
import { reportOf } from '../support/figures.js';
import type { World } from '../support/world.js';
import { type Chance, chance } from './chance.js';

export type Fuzzing = {
  seed: number;
  requests: number;
  /** Requests by what came of them. */
  outcomes: Map<string, number>;
  /** Operations and routes, each asked how often. */
  asked: Map<string, number>;
  /** What must not be: the request, and what is wrong with its answer. */
  wrong: string[];
};

const schema = buildSchema(readFileSync(join(projectRoot, 'docs/schema.graphql'), 'utf8'));
type Operation = { kind: string; field: GraphQLField<unknown, unknown> };
const operations: Operation[] = [
  ...Object.values(schema.getQueryType()!.getFields()).map((field) => ({ kind: 'query', field })),
  ...Object.values(schema.getMutationType()!.getFields()).map((field) => ({ kind: 'mutation', field })),
];

const NASTY = [
  `'; drop table report_version; --`,
  `' or '1'='1`,
  `x') union select hash::text from api_token --`,
  '$1',
  '\\',
  '%_%',
  '=HYPERLINK("http://example.vn","x")',
  '+1+cmd|calc!A0',
  '@SUM(1)',
  '../../../../etc/passwd',
  '..\\..\\x',
  '%2e%2e%2f%00',
  'a\r\nX-Injected: yes',
  'a\nSet-Cookie: x=1',
  '<script>alert(1)</script>',
  '\u202eabc',
  '\u0000',
  '\ud800',
  '\ufeff',
  'e\u0301\u0323'.repeat(40),
  'Ｋｈａ Ｓơｎ',
  '٢٠٢٦H١',
  '👩‍👩‍👧‍👦'.repeat(20),
  '\u200b',
  '',
  ' ',
  'a'.repeat(5000),
  'null',
  '__proto__',
  'constructor',
  'toString',
  '-1',
  '1e400',
  '9'.repeat(60),
  '2026-02-30',
  '0000-00-00',
  '+275760-09-13',
  '9999-12-31T23:59:59.999999Z',
  '2026-05-20T08:00:00+99:99',
  'infinity',
  '25:61',
  '* * * * *',
  '{"a":1}',
  Buffer.from('["x"]').toString('base64url'),
  Buffer.from('[1e99,{"a":1}]').toString('base64url'),
  'eyJ9',
];
const USUAL = [
  ...['19', '05953', '02026', '20', '06385', 'VN', '99999', '2026H1', '2026H2', '2026', 'NQ57-TT', 'tin_bai'],
  ...['nguoi_dan_tiep_can', 'kha-son', 'qd-1169-ttg', 'thon', 'xa', '2026-06-01', '2026-05-20T08:00:00Z', 'API'],
  ...['a@example.vn', '0 8 * * 1', '08:00', 'x', 'report.read', '10.0.0.0/8', 'đúng hạn'],
];
/** What comes through to the services more often than not. */
const LIKELY: Record<string, string[]> = {
  ...{ round: ['2026H1'], period: ['2026H1'], from: ['2026H1', '2026-06-01'], to: ['2026H1'], programme: ['NQ57-TT'] },
  ...{
    unit: ['05953', '19'],
    unitCode: ['19', '05953'],
    commune: ['05953'],
    indicator: ['tin_bai', 'nguoi_dan_tiep_can'],
  },
  ...{
    dueOn: ['2026-06-20', '2026-07-01'],
    receivedOn: ['2026-05-19'],
    asOf: ['2026-05-20T08:00:00+07:00'],
    key: ['kha-son'],
  },
};
const INTEGERS = [0, 1, 2, 5, 50, 57, 99, -1, 500, 501, 2 ** 31 - 1, -(2 ** 31), 32_768];
const WILD = [2 ** 31, 1e308, -0.5, '7', true, null, [], {}, Number.MAX_SAFE_INTEGER];

/** A value for an argument: mostly of its type. */
function valueFor(type: GraphQLInputType, name: string, draw: Chance, depth = 0): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType, name, draw, depth);
  if (draw.percent(3)) return draw.pick(WILD);
  if (isListType(type)) {
    if (draw.percent(3)) return Array.from({ length: 600 }, () => 'x');
    return Array.from({ length: draw.below(3) }, () => valueFor(type.ofType, name, draw, depth + 1));
  }
  if (isInputObjectType(type)) {
    const made: Record<string, unknown> = {};
    for (const field of Object.values(type.getFields()))
      if (isNonNullType(field.type) ? !draw.percent(2) : draw.percent(40))
        made[field.name] = valueFor(field.type, field.name, draw, depth + 1);
    if (draw.percent(2)) made[draw.pick(['__proto__x', 'constructor', 'x'])] = deep(draw.below(60));
    if (name === 'input' && 'figures' in made && draw.percent(60)) made.figures = reportOf();
    return made;
  }
  if (isEnumType(type)) return draw.percent(95) ? draw.pick(type.getValues()).name : draw.pick(NASTY);
  if (type.name === 'Int') return /^expected/.test(name) && draw.percent(70) ? draw.below(4) : draw.pick(INTEGERS);
  if (type.name === 'Boolean') return draw.percent(name === 'containsNoSecrets' ? 90 : 50);
  const likely = LIKELY[name];
  if (likely && draw.percent(75)) return draw.pick(likely);
  return draw.pick(draw.percent(50) ? USUAL : NASTY);
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Everything of an answer that can be asked without arguments. */
export function selection(field: GraphQLField<unknown, unknown>, depth = 3): string {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return '';
  if (!isObjectType(type)) return '{ __typename }';
  const parts = Object.values(type.getFields()).flatMap((part) => {
    if (part.args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)) return [];
    if (!isCompositeType(getNamedType(part.type))) return [part.name];
    return depth > 1 ? [`${part.name} ${selection(part, depth - 1)}`] : [];
  });
  return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`;
}

/** Words of our insides that no answer may hold. */
const INSIDES =
  /QueryFailedError|syntax error at|relation "|column "[a-z_]+" (of|does)|violates|duplicate key|row-level security|permission denied|pg_catalog|node_modules|\.(ts|js):\d+|at (async )?[A-Z]\w+\.\w+ \(|(select|insert into|update) [a-z_.]+ (from|values|set) /;

/** What refused requests must leave as it is: everything but when tokens were last used, and files on their way. */
const STATE = `select md5(concat_ws('|', (select count(*) from event), (select count(*) from report_version), (select count(*) from transition),
  (select sum(revision) from draft), (select count(*) from draft where ended_at is null), (select count(*) from scan),
  (select md5(string_agg(a::text, ',' order by id)) from account a), (select count(*) from api_token),
  (select count(*) from api_token where revoked_at is null), (select md5(string_agg(s::text, ',' order by id)) from schedule s),
  (select count(*) from schedule_run), (select count(*) from summary_file), (select count(*) from download_link),
  (select md5(string_agg(r::text, ',' order by unit_id, address)) from recipient r), (select count(*) from contact),
  (select count(*) from reminder), (select count(*) from delivery), (select count(*) from plan_version), (select count(*) from round),
  (select count(*) from org_unit_state), (select count(*) from closing where reopened_at is null), (select count(*) from extension),
  (select count(*) from obligation), (select md5(string_agg(k::text, ',' order by round_id, parent_id, basis)) from cell_now k))) as state`;

const CAST: [string, Role][] = [
  ['VN', 'administrator'],
  ['19', 'administrator'],
  ['19', 'reviewer'],
  ['05953', 'reporter'],
  ['05953', 'reporter'],
  ['05953', 'administrator'],
  ['VN', 'administrator'],
  ['19', 'administrator'],
  ['20', 'viewer'],
];

/** @param form a workbook that is a form of Kha Sơn, to be spoilt */
export async function fuzz(world: World, wish: { seed: number; requests: number; form: Buffer }): Promise<Fuzzing> {
  const draw = chance(wish.seed);
  const result: Fuzzing = { ...wish, outcomes: new Map(), asked: new Map(), wrong: [] };
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  // The operator's: whatever is revoked on the way, somebody can still come in.
  const tokens = new Map<string, string>();
  const state = async () => (await row<{ state: string }>(world.db.dataSource, STATE))!.state;
  let before = await state();
  const tokenOf = async () => {
    const [unit, role] = draw.pick(CAST);
    const name = `${unit} ${role}`;
    if (!tokens.has(name)) {
      tokens.set(name, await world.token(unit, role, `thử ${number}`));
      before = await state();
    }
    return tokens.get(name)!;
  };
  let number = 0;

  for (; number < wish.requests; number++) {
    const token = await tokenOf();
    const asked = draw.percent(80) ? graphql(draw) : draw.percent(75) ? file(draw, wish.form) : noRequest(draw);
    count(result.asked, asked.name);
    const headers = { ...asked.headers, ...(!draw.percent(3) && { authorization: `Bearer ${token}` }) };
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(`${world.url}${asked.path}`, { method: asked.method, headers, body: asked.body });
      text = await answer.text();
    } catch (error) {
      result.wrong.push(`${asked.told}: no answer: ${String((error as Error).cause ?? error)}`);
      continue;
    }
    const codes = [...text.matchAll(/"code":"([a-z_]+\.[a-z_]+|internal)"/g)].map(([, code]) => code!);
    count(result.outcomes, codes[0] ?? String(answer.status));
    const isText = /json|text/.test(answer.headers.get('content-type') ?? '');
    const wrong = [
      answer.status >= 500 && `status ${answer.status}`,
      codes.includes('internal') && 'internal',
      isText && INSIDES.exec(text)?.[0],
      answer.headers.has('x-injected') && 'a header was injected',
      answer.headers.has('set-cookie') && 'a cookie was injected',
    ].find(Boolean);
    if (wrong) result.wrong.push(`${asked.told} → ${wrong}: ${isText ? text.slice(0, 400) : ''}`);
    if (codes.some((code) => code === 'auth.revoked')) tokens.clear();
    // What a stranger's or refused request leaves behind is looked at each time; after others things are as they are now.
    const refused = answer.status >= 400 || (codes.length > 0 && /"errors":/.test(text) && /"data":null/.test(text));
    const after = await state();
    if (refused && after !== before) result.wrong.push(`${asked.told} was refused (${codes[0]}) and changed something`);
    before = after;
  }
  const bad = await row<{ cells: number; standing: number }>(
    world.db.dataSource,
    `select (select count(*)::int from cell_mismatch) as cells, (select count(*)::int from standing_mismatch) as standing`,
  );
  if (bad!.cells + bad!.standing > 0)
    result.wrong.push(`totals differ from their recomputation: ${JSON.stringify(bad)}`);
  return result;
}

type Asked = {
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer | string | FormData;
  /** For whoever has to find out. */
  told: string;
};

function graphql(draw: Chance): Asked {
  const { kind, field } = draw.pick(operations);
  const given = field.args.filter(
    (arg) => (isNonNullType(arg.type) && arg.defaultValue === undefined) || draw.percent(40),
  );
  const variables = Object.fromEntries(given.map((arg) => [arg.name, valueFor(arg.type, arg.name, draw)]));
  const head = given.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const args = given.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const query = `${kind}${head && ` (${head})`} { ${field.name}${args && `(${args})`} ${selection(field)} }`;
  const body = JSON.stringify({ query, variables });
  return {
    ...{ name: field.name, method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body },
    told: `${field.name}(${JSON.stringify(variables).slice(0, 600)})`,
  };
}

const segment = (draw: Chance) =>
  encodeURIComponent(
    draw
      .pick(draw.percent(50) ? USUAL : NASTY)
      .toWellFormed()
      .slice(0, 300),
  ).replaceAll('%2F', draw.pick(['%2F', '/']));

function file(draw: Chance, form: Buffer): Asked {
  const paths = [
    () => `/exports/${draw.percent(50) ? draw.pick(INTEGERS) : segment(draw)}`,
    () => `/exports/links/${segment(draw)}`,
    () => `/forms/${segment(draw)}?unit=${segment(draw)}&programme=${segment(draw)}`,
    () => `/forms/2026H1?unit=${segment(draw)}`,
    () => `/reports/scans/${draw.percent(50) ? draw.pick(INTEGERS) : segment(draw)}`,
  ];
  if (draw.percent(55)) {
    const path = draw.pick(paths)();
    return { name: `GET /${path.split('/')[1]}`, method: 'GET', path, headers: {}, told: `GET ${path}` };
  }
  if (draw.percent(40)) {
    const path = `/reports/${segment(draw)}/2026H1/${draw.pick(INTEGERS)}/scans?containsNoSecrets=${draw.percent(80)}&name=${segment(draw)}`;
    const body = draw.percent(50) ? Buffer.from('%PDF-1.4\nx\n%%EOF\n') : Buffer.from(draw.pick(NASTY));
    const headers = { 'content-type': 'application/pdf', 'content-digest': draw.pick(['', 'sha-256=:x:', 'a=:b:']) };
    return { name: 'POST /reports/scans', method: 'POST', path, headers, body, told: `POST ${path}` };
  }
  const path = draw.pick(['/forms', '/forms/below']);
  const body = new FormData();
  const spoilt = Buffer.from(form);
  const wounds = draw.below(6);
  for (let i = 0; i < wounds; i++) spoilt[draw.below(spoilt.length)] = draw.below(256);
  const bytes = draw.percent(70)
    ? spoilt.subarray(0, draw.percent(80) ? spoilt.length : draw.below(spoilt.length))
    : Buffer.from(draw.pick(NASTY));
  if (!draw.percent(5))
    body.set('file', new Blob([new Uint8Array(bytes)]), draw.pick(NASTY).toWellFormed().slice(0, 100));
  for (const name of ['dryRun', 'mode', 'idempotencyKey', 'x'])
    if (draw.percent(25)) body.set(name, draw.pick(draw.percent(50) ? ['true', 'false', 'each', 'together'] : NASTY));
  return {
    name: `POST ${path}`,
    method: 'POST',
    path,
    headers: {},
    body,
    told: `POST ${path} (${wounds} bytes spoilt, of ${bytes.length})`,
  };
}

/** Bodies that are no request. */
function noRequest(draw: Chance): Asked {
  const query = '{ me { role } }';
  const bodies = [
    '[',
    '[]',
    'null',
    '"x"',
    '{"query": 1}',
    JSON.stringify({ query, variables: deep(2000) }),
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    `{"query": "${'{'.repeat(3000)}"}`,
    JSON.stringify({ query: `{ ${'me { role } '.repeat(400)} }` }),
    JSON.stringify({ query: `query { ...A } fragment A on Query { ...A }` }),
    JSON.stringify({ query: '{ me @skip(if: $x) { role } }', variables: { x: {} } }),
    JSON.stringify({ query, extensions: { persistedQuery: { version: 1 } } }),
    JSON.stringify({ query, operationName: draw.pick(NASTY) }),
    `{"query":"{ me { role } }","variables":{"__proto__":{"a":1}},"constructor":{"prototype":{"x":1}}}`,
    JSON.stringify({ query: `{ unit(code: ${JSON.stringify(draw.pick(NASTY))}) { name } }` }),
    draw.pick(NASTY),
  ];
  const body = draw.pick(bodies);
  const type = draw.pick([
    'application/json',
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ]);
  return {
    name: 'no request',
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': type },
    body,
    told: `${type}: ${body.slice(0, 200)}`,
  };
}
