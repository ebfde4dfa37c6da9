import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { ConflictError, TryLaterError } from '../common/errors.js';
import type { Database } from '../database/database.js';
import type { ClaimedStep } from './run.js';

/** Class of the advisory locks by which living owners are told from dead ones. */
export const LEASE_CLASS = 771_002;
const RENEW_TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/**
 * This process as the owner of steps. It holds an advisory lock on a connection of its own: when the process dies
 * PostgreSQL frees the lock at once, and others take its steps over without waiting for the lease to end. The lock only
 * speeds things up; what decides is the step's fencing number.
 */
export class RunOwner {
  readonly id = randomInt(1, 2 ** 31 - 1);
  private client: Promise<pg.Client> | undefined;
  private readonly leases = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;
  private renewedAtMs = performance.now();
  private readonly leaseMs: number;

  /** @param leaseSeconds how long a claim lasts without renewal; three are made before this process stops by itself */
  constructor(
    private readonly database: Database,
    readonly leaseSeconds: number,
  ) {
    this.leaseMs = leaseSeconds * 1_000;
  }

  /** Holds the lock from now on. To be called before each claim: PostgreSQL may have been away since the last one. */
  async open(): Promise<void> {
    try {
      // The loss of an idle connection is told to us late, or never: only an answer proves the lock is still held.
      await (await this.connected()).query('SELECT 1');
    } catch {
      await this.disconnect();
      await this.connected();
    }
    this.timer ??= setInterval(() => void this.tick(), Math.min(LOOK_EVERY_MS, this.leaseMs / 10));
  }

  /** Keeps a step's lease alive until `end` is called; its signal aborts when that fails for too long. */
  hold(step: ClaimedStep): Lease {
    const lease: Lease = {
      step,
      renewedAtMs: performance.now(),
      abort: new AbortController(),
      end: () => void this.leases.delete(lease),
    };
    this.leases.add(lease);
    return lease;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.disconnect();
  }

  private connected(): Promise<pg.Client> {
    if (this.client !== undefined) return this.client;
    const client = this.connect(() => {
      if (this.client === client) this.client = undefined;
    });
    this.client = client;
    return client;
  }

  private async connect(onLost: () => void): Promise<pg.Client> {
    let client: pg.Client | undefined;
    try {
      client = await this.database.dedicatedClient(RENEW_TIMEOUT_MS);
      client.on('error', () => {
        onLost();
        // Without the lock a step in progress looks abandoned.
        void this.renew();
      });
      // Shared, so that it is not refused to us while PostgreSQL still believes in a connection of ours that is dead.
      await client.query('SELECT pg_advisory_lock_shared($1, $2)', [LEASE_CLASS, this.id]);
      return client;
    } catch (error) {
      onLost();
      await client?.end();
      throw error;
    }
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.then((each) => each.end()).catch(() => undefined);
  }

  /** Renews when it is time, and gets the lock back as soon as it can: without it steps in progress look abandoned. */
  private async tick(): Promise<void> {
    if (this.client === undefined) await this.connected().catch(() => undefined);
    if (performance.now() - this.renewedAtMs >= this.leaseMs / 10) await this.renew();
  }

  /** Renews the leases now; a timer does it ten times in the time a lease lasts. */
  async renew(): Promise<void> {
    this.renewedAtMs = performance.now();
    for (const lease of this.leases) {
      try {
        const client = await this.connected();
        const state = await renewLease(client, lease.step, this.leaseSeconds);
        if (state === 'renewed') lease.renewedAtMs = performance.now();
        else if (state !== 'committing')
          lease.abort.abort(claimLost(lease.step.run.id, state === 'cancelled'));
      } catch (cause) {
        await this.disconnect();
        // By the monotonic clock, and well before anybody else may take over.
        if (performance.now() - lease.renewedAtMs > (this.leaseMs * 2) / 3) {
          lease.abort.abort(
            new TryLaterError(
              'LEASE_LOST',
              `run ${lease.step.run.id}: the lease could not be renewed for ${Math.round((this.leaseSeconds * 2) / 3)} s`,
              'Is PostgreSQL reachable? The step is taken up again by itself.',
              { cause },
            ),
          );
        }
      }
    }
  }
}

/** A step that commits has its line locked; it is not waited for, it is still ours, and by then soon over. */
async function renewLease(
  client: pg.Client,
  { run, name, attempt }: ClaimedStep,
  leaseSeconds: number,
): Promise<'renewed' | 'committing' | 'lost' | 'cancelled'> {
  const { rowCount } = await client.query(
    `WITH mine AS (SELECT run_id, name FROM run_step
                   WHERE run_id = $1 AND name = $2 AND attempt = $3 AND state = 'running'
                   FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE run_step s SET lease_until = clock_timestamp() + make_interval(secs => $4)
     FROM mine WHERE s.run_id = mine.run_id AND s.name = mine.name`,
    [run.id, name, attempt, leaseSeconds],
  );
  const { rows } = await client.query<{ isOurs: boolean; state: string }>(
    `SELECT r.state, s.attempt = $3 AND s.state IN ('running', 'done') AND r.epoch = $4 AS "isOurs"
     FROM run_step s JOIN run r ON r.id = s.run_id WHERE s.run_id = $1 AND s.name = $2`,
    [run.id, name, attempt, run.epoch],
  );
  if (rows[0]?.isOurs === true) return rowCount === 0 ? 'committing' : 'renewed';
  return rows[0]?.state === 'cancelled' ? 'cancelled' : 'lost';
}

export interface Lease {
  readonly step: ClaimedStep;
  renewedAtMs: number;
  readonly abort: AbortController;
  readonly end: () => void;
}

/** Said to whoever works on a step that is no longer theirs. */
export function claimLost(runId: number, isCancelled = false): ConflictError {
  return isCancelled
    ? new ConflictError(
        'RUN_CANCELLED',
        `run ${runId} was cancelled`,
        `Nothing: it published nothing. To take it up again: npx isinglass retry ${runId}.`,
      )
    : new ConflictError(
        'RUN_TAKEN_OVER',
        `run ${runId} was taken over by another process, or ended`,
        `Nothing: see how it goes on with npx isinglass runs ${runId}.`,
      );
}
