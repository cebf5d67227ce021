/** The alarms speak only of figures that the API or the worker tells, and the runbook has a word on each of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import pino from 'pino';
import { parse } from 'yaml';
import { projectRoot, Registry } from '#core';
import { openWorld, type World } from '../../../test/support/world.js';
import { observed, workerMetrics } from './observed.js';

let world: World;
afterAll(() => world?.close());

const read = (name: string) => readFileSync(join(projectRoot, 'docs', name), 'utf8');
const { groups } = parse(read('alarms.yml')) as { groups: { rules: { alert: string; expr: string }[] }[] };
const alarms = groups.flatMap(({ rules }) => rules);

it('each alarm looks at figures that are told', async () => {
  world = await openWorld();
  const registry = workerMetrics({
    dataSource: world.db.dataSource,
    clock: world.clock,
    // Asked only when figures are read; here only their names are.
    queue: {} as never,
    log: pino({ level: 'silent' }),
  });
  observed({} as never, registry);
  const told = [...registry.getMetricsAsArray(), ...world.app.get(Registry).getMetricsAsArray()].map(
    ({ name }) => name,
  );
  for (const { alert, expr } of alarms) {
    const figures = (expr.match(/baocao_\w+/g) ?? []).map((name) => name.replace(/_(count|sum|bucket)$/, ''));
    expect([alert, figures.filter((name) => !told.includes(name))]).toEqual([alert, []]);
    expect([alert, figures.length > 0 || expr.startsWith('up{')]).toEqual([alert, true]);
  }
});

it('failures are told as 0 before there is one: the first is a rise too', async () => {
  const registry = new Registry();
  observed({ 'audit.seal': async () => {} } as never, registry);
  expect(await registry.metrics()).toContain('baocao_job_seconds_count{job="audit.seal",outcome="failed"} 0');
  const ofApi = await world.app.get(Registry).metrics();
  expect(ofApi).toContain('baocao_http_request_seconds_count{app="api",route="/graphql",status="500"} 0');
});

it('the runbook says of each alarm what it means, and of no other', () => {
  const section = read('operations.md')
    .split('\n## ')
    .find((text) => text.startsWith('Alarms'))!;
  const headings = [...section.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual(alarms.map(({ alert }) => alert));
});
