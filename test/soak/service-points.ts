/**
 * What may befall a service while people are at work with it, one point each, at a moment that is drawn. What is broken
 * for a while is mended in the point; what died is started anew afterwards (Stage.recover). Add a point to the list.
 */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { rows } from '#core';
import { fillDisk } from '../support/full-disk.js';
import { flushRedis } from '../support/redis.js';
import type { Chance } from './chance.js';
import type { Names, Stage } from './service-stage.js';

export type ServicePoint = {
  name: string;
  /** Only where the stage has one. */
  needs?: 'redis' | 'a disk of its own';
  strike(stage: Stage, draw: Chance, url: string): Promise<void>;
};

const ALL: Names[] = ['api 0', 'api 1', 'worker 0', 'worker 1'];
const oneOf = (draw: Chance, what: 'api' | 'worker') => `${what} ${draw.below(2)}` as Names;

/** A session of an outsider, at the server itself. */
async function outsider(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

export const servicePoints: readonly ServicePoint[] = [
  { name: 'an API killed', strike: (stage, draw) => stage.kill(oneOf(draw, 'api')) },
  { name: 'both APIs killed', strike: (stage) => stage.kill('api 0', 'api 1') },
  { name: 'a worker killed', strike: (stage, draw) => stage.kill(oneOf(draw, 'worker')) },
  { name: 'both workers killed', strike: (stage) => stage.kill('worker 0', 'worker 1') },
  { name: 'an API asked to stop under load', strike: (stage, draw) => stage.ask(oneOf(draw, 'api')) },
  { name: 'a worker asked to stop under load', strike: (stage, draw) => stage.ask(oneOf(draw, 'worker')) },
  {
    name: 'PostgreSQL killed',
    strike: async (stage, draw) => {
      await stage.killPostgres();
      const end = stage.outage();
      await pause(draw.below(1_500));
      end();
      await stage.startPostgres();
    },
  },
  {
    name: 'a session of PostgreSQL killed, which takes all others with it',
    strike: async (stage) => {
      const sessions = await rows<{ pid: number }>(
        stage.db,
        `select pid from pg_stat_activity where backend_type = 'client backend' and application_name like 'bao-cao-57%'
         order by (state = 'active') desc, random() limit 1`,
      );
      stage.kills++;
      if (sessions[0]) process.kill(sessions[0].pid, 'SIGKILL');
    },
  },
  {
    name: 'power cut: everything killed at once',
    strike: async (stage, draw) => {
      await Promise.all([stage.kill(...ALL), stage.killPostgres()]);
      await pause(draw.below(300));
      await stage.startPostgres();
    },
  },
  {
    name: 'all sessions ended by PostgreSQL',
    strike: async (stage) =>
      void (await rows(
        stage.db,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'stage' and pid <> pg_backend_pid()`,
      )),
  },
  {
    name: 'line to PostgreSQL cut',
    strike: async (stage, draw) => {
      await stage.line.cut();
      const end = stage.outage();
      await pause(draw.below(1_500));
      end();
      await stage.line.mend();
    },
  },
  {
    name: 'line to PostgreSQL dead without a word',
    strike: async (stage, draw) => {
      stage.line.freeze();
      const end = stage.outage();
      await pause(draw.below(2_500));
      end();
      // Some lines come back, others are found broken.
      if (draw.percent(50)) await stage.line.cut();
      stage.line.thaw();
      await stage.line.mend();
    },
  },
  {
    name: 'pool exhausted: all wait behind a lock, and more and more come',
    strike: async (stage, draw, url) => {
      const holder = await outsider(url);
      await holder.query('select pg_advisory_lock(57, 1)');
      const flood = stage.urls.flatMap((api) =>
        Array.from({ length: 150 }, () =>
          fetch(`${api}/graphql?query={me{unitCode}}`, { signal: AbortSignal.timeout(20_000) })
            .then((answer) => answer.arrayBuffer())
            .catch(() => undefined),
        ),
      );
      await pause(draw.below(1_500));
      await holder.end();
      await Promise.all(flood);
    },
  },
  {
    name: "PostgreSQL's sessions all taken by others",
    strike: async (_, draw, url) => {
      const taken: Client[] = [];
      try {
        while (taken.length < 200) taken.push(await outsider(url));
      } catch {
        // No more to be had.
      }
      await taken[0]!.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'bao-cao-57%' and random() < 0.5`,
      );
      await pause(draw.below(1_000));
      await Promise.all(taken.map((client) => client.end()));
    },
  },
  {
    name: 'disk of the files full',
    strike: async (stage, draw) => {
      stage.disk = fillDisk(join(stage.folder, 'var', 'exports'));
      await pause(draw.below(2_000));
      stage.disk.free();
      stage.disk = undefined;
    },
  },
  {
    name: 'disk of the database full',
    needs: 'a disk of its own',
    strike: async (stage, draw) => {
      const ballast = join(stage.folder, 'disk', 'ballast');
      const { bavail, bsize } = statfsSync(join(stage.folder, 'disk'));
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - draw.below(200_000))));
      await pause(500 + draw.below(2_000));
      rmSync(ballast);
    },
  },
  {
    name: "PostgreSQL's clock set back",
    strike: async (stage, draw) => stage.setDatabaseClock(stage.databaseShift - draw.below(7_200)),
  },
  {
    name: "PostgreSQL's clock set forward, and back again",
    strike: async (stage, draw) => {
      await stage.setDatabaseClock(stage.databaseShift + draw.below(7_200));
      await pause(draw.below(600));
      await stage.setDatabaseClock(stage.databaseShift);
    },
  },
  {
    name: "PostgreSQL killed, and its machine's clock set back meanwhile",
    strike: async (stage, draw) => {
      await stage.setDatabaseClock(stage.databaseShift - draw.below(7_200));
      await stage.killPostgres();
      const end = stage.outage();
      await pause(draw.below(300));
      end();
      await stage.startPostgres();
    },
  },
  {
    name: 'clock of APIs and workers set forward and back',
    strike: async (stage, draw) => {
      stage.setMachineClock(draw.below(7_200));
      await pause(200 + draw.below(600));
      stage.setMachineClock(-draw.below(7_200));
      await pause(200 + draw.below(600));
      stage.setMachineClock(0);
    },
  },
  {
    name: 'Redis killed, and empty when it is back',
    needs: 'redis',
    strike: async (stage, draw) => {
      await stage.killRedis();
      await pause(draw.below(1_500));
      await stage.startRedis();
    },
  },
  { name: 'Redis flushed', needs: 'redis', strike: (stage) => flushRedis(stage.redis!.server.url) },
  {
    name: 'line to Redis cut',
    needs: 'redis',
    strike: async (stage, draw) => {
      await stage.redis!.line.cut();
      await pause(draw.below(2_000));
      await stage.redis!.line.mend();
    },
  },
  {
    name: 'Redis killed with both workers',
    needs: 'redis',
    strike: async (stage) => {
      await Promise.all([stage.killRedis(), stage.kill('worker 0', 'worker 1')]);
      await stage.startRedis();
    },
  },
];
