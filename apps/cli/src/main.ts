/** The command line as a process: program.ts, with what it answers as the exit code. */
import { run } from './program.js';

// "… | head" closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const code = await run(process.argv.slice(2));
// A command may have set one itself.
process.exitCode ||= code;
