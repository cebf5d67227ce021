/**
 * The programs that a launcher starts: their lines come out under their name, they stop in order when asked, and not by
 * the Ctrl-C that the terminal sends to everybody at once; and they never outlive the launcher.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dieWithUs } from '#core';

type ProgramName = 'api' | 'worker';

export type Program = {
  name: ProgramName;
  /** Settles with the words for how it ended: "exit code 1", "signal SIGKILL". */
  ended: Promise<string>;
  /** SIGTERM, and SIGKILL after the grace (milliseconds). May be called twice. */
  stop(grace: number): Promise<void>;
};

/** Starts `node --enable-source-maps file`. @param env complete environment of the program */
export function startProgram(name: ProgramName, file: string, env: Record<string, string | undefined>): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const prefix = `${name.padEnd(6)} │ `;
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
      to.write(`${prefix}${line}\n`),
    );
  dieWithUs(child, 'TERM');
  let over = false;
  const ended = new Promise<string>((settle) => {
    child.once('error', (error) => settle(error.message));
    // "close", not "exit": its last lines tell why, and must be out before we speak of its end.
    child.once('close', (code, signal) => settle(signal ? `signal ${signal}` : `exit code ${code}`));
  }).finally(() => {
    over = true;
  });
  const stop = async (grace: number) => {
    if (over) return;
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), grace);
    await ended;
    clearTimeout(overdue);
  };
  return { name, ended, stop };
}
