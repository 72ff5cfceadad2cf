import type { ServerResponse } from 'node:http';
import type { BeforeApplicationShutdown, CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { BehaviorSubject, filter, finalize, firstValueFrom, type Observable } from 'rxjs';
import type { Clock, Log } from '../ports.js';
import { unavailable } from './problem.js';

/** What a drain works with. */
export interface DrainParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Requests under way are given so long when central stops, in ms. */
  readonly drainMsMax: number;
}

/**
 * Lets requests under way end before central closes what they need, and turns new ones away meanwhile. A request is under
 * way until its answer has left and its work is done, even where whoever asked has gone.
 */
export class Drain implements NestInterceptor, BeforeApplicationShutdown {
  private readonly underWay$ = new BehaviorSubject(0);
  private isStopping = false;

  constructor(private readonly parts: DrainParts) {}

  /** Takes a request on, which is to be answered with `answer`. @throws Problem UNAVAILABLE 503 once central stops */
  admit(answer: ServerResponse): void {
    if (this.isStopping) {
      throw unavailable('Central is being stopped. Nothing of this was stored; try again.', { connection: 'close' });
    }
    answer.once('close', this.begin());
  }

  /** Work for a request that was taken on. */
  during<Result>(work: Promise<Result>): Promise<Result> {
    return work.finally(this.begin());
  }

  /** The work of a controller. */
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(finalize(this.begin()));
  }

  /** Resolves when nothing is under way any more, or has taken too long. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    const { clock, log, drainMsMax } = this.parts;
    const over = new AbortController();
    const ended = firstValueFrom(this.underWay$.pipe(filter((count) => count === 0)));
    await Promise.race([ended, clock.sleep(drainMsMax, over.signal)]);
    over.abort();
    if (this.underWay$.value > 0) log.warn({ drainMsMax }, 'requests took too long to wait for, and were cut off');
  }

  /** Notes that something began. @returns what is to be called when it ends */
  private begin(): () => void {
    this.underWay$.next(this.underWay$.value + 1);
    return () => this.underWay$.next(this.underWay$.value - 1);
  }
}
