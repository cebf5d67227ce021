/** How far the making of a file has come, told beside the work: what is told too often is left out, a failure to tell is none. */
import { type Db, rows } from '#core';

export type Progress = {
  /** Steps done, of how many. */
  done: number;
  total: number;
  /** What is being done. */
  vi: string;
  en: string;
};

const PAUSE = 300;

export class ProgressTeller {
  private last = Number.NEGATIVE_INFINITY;
  private total = 1;

  constructor(
    private readonly db: Db,
    private readonly fileId: number,
  ) {}

  /** @param total told anew when more steps come to light */
  async tell(done: number, total: number, vi: string, en: string): Promise<void> {
    this.total = total;
    const now = performance.now();
    if (now - this.last < PAUSE) return;
    this.last = now;
    await this.write(this.db, { done, total, vi, en }).catch(() => {});
  }

  /** All is done. @param db the transaction in which the file becomes ready */
  end(db: Db): Promise<void> {
    return this.write(db, { done: this.total, total: this.total, vi: 'Đã xong', en: 'Done' });
  }

  private async write(db: Db, progress: Progress): Promise<void> {
    await rows(db, `update summary_file set progress = $2 where id = $1`, [this.fileId, progress]);
  }
}
