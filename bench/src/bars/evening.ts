/**
 * The evening of the deadline: all 3,321 communes submit over HTTP as fast as the machine allows, one in twenty sends its
 * report a second time as a nervous client does (same idempotency key), and readers poll the nation's table meanwhile.
 */
import type { Client } from 'pg';
import { COMMUNES, roundNumber } from '../country.js';
import { open } from '../questions.js';
import { peakMemory, type Stage, startLoad } from '../stage.js';
import { freshRound, submitBody } from '../submissions.js';
import { tableRequest } from './http-reads.js';
import { reporterTokens } from './submits.js';

const ROUND = '2036H2';
const WRITERS = 16;
const READERS = 2;
const MEMORY = 300;

export type Evening = { holds: boolean; lines: [what: string, figure: string][] };

export async function evening(stage: Stage): Promise<Evening> {
  const due = await freshRound(stage.whole, ROUND);
  const tokens = await reporterTokens(stage.whole, due);
  const requests = due.flatMap((item, index) => {
    const request = { path: '/graphql', token: tokens.get(item.unit)!, body: submitBody(item, ROUND) };
    return index % 20 === 0 ? [request, request] : [request];
  });
  const table = await tableRequest(stage.whole);
  const api = await stage.api(stage.whole);
  const client = await open(stage.whole);
  try {
    const common = { port: api.port };
    const reading = startLoad({
      ...common,
      connections: READERS,
      requests: [table],
      seconds: 600,
      restMs: 250,
      expect: '"own":{"status"',
    });
    const written = await startLoad({ ...common, connections: WRITERS, requests, expect: '"stored":true' }).result;
    reading.stop();
    const read = await reading.result;
    const memory = peakMemory(api.pid);
    const found = await accounts(client);
    const lost = COMMUNES - found.reported;
    const holds =
      due.length === COMMUNES &&
      written.bad === 0 &&
      read.bad === 0 &&
      lost === 0 &&
      found.twice === 0 &&
      found.wrong === 0 &&
      found.mismatches === 0 &&
      !(memory >= MEMORY);
    return {
      holds,
      lines: [
        ['reports sent (of them sent twice)', `${requests.length} (${requests.length - due.length})`],
        ['answers that were not good', `${written.bad}${written.firstBad ? `: ${written.firstBad.slice(-300)}` : ''}`],
        ['communes lost, stored twice', `${lost}, ${found.twice}`],
        ['stored figures that differ from those sent', String(found.wrong)],
        ['cells that differ from their recomputation', String(found.mismatches)],
        ['submissions per second', written.perSecond.toFixed(0)],
        [
          'submission p50, p95, p99',
          `${[written.p50, written.p95, written.p99].map((ms) => ms.toFixed(0)).join(', ')} ms`,
        ],
        ['all of them in', `${written.seconds.toFixed(1)} s`],
        [
          'tables read meanwhile, p50, p95',
          `${read.good}, ${[read.p50, read.p95].map((ms) => ms.toFixed(0)).join(', ')} ms${read.bad ? `, not good: ${read.bad} ${read.firstBad?.slice(-300)}` : ''}`,
        ],
        ['memory of the API at its peak', `${memory.toFixed(0)} MB (bar: ${MEMORY})`],
      ],
    };
  } finally {
    await client.end();
    await api.stop();
  }
}

async function accounts(
  client: Client,
): Promise<{ reported: number; twice: number; wrong: number; mismatches: number }> {
  const round = await client.query<{ id: number }>('select id from round where code = $1', [ROUND]);
  // The round is named to both sides of the comparison, so that the other eleven are not summed anew for it.
  const found = await client.query(
    `with mine as (select o.*, s.version_id from obligation o
       join standing s on s.obligation_id = o.id and s.basis = 'received' and s.recorded_to is null where o.round_id = $1)
     select (select count(*)::int from mine where version_id is not null) as reported,
       (select count(*)::int from (select from report_version v join mine on mine.id = v.obligation_id group by mine.id having count(*) > 1) x) as twice,
       (select count(*)::int from mine join report_version v on v.id = mine.version_id
        cross join lateral bench.figures(mine.unit_id, $2) f where (v.n, v.d, v.s) is distinct from (f.n, f.d, f.s)) as wrong,
       (select count(*)::int from (select * from cell_now where round_id = $1) k
        full join (select * from cell_recomputed where round_id = $1) r using (round_id, parent_id, basis)
        where (k.expected, k.reported, k.sums) is distinct from (r.expected, r.reported, r.sums)) as mismatches`,
    [round.rows[0]!.id, roundNumber(ROUND)],
  );
  return found.rows[0] as { reported: number; twice: number; wrong: number; mismatches: number };
}
