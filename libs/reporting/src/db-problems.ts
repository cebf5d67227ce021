/** Refusals raised by the SQL functions (SQLSTATE P5700: code as message, details as JSON) become Problems. */
import { Problem, type ProblemCode, problemCodes } from '#core';

type DriverError = { code?: string; message?: string; detail?: string };

/** Runs `work`; a refusal raised in SQL is thrown as its Problem, everything else as it is. */
export async function refusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const raised = ((error as { driverError?: DriverError }).driverError ?? error) as DriverError;
    if (raised.code === 'P5700' && problemCodes.includes(raised.message as ProblemCode))
      throw new Problem(raised.message as ProblemCode, JSON.parse(raised.detail ?? '{}'));
    // Two calls with one key raced on different reports: the second finds the key taken.
    if (raised.code === '23505' && /report_version_key_once/.test(raised.message ?? ''))
      throw new Problem('idempotency.mismatch', {
        key: /\)=\([^,]*, (.*)\)/.exec(raised.detail ?? '')?.[1] ?? '',
      });
    throw error;
  }
}
