/** From the answers of the questions service to their models: units by name, exact values as text beside what is shown. */
import {
  type About,
  displayFraction,
  displayPercentage,
  displayPoints,
  type EndsOfRanking,
  fractionText,
  type GapAnswer,
  type Movers,
  type Names,
  type PlacedUnit,
  type Ranking,
  type Seen,
  type SeenMove,
} from '#rollups';
import type {
  Amount,
  DifferenceModel,
  ExtremesModel,
  GapsModel,
  MovedUnitModel,
  MoversModel,
  RankedUnitModel,
  RankingModel,
  SeenModel,
} from './questions.js';
import { asPage } from './shared.js';

type Exactly = NonNullable<SeenMove['change']>;
type Placed = { unit: { id: number; parentId: number | null } };

const placeIn = ({ names }: Names, { unit }: Placed) => ({
  unit: names.get(unit.id)!,
  province: names.get(unit.parentId!)!,
});
const orNull = <T, U>(value: T | null, shape: (value: T) => U): U | null => (value === null ? null : shape(value));
/** A scaled figure shows the decimals it is stored with. */
const numberOf = ({ indicator }: About, value: Exactly) => displayFraction(value, Math.max(1, indicator.scale));
const isPercent = ({ indicator }: About) => indicator.kind === 'ratio' || indicator.kind === 'milestone';

function difference(answer: About, value: Exactly): DifferenceModel {
  const number = () => `${value.n > 0n ? '+' : ''}${numberOf(answer, value)}`;
  return { exact: fractionText(value), display: isPercent(answer) ? displayPoints(value) : number() };
}

function rankedUnit(answer: About & Names, unit: PlacedUnit): RankedUnitModel {
  const gap = (value: Exactly) => difference(answer, value);
  return {
    ...unit,
    ...placeIn(answer, unit),
    ownGap: orNull(unit.ownGap, gap),
    superiorGap: orNull(unit.superiorGap, gap),
  };
}

export function rankingModel(answer: Ranking): RankingModel {
  return { ...answer, ...asPage(answer.page, (unit) => rankedUnit(answer, unit)) };
}

export function extremesModel(answer: EndsOfRanking): ExtremesModel {
  const shape = (unit: PlacedUnit) => rankedUnit(answer, unit);
  return { ...answer, best: answer.best.map(shape), worst: answer.worst.map(shape) };
}

export function moversModel(answer: Movers): MoversModel {
  const seen = (figure: Seen): SeenModel => ({ ...figure, ...figure.coverage });
  const moved = (one: SeenMove): MovedUnitModel => {
    const { unit, province } = placeIn(answer, one);
    return {
      unit,
      province: unit.level === 2 ? province : null,
      move: one.move,
      before: orNull(one.before, seen),
      after: orNull(one.after, seen),
      change: orNull(one.change, (change) => difference(answer, change)),
    };
  };
  return { ...answer, ...asPage(answer.page, moved) };
}

export function gapsModel(answer: GapAnswer): GapsModel {
  const { indicator, target, page } = answer;
  const amount = (value: Exactly): Amount => ({ exact: fractionText(value), display: numberOf(answer, value) });
  const stored = (value: bigint) => amount({ n: value, d: 10n ** BigInt(indicator.scale) });
  return {
    ...answer,
    ...asPage(page, (one) => ({
      ...one,
      ...placeIn(answer, one),
      lacking: amount(one.lacking),
      share: orNull(one.share, fractionText),
      shareDisplay: orNull(one.share, displayPercentage),
    })),
    target: { ...target, year: answer.targetYear },
    shortfall: amount(answer.shortfall),
    lacking: amount(answer.lacking),
    beyond: amount(answer.beyond),
    needed: stored(answer.needed),
    missing: stored(answer.missing),
    unknown: answer.unknown.map((one) => placeIn(answer, one)),
    notApplicable: answer.notApplicable.length,
  };
}
