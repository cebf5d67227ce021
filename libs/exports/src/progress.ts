/** How far the making of a file has come, told beside the work: what is told too often is left out, a failure to tell is none. */
import { type Db, rows } from '#core';

export type Progress = {
  /** Steps done, of how many; 0 of 0 while that is not known. */
  done: number;
  total: number;
  /** What is being done. */
  vi: string;
  en: string;
};

const PAUSE = 300;

export class ProgressTeller {
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly db: Db,
    private readonly fileId: number,
  ) {}

  async tell(done: number, total: number, vi: string, en: string): Promise<void> {
    const now = performance.now();
    if (now - this.last < PAUSE && done > 0 && done < total) return;
    this.last = now;
    await rows(this.db, `update summary_file set progress = $2 where id = $1 and status = 'running'`, [
      this.fileId,
      { done, total, vi, en } satisfies Progress,
    ]).catch(() => {});
  }
}
