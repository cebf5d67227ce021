/** dev — like start, and after every change of a source: build, migrate, restart API and worker (the database stays). */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, projectRoot } from '#core';
import { launch } from '../launcher.js';
import { say } from '../schema.js';

const INTERVAL = 500;

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('như start, tự dựng và khởi động lại khi mã nguồn đổi · like start, rebuilding on every change')
    .action(async () => {
      process.exit(await launch(loadConfig(), { onReady: restartOnChange }));
    });
}

/** Looks at the files' times: watches of the system lose a file that an editor replaces, and differ between systems. */
function restartOnChange(restart: () => Promise<void>): void {
  let seen = sourceState();
  const look = async () => {
    const now = sourceState();
    if (now !== seen) {
      seen = now;
      try {
        if (await build()) await restart();
      } catch (error) {
        // A half-written migration or source must not end the session: the next change tries again.
        say(error instanceof Error ? error.message : String(error));
      }
    }
    setTimeout(look, INTERVAL);
  };
  setTimeout(look, INTERVAL);
}

function sourceState(): string {
  const times = ['apps', 'libs', 'migrations'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`),
  );
  return times.join();
}

function build(): Promise<boolean> {
  say('Mã nguồn đổi, đang dựng lại · Sources changed, building …');
  return new Promise((settle) => {
    const npm = spawn('npm', ['run', '--silent', 'build'], { cwd: projectRoot, stdio: 'inherit' });
    npm.once('error', () => settle(false));
    npm.once('exit', (code) => settle(code === 0));
  });
}
