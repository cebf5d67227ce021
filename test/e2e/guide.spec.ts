/**
 * The guide for those who submit by API is true: its files are written, its commands run in their order against a real
 * server, and what it says they answer is what they answer. Commands whose program a machine lacks are skipped.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemCodes, projectRoot } from '#core';
import { blocksOf, commandsOf, hasProgram, readGuide, runBlock, writeFiles } from '../support/guide.js';
import { openWorld, type World } from '../support/world.js';

const guide = readGuide('gui-bao-cao-qua-api.md');
const programs = { curl: hasProgram('curl'), python3: hasProgram('python3') };
const blocks = blocksOf(guide);
const commands = commandsOf(blocks);
/** The program that a block lacks here. The steps build on each other, so without curl none is run. */
const missing = (text: string) =>
  programs.curl ? (!programs.python3 && text.includes('python3') ? 'python3' : undefined) : 'curl';

let world: World;
let province: string;
let token: string;
let folder: string;

beforeAll(async () => {
  world = await openWorld('2026-06-05T09:00:00+07:00');
  province = await world.token('19', 'reviewer');
  token = await world.token('02026', 'reporter');
  folder = mkdtempSync(join(tmpdir(), 'guide-'));
  const nation = await world.token('VN', 'administrator');
  await world.ask(nation, 'mutation { openRound(code: "2026H1") { code } }');
  writeFiles(blocks, folder);
});
afterAll(async () => {
  await world?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** What happens meanwhile at the province, where the guide says so. */
const meanwhile: Record<string, () => Promise<unknown>> = {
  'tỉnh trả lại bản 1': () =>
    world.ask(
      province,
      `mutation {
        returnReport(unit: "02026", round: "2026H1", expectedVersion: 1, reason: "Đề nghị bổ sung số kênh."
          figures: [{ indicator: "kenh_mang_xa_hoi", reason: "Chưa có số liệu." }]) { state }
      }`,
    ),
};

const run = (script: string) => runBlock(script, folder, { BAO_CAO_URL: world.url, BAO_CAO_TOKEN: token });

describe('the guide', () => {
  test('has commands, files and answers', () => {
    expect(commands.length).toBeGreaterThanOrEqual(9);
    expect(blocks.filter(({ file }) => file).map(({ file }) => file)).toEqual([
      'bao-cao.json',
      'nop-lai.mjs',
      'xem-ket-qua.py',
    ]);
  });

  for (const { block, next } of commands) {
    const lacking = missing(block.text);
    const name = `line ${block.line}: ${block.text.split('\n')[0]}`;
    (lacking ? test.skip : test)(lacking ? `${name} (skipped: no ${lacking} on this machine)` : name, async () => {
      for (const mark of block.marks) await meanwhile[mark]!();
      const out = await run(block.text);
      if (next?.language === 'json' && !next.file) expect(JSON.parse(out)).toEqual(JSON.parse(next.text));
      else if (next?.language === 'text') expect(out).toBe(next.text);
    });
  }

  (programs.curl ? test : test.skip)(
    'its program comes again when the service is busy, after the time it is told',
    async () => {
      let asked = 0;
      const busy = createServer(async (request, response) => {
        if (asked++ === 0) {
          const error = { code: 'service.busy', vi: 'Hệ thống đang quá tải.', en: 'Too much is asked at once.' };
          response
            .writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
            .end(JSON.stringify({ error }));
          return;
        }
        const { authorization } = request.headers;
        const answer = await fetch(`${world.url}/graphql`, {
          method: 'POST',
          headers: { authorization: authorization!, 'content-type': 'application/json' },
          body: await text(request),
        });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      }).listen(0, '127.0.0.1');
      await once(busy, 'listening');
      try {
        const { port } = busy.address() as AddressInfo;
        const out = await runBlock('node nop-lai.mjs', folder, {
          BAO_CAO_URL: `http://127.0.0.1:${port}`,
          BAO_CAO_TOKEN: token,
        });
        expect(out).toBe('Đã nhận bản 3, đúng hạn.\n');
      } finally {
        busy.close();
      }
    },
  );

  (programs.curl ? test : test.skip)('the report that was returned tells why, for the whole and for the figure', () => {
    const { data } = JSON.parse(readFileSync(join(folder, 'bao-cao-bi-tra-lai.json'), 'utf8'));
    const [version] = data.report.versions;
    expect(version).toMatchObject({ number: 1, state: 'RETURNED' });
    expect(version.steps.at(-1)).toEqual({ state: 'RETURNED', reason: 'Đề nghị bổ sung số kênh.' });
    expect(version.figures).toContainEqual({ indicator: 'kenh_mang_xa_hoi', returnReason: 'Chưa có số liệu.' });
  });

  (programs.curl ? test : test.skip)('the form that was fetched holds every indicator of the example', () => {
    const { data } = JSON.parse(readFileSync(join(folder, 'bieu.json'), 'utf8'));
    const codes = new Set(data.programme.indicators.map(({ code }: { code: string }) => code));
    const { variables } = JSON.parse(blocks.find(({ file }) => file === 'bao-cao.json')!.text);
    for (const { indicator } of [...variables.input.figures, ...variables.input.narratives])
      expect(codes).toContain(indicator);
  });

  test('names only codes that exist', () => {
    const findings = readFileSync(join(projectRoot, 'libs/reporting/src/findings.ts'), 'utf8');
    const rows = guide.split('\n').filter((line) => /^\| `\w+/.test(line) && !line.startsWith('| `code`'));
    const codes = rows.flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z_.]+)`/g)].map(([, code]) => code!));
    expect(codes.length).toBeGreaterThan(20);
    for (const code of codes)
      expect(
        (problemCodes as string[]).includes(code) || findings.includes(`'${code}'`) ? code : `unknown: ${code}`,
      ).toBe(code);
  });

  test('names every finding there is', () => {
    const source = readFileSync(join(projectRoot, 'libs/reporting/src/findings.ts'), 'utf8');
    const codes = [...source.matchAll(/^ {2}'([a-z_.]+)': \{/gm)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !guide.includes(`\`${code}\``))).toEqual([]);
  });

  test('a mistake in a question is answered with where it is', async () => {
    const { errors, status } = await world.send(token, '{ report(round: "2026H1") { dueOnn } }');
    expect(status).toBe(200);
    expect(errors![0]!.extensions.vi).toContain('dueOnn');
  });
});
