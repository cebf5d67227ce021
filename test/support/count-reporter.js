/** The last line of a run: how many tests passed and failed. A file that could not run at all counts as one failure. */
import { writeSync } from 'node:fs';

export default class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest's own reporters hold their output back; at exit it is out.
    process.once('exit', () => writeSync(1, `${results.numPassedTests} passed, ${failed} failed\n`));
  }
}
