/**
 * Large sheets: CPU and peak memory of the product's layouts against ExcelJS's own streaming writer given the same cells,
 * each in a process of its own; and what deflating the same XML alone costs, beside them.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '#core';
import type { Bar } from '../bar.js';
import { alternate } from '../measure.js';
import type { Told } from '../sheet-writer.js';

const TURNS = 3;

function tell(side: string, sheet: string): Promise<Told> {
  return new Promise((settle, fail) => {
    const child = fork(join(projectRoot, 'dist', 'bench', 'src', 'sheet-writer.js'), [side, sheet]);
    child.once('message', (told: Told) => settle(told));
    child.once('exit', (code) => fail(new Error(`the writer of ${sheet} (${side}) ended with ${code}`)));
  });
}

const sheets = [
  { name: 'nation', title: 'National sheet, 3,321 × 60' },
  { name: 'list', title: 'List, 90,000 × 12' },
] as const;

const measures = [
  { name: 'cpu', title: 'CPU', unit: 'ms of CPU', most: 1.25, of: (told: Told) => told.cpu },
  { name: 'memory', title: 'peak memory', unit: 'MB', most: 1.3, of: (told: Told) => told.peak },
] as const;

export const bigSheets: Bar[] = sheets.flatMap(({ name: sheet, title }) =>
  measures.map(
    (measure): Bar => ({
      name: `sheet-${sheet}-${measure.name}`,
      title: `${title}, through our code × ExcelJS's streaming writer given the same cells: ${measure.title}`,
      most: measure.most,
      alone: true,
      async measure() {
        const measured = await alternate(
          TURNS,
          async () => measure.of(await tell('product', sheet)),
          async () => {
            const written = measure.of(await tell('exceljs', sheet));
            // The cells are given: what it takes to make them is not the writer's.
            return measure.name === 'cpu' ? written - measure.of(await tell('cells', sheet)) : written;
          },
        );
        if (measure.name !== 'cpu') return { ...measured, unit: measure.unit };
        const deflated = await tell('deflate', sheet);
        const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
        return {
          ...measured,
          unit: measure.unit,
          notes: [
            `deflating the same ${megabytes(deflated.xml)} MB of XML to ${megabytes(deflated.bytes)} MB takes ${deflated.cpu.toFixed(0)} ms of CPU`,
          ],
        };
      },
    }),
  ),
);
