/** dev — like start, and after every change of a source: build, migrate, restart API and worker (the database stays). */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, projectRoot } from '#core';
import { launch } from '../launcher.js';
import { say } from '../schema.js';

const QUIET = 200;

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('như start, tự dựng và khởi động lại khi mã nguồn đổi · like start, rebuilding on every change')
    .action(async () => {
      process.exit(await launch(loadConfig(), { onReady: restartOnChange }));
    });
}

function restartOnChange(restart: () => Promise<void>): void {
  let pending: NodeJS.Timeout | undefined;
  let busy = false;
  const changed = () => {
    clearTimeout(pending);
    pending = setTimeout(async () => {
      if (busy) return changed();
      busy = true;
      try {
        if (await build()) await restart();
      } catch (error) {
        // A half-written migration or source must not end the session: the next change tries again.
        say(error instanceof Error ? error.message : String(error));
      }
      busy = false;
    }, QUIET);
  };
  for (const folder of ['apps', 'libs', 'migrations'])
    watch(join(projectRoot, folder), { recursive: true }, (_event, file) => {
      if (!file?.endsWith('.spec.ts')) changed();
    });
}

function build(): Promise<boolean> {
  say('Mã nguồn đổi, đang dựng lại · Sources changed, building …');
  return new Promise((settle) => {
    const npm = spawn('npm', ['run', '--silent', 'build'], { cwd: projectRoot, stdio: 'inherit' });
    npm.once('error', () => settle(false));
    npm.once('exit', (code) => settle(code === 0));
  });
}
