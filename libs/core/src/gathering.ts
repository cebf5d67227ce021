/**
 * What many requests ask of the database at once goes to it in one statement. A statement costs its round trip, its start
 * and, if it writes, its confirmed commit, whether it carries one ask or eight; on the last evening that is most of it.
 * An ask that finds a lane free is sent at once; those that come meanwhile wait for a lane and go together: nobody waits for
 * company.
 */
import { outsideRequests } from './request.js';
import { isUnavailable } from './unavailable.js';

type Waiting<Ask, Answer> = {
  ask: Ask;
  settle: (answer: Answer | Promise<Answer>) => void;
  fail: (error: unknown) => void;
};

/** Ms for which a lane under way is waited for: what takes longer (a lock, a line that broke) holds up its own asks only. */
const PATIENCE = 100;

/** Rows that bear the place of their ask (from 1, `with ordinality`), in the order of the asks; undefined where there is none. */
export function inPlace<Row extends { place: string | number }>(
  asks: readonly unknown[],
  found: Row[],
): (Row | undefined)[] {
  const byPlace = new Map(found.map((row) => [Number(row.place), row]));
  return asks.map((_, index) => byPlace.get(index + 1));
}

export class Gathering<Ask, Answer> {
  private waiting: Waiting<Ask, Answer>[] = [];
  private free: number;
  private due = false;

  /**
   * @param run answers all asks, in their order; runs in no request's scope, and does all of it or nothing. What it cannot
   *   do together is asked one by one, so that one bad ask is nobody else's trouble; unless the database is away, which
   *   all are told. An answer may be a promise still, which its asker alone waits for.
   * @param lanes how many are under way at once, as long as none takes long
   * @param most how many asks go together
   */
  constructor(
    private readonly run: (asks: Ask[]) => Promise<(Answer | Promise<Answer>)[]>,
    lanes = 2,
    private readonly most = 16,
  ) {
    this.free = lanes;
  }

  ask(ask: Ask): Promise<Answer> {
    return new Promise((settle, fail) => {
      this.waiting.push({ ask, settle, fail });
      if (this.due || this.free === 0) return;
      this.due = true;
      // After everything that has arrived with this one has been read.
      setImmediate(() => {
        this.due = false;
        if (this.free > 0) this.send();
      });
    });
  }

  private send(): void {
    if (this.waiting.length === 0) return;
    const together = this.waiting.splice(0, this.most);
    this.free -= 1;
    let freed = false;
    const release = () => {
      if (freed) return;
      freed = true;
      clearTimeout(late);
      this.free += 1;
      this.send();
    };
    const late = setTimeout(release, PATIENCE);
    outsideRequests(() => this.run(together.map(({ ask }) => ask)))
      .then(
        (answers) => {
          for (const [place, { settle }] of together.entries()) settle(answers[place]!);
        },
        (error: unknown) => {
          if (together.length === 1 || isUnavailable(error)) for (const { fail } of together) fail(error);
          else for (const { ask, settle } of together) settle(this.one(ask));
        },
      )
      .finally(release);
  }

  private async one(ask: Ask): Promise<Answer> {
    return (await outsideRequests(() => this.run([ask])))[0]!;
  }
}
