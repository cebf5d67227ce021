/**
 * Every door says who may pass. All operations of all resolvers and controllers are found by reflection, so that a new
 * one without @Can or @Anyone fails here, as the guard would refuse it to everyone; and the schema that clients read is
 * the one that the resolvers make.
 */
import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { buildSchema } from 'graphql';
import pino from 'pino';
import { AccessService, Anyone, Can, NEED, type Need, TokensService, verbsOf } from '#access';
import { Clock, loadConfig, projectRoot } from '#core';
import { Horizon } from '#rollups';
import { AppModule, resolvers } from '../../apps/api/src/app.module.js';
import { CallerGuard } from '../../apps/api/src/caller.guard.js';
import { schemaText } from '../../apps/cli/src/commands/schema.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

// The keys under which Nest keeps what its decorators say.
const OPERATION = 'graphql:resolver_type';
const FIELD = 'graphql:resolve_property';
const ROUTE = 'method';

let db: FreshDatabase;
let controllers: Type[];
beforeAll(async () => {
  db = await freshDatabase(2);
  const parts = {
    config: loadConfig({ NODE_ENV: 'test', DATABASE_URL: db.url }),
    clock: new Clock(),
    dataSource: db.dataSource,
    log: pino({ level: 'silent' }),
  };
  controllers = (AppModule.with(parts).controllers ?? []) as Type[];
});
afterAll(() => db?.drop());

type Door = { name: string; handler: () => unknown; need: Need | undefined };

/** The queries, mutations and routes of these classes. A field of an answer is behind the operation that gave it. */
function doorsOf(classes: readonly Type[]): Door[] {
  return classes.flatMap((owner) =>
    Object.getOwnPropertyNames(owner.prototype).flatMap((name): Door[] => {
      const handler = Object.getOwnPropertyDescriptor(owner.prototype, name)?.value as (() => unknown) | undefined;
      if (name === 'constructor' || typeof handler !== 'function' || Reflect.getMetadata(FIELD, handler)) return [];
      const isDoor = Reflect.hasMetadata(OPERATION, handler) || Reflect.hasMetadata(ROUTE, handler);
      return isDoor
        ? [{ name: `${owner.name}.${name}`, handler, need: Reflect.getMetadata(NEED, handler) as Need }]
        : [];
    }),
  );
}

const open = (doors: Door[]) => doors.filter(({ need }) => !need).map(({ name }) => name);

@Resolver()
class Careless {
  @Query(() => String)
  unguarded() {
    return '';
  }
  @Mutation(() => String)
  alsoUnguarded() {
    return '';
  }
  @Query(() => String)
  @Can('unit.read')
  guarded() {
    return '';
  }
  @ResolveField(() => String)
  field() {
    return '';
  }
  helper() {
    return '';
  }
}
@Controller()
class CarelessController {
  @Get('a')
  unguarded() {
    return '';
  }
  @Get('b')
  @Anyone()
  public() {
    return '';
  }
}

describe('every operation', () => {
  it('is found, and an unguarded one is told', () => {
    expect(open(doorsOf([Careless, CarelessController]))).toEqual([
      'Careless.unguarded',
      'Careless.alsoUnguarded',
      'CarelessController.unguarded',
    ]);
  });

  it('says who may use it', () => {
    const doors = doorsOf([...resolvers, ...controllers]);
    expect(doors.length).toBeGreaterThan(15);
    expect(open(doors)).toEqual([]);
  });

  it('is open to everyone only where it tells nothing about anyone, or a secret in the address is the key', () => {
    const anyone = doorsOf([...resolvers, ...controllers]).filter(({ need }) => need && 'anyone' in need);
    expect(anyone.map(({ name }) => name)).toEqual([
      'HealthController.live',
      'HealthController.ready',
      'DownloadsController.link',
    ]);
  });

  it('asks for a verb that some role holds', () => {
    const held = new Set(Object.values(verbsOf).flatMap((verbs) => [...verbs]));
    const asked = doorsOf([...resolvers, ...controllers]).flatMap(({ need }) =>
      need && 'verb' in need ? need.verb : [],
    );
    expect(asked.filter((verb) => !held.has(verb))).toEqual([]);
  });

  it('that changes something is no reading verb', () => {
    const mutations = doorsOf([...resolvers]).filter(
      ({ handler }) => Reflect.getMetadata(OPERATION, handler) === 'Mutation',
    );
    const reading = mutations.filter(({ need }) => need && 'verb' in need && need.verb.endsWith('.read'));
    expect(reading.map(({ name }) => name)).toEqual([]);
  });

  it('stands in a class that the module lists: no file of resolvers or controllers is left out', async () => {
    const listed = new Set([...resolvers, ...controllers].map((owner) => owner.name));
    const folder = join(projectRoot, 'apps/api/src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(resolver|controller)\.ts$/.test(file),
    );
    for (const file of files) {
      const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
      const owners = Object.values(exported).filter(
        (value): value is Type => typeof value === 'function' && /(Resolver|Controller)$/.test(value.name),
      );
      expect([file, owners.length > 0, owners.filter((owner) => !listed.has(owner.name))]).toEqual([file, true, []]);
    }
  });
});

describe('the guard', () => {
  const pass = async (handler: () => unknown, authorization?: string) => {
    const clock = new Clock();
    const guard = new CallerGuard(
      new AccessService(db.dataSource, clock),
      new Reflector(),
      clock,
      new Horizon(db.dataSource, clock),
    );
    const context = new ExecutionContextHost(
      [{ headers: { authorization }, ip: '127.0.0.1' }],
      CarelessController,
      handler,
    );
    return guard.canActivate(context);
  };

  it('refuses what says nothing, even to who may everything', async () => {
    const clock = new Clock();
    const tokens = new TokensService(db.dataSource, clock, new AccessService(db.dataSource, clock));
    const [issued] = await tokens.issue(null, { unitCode: 'VN', role: 'administrator' });
    const bearer = `Bearer ${issued!.token}`;
    await expect(pass(CarelessController.prototype.unguarded, bearer)).rejects.toMatchObject({ code: 'access.denied' });
    await expect(pass(CarelessController.prototype.unguarded)).rejects.toMatchObject({ code: 'auth.required' });
    expect(await pass(CarelessController.prototype.public)).toBe(true);
    expect(await pass(Careless.prototype.guarded, bearer)).toBe(true);
  });
});

it('the schema says of every operation what it does, which verb it needs and what it may be refused for', async () => {
  const schema = buildSchema(await schemaText());
  const operations = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) => {
    expect(type.description).toContain('auth.required');
    return Object.values(type.getFields());
  });
  const needs = new Map(doorsOf(resolvers).map(({ name, need }) => [name.split('.')[1]!, need as { verb: string }]));
  expect(operations.length).toBeGreaterThan(60);
  for (const { name, description } of operations)
    expect([name, description]).toEqual([
      name,
      expect.stringMatching(new RegExp(`^[^.]{8,}[.].*Verb: ${needs.get(name)!.verb}[.]`)),
    ]);
  const withdraw = operations.find(({ name }) => name === 'withdrawReport');
  expect(withdraw!.description).toContain('Refused: obligation.not_found, round.closed, report.not_found');
});

it('docs/schema.graphql is what the resolvers make: after a change run "npm run schema"', async () => {
  expect(await schemaText()).toBe(readFileSync(join(projectRoot, 'docs/schema.graphql'), 'utf8'));
});
