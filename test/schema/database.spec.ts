/**
 * docs/database.md is true of the database that the migrations make: its map names every table and view and nothing that is
 * gone, its conventions on names and indexes hold, and no function is kept that nobody calls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot, rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

/** The text of all files below a folder whose name ends so. */
const textOf = (folder: string, end: RegExp) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => end.test(file))
    .map((file) => readFileSync(join(projectRoot, folder, file), 'utf8'))
    .join('\n');
const map = readFileSync(join(projectRoot, 'docs/database.md'), 'utf8');

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(2);
});
afterAll(() => db?.drop());

const namesOf = async (sql: string) => (await rows<{ name: string }>(db.dataSource, sql)).map(({ name }) => name);

describe('the map', () => {
  it('names every table and view; the ORM keeps its list of migrations beside them', async () => {
    const made = await namesOf(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
       and relname <> 'migrations' order by 1`,
    );
    expect(made.length).toBeGreaterThan(40);
    expect(made.filter((name) => !map.includes(`\`${name}\``))).toEqual([]);
  });

  it('names no table that is not there', async () => {
    const named = [...map.matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    );
    const made = await namesOf(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')`,
    );
    expect(named.length).toBeGreaterThan(35);
    expect(named.filter((name) => !made.includes(name))).toEqual([]);
  });
});

describe('the conventions', () => {
  it('every foreign key has an index that begins with its columns', async () => {
    const without = await namesOf(`
      select c.conrelid::regclass || '.' || c.conname as name
      from pg_constraint c
      where c.contype = 'f' and c.connamespace = 'public'::regnamespace and not exists (
        select from pg_index i
        where i.indrelid = c.conrelid
          and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
          -- A part of the table will do where it holds every row that has the key.
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
      order by 1`);
    expect(without).toEqual([]);
  });

  it('constraints are named by hand, after their table', async () => {
    const others = await namesOf(`
      select conrelid::regclass || '.' || conname as name from pg_constraint
      where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid <> 'migrations'::regclass
        and contype in ('p', 'u', 'f', 'c', 'x') and not starts_with(conname, conrelid::regclass || '_')
      order by 1`);
    expect(others).toEqual([]);
  });

  it('every function and view is asked by somebody', async () => {
    const code = textOf('apps', /(?<!\.spec)\.ts$/) + textOf('libs', /(?<!\.spec)\.ts$/);
    const sql = textOf('migrations', /\.sql$/)
      .replaceAll(/--.*$/gm, '')
      .replaceAll(/create (or replace )?(function|view) \w+/g, '');
    const made = await namesOf(`
      select p.proname as name from pg_proc p
      where p.pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      union
      select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'
      order by 1`);
    expect(made.length).toBeGreaterThan(40);
    // For the tests and for people: what is kept against what it should be, and every figure as a row.
    const forPeople = ['cell_mismatch', 'standing_mismatch', 'cell_figure', 'figures'];
    const asked = (name: string) => new RegExp(`\\b${name}\\b`).test(`${code}\n${sql}`);
    expect(made.filter((name) => !forPeople.includes(name) && !asked(name))).toEqual([]);
  });
});

it('docs/scale.md says of every table where it would live', async () => {
  const scale = readFileSync(join(projectRoot, 'docs/scale.md'), 'utf8');
  const tables = await namesOf(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
     and relname <> 'migrations' order by 1`,
  );
  expect(tables.filter((name) => !scale.includes(`\`${name}\``))).toEqual([]);
});
