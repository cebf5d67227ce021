/**
 * Takes mails out of the ledger and sends them, a few at a time. The ledger is the queue: whoever wakes the postman only
 * says that there may be something. Places of its own, so that a mail server that keeps silent keeps no other work waiting.
 */
type PostmanSettings = {
  /** Sends one mail. @returns whether there was one */
  deliverNext: (stop: AbortSignal) => Promise<boolean>;
  onError: (error: unknown) => void;
  /** Dialogues at a time; 4 unless given. */
  places?: number;
};

export class Postman {
  private readonly stopping = new AbortController();
  private readonly rounds = new Set<Promise<void>>();
  private wakes = 0;

  constructor(private readonly settings: PostmanSettings) {}

  /** Something may be due. */
  wake(): void {
    this.wakes += 1;
    const { places = 4 } = this.settings;
    while (this.rounds.size < places && !this.stopping.signal.aborted) {
      const round = this.goRound().finally(() => this.rounds.delete(round));
      this.rounds.add(round);
    }
  }

  /** Takes nothing more and breaks off what the mail server does not have whole; waits for the replies of the others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.rounds);
  }

  private async goRound(): Promise<void> {
    const { signal } = this.stopping;
    for (let seen = -1; seen !== this.wakes && !signal.aborted; ) {
      seen = this.wakes;
      try {
        while (!signal.aborted && (await this.settings.deliverNext(signal)));
      } catch (error) {
        // The ledger cannot be reached: the next wake tries again.
        this.settings.onError(error);
        return;
      }
    }
  }
}
