/**
 * A process of its own, as the worker is, that makes files from the record as it is told: each message names a kind, a
 * unit, how many at once, and whether to go on until told to stop; the answer says how long each took. Argument: the
 * database's address.
 */
import { Writable } from 'node:stream';
import { AccessService, type Caller, verbsOf } from '#access';
import { Clock, connect, row, stepBack } from '#core';
import { type LayoutKind, LayoutsService, SummaryQuery, Turns } from '#exports';
import { ClosingsService, CompletenessService, Horizon, TotalsService } from '#rollups';
import { PROGRAMME, ROUNDS } from './country.js';

export type ExportJob = { kind: LayoutKind; unitCode: string; atOnce: number; on: boolean } | 'stop';
/** Milliseconds of each file, and the bytes of the last. */
export type Exported = { times: number[]; bytes: number };

class Nothing extends Writable {
  bytes = 0;
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.bytes += chunk.length;
    done();
  }
}

stepBack();
const dataSource = await connect(process.argv[2]!, { pool: 4, name: 'bench' });
const clock = new Clock();
const access = new AccessService(dataSource, clock);
const horizon = new Horizon(dataSource, clock);
const totals = new TotalsService(dataSource, clock, access, horizon);
const completeness = new CompletenessService(dataSource, access, horizon);
const closings = new ClosingsService(dataSource, clock, access, horizon);
const layouts = new LayoutsService(access, new SummaryQuery(dataSource, totals, completeness, closings, access));
const nation = await row<{ id: number }>(dataSource, 'select id from org_unit where level = 0');
const caller: Caller = {
  accountId: 0,
  role: 'administrator',
  verbs: verbsOf.administrator,
  unitId: nation!.id,
  unitCode: 'VN',
  unitLevel: 0,
  tokenPrefix: '',
};

const turns = new Turns();
let going = false;
process.on('message', (job: ExportJob) => {
  if (job === 'stop') going = false;
  else void run(job);
});
process.on('disconnect', () => process.exit());

async function run({ kind, unitCode, atOnce, on }: Exclude<ExportJob, 'stop'>): Promise<void> {
  const told: Exported = { times: [], bytes: 0 };
  going = on;
  const one = async () => {
    do {
      const before = performance.now();
      const out = new Nothing();
      // As the worker does: those asked for at once take turns.
      await turns.take(async () => {
        const made = await layouts.make(caller, kind, { unitCode, programme: PROGRAMME, round: ROUNDS.at(-1)! });
        await made.write(out);
      });
      told.times.push(performance.now() - before);
      told.bytes = out.bytes;
    } while (going);
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, one));
    process.send?.(told);
  } catch (error) {
    process.send?.({ error: String(error) });
  }
}
process.send?.('ready');
