/**
 * As of when an answer holds. Every answer carries an instant T; asked again for that T it is the same, because T is
 * given out only after everything recorded up to it has been committed (recording_horizon in migrations/…-functions.sql).
 * Many questions at once share one wait: a question that comes while one is under way joins the next.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, type Instant, Problem, parseInstant, row } from '#core';

@Injectable()
export class Horizon {
  private running: Promise<Instant> | null = null;
  private next: Promise<Instant> | null = null;
  /** Everything up to here is known to be committed. */
  private reached: Instant = '';

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * The instant to answer for: the one asked for, or now.
   * @throws Problem asof.future for an instant that has not been reached
   */
  async at(asked?: string | null): Promise<Instant> {
    const wanted = asked == null ? null : parseInstant(asked);
    if (wanted !== null && wanted <= this.reached) return wanted;
    const now = await this.now();
    if (wanted !== null && wanted > now) throw new Problem('asof.future', { asked: wanted, now });
    return wanted ?? now;
  }

  private now(): Promise<Instant> {
    if (!this.running) return this.start();
    this.next ??= this.running.then(
      () => this.start(),
      () => this.start(),
    );
    return this.next;
  }

  private start(): Promise<Instant> {
    this.next = null;
    const asking = row<{ at: Instant }>(this.dataSource, 'select recording_horizon($1) as at', [
      this.clock.forDatabase(),
    ]).then((found) => {
      if (found!.at > this.reached) this.reached = found!.at;
      return found!.at;
    });
    this.running = asking;
    const over = () => {
      if (this.running === asking) this.running = null;
    };
    asking.then(over, over);
    return asking;
  }
}
