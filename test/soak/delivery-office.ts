/**
 * Where mails meet trouble: an API, two worker processes, each with a mail server and a line to the database of its own,
 * so that it is known who is speaking. A fault is told of every step of every dialogue and may refuse, delay, cut or kill.
 * The mail servers keep what they have taken; the clock is rehearsed, and a minute passes when the story says so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type JobQueue, openQueue, row } from '#core';
import { type Jobs, jobNames } from '../../apps/worker/src/jobs.js';
import type { FullDisk } from '../support/full-disk.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type Running, startProcess } from '../support/processes.js';
import { type Relay, startRelay } from '../support/relay.js';
import { openWorkshop, THAI_NGUYEN, type Workshop } from '../support/workshop.js';

export const STEPS = ['connect', 'mailFrom', 'rcptTo', 'data', 'dot', 'replied'] as const;
export type Step = (typeof STEPS)[number];
/** `worker`: 0 or 1. `recipient`: known at rcptTo; `messageId` at dot. */
export type Happening = { step: Step; worker: number; recipient?: string; messageId?: string };
/** Thrown errors are the server's refusal (see reply in mail-server.ts). */
export type Fault = (happening: Happening) => Promise<void>;
const none: Fault = () => Promise.resolve();

export type Post = { running: Running | undefined; server: MailServer; line: Relay };
export type Row = { id: number; recipient: string; messageId: string; status: string; attempts: number; error: string };
/** `due`: something waits that may be begun now. */
export type State = { run: string; runAttempts: number; due: boolean; deliveries: Row[] };

export const RECIPIENTS = ['mot@thainguyen.example.vn', 'hai@thainguyen.example.vn', 'ba@thainguyen.example.vn'];
/** The name under which the queue's sessions of a worker are seen in pg_stat_activity. */
export const WORKERS = 'delivery-office';
const MINUTE = 60_000;
/** Of real time without any change, and nobody speaking: nothing more comes before the clock moves. */
const QUIET = 400;
/** Rehearsed minutes a pause takes: longer than what makes a lost worker (15). */
const LEAP = 16;

export class Office {
  fault: Fault = none;
  /** What the mail servers took, by Message-ID: one entry a copy. */
  readonly taken: string[] = [];
  /** What went wrong between the ledger and the dialogue, in words. */
  wrong: string[] = [];
  kills = 0;
  /** How often each recipient was named to a mail server, in this run. */
  private readonly named = new Map<string, number>();
  /** Of the files, while it is full. */
  disk: FullDisk | undefined;

  private constructor(
    readonly shop: Workshop,
    readonly scheduleId: number,
    readonly posts: Post[],
    private readonly queue: JobQueue<Jobs>,
  ) {}

  static async open(): Promise<Office> {
    const shop = await openWorkshop();
    const { createSchedule } = await shop.ask<{ createSchedule: { id: number } }>(
      shop.reviewer,
      'mutation ($input: ScheduleInput!) { createSchedule(input: $input) { id } }',
      { input: { unitCode: THAI_NGUYEN, label: 'Tổng hợp', cron: '0 7 1 1 *', recipients: RECIPIENTS } },
    );
    const queue = await openQueue<Jobs>({ databaseUrl: shop.db.url, names: jobNames });
    const posts: Post[] = [];
    const office = new Office(shop, createSchedule.id, posts, queue);
    for (const worker of [0, 1]) posts.push(await office.equip(worker));
    await office.recover();
    return office;
  }

  /** Asks for a run. @returns the instant it is due, by which it is known */
  async ask(): Promise<string> {
    this.named.clear();
    const mutation = `mutation { runScheduleNow(id: ${this.scheduleId}) }`;
    return (await this.shop.ask<{ runScheduleNow: string }>(this.shop.reviewer, mutation)).runScheduleNow;
  }

  async state(dueRun: string): Promise<State> {
    const found = await row<State>(
      this.shop.db.dataSource,
      `select r.status as run, r.attempts as "runAttempts", coalesce(r.next_attempt_at <= $3, false) or exists (
         select from delivery d where d.schedule_id = r.schedule_id and d.due_run = r.due_run and d.next_attempt_at <= $3
       ) as due, coalesce((
         select jsonb_agg(jsonb_build_object('id', d.id, 'recipient', d.recipient, 'messageId', d.message_id,
           'status', d.status, 'attempts', d.attempts, 'error', coalesce(d.smtp_reply, d.last_error)) order by d.id)
         from delivery d where d.schedule_id = r.schedule_id and d.due_run = r.due_run), '[]') as deliveries
       from schedule_run r where r.schedule_id = $1 and r.due_run = $2`,
      [this.scheduleId, dueRun, this.shop.clock.now()],
    );
    return found!;
  }

  /** Looks until the run and its mails are as wished. @throws Error after 60 s */
  async until(dueRun: string, wished: (state: State) => boolean): Promise<State> {
    for (const limit = Date.now() + MINUTE; Date.now() < limit; await pause(5)) {
      const state = await this.state(dueRun);
      if (wished(state)) return state;
    }
    throw new Error(`not as wished within a minute: ${JSON.stringify(await this.state(dueRun))}`);
  }

  /** What a supervisor does, and whoever mends lines: everything is well again, and two workers live. */
  async recover(): Promise<void> {
    this.fault = none;
    for (const [worker, post] of this.posts.entries()) {
      await post.server.line.mend();
      await post.line.mend();
      if (post.running?.alive) continue;
      post.running = await startProcess('worker', this.environment(worker));
    }
  }

  /**
   * Lets minutes pass, as the workers see them, until run and mails have come to an end.
   * @param lossy what stands as "sending" may have lost its worker @throws Error when they come to none
   */
  async drive(dueRun: string, lossy: boolean): Promise<State> {
    for (let leaps = 0; leaps < 12; leaps++) {
      await this.minute();
      let [before, quietSince] = ['', Date.now()];
      for (const limit = Date.now() + MINUTE; Date.now() < limit; await pause(15)) {
        const state = await this.state(dueRun);
        if (isOver(state)) return state;
        const seen = JSON.stringify(state);
        if (seen !== before || this.posts.some(({ server }) => server.dialogues() > 0)) quietSince = Date.now();
        before = seen;
        if (Date.now() - quietSince > patience(state, lossy && leaps === 0)) break;
      }
      this.shop.at(new Date(this.shop.clock.now().getTime() + LEAP * MINUTE).toISOString());
    }
    throw new Error(`it came to no end: ${JSON.stringify(await this.state(dueRun))}`);
  }

  /** The worker's every minute. */
  async minute(): Promise<void> {
    await this.queue.add('schedule.tick', {});
    await this.queue.add('delivery.sweep', {});
  }

  async kill(worker: number): Promise<void> {
    this.kills += 1;
    await this.posts[worker]!.running?.kill();
  }

  copies(messageId: string): number {
    return this.taken.filter((one) => one === messageId).length;
  }

  /** Version of PostgreSQL. */
  async server(): Promise<string> {
    const sql = `select current_setting('server_version') as version`;
    return (await row<{ version: string }>(this.shop.db.dataSource, sql))!.version;
  }

  async close(): Promise<void> {
    await Promise.all(this.posts.map(({ running }) => running?.kill()));
    await this.queue.close();
    for (const { server, line } of this.posts) await Promise.all([server.close(), line.close()]);
    await this.shop.close();
  }

  private environment(worker: number): Record<string, string> {
    const { server, line } = this.posts[worker]!;
    return {
      NODE_ENV: 'test',
      DATABASE_URL: `${line.url}?application_name=${WORKERS}`,
      SMTP_URL: server.url,
      MAIL_FROM: 'NQ57 <bao-cao@so.example.vn>',
      CLOCK_FILE: this.shop.config.clockFile!,
      VAR_DIR: this.shop.folder,
    };
  }

  private async equip(worker: number): Promise<Post> {
    const tell = (step: Step, more: Partial<Happening> = {}) => this.fault({ step, worker, ...more });
    const server = await startMailServer({
      connect: () => tell('connect'),
      mailFrom: () => tell('mailFrom'),
      rcptTo: async (recipient) => {
        await this.mustBeSending(recipient);
        await tell('rcptTo', { recipient });
      },
      data: () => tell('data'),
      dot: async (mime) => {
        const messageId = /^Message-ID: *(<[^>]+>)/im.exec(mime)?.[1] ?? 'none';
        await tell('dot', { messageId });
        this.taken.push(messageId);
      },
      replied: () => void tell('replied'),
    });
    return { running: undefined, server, line: await startRelay(this.shop.db.url) };
  }

  /**
   * The promise on which all else stands: before a mail is spoken of with a mail server, "sending" is committed, and the
   * attempt counted with it. Counted, since by the time we look a worker may have broken the dialogue off again.
   */
  private async mustBeSending(recipient: string): Promise<void> {
    const named = (this.named.get(recipient) ?? 0) + 1;
    this.named.set(recipient, named);
    const mail = await row<{ attempts: number }>(
      this.shop.db.dataSource,
      'select attempts from delivery where recipient = $1 order by id desc limit 1',
      [recipient],
    );
    if ((mail?.attempts ?? 0) < named)
      this.wrong.push(`${recipient} was named to a mail server ${named} times, and stood as "sending" fewer`);
  }
}

/** Milliseconds of quiet after which the clock may move: what a living worker has in hand, or is to take up, is given time. */
function patience({ run, due, deliveries }: State, lossy: boolean): number {
  if (due) return 50 * QUIET;
  const inHand = run === 'running' || deliveries.some(({ status }) => status === 'sending');
  if (!inHand) return QUIET;
  return lossy ? 8 * QUIET : 50 * QUIET;
}

const isOver = ({ run, deliveries }: State) =>
  ['done', 'failed'].includes(run) &&
  deliveries.length > 0 &&
  deliveries.every(({ status }) => ['sent', 'unknown', 'failed', 'dropped'].includes(status));
