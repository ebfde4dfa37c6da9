import { setTimeout as delay } from 'node:timers/promises';
import { TryLaterError } from '../common/errors.js';
import { LOG_LEVELS, type LogLevel } from './run-log.js';
import type { EndedRun, RunEvent, RunReader } from './run-reader.js';

/** One look is one short query by primary key and index. */
const LOOK_EVERY_MS = 500;
const LOOK_AGAIN_AFTER_FAILURE_MS = 1_000;
const EVENTS_AT_ONCE = 500;

/** What there is of a run's log, and then what comes. */
export interface FollowOptions {
  /** Number of the event after which to begin. Default: the first. */
  readonly after?: number;
  /** This level and those above it. Default: all. */
  readonly level?: LogLevel;
  readonly step?: string;
  readonly signal: AbortSignal;
  /** What a queued run waits for: told when it begins to wait for something else. */
  readonly onWait?: (waits: string) => void;
  /** PostgreSQL is away: told at each look in vain. */
  readonly onTrouble?: (error: TryLaterError) => void;
}

/**
 * The events of a run, in order, as they are written, and its end. Ends with the run or with the signal; outlasts a
 * PostgreSQL that goes away and comes back.
 * @throws NotFoundError RUN_UNKNOWN
 */
export async function* followRun(
  reader: RunReader,
  run: number,
  { after = 0, level = 'debug', step, signal, onWait, onTrouble }: FollowOptions,
): AsyncGenerator<{ readonly event: RunEvent } | { readonly end: EndedRun }> {
  let seen = after;
  let waitedFor: string | null = null;
  while (!signal.aborted) {
    try {
      const { events, waits, end } = await reader.news(run, seen, EVENTS_AT_ONCE);
      // All are read, and told apart here: so what is left out is not read again at each look.
      for (const event of events) {
        seen = event.id;
        const isWanted =
          LOG_LEVELS.indexOf(event.level) >= LOG_LEVELS.indexOf(level) &&
          (step === undefined || event.step === step);
        if (isWanted) yield { event };
      }
      if (events.length === EVENTS_AT_ONCE) continue;
      if (waits !== null && waits !== waitedFor) onWait?.(waits);
      waitedFor = waits;
      if (end !== null) {
        yield { end };
        return;
      }
      await pause(LOOK_EVERY_MS, signal);
    } catch (error) {
      if (!(error instanceof TryLaterError)) throw error;
      onTrouble?.(error);
      await pause(LOOK_AGAIN_AFTER_FAILURE_MS, signal);
    }
  }
}

/** Waits, or returns at once when told to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
