/**
 * Mails among faults. A round asks for a run of a schedule with three recipients, lets one thing go wrong at a random
 * moment of it, mends it as a supervisor would, lets time pass, and then holds the ledger against what the mail servers
 * took. Nothing may be lost (every mail ends as sent, as refused, or as unknown for a reason), and nothing doubled: what
 * is unknown is not sent again until a person asks, and then once, as the same mail.
 */
import { chance } from './chance.js';
import { Office, RECIPIENTS, type Row, type State } from './delivery-office.js';
import { type Point, points } from './delivery-points.js';

export type Told = {
  seed: number;
  rounds: number;
  /** Rounds of each point. */
  points: Record<string, number>;
  mails: number;
  sent: number;
  /** Refused for good, with the server's words or ours. */
  refused: number;
  /** Left to a person; of them, those that a server had taken. */
  unknown: number;
  unknownTaken: number;
  resent: number;
  kills: number;
  lost: number;
  doubled: number;
  /** What was wrong, in words; empty when all is well. */
  wrong: string[];
  seconds: number;
  /** Version of PostgreSQL, and what stood in for a full disk. */
  server: string;
  disk: string;
};

/** @param only names of the points; all unless given, each in its turn */
export async function deliveryFaults(wish: {
  seed: number;
  rounds: number;
  only?: readonly string[];
  log?: (line: string) => void;
}): Promise<Told> {
  const began = performance.now();
  const chosen = points.filter(({ name }) => !wish.only || wish.only.includes(name));
  const told: Told = {
    ...{ seed: wish.seed, rounds: 0, points: {}, mails: 0, sent: 0, refused: 0, unknown: 0, unknownTaken: 0 },
    ...{ resent: 0, kills: 0, lost: 0, doubled: 0, wrong: [], seconds: 0, server: '', disk: 'not tried' },
  };
  const office = await Office.open();
  try {
    for (; told.rounds < wish.rounds && told.wrong.length === 0; told.rounds++) {
      const point = chosen[told.rounds % chosen.length]!;
      told.points[point.name] = (told.points[point.name] ?? 0) + 1;
      const wrong = await round(office, point, wish.seed * 1000 + told.rounds, told).catch((error) => [String(error)]);
      told.wrong.push(...wrong.map((line) => `round ${told.rounds}, ${point.name}: ${line}`));
      wish.log?.(
        `${told.rounds + 1} of ${wish.rounds}: ${point.name}${wrong.length > 0 ? `: ${wrong.join('; ')}` : ''}`,
      );
    }
    told.kills = office.kills;
    told.server = await office.server();
  } finally {
    await office.close();
  }
  told.seconds = (performance.now() - began) / 1000;
  return told;
}

async function round(office: Office, point: Point, seed: number, told: Told): Promise<string[]> {
  const draw = chance(seed);
  office.wrong = [];
  try {
    await point.prepare?.(office, draw);
    const dueRun = await office.ask();
    await point.strike?.(office, draw, dueRun);
    // Who refuses, refuses still while the mails are tried again; everything else is mended now.
    if (point.strike) await office.recover();
    const state = await office.drive(dueRun, point.may.unknown === true);
    const wrong = judge(office, point, state, told);
    const asked = state.deliveries.filter(({ status }) => status === 'unknown' && draw.percent(60));
    if (asked.length > 0) wrong.push(...(await sendAgain(office, dueRun, asked, told)));
    return [...wrong, ...office.wrong];
  } finally {
    if (office.disk) told.disk = office.disk.how;
    office.disk?.free();
    office.disk = undefined;
    await point.putAway?.(office);
    await office.recover();
  }
}

/** The ledger against what the mail servers took. */
function judge(office: Office, { may }: Point, { run, deliveries }: State, told: Told): string[] {
  const wrong: string[] = [];
  if (run !== 'done') wrong.push(`the run is ${run}`);
  const missing = RECIPIENTS.filter((address) => !deliveries.some(({ recipient }) => recipient === address));
  told.lost += missing.length;
  if (missing.length > 0 || deliveries.length !== RECIPIENTS.length)
    wrong.push(`${deliveries.length} mails in the ledger, none for ${missing.join(', ') || 'nobody'}`);
  for (const mail of deliveries) {
    const copies = office.copies(mail.messageId);
    const said = `${mail.recipient} is ${mail.status} (${mail.error}) after ${mail.attempts} attempts, ${copies} copies`;
    if (copies > 1) told.doubled++;
    if (mail.status === 'sent' && copies === 0) told.lost++;
    if (mail.status === 'failed' && !may.failed?.test(mail.error) && !may.failed?.test(mail.error.split('·').at(-1)!)) {
      told.lost++;
      wrong.push(`${said}: nobody refused it`);
    }
    if (mail.status === 'dropped') told.lost++;
    if (mail.status === 'unknown' && !may.unknown) wrong.push(`${said}: nothing was unknown about it`);
    if (!expectedCopies(mail).includes(copies)) wrong.push(said);
    told.mails++;
    told.sent += mail.status === 'sent' ? 1 : 0;
    told.refused += mail.status === 'failed' ? 1 : 0;
    told.unknown += mail.status === 'unknown' ? 1 : 0;
    told.unknownTaken += mail.status === 'unknown' ? copies : 0;
  }
  return wrong;
}

function expectedCopies({ status }: Row): number[] {
  if (status === 'sent') return [1];
  return status === 'unknown' ? [0, 1] : [0];
}

/** A person asks for what nobody knows: once more, and no more than that, under the same Message-ID. */
async function sendAgain(office: Office, dueRun: string, asked: Row[], told: Told): Promise<string[]> {
  const before = new Map(asked.map(({ messageId }) => [messageId, office.copies(messageId)]));
  for (const { id } of asked) await office.shop.ask(office.shop.reviewer, `mutation { resendDelivery(id: ${id}) }`);
  const { deliveries } = await office.drive(dueRun, false);
  told.resent += asked.length;
  return asked.flatMap(({ id, messageId }) => {
    const now = deliveries.find((mail) => mail.id === id)!;
    const copies = office.copies(messageId) - before.get(messageId)!;
    if (copies > 1) told.doubled++;
    const well = now.status === 'sent' && now.messageId === messageId && copies === 1;
    return well ? [] : [`asked for again, ${now.recipient} is ${now.status} (${now.error}), ${copies} copies more`];
  });
}
