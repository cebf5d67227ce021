/** demo — the main job with 292 communes on an empty database; ends by itself and says whether everything agreed. */
import { type Command, InvalidArgumentError } from 'commander';
import { runDemo } from '../demo/demo.js';

const LARGEST_SEED = 2 ** 32 - 1;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('chạy thử toàn bộ với 292 xã trên cơ sở dữ liệu trống · the main job on an empty database')
    .option('--seed <number>', 'hạt giống của số liệu sinh ra · seed of the generated figures', seedOf, 57)
    .action(async (options: { seed: number }) => {
      process.exit(await runDemo(options.seed));
    });
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > LARGEST_SEED) throw new InvalidArgumentError(`0–${LARGEST_SEED}`);
  return seed;
}
