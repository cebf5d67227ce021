/** Rebuilding every cell against one bare aggregate over the same versions: 11 rounds of all communes. */
import type { Bar } from '../bar.js';
import { alternate, timed } from '../measure.js';
import { open } from '../questions.js';
import { BARE_AGGREGATE } from '../references.js';

export const rebuild: Bar[] = [
  {
    name: 'rebuild',
    title: 'Rebuild of everything × one bare aggregate over the same versions',
    most: 15,
    async measure(stage) {
      const client = await open(stage.communes);
      const both = await alternate(
        3,
        () => timed(() => client.query('select rebuild_cells(null)')),
        () => timed(() => client.query(BARE_AGGREGATE)),
      );
      const { rows } = await client.query<{ mended: number }>('select rebuild_cells(null) as mended');
      await client.end();
      return {
        ...both,
        unit: 'ms',
        notes: [`11 rounds × 3,321 communes, both bases; cells that differed: ${rows[0]!.mended}`],
      };
    },
  },
];
