/**
 * What may happen to rounds and communes while reports come in: later due dates, rounds closed and reopened, communes
 * merged and split. Who closes or changes something holds it in `country` meanwhile, so that what every other writer is
 * told can be judged (docs/semantics.md §1, §4).
 */
import { createHash } from 'node:crypto';
import { Problem, rows } from '#core';
import { type Collection, type Commune, owed, type Place, PROGRAMME, settle } from './country.js';
import {
  compose,
  judged,
  type Operation,
  type Outcome,
  placeWhere,
  refused,
  type Stage,
  seen,
  send,
} from './operations.js';

export const changingOperations: readonly Operation[] = [
  {
    name: 'extend',
    weight: 4,
    conflicting: false,
    may: [
      'extended',
      'extension.too_late',
      'extension.not_later',
      'extension.too_far',
      'round.closed',
      'obligation.not_found',
    ],
    run: async (stage) => [await extend(stage, stage.draw.pick(stage.country.places))],
  },
  {
    name: 'close a round',
    weight: 2,
    conflicting: false,
    may: ['closed'],
    run: async (stage) => {
      const collection = ready(stage, 'open');
      if (!collection || !mayClose(stage)) return null;
      return holding(stage, collection, 'closed', async () => [(await close(stage, collection)).outcome]);
    },
  },
  {
    name: 'two close one round at once',
    weight: 1,
    conflicting: true,
    may: ['closed', 'round.closed'],
    run: async (stage) => {
      const collection = ready(stage, 'open');
      if (!collection || !mayClose(stage)) return null;
      return holding(stage, collection, 'closed', async () => {
        const two = await Promise.all([close(stage, collection), close(stage, collection)]);
        const won = two.filter(({ outcome }) => outcome === 'closed').length;
        return won === 1 || two.some(({ cut }) => cut)
          ? two.map(({ outcome }) => outcome)
          : ['closed by both, or by none'];
      });
    },
  },
  {
    name: 'write into a closed round',
    weight: 5,
    conflicting: true,
    may: ['stored', 'round.closed', 'report.stale', 'obligation.not_found'],
    run: async (stage) => {
      const place = placeWhere(stage, ({ collection, alone }) => collection.phase === 'closed' && alone === 'no');
      return place ? [await send(stage, compose(stage, place))] : null;
    },
  },
  {
    name: 'reopen one report and mend it',
    weight: 1,
    conflicting: false,
    may: ['reopened alone', 'stored', 'report.stale', 'round.closed'],
    run: async (stage) => {
      const place = placeWhere(stage, ({ collection, alone }) => collection.phase === 'closed' && alone === 'no');
      if (!place) return null;
      const outcomes = await holding(stage, place.collection, 'closed', async () => {
        place.alone = 'asked';
        const outcome = await reopen(stage, place.collection, place);
        place.alone = 'yes';
        return [outcome];
      });
      return [...outcomes, await send(stage, compose(stage, place))];
    },
  },
  {
    name: 'reopen a round',
    weight: 2,
    conflicting: false,
    may: ['reopened'],
    run: async (stage) => {
      const collection = ready(stage, 'closed');
      if (!collection) return null;
      return holding(stage, collection, 'open', async () => [await reopen(stage, collection)]);
    },
  },
  {
    name: 'reopen a round that is open',
    weight: 1,
    conflicting: true,
    may: ['round.not_closed'],
    run: async (stage) => {
      const collection = ready(stage, 'open');
      if (!collection) return null;
      return holding(stage, collection, 'open', async () => [await reopen(stage, collection, undefined, '')]);
    },
  },
  {
    name: 'merge or split communes',
    weight: 1,
    conflicting: false,
    may: ['merged', 'split'],
    run: async (stage) => {
      const { country } = stage;
      if (country.changing) return null;
      country.changing = true;
      try {
        const outcome = await changeBoundaries(stage);
        return outcome === null ? null : [outcome];
      } finally {
        country.changing = false;
      }
    },
  },
  {
    name: 'write for a commune that was merged',
    weight: 3,
    conflicting: true,
    may: ['obligation.not_found', 'round.closed'],
    run: async (stage) => {
      // Who went on under its code owes the round anew.
      const owing = new Set(stage.country.places.map(({ unitCode, round }) => `${unitCode} ${round}`));
      const left = stage.country.left.filter(({ unitCode, round }) => !owing.has(`${unitCode} ${round}`));
      return left.length > 0 ? [await send(stage, compose(stage, stage.draw.pick(left)))] : null;
    },
  },
];

async function extend({ country, draw, cut }: Stage, place: Place): Promise<Outcome> {
  const { reviewer, unitCode, round } = place;
  const before = seen(place);
  const [year, half] = [Number(round.slice(0, 4)), round.slice(5)];
  const month = half === '1' ? `${year}-0${7 + draw.below(3)}` : `${year + 1}-0${1 + draw.below(5)}`;
  const dueOn = draw.below(8) === 0 ? `${year + 9}-01-10` : `${month}-${10 + draw.below(18)}`;
  const wish = { unitCode, programme: PROGRAMME, round, dueOn, reason: 'Mất điện do bão' };
  try {
    const granted = await country.obligations.extend(reviewer, wish);
    if (granted.dueOn !== dueOn) return `extended to ${granted.dueOn}`;
    return judged(place, before, 'extended');
  } catch (error) {
    if (error instanceof Problem) return refused(place, before, error);
    if (cut(error)) return 'cut';
    throw error;
  }
}

/** At most a quarter of the rounds are closed at a time: reports must go on. */
const mayClose = ({ country: { collections } }: Stage) =>
  collections.filter(({ phase }) => phase !== 'open').length < collections.length / 4;

function ready({ country, draw }: Stage, phase: 'open' | 'closed'): Collection | undefined {
  const fitting = country.collections.filter((collection) => collection.phase === phase);
  return fitting.length > 0 ? draw.pick(fitting) : undefined;
}

/** Nobody else closes or reopens meanwhile, and what others are told is open until the work is over. */
async function holding(
  { country }: Stage,
  collection: Collection,
  after: 'open' | 'closed',
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const closes = collection.phase === 'open' && after === 'closed';
  collection.phase = 'changing';
  collection.turns++;
  const outcomes = await work();
  collection.phase = after;
  collection.turns++;
  // A close ends what was reopened alone before it.
  if (closes)
    for (const place of [...country.places, ...country.left]) if (place.collection === collection) place.alone = 'no';
  return outcomes;
}

/** Tries until an answer comes. @param done the refusal that tells, after a lost connection, that it had been done */
async function persist<T>(
  { cut }: Stage,
  attempt: () => Promise<T>,
  done: string,
): Promise<{ answer: T | null; code: string | null; cut: boolean }> {
  for (let tries = 0; ; tries++) {
    try {
      return { answer: await attempt(), code: null, cut: tries > 0 };
    } catch (error) {
      if (error instanceof Problem) {
        const code = tries > 0 && error.code === done ? null : error.code;
        return { answer: null, code, cut: tries > 0 };
      }
      if (!cut(error) || tries > 100) throw error;
    }
  }
}

async function close(stage: Stage, { reviewer, round }: Collection): Promise<{ outcome: Outcome; cut: boolean }> {
  const { closings } = stage.country;
  const told = await persist(stage, () => closings.close(reviewer, { programme: PROGRAMME, round }), 'round.closed');
  if (told.code !== null) return { outcome: told.code, cut: told.cut };
  const signed = told.answer && createHash('sha256').update(told.answer.figures).digest('hex');
  return { outcome: told.answer && signed !== told.answer.sha256 ? 'closed, not signed' : 'closed', cut: told.cut };
}

/** @param done see persist */
async function reopen(
  stage: Stage,
  { reviewer, round }: Collection,
  place?: Place,
  done = 'round.not_closed',
): Promise<Outcome> {
  const { closings } = stage.country;
  const which = { programme: PROGRAMME, round, communeCode: place?.unitCode };
  const told = await persist(stage, () => closings.reopen(reviewer, which, 'Nhầm số liệu'), done);
  return told.code ?? (place ? 'reopened alone' : 'reopened');
}

/** The day after which a change changes leave the first round as it stands, and the one after which they reach every round. */
const LATE = '2026-06-15';
const EARLY = '2026-01-01';
const MOST = 150;

/** Merges where there are more communes than in the beginning, splits where there are fewer. */
async function changeBoundaries(stage: Stage): Promise<Outcome | null> {
  const { country, draw } = stage;
  const province = draw.pick(country.collections).province;
  const communes = [...country.communes].filter(([, commune]) => commune.province === province);
  const [one, other] = twoOf(communes, stage);
  const merges = other !== undefined && draw.percent(communes.length > country.usual ? 80 : 40);
  const predecessors = merges ? [one, other] : [one];
  const born = predecessors
    .map(([, { bornOn }]) => bornOn)
    .sort()
    .at(-1)!;
  const nth = ++country.changes;
  const late = born >= LATE || draw.percent(50);
  const effectiveOn = new Date(Date.parse(late ? LATE : EARLY) + nth * 86_400_000).toISOString().slice(0, 10);
  if (nth > MOST || effectiveOn > country.clock.today() || effectiveOn <= born) return null;

  const codes = predecessors.map(([code]) => code);
  const goesOn = draw.percent(40) ? [one[0]] : [];
  const added = Array.from({ length: (merges ? 1 : 2) - goesOn.length }, (_, i) => `moi-${nth}-${i + 1}`);
  const successors = [...goesOn, ...added].map((code) => ({ code, name: `Xã mới ${nth} ${code}`, kind: 'xa' }));
  const leaving = codes.filter((code) => !goesOn.includes(code));
  for (const place of country.places) if (codes.includes(place.unitCode)) place.leaving = true;

  const basis = `Nghị quyết thử nghiệm ${nth}`;
  const counted = await recorded(stage, { effectiveOn, basis, predecessors: codes, successors });
  for (const code of added)
    await persist(stage, () => country.tokens.issue(null, { unitCode: code, role: 'reporter' }), '');
  const now = (await persist(stage, () => owed(country.writers, [...codes, ...added]), '')).answer!;
  for (const code of leaving) country.communes.delete(code);
  for (const code of added) country.communes.set(code, { province, bornOn: effectiveOn });
  for (const code of goesOn) country.communes.set(code, { province, bornOn: effectiveOn });

  const gone = new Set(now.filter(({ state }) => state === 'replaced').map(({ obligationId }) => obligationId));
  const leftNow = country.places.filter((place) => gone.has(place.obligationId));
  country.left.push(...leftNow);
  country.places = country.places.filter((place) => !gone.has(place.obligationId));
  for (const place of country.places) if (codes.includes(place.unitCode)) place.leaving = false;
  // Who goes on under the old code owes the whole round anew.
  const known = new Set([...country.places, ...country.left].map(({ obligationId }) => obligationId));
  const created = now.filter((place) => !known.has(place.obligationId));
  for (const place of created) settle(country, place, effectiveOn);

  if (counted && (counted.replaced !== leftNow.length || counted.created !== created.length))
    return `${JSON.stringify(counted)}, and in truth ${leftNow.length} and ${created.length}`;
  // In a round either all predecessors have been followed, and by all successors, or none.
  const rounds = (of: readonly { round: string }[]) => [...new Set(of.map(({ round }) => round))].sort().join();
  const followed = successors.every(
    ({ code }) => rounds(created.filter((place) => place.unitCode === code)) === rounds(created),
  );
  return followed && rounds(leftNow) === rounds(created)
    ? merges
      ? 'merged'
      : 'split'
    : `half followed: ${rounds(leftNow)} by ${rounds(created)}`;
}

function twoOf(communes: [string, Commune][], { draw }: Stage): [[string, Commune], [string, Commune] | undefined] {
  const first = draw.below(communes.length);
  const rest = communes.filter((_, i) => i !== first);
  return [communes[first]!, rest.length > 1 ? draw.pick(rest) : undefined];
}

type Change = Parameters<Stage['country']['obligations']['changeBoundaries']>[1];

/** A change has no key to ask again with: after a lost connection the record tells whether it was made. */
async function recorded(stage: Stage, change: Change): Promise<{ replaced: number; created: number } | null> {
  const { country } = stage;
  const told = await persist(
    stage,
    async () => {
      const [known] = await rows(country.writers, 'select 1 from succession where basis = $1', [change.basis]);
      return known ? null : country.obligations.changeBoundaries(country.nation, change);
    },
    '',
  );
  if (told.code !== null) throw new Error(`${JSON.stringify(change)}: ${told.code}`);
  return told.answer;
}
