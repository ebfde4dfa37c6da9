import { setTimeout as waitFor } from 'node:timers/promises';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/** Waits, and rejects with the signal's reason as soon as it is aborted. */
export type Sleep = (waitMs: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = async (waitMs, signal) => {
  try {
    await waitFor(waitMs, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
};

/**
 * How long to wait after a failed attempt, counted from 1: exponential with full jitter, so that many replicas do not
 * come back together.
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1)));
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP-date. `undefined` when it says neither. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const at = parseHttpDate(value);
  return at && Math.max(0, at.getTime() - now.getTime());
}

/** An HTTP-date in any of the three forms of RFC 9110 §5.6.7. `undefined` for everything else. */
export function parseHttpDate(value: string | undefined): Date | undefined {
  if (value === undefined || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return undefined;
  // The asctime form names no zone and means UTC.
  const atMs = Date.parse(value.endsWith(' GMT') ? value : `${value} GMT`);
  return Number.isNaN(atMs) ? undefined : new Date(atMs);
}
