/**
 * The guides for officers of communes and of provinces are true: every command in them is run in its order against a real
 * server, and answers what the guide says. Without curl they are skipped.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EVERYONE, inScope } from '#core';
import { SummariesService } from '#exports';
import { reportOf, SUBMIT } from '../support/figures.js';
import { blocksOf, commandsOf, hasProgram, readGuide, runBlock, writeFiles } from '../support/guide.js';
import { openWorld, type World } from '../support/world.js';

type Story = {
  file: string;
  now: string;
  unit: string;
  role: 'reporter' | 'reviewer';
  /** At least so many commands, so that a guide that loses its blocks is told. */
  commands: number;
  meanwhile(world: World): Record<string, () => Promise<unknown>>;
};

const submit = (world: World, token: string, figures: object[], expectedVersion = 0) =>
  world.ask<{ submitReport: { stored: boolean } }>(token, SUBMIT, {
    input: { round: '2026H1', expectedVersion, figures, containsNoSecrets: true },
  });
const village = (reached: number, residents: number, programmes: number) => [
  { indicator: 'nguoi_dan_tiep_can', numerator: reached, denominator: residents },
  { indicator: 'buoi_phat_thanh', value: programmes },
  { indicator: 'tin_bai', value: 0 },
  { indicator: 'hoi_nghi_tuyen_truyen', value: 1 },
];

const stories: Story[] = [
  {
    ...{ file: 'can-bo-xa.md', now: '2026-06-05T09:00:00+07:00', unit: '23926', role: 'reporter', commands: 14 },
    meanwhile: (world) => ({
      'làng Ia Ring và trường đã gửi': async () => {
        const school = ['can_bo_duoc_pho_bien', 'tin_bai', 'san_pham_truyen_thong_so', 'hoi_nghi_tuyen_truyen'];
        const figures = school.map((indicator) => ({ indicator, value: 3 }) as object);
        figures[0] = { indicator: school[0], numerator: 30, denominator: 30 };
        for (const [unit, sent] of [
          ['23926.01', village(300, 1000, 20)],
          ['23926.03', figures],
        ] as const)
          expect((await submit(world, await world.token(unit, 'reporter'), sent)).submitReport.stored).toBe(true);
      },
      'Ia Ring sửa, Pleiku Roh gửi': async () => {
        await submit(world, await world.token('23926.01', 'reporter'), village(400, 1000, 20), 1);
        await submit(world, await world.token('23926.02', 'reporter'), village(500, 1200, 30));
      },
    }),
  },
  {
    ...{ file: 'can-bo-tinh.md', now: '2026-06-05T09:00:00+07:00', unit: '19', role: 'reviewer', commands: 16 },
    meanwhile: (world) => ({
      'Kha Sơn và Nam Cường đã nộp': async () => {
        for (const unit of ['05953', '02026'])
          expect((await submit(world, await world.token(unit, 'reporter'), reportOf())).submitReport.stored).toBe(true);
      },
      'hệ thống lập xong tệp': () =>
        inScope(EVERYONE, () => world.app.get(SummariesService).produce(1, { lastTry: true })),
    }),
  },
];

const curl = hasProgram('curl');

describe.each(stories)('$file', ({ file, now, unit, role, commands: fewest, meanwhile }) => {
  const blocks = blocksOf(readGuide(file));
  const commands = commandsOf(blocks);
  let world: World;
  let folder: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    world = await openWorld(now);
    folder = mkdtempSync(join(tmpdir(), 'guide-'));
    environment = {
      BAO_CAO_URL: world.url,
      BAO_CAO_TOKEN: await world.token(unit, role),
      BAO_CAO_QUAN_TRI: await world.token(unit, 'administrator'),
    };
    await world.ask(await world.token('VN', 'administrator'), 'mutation { openRound(code: "2026H1") { code } }');
    writeFiles(blocks, folder);
    writeFileSync(join(folder, 'ban-ky.pdf'), '%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n');
  });
  afterAll(async () => {
    await world?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  test('has its commands', () => expect(commands.length).toBeGreaterThanOrEqual(fewest));

  for (const { block, next } of commands)
    (curl ? test : test.skip)(`line ${block.line}: ${block.text.split('\n')[0]}`, async () => {
      for (const mark of block.marks) await meanwhile(world)[mark]!();
      const out = await runBlock(block.text, folder, environment);
      if (next?.language === 'json' && !next.file) expect(JSON.parse(out)).toEqual(JSON.parse(next.text));
      else if (next?.language === 'text') expect(out.trimEnd()).toBe(next.text.trimEnd());
    });
});
