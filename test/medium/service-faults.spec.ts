/** A small share of the whole service among faults, at the points that the seed draws; 200 rounds run with `npm run soak`. */
import { expect, it } from '@jest/globals';
import { chance } from '../soak/chance.js';
import { serviceFaults } from '../soak/service-faults.js';
import { servicePoints } from '../soak/service-points.js';

const seed = Number(process.env.SOAK_SEED ?? 57);
const ROUNDS = 2;

it(`seed ${seed}: nothing acknowledged is lost, nothing doubled, whatever befalls the service`, async () => {
  const draw = chance(seed);
  const drawable = servicePoints.filter(({ needs }) => !needs);
  const only = Array.from({ length: ROUNDS }, () => draw.pick(drawable).name);
  const endured = await serviceFaults({ seed, rounds: ROUNDS, redis: false, only });
  expect(endured).toMatchObject({ wrong: [], rounds: ROUNDS });
  expect(endured.acknowledged).toBeGreaterThan(10);
  expect(endured.sealed).toBeGreaterThan(endured.acknowledged);
});
