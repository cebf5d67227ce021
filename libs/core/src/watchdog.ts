/**
 * Ties a process to ours. Programs that must not be hit by Ctrl-C (it goes to the whole group) get a session of their
 * own, and would then outlive us when we are killed. A watchdog prevents it: a shell that waits for the end of a pipe
 * which only we hold, and so wakes when we die in whatever way, even by SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** @param signal what stops the program in order, as the shell's `kill` names it */
export function dieWithUs(program: ChildProcess, signal: 'INT' | 'TERM'): void {
  if (program.pid === undefined) return;
  const watchdog = spawn('/bin/sh', ['-c', `read _; kill -${signal} "$1"`, 'sh', String(program.pid)], {
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => {
    // No shell, no watchdog: the next start still recognises what was left behind.
  });
  watchdog.unref();
  const pipe = watchdog.stdin as typeof watchdog.stdin & { unref?(): void };
  pipe.unref?.();
  // Once the program is gone its number may be given to another process.
  program.once('exit', () => watchdog.kill('SIGKILL'));
}
