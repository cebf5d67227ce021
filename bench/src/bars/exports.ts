/** Whole files from the record: one province's workbook with its charts, and what reads feel while three of the nation's are made. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '#core';
import type { Bar } from '../bar.js';
import type { Exported, ExportJob } from '../exporting.js';
import { alternate, median } from '../measure.js';
import { open } from '../questions.js';
import { load } from '../stage.js';
import { tableRequest } from './http-reads.js';

const LIMIT = 3_000;
const TURNS = 5;
const SECONDS = 6;

/** The process that makes files, once it is ready. */
async function exporter(url: string) {
  const child = fork(join(projectRoot, 'dist', 'bench', 'src', 'exporting.js'), [url], {
    // A session of its own, as the launcher gives the worker.
    detached: true,
  });
  const answer = <T>(of: ChildProcess) =>
    new Promise<T>((settle, fail) => {
      of.once('message', (message: T & { error?: string }) =>
        message.error ? fail(new Error(message.error)) : settle(message),
      );
      of.once('exit', () => fail(new Error('the process that makes files ended early')));
    });
  await answer<'ready'>(child);
  const send = (job: ExportJob) => child.send(job);
  return {
    ask: (job: Exclude<ExportJob, 'stop'>) => {
      const told = answer<Exported>(child);
      send(job);
      return told;
    },
    stop: () => send('stop'),
    end: () => child.disconnect(),
  };
}

export const exportBars: Bar[] = [
  {
    name: 'export-province',
    title: 'One province’s whole workbook with charts, from the record × 3 s',
    most: 1,
    async measure(stage) {
      const client = await open(stage.communes);
      const { rows } = await client.query<{ code: string; units: number }>(
        `select p.code, count(*)::int as units from org_units_on(current_date) u join org_unit p on p.id = u.parent_id
         where u.level = 2 group by p.code order by 2 desc limit 1`,
      );
      await client.end();
      const { code, units } = rows[0]!;
      const files = await exporter(stage.communes);
      const told: Exported[] = [];
      for (let turn = 0; turn < TURNS; turn += 1)
        told.push(await files.ask({ kind: 'province_summary', unitCode: code, atOnce: 1, on: false }));
      files.end();
      const subject = median(told.flatMap(({ times }) => times));
      const notes = [
        `${units} communes × 25 indicators, ${(told.at(-1)!.bytes / 1024).toFixed(0)} kB; the first one, with everything still to be loaded: ${told[0]!.times[0]!.toFixed(0)} ms`,
      ];
      return { subject, reference: LIMIT, ratio: subject / LIMIT, unit: 'ms', notes };
    },
  },
  {
    name: 'reads-beside-exports',
    title: 'p95 of reads of the nation’s table while three national workbooks are made × without',
    most: 1.5,
    async measure(stage) {
      const [api, files] = [await stage.api(stage.communes), await exporter(stage.communes)];
      try {
        const request = await tableRequest(stage.communes);
        const common = { port: api.port, connections: 2, restMs: 50, seconds: SECONDS, expect: '"own":{"status"' };
        const reads = async () => (await load({ ...common, requests: [request] })).p95;
        let made = 0;
        const measured = await alternate(
          3,
          async () => {
            const making = files.ask({ kind: 'nation_summary', unitCode: 'VN', atOnce: 3, on: true });
            const p95 = await reads();
            files.stop();
            made += (await making).times.length;
            return p95;
          },
          reads,
        );
        return {
          ...measured,
          unit: 'ms',
          notes: [
            `${made} national workbooks were made meanwhile, three asked for at any time; a process makes one after the other`,
          ],
        };
      } finally {
        files.end();
        await api.stop();
      }
    },
  },
];
