/**
 * Who may do what, asked of the running service: every operation of the schema and every route, as every role of a province
 * and of a commune, about its own unit, its sibling, who stands above it, who stands below, and another province's. What a
 * role may not is refused before the place is looked at; what is out of reach is answered word for word as what is not
 * there; and nothing is on record afterwards of what was refused. What is beyond reach is asked of a second API too, which
 * works as the database's owner: there the first wall, the joins with the caller's units, stands alone.
 */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { buildSchema, type GraphQLField } from 'graphql';
import pino from 'pino';
import { AccessService, NEED, type Need, type Role, roles, TokensService } from '#access';
import { projectRoot, row, rows } from '#core';
import { BouncesController } from '../../apps/api/src/bounces.controller.js';
import { DownloadsController } from '../../apps/api/src/downloads.controller.js';
import { FormsController } from '../../apps/api/src/forms.controller.js';
import { ScansController } from '../../apps/api/src/scans.controller.js';
import { createServer } from '../../apps/api/src/server.js';
import { selection } from '../soak/fuzz.js';
import { reportOf, SUBMIT } from '../support/figures.js';
import { openWorld, type World } from '../support/world.js';
import { operations, type Place, type Route, type Row, routes } from './matrix.rows.js';

const schema = buildSchema(readFileSync(join(projectRoot, 'docs/schema.graphql'), 'utf8'));
const fields = new Map<string, { kind: 'query' | 'mutation'; field: GraphQLField<unknown, unknown> }>();
for (const [kind, type] of [
  ['query', schema.getQueryType()!],
  ['mutation', schema.getMutationType()!],
] as const)
  for (const field of Object.values(type.getFields())) fields.set(field.name, { kind, field });

const PLACES = {
  '19': { own: '19', sibling: '20', above: 'VN', below: '05953', elsewhere: '06385' },
  '05953': { own: '05953', sibling: '02026', above: '19', below: '', elsewhere: '06385' },
};
type Spot = keyof (typeof PLACES)['19'];
const REACHED: readonly Spot[] = ['own', 'below'];
const NOWHERE = '99999';
const AT_ONCE = 12;
const NO_NUMBER = 2 ** 31 - 1;
/** What tells that a place is out of reach, or that the request failed. */
const REFUSED =
  /^(access\.denied|access\.not_held|unit\.not_found|(export|schedule|delivery|scan|token|plan|assignment)\.not_found|auth\..*|internal|service\..*|route\..*|request\.too_many)$/;

let world: World;
/** The API without the second wall, over the same database. */
let alone: NestFastifyApplication;
const tokens = new Map<string, string>();
const things = new Map<string, Omit<Place, 'prefix' | 'label'>>();

beforeAll(async () => {
  world = await openWorld();
  const { dataSource } = world.db;
  alone = await createServer({ ...world, dataSource, log: pino({ level: 'silent' }) });
  await alone.listen(0, '127.0.0.1');
  const nation = await world.token('VN', 'administrator');
  tokens.set('VN administrator', nation);
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
  for (const unit of Object.keys(PLACES))
    for (const role of roles) tokens.set(`${unit} ${role}`, await world.token(unit, role));
  const commune = tokens.get('05953 administrator')!;
  const added = await world.ask<{ addLocalUnits: { units: { code: string }[] } }>(
    commune,
    'mutation { addLocalUnits(units: [{ kind: "thon", name: "Thôn Mé" }]) { units { code } } }',
  );
  PLACES['05953'].below = added.addLocalUnits.units[0]!.code;

  const plans: Record<string, string> = {
    VN: 'qd-1169-ttg',
    '19': 'thai-nguyen-minh-hoa',
    '05953': 'kha-son',
    '02026': 'nam-cuong',
    '06385': 'huu-lung',
  };
  for (const unit of new Set([...Object.values(PLACES['19']), ...Object.values(PLACES['05953'])])) {
    const made = await row<{ schedule: number; file: number; delivery: number }>(
      dataSource,
      `with a as (select a.id, a.unit_id from account a where a.role = 'administrator' order by a.id limit 1),
         u as (select id from org_unit where code = $1),
         s as (insert into schedule (unit_id, programme_id, label, timing, cron, recipients, account_id, created_at)
               select u.id, p.id, 'ma trận', 'cron', '0 8 1 1 *', '{a@example.vn}', a.id, now() from a, u, programme p returning id),
         f as (insert into summary_file (unit_id, round_id, account_id, status, requested_at, finished_at, failure)
               select u.id, r.id, a.id, 'failed', now(), now(), '{"vi": "x", "en": "x"}' from a, u, round r returning id),
         d as (insert into delivery (schedule_id, due_run, recipient, file_id, message_id, subject, body_text, body_html, status,
                 attempts_allowed, created_at, finished_at, smtp_reply)
               select s.id, now(), 'a@example.vn', f.id, 'm-' || s.id, '', '', '', 'sent', 1, now(), now(), '250' from s, f returning id)
       select s.id as schedule, f.id as file, d.id as delivery from s, f, d`,
      [unit],
    );
    things.set(unit, { unit, ...made!, scan: null, plan: plans[unit] ?? null });
  }
  // A report each, with a scanned copy.
  const pdf = Buffer.from('%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
  for (const unit of ['05953', '02026', '06385']) {
    const token = unit === '05953' ? tokens.get('05953 reporter')! : await world.token(unit, 'reporter');
    await world.ask(token, SUBMIT, {
      input: { round: '2026H1', expectedVersion: 0, figures: reportOf(), containsNoSecrets: true },
    });
    const answer = await fetch(`${world.url}/reports/${unit}/2026H1/1/scans?containsNoSecrets=true&name=a.pdf`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/pdf' },
      body: pdf,
    });
    const { id } = (await answer.json()) as { id: number };
    expect(id).toEqual(expect.any(Number));
    things.get(unit)!.scan = id;
  }
});
afterAll(async () => {
  await alone?.close();
  await world?.close();
});

let made = 0;
/** The things of a unit, with a token and an assignment of its own for each request that ends one. */
async function placeOf(unit: string, name: string): Promise<Place> {
  const known = things.get(unit)!;
  if (!/revokeToken|endAssignment/.test(name)) return { ...known, prefix: '', label: '' };
  const operator = new TokensService(
    world.db.dataSource,
    world.clock,
    new AccessService(world.db.dataSource, world.clock),
  );
  const label = `lần ${++made}`;
  const [issued] = await operator.issue(null, { unitCode: unit, role: 'viewer', label });
  return { ...known, prefix: issued!.prefix, label };
}
const nowhere: Place = {
  ...{ unit: NOWHERE, schedule: NO_NUMBER, file: NO_NUMBER, delivery: NO_NUMBER, scan: NO_NUMBER },
  ...{ plan: 'khong-co', prefix: 'ffffffffff', label: 'không có' },
};

type Told = { codes: string[]; text: string };
/** @param url of the API that is asked; the one behind both walls unless given */
type Door = (token: string, place: Place, url?: string) => Promise<Told | null>;

function operationDoor(name: string, rowOf: Row): Door {
  const { kind, field } = fields.get(name)!;
  return async (token, place, url) => {
    const args = rowOf.args ? rowOf.args(place) : '';
    if (args === null) return null;
    const query = `${kind} { ${name}${args ? `(${args})` : ''} ${selection(field)} }`;
    const answer = await world.send<object>(token, query, undefined, url);
    const codes = (answer.errors ?? []).map((error) => error.extensions?.code ?? 'none');
    const errors = answer.errors?.map(({ message, extensions }) => ({ message, extensions }));
    return { codes, text: JSON.stringify({ status: answer.status, data: answer.data, errors }) };
  };
}

function routeDoor(route: Route): Door {
  return async (token, place, url = world.url) => {
    const asked = route.ask(place);
    if (asked === null) return null;
    const [method, path] = asked;
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(method === 'POST' && { 'content-type': 'application/pdf' }) },
      ...(method === 'POST' && { body: 'no PDF' }),
    });
    const text = await answer.text();
    const code = answer.ok ? [] : [(JSON.parse(text) as { error: { code: string } }).error.code];
    return { codes: code, text: JSON.stringify({ status: answer.status, text: answer.ok ? '' : text }) };
  };
}

type Cell = { name: string; row: Omit<Row, 'args'>; door: Door };
const doors: Cell[] = [
  ...Object.entries(operations).flatMap(([name, one]) =>
    fields.has(name) ? [{ name, row: one, door: operationDoor(name, one) }] : [],
  ),
  ...Object.entries(routes).map(([name, one]) => ({ name, row: one, door: routeDoor(one) })),
];

const recorded = async () => {
  const [found] = await rows<{ text: string }>(
    world.db.dataSource,
    `select concat_ws(' ', (select count(*) from event), (select count(*) from report_version), (select count(*) from schedule_run),
       (select count(*) from summary_file), (select count(*) from api_token where revoked_at is null), (select count(*) from account
       where disabled_at is null), (select count(*) from contact), (select count(*) from org_unit), (select count(*) from scan)) as text`,
  );
  return found!.text;
};
/** The names of a thing out of reach and of one that is not, made one. */
const anonymous = (text: string, { unit, schedule, file, delivery, scan, plan, prefix }: Place) =>
  text.replace(
    new RegExp(
      `(?<=["# :\\\\])(${[unit, schedule, file, delivery, scan, plan, prefix].filter(Boolean).join('|')})(?=[^\\w.])`,
      'g',
    ),
    '#',
  );

describe('the matrix', () => {
  it('has a row for every operation and every route, and none besides', () => {
    expect(Object.keys(operations).sort()).toEqual([...fields.keys()].sort());
    const found = [BouncesController, DownloadsController, FormsController, ScansController].flatMap((owner) =>
      Object.getOwnPropertyNames(owner.prototype)
        .filter((name) => {
          const need = Reflect.getMetadata(NEED, (owner.prototype as never)[name] ?? {}) as Need | undefined;
          return need && 'verb' in need;
        })
        .map((name) => `${owner.name}.${name}`),
    );
    expect(Object.keys(routes).sort()).toEqual(found.sort());
  });

  const denied = doors.flatMap((cell) =>
    roles.filter((role) => !cell.row.roles.includes(role)).map((role) => ({ ...cell, role })),
  );
  it('a role without the verb is refused before the place is looked at', async () => {
    const before = await recorded();
    const ask = async ({ name, door, role }: (typeof denied)[number]) => {
      for (const unit of ['19', '05953'] as const)
        for (const code of [...new Set(Object.values(PLACES[unit])), NOWHERE]) {
          const place = { ...(things.get(code) ?? nowhere), prefix: 'ffffffffff', label: 'x' };
          const told = await door(tokens.get(`${unit} ${role}`)!, place);
          if (told) expect([name, unit, role, told.codes]).toEqual([name, unit, role, ['access.denied']]);
        }
    };
    for (let first = 0; first < denied.length; first += AT_ONCE)
      await Promise.all(denied.slice(first, first + AT_ONCE).map(ask));
    expect(await recorded()).toBe(before);
  });

  const placed = doors.filter(({ row }) => row.at === 'unit');
  test.each(placed)(
    '$name: what is out of reach is answered as what is not there, and nothing is written',
    async ({ name, row: one, door }) => {
      const walls: [url: string, roles: readonly Role[]][] = [
        [await alone.getUrl(), one.roles],
        [world.url, one.roles.slice(0, 1)],
      ];
      for (const unit of ['19', '05953'] as const)
        for (const [url, role] of walls.flatMap(([url, some]) => some.map((role) => [url, role] as const))) {
          const token = tokens.get(`${unit} ${role}`)!;
          const who = [name, unit, role, url === world.url ? 'both walls' : 'the first wall alone'];
          const absent = await door(token, nowhere, url);
          expect([...who, absent!.codes.length]).toEqual([...who, one.file ? 0 : 1]);
          expect(absent!.codes.join()).not.toMatch(/internal|service/);
          for (const spot of ['sibling', 'above', 'elsewhere'] as const) {
            if (one.knownBelow && spot === 'above') continue;
            const place = await placeOf(PLACES[unit][spot], name);
            const before = await recorded();
            const told = await door(token, place, url);
            expect(await recorded()).toBe(before);
            if (!told) continue;
            if (one.file) expect([...who, spot, told.codes]).toEqual([...who, spot, ['unit.not_found']]);
            else
              expect([...who, spot, anonymous(told.text, place)]).toEqual([
                ...who,
                spot,
                anonymous(absent!.text, nowhere),
              ]);
          }
        }
    },
  );

  test.each(doors.filter(({ row }) => row.at !== 'nation'))(
    '$name: who may, may, for its own and for those below',
    async ({ name, row: one, door }) => {
      for (const unit of ['19', '05953'] as const)
        for (const role of one.slow ? one.roles.slice(0, 1) : one.roles)
          for (const spot of one.at === 'unit' ? REACHED : (['own'] as const)) {
            const told = await door(tokens.get(`${unit} ${role}`)!, await placeOf(PLACES[unit][spot], name));
            if (!told) continue;
            const refused = told.codes.filter((code) => REFUSED.test(code));
            const at = PLACES[unit][spot];
            const local = unit === '05953' && spot === 'below';
            let right: string[] = [];
            // A step from above is not for one's own report, whoever one is.
            if (one.fromAbove && spot === 'own' && refused.length > 0) right = ['access.denied'];
            if (one.provinces && (one.provinces === 'place' ? at : unit) !== '19') right = ['access.denied'];
            if (one.localUnits && !local) right = ['access.denied'];
            const wrong = refused.join() === right.join() ? '' : told.text;
            expect([name, unit, role, spot, refused, wrong]).toEqual([name, unit, role, spot, right, '']);
          }
    },
  );

  test.each(doors.filter(({ row }) => row.at === 'nation'))(
    '$name is for the nation alone',
    async ({ name, row: one, door }) => {
      for (const [who, token] of tokens) {
        const told = await door(token, { ...things.get('VN')!, prefix: '', label: '' });
        const may = who.startsWith('VN ') && one.roles.includes(who.split(' ')[1] as Role);
        expect([name, who, told!.codes.includes('access.denied')]).toEqual([name, who, !may]);
      }
    },
  );
});
