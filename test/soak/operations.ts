/**
 * What may happen next in a random history: weighted operations, each with the outcomes that the rules allow it.
 * An outcome outside of them is a mistake of the service, however harmless it looks. Add operations to the list.
 */
import { Problem } from '#core';
import { type Chance, randomFigures } from './chance.js';
import { type Collection, type Country, learn, type Place, PROGRAMME } from './country.js';
import type { Ledger, Sent } from './ledger.js';

export type Stage = { country: Country; ledger: Ledger; draw: Chance; cut(error: unknown): boolean };

/** 'stored', 'findings' (refused figures), a step's target state, 'cut' (the connection was lost), or a Problem's code. */
export type Outcome = string;

export type Operation = {
  name: string;
  /** How often, against the sum of all weights. */
  weight: number;
  /** Made to meet another operation or a record that has moved on. */
  conflicting: boolean;
  may: readonly Outcome[];
  /** @returns one outcome per call to the service, or null when there is nothing to do it to */
  run(stage: Stage): Promise<Outcome[] | null>;
};

/** A close, a merger or another writer came first; `judged` tells whether it was so. */
export const RACED = ['report.stale', 'report.wrong_step', 'round.closed', 'obligation.not_found'] as const;

/** The way of reports: submitted, mended, reviewed, corrected, and everything that comes too late or twice. */
export const reportOperations: readonly Operation[] = [
  submitting('first submit', 20, (place) => place.state === null || place.state === 'withdrawn'),
  submitting('resubmit', 14, (place) => place.state === 'submitted'),
  submitting('mend a returned report', 8, (place) => place.state === 'returned'),
  submitting('correct an accepted report', 8, (place) => place.state === 'accepted'),
  stepping('accept', 16, 'accepted'),
  stepping('return', 9, 'returned'),
  stepping('withdraw', 7, 'withdrawn'),
  {
    name: 'refused figures',
    weight: 2,
    conflicting: false,
    may: ['findings', 'obligation.not_found'],
    run: async (stage) => {
      const sent = compose(stage, stage.draw.pick(stage.country.places));
      const ratio = stage.country.form.find((asked) => asked.kind === 'ratio')!.code;
      sent.submission.figures = sent.submission.figures.filter((figure) => figure.indicator !== ratio);
      sent.submission.figures.push({ indicator: ratio, state: 'value', numerator: '9', denominator: '8' });
      return [await send(stage, sent)];
    },
  },
  {
    name: 'two submit for one unit at once',
    weight: 8,
    conflicting: true,
    may: ['stored', ...RACED],
    run: async (stage) => {
      const place = stage.draw.pick(stage.country.places);
      const outcomes = await Promise.all([send(stage, compose(stage, place)), send(stage, compose(stage, place))]);
      const won = outcomes.filter((outcome) => outcome === 'stored').length;
      return won === 2 && !place.leaving ? ['both won', 'both won'] : outcomes;
    },
  },
  {
    name: 'a submit meets its review',
    weight: 4,
    conflicting: true,
    may: ['stored', 'accepted', 'returned', ...RACED],
    run: async (stage) => {
      const place = placeWhere(stage, (at) => at.state === 'submitted');
      if (!place) return null;
      const verdict = stage.draw.percent(50) ? 'accepted' : 'returned';
      return Promise.all([send(stage, compose(stage, place)), step(stage, place, verdict, place.number)]);
    },
  },
  {
    name: 'a stale submit',
    weight: 5,
    conflicting: true,
    may: ['report.stale', 'round.closed', 'obligation.not_found'],
    run: async (stage) => {
      const place = stage.draw.pick(stage.country.places);
      // Numbers only grow: one below a number that was told is stale for good, and one far above is not reached.
      const expected = place.number > 0 ? stage.draw.below(place.number) : 30_000;
      return [staleUnlessAnew(place, await send(stage, compose(stage, place, expected)))];
    },
  },
  {
    name: 'a stale review',
    weight: 4,
    conflicting: true,
    may: ['report.stale', 'round.closed', 'obligation.not_found'],
    run: async (stage) => {
      const place = placeWhere(stage, (at) => at.number > 1);
      if (!place) return null;
      const expected = 1 + stage.draw.below(place.number - 1);
      const verdict = stage.draw.pick(['accepted', 'returned', 'withdrawn'] as const);
      return [staleUnlessAnew(place, await step(stage, place, verdict, expected))];
    },
  },
  {
    name: 'one request sent twice at once',
    weight: 5,
    conflicting: true,
    may: ['stored', ...RACED],
    run: async (stage) => {
      const sent = compose(stage, stage.draw.pick(stage.country.places));
      const before = seen(sent.place);
      stage.ledger.sent.push(sent);
      const both = await Promise.all([deliver(stage, sent), deliver(stage, sent)]);
      const [one, other] = both;
      sent.answer = one.number ?? other.number ?? one.outcome;
      // Only what was stored is kept under the key: one may be refused just before the round is reopened for the other, or
      // find its obligation replaced by a merger in which the unit goes on, where the other finds the new one.
      const turned = before.phase === 'changing' || before.turns !== sent.place.collection.turns;
      const apart = both.some(
        ({ number, outcome }) => number === null && (turned || outcome === 'obligation.not_found'),
      );
      if (one.number !== other.number && !apart) return [`two answers: ${JSON.stringify(both)}`, 'two answers'];
      return [one.outcome, other.outcome];
    },
  },
  {
    name: 'an answered request sent again',
    weight: 4,
    conflicting: true,
    may: ['stored'],
    run: async (stage) => {
      const before = acknowledged(stage);
      if (!before) return null;
      const again = await deliver(stage, before);
      return [again.number === before.answer ? again.outcome : 'another answer'];
    },
  },
  {
    name: 'a key used again for other figures',
    weight: 4,
    conflicting: true,
    may: ['idempotency.mismatch'],
    run: async (stage) => {
      const before = acknowledged(stage);
      if (!before) return null;
      const other = compose(stage, before.place);
      const submission = { ...other.submission, idempotencyKey: before.submission.idempotencyKey };
      return [(await deliver(stage, { ...other, submission })).outcome];
    },
  },
];

function submitting(name: string, weight: number, fitting: (place: Place) => boolean): Operation {
  return {
    name,
    weight,
    conflicting: false,
    may: ['stored', ...RACED],
    run: async (stage) => {
      const place = placeWhere(stage, fitting);
      return place ? [await send(stage, compose(stage, place))] : null;
    },
  };
}

type Verdict = 'accepted' | 'returned' | 'withdrawn';

function stepping(name: string, weight: number, verdict: Verdict): Operation {
  return {
    name,
    weight,
    conflicting: false,
    may: [verdict, ...RACED],
    run: async (stage) => {
      const place = placeWhere(stage, (at) => at.state === 'submitted');
      return place ? [await step(stage, place, verdict, place.number)] : null;
    },
  };
}

export function placeWhere({ country, draw }: Stage, fitting: (place: Place) => boolean): Place | undefined {
  const from = draw.below(country.places.length);
  return [...country.places.slice(from), ...country.places.slice(0, from)].find(fitting);
}

type Seen = Pick<Collection, 'phase' | 'turns'> & Pick<Place, 'alone'>;

export const seen = ({ collection: { phase, turns }, alone }: Place): Seen => ({ phase, turns, alone });

/** Whether a refusal has its ground, and whether a closed round refused: else a word that no operation may come to. */
export function judged({ collection, leaving }: Place, before: Seen, outcome: Outcome): Outcome {
  const still = collection.turns === before.turns;
  if (outcome === 'obligation.not_found' && !leaving) return 'not found without a merger';
  // Who goes on under its code owes the round anew, and has no report in it yet.
  if (outcome === 'report.not_found') return leaving ? 'obligation.not_found' : 'not found without a merger';
  if (!still || before.phase === 'changing') return outcome;
  const open = before.phase === 'open' || before.alone === 'yes';
  if (outcome === 'round.closed') return open ? 'round.closed where it is open' : outcome;
  // Looked at before the round is: what a report says, and whether its unit still owes.
  const neutral = outcome === 'findings' || outcome === 'cut' || outcome === 'obligation.not_found';
  return open || neutral || before.alone !== 'no' ? outcome : `${outcome} after the close`;
}

/** A unit that goes on under its code after a merger begins anew, and what was stale may fit its new report. */
const staleUnlessAnew = ({ leaving }: Place, outcome: Outcome): Outcome =>
  leaving && ['stored', 'accepted', 'returned', 'withdrawn'].includes(outcome) ? 'report.stale' : outcome;

function acknowledged({ ledger, draw }: Stage): Sent | undefined {
  const from = draw.below(ledger.sent.length || 1);
  return ledger.sent.slice(from).find(({ answer }) => typeof answer === 'number');
}

export function compose({ country, ledger, draw }: Stage, place: Place, expectedVersion = place.number): Sent {
  const mark = ledger.nextMark();
  const asked = country.form.filter(({ firstRound }) => firstRound <= place.round);
  const figures = randomFigures(asked, mark, place.first, draw);
  const submission = {
    programme: PROGRAMME,
    round: place.round,
    expectedVersion,
    idempotencyKey: `soak-${mark}`,
    figures,
    narratives: [],
    comment: 'đã kiểm tra',
    containsNoSecrets: true,
  };
  return { place, submission, mark, answer: null };
}

type Delivered = { outcome: Outcome; number: number | null };

/** Sends until an answer comes: after a lost connection the same request again, under the same key. */
async function deliver(stage: Stage, { place, submission, answer: known }: Sent): Promise<Delivered> {
  const before = seen(place);
  for (let tries = 0; ; tries++) {
    try {
      const answer = await stage.country.reports.submit(place.reporter, submission, new Date());
      if (!answer.stored) return { outcome: 'findings', number: null };
      // What was answered before is answered again, also after a close.
      const outcome = known === null ? judged(place, before, 'stored') : 'stored';
      learn(place, answer.version!.number, answer.version!.state);
      return { outcome, number: answer.version!.number };
    } catch (error) {
      if (error instanceof Problem) return { outcome: refused(place, before, error), number: null };
      if (!stage.cut(error) || tries > 100) throw error;
    }
  }
}

export async function send(stage: Stage, sent: Sent): Promise<Outcome> {
  stage.ledger.sent.push(sent);
  const delivered = await deliver(stage, sent);
  sent.answer = delivered.number ?? delivered.outcome;
  return delivered.outcome;
}

export async function step(stage: Stage, place: Place, verdict: Verdict, expected: number): Promise<Outcome> {
  const { reports } = stage.country;
  const { reviewer, reporter, unitCode, round } = place;
  const before = seen(place);
  const reason = 'Thiếu minh chứng';
  try {
    const answer =
      verdict === 'accepted'
        ? await reports.accept(reviewer, unitCode, PROGRAMME, round, expected)
        : verdict === 'returned'
          ? await reports.return(reviewer, {
              unitCode,
              programme: PROGRAMME,
              round,
              expectedVersion: expected,
              reason,
              figures: [],
            })
          : await reports.withdraw(reporter, PROGRAMME, round, expected, reason);
    learn(place, answer.number, answer.state);
    return judged(place, before, answer.state);
  } catch (error) {
    if (error instanceof Problem) return refused(place, before, error);
    // Whether the step was taken is told by the next conflict; a step has no key to ask again with.
    if (stage.cut(error)) return 'cut';
    throw error;
  }
}

/** A refusal tells how far the record has come, as it tells a person who looks again. */
export function refused(place: Place, before: Seen, problem: Problem): Outcome {
  const { actual, state } = problem.details as { actual?: number; state?: string };
  if (problem.code === 'report.stale' && actual !== undefined && actual > place.number) {
    place.number = actual;
    place.state = 'submitted';
  }
  if (problem.code === 'report.wrong_step' && state && state !== 'none') place.state = state;
  return problem.code === 'idempotency.mismatch' ? problem.code : judged(place, before, problem.code);
}
