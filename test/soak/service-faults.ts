/**
 * A whole service among faults. In each round people are at work with it and a summary is being mailed, one thing goes
 * wrong at a random moment, and what died is started anew. Then no acknowledged submission may be lost or doubled, totals
 * are what recomputing them gives, every answer for an instant is still the same, mails were sent once, and the log of
 * events is as it was sealed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sealEvents, verifyAudit } from '#audit';
import { row, rows } from '#core';
import { chance } from './chance.js';
import { Callers } from './service-callers.js';
import { type ServicePoint, servicePoints } from './service-points.js';
import { PROVINCES, Stage } from './service-stage.js';

export type Endured = {
  seed: number;
  redis: boolean;
  rounds: number;
  /** By name of a point: rounds, and seconds they took together. */
  points: Record<string, { rounds: number; seconds: number }>;
  skipped: string[];
  calls: number;
  /** "Not now", with a time to come back; and calls that nobody answered. */
  refused: number;
  unanswered: number;
  acknowledged: number;
  mails: number;
  unknown: number;
  asOf: number;
  readinessLooks: number;
  /** Events under a seal at the end, all of them found as they were sealed after each round. */
  sealed: number;
  kills: number;
  wrong: string[];
  server: string;
  seconds: number;
};

const RECIPIENTS = ['mot@so.example.vn', 'hai@so.example.vn'];
/** Minutes that make a lost worker of one that is silent. */
const LEAP = 16;

/** @param only names of points; all that this machine can play unless given, each in its turn */
export async function serviceFaults(wish: {
  seed: number;
  rounds: number;
  redis: boolean;
  only?: readonly string[];
  log?: (line: string) => void;
}): Promise<Endured> {
  const began = performance.now();
  const stage = await Stage.open(wish.redis);
  const can = (point: ServicePoint) =>
    !point.needs || (point.needs === 'redis' ? stage.redis !== undefined : stage.ownDisk);
  const asked = servicePoints.filter(({ name }) => !wish.only || wish.only.includes(name));
  const points = asked.filter(can);
  const endured: Endured = {
    ...{ seed: wish.seed, redis: wish.redis, rounds: 0, points: {}, calls: 0, refused: 0, unanswered: 0 },
    ...{
      acknowledged: 0,
      mails: 0,
      unknown: 0,
      asOf: 0,
      readinessLooks: 0,
      sealed: 0,
      kills: 0,
      wrong: [],
      server: '',
      seconds: 0,
    },
    skipped: asked.filter((point) => !can(point)).map(({ name }) => name),
  };
  try {
    const callers = await Callers.gather(stage, wish.seed);
    const scheduleId = await schedule(callers);
    endured.server = (await row<{ v: string }>(stage.db, `select current_setting('server_version') as v`))!.v;
    for (; endured.rounds < wish.rounds && endured.wrong.length === 0; endured.rounds++) {
      const point = points[endured.rounds % points.length]!;
      const begun = performance.now();
      const wrong = await round(stage, callers, scheduleId, point, wish.seed, endured).catch((error) => [
        String(error),
      ]);
      const seconds = (performance.now() - begun) / 1000;
      endured.points[point.name] ??= { rounds: 0, seconds: 0 };
      endured.points[point.name]!.rounds += 1;
      endured.points[point.name]!.seconds += seconds;
      endured.wrong.push(...wrong.slice(0, 10).map((line) => `round ${endured.rounds}, ${point.name}: ${line}`));
      wish.log?.(
        `${endured.rounds + 1} of ${wish.rounds}: ${point.name}, ${seconds.toFixed(0)} s${wrong.length > 0 ? `: ${wrong[0]}` : ''}`,
      );
    }
    if (endured.wrong.length > 0)
      for (const [name, { lines }] of stage.programs) wish.log?.(`${name}: ${lines.slice(-4).join('\n')}`);
    endured.calls = callers.asked;
    endured.refused = callers.refused;
    endured.unanswered = callers.unanswered;
    endured.readinessLooks = callers.readinessLooks;
    endured.acknowledged = callers.ledger.sent.filter(({ answer }) => typeof answer === 'number').length;
  } finally {
    endured.kills = stage.kills;
    await stage.close();
  }
  endured.seconds = (performance.now() - began) / 1000;
  return endured;
}

async function schedule(callers: Callers): Promise<number> {
  const mutation = 'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }';
  const input = { unitCode: PROVINCES[0], label: 'Tổng hợp', cron: '0 7 1 1 *', recipients: RECIPIENTS };
  const { data, code } = await callers.call(callers.reviewer, mutation, { input });
  if (!data) throw new Error(`no schedule: ${code}`);
  return (data.createSchedule as { id: number }).id;
}

async function round(
  stage: Stage,
  callers: Callers,
  scheduleId: number,
  point: ServicePoint,
  seed: number,
  endured: Endured,
): Promise<string[]> {
  const draw = chance(seed * 1000 + endured.rounds);
  callers.wrong = [];
  const { data } = await callers.call(callers.reviewer, `mutation { runScheduleNow(id: ${scheduleId}) }`, {});
  callers.begin(endured.rounds);
  try {
    await pause(draw.below(1_200));
    await point.strike(stage, draw, stage.url);
    await stage.recover();
    await pause(300);
    await ready(stage);
  } finally {
    await callers.rest();
  }
  const wrong = await mailed(stage, scheduleId, String(data!.runScheduleNow), endured);
  wrong.push(
    ...(await inspected(stage)),
    ...(await audited(stage, endured)),
    ...(await callers.ledger.disagreements(stage.db)).slice(0, 5),
  );
  const again = 8;
  wrong.push(...(await callers.askAgain(again)));
  endured.asOf += again;
  wrong.push(...stage.died.splice(0));
  return [...wrong, ...callers.wrong];
}

/** Recovery without hands: every API says so by itself. @throws Error when one does not within half a minute */
async function ready(stage: Stage): Promise<void> {
  for (const limit = Date.now() + 30_000; ; await pause(50)) {
    const answers = await Promise.all(stage.urls.map((url) => fetch(`${url}/health/ready`).catch(() => undefined)));
    const states = await Promise.all(answers.map((answer) => answer?.text()));
    if (answers.length === 2 && answers.every((answer) => answer?.ok)) return;
    if (Date.now() > limit) throw new Error(`not ready again after 30 s: ${states.join(', ')}`);
  }
}

/** Totals, standings, the rebuild: all as recomputed. */
async function inspected(stage: Stage): Promise<string[]> {
  const wrong: string[] = [];
  for (const view of ['cell_mismatch', 'standing_mismatch']) {
    const found = await rows(stage.db, `select * from ${view} limit 3`);
    if (found.length > 0) wrong.push(`${view}: ${JSON.stringify(found)}`);
  }
  const rebuilt = await row<{ mended: number }>(stage.db, 'select rebuild_cells(null) as mended');
  if (rebuilt!.mended !== 0) wrong.push(`a rebuild mended ${rebuilt!.mended} cells`);
  return wrong;
}

/** The log of events: what came since is sealed, and everything that ever was is held against its seals. */
async function audited(stage: Stage, endured: Endured): Promise<string[]> {
  await sealEvents(stage.db, null);
  const { wrong, events, unsealed } = await verifyAudit(stage.db);
  endured.sealed = events;
  return unsealed > 0 && events === 0 ? ['nothing was sealed', ...wrong] : wrong;
}

type Mail = { recipient: string; messageId: string; status: string; error: string | null };

/** Lets minutes pass until the run has come to its end, then holds its mails against what the mail server took. */
async function mailed(stage: Stage, scheduleId: number, dueRun: string, endured: Endured): Promise<string[]> {
  for (let leaps = 0; leaps < 8; leaps++) {
    await stage.minute();
    for (const limit = Date.now() + (leaps === 0 ? 3_000 : 8_000); Date.now() < limit; await pause(40)) {
      const [run, mails] = await state(stage, scheduleId, dueRun);
      const over = ['sent', 'unknown', 'failed'];
      if (run?.status !== 'done' || !mails.every(({ status }) => over.includes(status))) continue;
      endured.mails += mails.length;
      endured.unknown += mails.filter(({ status }) => status === 'unknown').length;
      return judged(stage, mails);
    }
    await stage.passMinutes(LEAP);
  }
  return [`the run came to no end: ${JSON.stringify(await state(stage, scheduleId, dueRun))}`];
}

async function state(stage: Stage, scheduleId: number, dueRun: string) {
  const run = await row<{ status: string; failure: unknown }>(
    stage.db,
    'select status, failure from schedule_run where schedule_id = $1 and due_run = $2',
    [scheduleId, dueRun],
  );
  const mails = await rows<Mail>(
    stage.db,
    `select recipient, message_id as "messageId", status, last_error as error from delivery
     where schedule_id = $1 and due_run = $2`,
    [scheduleId, dueRun],
  );
  return [run, mails] as const;
}

function judged(stage: Stage, mails: Mail[]): string[] {
  const wrong = mails.flatMap(({ recipient, messageId, status, error }) => {
    const copies = stage.taken.filter((one) => one === messageId).length;
    const well = status === 'sent' ? copies === 1 : status === 'unknown' && copies <= 1;
    return well ? [] : [`the mail to ${recipient} is ${status} (${error}), ${copies} copies were taken`];
  });
  return mails.length === RECIPIENTS.length
    ? wrong
    : [`${mails.length} mails instead of ${RECIPIENTS.length}`, ...wrong];
}
