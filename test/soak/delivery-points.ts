/**
 * What may go wrong while a run is made and its mails are sent, one point each. The moment is drawn: which worker, which
 * mail, how many milliseconds. Add a point to the list.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { rows } from '#core';
import { fillDisk } from '../support/full-disk.js';
import { reply } from '../support/mail-server.js';
import { THAI_NGUYEN } from '../support/workshop.js';
import type { Chance } from './chance.js';
import { type Happening, type Office, RECIPIENTS, type Step, WORKERS } from './delivery-office.js';

export type Point = {
  name: string;
  /** How a mail may end, besides "sent"; "failed" only with this in its words. */
  may: { unknown?: true; failed?: RegExp };
  /** Before the run is asked for. */
  prepare?(office: Office, draw: Chance): Promise<void>;
  /** Lets it go wrong, and settles when it has. @param dueRun of the run that has just been asked for */
  strike?(office: Office, draw: Chance, dueRun: string): Promise<void>;
  /** When the round is over. */
  putAway?(office: Office): Promise<void>;
};

/** Arms a fault for the nth time that a step is reached. @returns settles when it has struck, or after 20 s without */
function at(office: Office, step: Step, nth: number, act: (happening: Happening) => Promise<void>): Promise<void> {
  let seen = 0;
  const struck = new Promise<void>((settle) => {
    office.fault = async (happening) => {
      if (happening.step === step && seen++ === nth) await act(happening).finally(settle);
    };
  });
  return Promise.race([struck, pause(20_000, undefined, { ref: false })]);
}

const killed = (step: Step, where: string, within = 0): Point => ({
  name: `worker killed ${where}`,
  may: { unknown: true },
  strike: (office, draw) =>
    at(office, step, draw.below(3), async ({ worker }) => {
      await pause(draw.below(within + 1));
      await office.kill(worker);
    }),
});

/** Every dialogue of that worker breaks off, wherever it is: the last byte of another mail may have left by then. */
const brokenOff = (step: Step, where: string): Point => ({
  name: `mail server breaks off ${where}`,
  may: { unknown: true },
  strike: (office, draw) =>
    at(office, step, draw.below(3), async ({ worker }) => {
      const { line } = office.posts[worker]!.server;
      await line.cut();
      await pause(draw.below(100));
      await line.mend();
    }),
});

/** Each mail (or recipient, or the first two dialogues) is put off once. */
const putOff = (name: string, step: Step, error: Error): Point => ({
  name,
  may: {},
  prepare: async (office) => {
    const met = new Set<string>();
    office.fault = async ({ step: now, recipient, messageId, worker }) => {
      const whose = recipient ?? messageId ?? `worker ${worker}`;
      if (now !== step || met.has(whose)) return;
      met.add(whose);
      throw error;
    };
  },
});

/** One mail is refused whenever it comes. */
const refused = (name: string, step: 'rcptTo' | 'dot', error: Error, words: RegExp): Point => ({
  name,
  may: { failed: words },
  prepare: async (office) => {
    let unlucky: string | undefined;
    office.fault = async ({ step: now, recipient, messageId }) => {
      if (now !== step) return;
      unlucky ??= recipient ?? messageId;
      if (unlucky === (recipient ?? messageId)) throw error;
    };
  },
});

const recipientKept = (office: Office, mutation: 'removeRecipient' | 'restoreRecipient') =>
  office.shop.ask(
    office.shop.reviewer,
    `mutation { ${mutation}(unit: "${THAI_NGUYEN}", address: "${RECIPIENTS[1]}") }`,
  );

export const points: readonly Point[] = [
  {
    name: 'both workers killed while the run is being made',
    may: { unknown: true },
    strike: async (office, draw, dueRun) => {
      await office.until(dueRun, ({ run }) => run !== 'waiting');
      await pause(draw.below(400));
      await Promise.all([office.kill(0), office.kill(1)]);
    },
  },
  {
    name: 'both workers killed as the mails enter the ledger',
    may: { unknown: true },
    strike: async (office, draw, dueRun) => {
      await office.until(dueRun, ({ deliveries }) => deliveries.length > 0);
      await pause(draw.below(40));
      await Promise.all([office.kill(0), office.kill(1)]);
    },
  },
  {
    name: 'a worker killed at any moment',
    may: { unknown: true },
    strike: async (office, draw) => {
      await pause(draw.below(1_500));
      await office.kill(draw.below(2));
    },
  },
  killed('connect', 'before the greeting'),
  killed('mailFrom', 'at MAIL FROM'),
  killed('rcptTo', 'at RCPT TO'),
  killed('data', 'in the middle of the message'),
  killed('dot', 'after the final dot, before the reply'),
  killed('replied', 'as the reply comes', 12),
  {
    name: 'a worker asked to stop in the middle of a dialogue',
    may: {},
    strike: (office, draw) =>
      at(office, draw.pick(['connect', 'mailFrom', 'rcptTo', 'dot']), draw.below(3), async ({ worker, step }) => {
        const stopped = office.posts[worker]!.running!.stop();
        // Until the dot the server keeps silent as long as the worker lives; after it, it answers in time.
        await (step === 'dot' ? pause(draw.below(300)) : stopped);
      }),
  },
  brokenOff('connect', 'instead of greeting'),
  brokenOff('rcptTo', 'at RCPT TO'),
  brokenOff('data', 'in the middle of the message'),
  brokenOff('dot', 'after the final dot'),
  brokenOff('replied', 'as it replies'),
  {
    name: 'mail server out of reach for a while',
    may: {},
    prepare: async (office) => {
      await Promise.all(office.posts.map(({ server }) => server.line.cut()));
    },
    strike: async (office, draw, dueRun) => {
      await office.until(dueRun, ({ deliveries }) => deliveries.some(({ error }) => error !== null));
      await pause(draw.below(300));
    },
  },
  {
    name: 'mail server slow at every step, workers woken again and again',
    may: {},
    prepare: async (office, draw) => {
      office.fault = ({ step }) => (step === 'replied' ? Promise.resolve() : pause(draw.below(120)));
    },
    strike: async (office) => {
      for (let wake = 0; wake < 8; wake++) await office.minute();
    },
  },
  putOff('greylisting', 'rcptTo', reply(450, 'Greylisted, try again')),
  putOff('mail server closes at MAIL FROM', 'mailFrom', reply(421, 'Closing')),
  putOff('mail put off after the final dot', 'dot', reply(451, 'Try again later')),
  refused('an unknown recipient', 'rcptTo', reply(550, 'No such user'), /^550 /),
  refused('a mail refused after the final dot', 'dot', reply(554, 'Looks like spam'), /^554 /),
  {
    name: 'line to PostgreSQL cut in the middle of a dialogue',
    may: { unknown: true },
    strike: (office, draw) =>
      at(office, draw.pick(['connect', 'rcptTo', 'dot', 'replied']), draw.below(3), async ({ worker }) => {
        await office.posts[worker]!.line.cut();
        await pause(draw.below(400));
        await office.posts[worker]!.line.mend();
      }),
  },
  {
    name: "the workers' sessions ended by PostgreSQL",
    may: { unknown: true },
    strike: async (office, draw) => {
      await pause(draw.below(1_200));
      await rows(
        office.shop.db.dataSource,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name in ('bao-cao-57 worker', $1)`,
        [WORKERS],
      );
    },
  },
  {
    name: 'disk full while the file is made',
    may: {},
    prepare: async (office) => {
      office.disk = fillDisk(`${office.shop.config.varDir}/exports`);
    },
    strike: async (office, draw, dueRun) => {
      await office.until(dueRun, ({ run, runAttempts }) => run === 'waiting' && runAttempts > 0);
      await pause(draw.below(200));
      office.disk!.free();
    },
  },
  {
    name: 'a recipient taken back meanwhile',
    may: { failed: /no longer a recipient/ },
    strike: async (office, draw) => {
      await pause(draw.below(900));
      await recipientKept(office, 'removeRecipient');
    },
    putAway: async (office) => void (await recipientKept(office, 'restoreRecipient')),
  },
];
