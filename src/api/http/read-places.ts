import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { TooManyError } from '../../common/errors.js';
import { Database, type Queries } from '../../database/database.js';
import { principalOf } from './principal-of.js';

/** So many of one holder read at once in a process: what one user's keys ask for costs the others no more than that. */
const OF_ONE = 3;
/** Of all together. The other connections of the pool are for doors and steps. */
const OF_ALL = 6;
/** From the question on, the wait for a place among it; no statement goes on for longer. */
const WITHIN_MS = 3_000;
/** Of which waiting may take so much: who comes in late must have time left to read. */
const WAITING_SHARE = 1 / 3;
const MOST_WAITING_OF_ONE = 100;

interface Waiting {
  readonly holder: string;
  readonly begin: () => void;
}

/** Reads of many instruments may be long: who may read, in which order, and for how long. */
@Injectable()
export class ReadPlaces {
  withinMs = WITHIN_MS;
  private readonly reading: string[] = [];
  private waiting: readonly Waiting[] = [];

  /** How many wait now. */
  get waitingNow(): number {
    return this.waiting.length;
  }

  constructor(private readonly database: Database) {}

  /**
   * Reads in one snapshot, once there is a place.
   * @throws TooManyError READS_TOO_MANY when there was none in time; TryLaterError READ_TOO_SLOW
   */
  async read<Result>(request: Request, work: (db: Queries) => Promise<Result>): Promise<Result> {
    const untilMs = performance.now() + this.withinMs;
    const holder = holderOf(request);
    await this.place(holder, request);
    try {
      return await this.database.snapshot(work, Math.max(1, Math.round(untilMs - performance.now())));
    } finally {
      this.reading.splice(this.reading.indexOf(holder), 1);
      this.callNext();
    }
  }

  private async place(holder: string, { res }: Request): Promise<void> {
    if (this.isFor(holder)) {
      this.reading.push(holder);
      return;
    }
    const own = this.waiting.filter((each) => each.holder === holder).length;
    if (own >= MOST_WAITING_OF_ONE) throw tooMany();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        res?.off('close', giveUp);
        this.waiting = this.waiting.filter((each) => each !== me);
        reject(tooMany());
      };
      const timer = setTimeout(giveUp, this.withinMs * WAITING_SHARE);
      // Whoever hung up is not waited for.
      res?.once('close', giveUp);
      const me = {
        holder,
        begin: () => {
          clearTimeout(timer);
          res?.off('close', giveUp);
          resolve();
        },
      };
      this.waiting = [...this.waiting, me];
    });
  }

  private isFor(holder: string): boolean {
    return this.reading.length < OF_ALL && this.reading.filter((each) => each === holder).length < OF_ONE;
  }

  /** Who came first of those whose holder has a place left. */
  private callNext(): void {
    const next = this.waiting.find(({ holder }) => this.isFor(holder));
    if (next === undefined) return;
    this.waiting = this.waiting.filter((each) => each !== next);
    this.reading.push(next.holder);
    next.begin();
  }
}

function holderOf(request: Request): string {
  const principal = principalOf(request);
  // All who come without a key are one.
  return principal.kind === 'key' ? principal.userId : principal.kind;
}

function tooMany(): TooManyError {
  return new TooManyError(
    'READS_TOO_MANY',
    'too many questions are being answered at once',
    'Ask them one after the other, three at a time at most.',
    { retryAfterMs: 1_000 },
  );
}
