/** A guide as its readers follow it: its files are written, its commands run in their order against a real server. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#core';

export type Block = { language: string; file: string | null; text: string; marks: string[]; line: number };

export const readGuide = (name: string): string => readFileSync(join(projectRoot, 'docs/vi', name), 'utf8');

/** Fenced blocks in their order; `marks` are the HTML comments between the block before and this one. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let marks: string[] = [];
  for (const { 0: whole, 1: comment, 2: language, 3: file, 4: text, index } of markdown.matchAll(
    /<!--\s*(.*?)\s*-->|^```(\w+)(?: (\S+))?\n(.*?)^```$/gms,
  )) {
    if (comment !== undefined) {
      marks.push(comment);
      continue;
    }
    const line = markdown.slice(0, index).split('\n').length;
    blocks.push({ language: language!, file: file ?? null, text: text ?? whole, marks, line });
    marks = [];
  }
  return blocks;
}

/** The commands with the block after each: what they are said to answer. */
export const commandsOf = (blocks: readonly Block[]) =>
  blocks
    .map((block, index) => ({ block, next: blocks[index + 1] }))
    .filter(({ block }) => block.language === 'bash' && block.file === null);

export function writeFiles(blocks: readonly Block[], folder: string): void {
  for (const { file, text } of blocks) if (file) writeFileSync(join(folder, file), text);
}

export const hasProgram = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Runs a block as a person would, in the folder of the guide's files. The server lives in this process: no waiting. */
export function runBlock(script: string, folder: string, environment: Record<string, string>): Promise<string> {
  return new Promise((settle, fail) => {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
    });
    let [out, complaint] = ['', ''];
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    shell.once('error', fail);
    shell.once('close', (code) =>
      code === 0 ? settle(out) : fail(new Error(`exit code ${code}: ${complaint}${out}`)),
    );
  });
}
