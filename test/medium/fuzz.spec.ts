/** A small share of the fuzzing (test/soak/fuzz.ts), the same each time; thousands in `npm run soak`. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fuzz } from '../soak/fuzz.js';
import { openWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const nation = await world.token('VN', 'administrator');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
});
afterAll(() => world?.close());

it('whatever is sent is answered as a mistake of who sent it, says nothing of our insides and leaves nothing behind', async () => {
  const token = await world.token('05953', 'reporter');
  const form = await fetch(`${world.url}/forms/2026H1`, { headers: { authorization: `Bearer ${token}` } });
  const told = await fuzz(world, { seed: 57, requests: 250, form: Buffer.from(await form.arrayBuffer()) });
  expect(told.wrong).toEqual([]);
  // It must come through to the services, not only to the door: a tenth of it at least.
  expect(told.outcomes.get('200')).toBeGreaterThan(25);
  expect(told.asked.size).toBeGreaterThan(40);
}, 60_000);
