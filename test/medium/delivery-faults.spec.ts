/** A small share of the mails among faults, at the points that the seed draws; 200 rounds run with `npm run soak`. */
import { expect, it } from '@jest/globals';
import { chance } from '../soak/chance.js';
import { deliveryFaults } from '../soak/delivery-faults.js';
import { points } from '../soak/delivery-points.js';

const seed = Number(process.env.SOAK_SEED ?? 57);
const ROUNDS = 2;

it(`seed ${seed}: nothing lost and nothing doubled, whatever befalls workers and mail servers`, async () => {
  const draw = chance(seed);
  const only = Array.from({ length: ROUNDS }, () => draw.pick(points).name);
  const told = await deliveryFaults({ seed, rounds: ROUNDS, only });
  expect(told).toMatchObject({ wrong: [], lost: 0, doubled: 0, rounds: ROUNDS });
});
