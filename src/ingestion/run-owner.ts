import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { ConflictError, TryLaterError } from '../common/errors.js';
import type { Database } from '../database/database.js';

/** Class of the advisory locks by which living owners are told from dead ones. */
export const LEASE_CLASS = 771_002;
const LEASE_SECONDS = 30;
/** SQL of the moment until which a claim made or renewed now is safe. */
export const LEASE_END = `clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})`;
const RENEW_EVERY_MS = 10_000;
/** Without a renewal for this long the owner stops by itself, before anybody else may take over. */
const SELF_FENCE_AFTER_MS = 20_000;
const RENEW_TIMEOUT_MS = 5_000;

/**
 * This process as the owner of runs. It holds an advisory lock on a connection of its own: when the process dies
 * PostgreSQL frees the lock at once, and others take its runs over without waiting for the lease to end. The lock only
 * speeds things up; what decides is the run's fencing number.
 */
export class RunOwner {
  readonly id = randomInt(1, 2 ** 31 - 1);
  private client: Promise<pg.Client> | undefined;
  private readonly leases = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  /** Holds the lock from now on. To be called before each claim: PostgreSQL may have been away since the last one. */
  async open(): Promise<void> {
    try {
      // The loss of an idle connection is told to us late, or never: only an answer proves the lock is still held.
      await (await this.connected()).query('SELECT 1');
    } catch {
      await this.disconnect();
      await this.connected();
    }
    this.timer ??= setInterval(() => void this.renew(), RENEW_EVERY_MS);
  }

  /** Keeps a run's lease alive until `end` is called; its signal aborts when that fails for too long. */
  hold(runId: number, epoch: number): Lease {
    const lease: Lease = {
      runId,
      epoch,
      renewedAtMs: performance.now(),
      abort: new AbortController(),
      end: () => void this.leases.delete(lease),
    };
    this.leases.add(lease);
    return lease;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
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
        // Without the lock a run in progress looks abandoned.
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

  /** Renews the leases now; a timer does it every ten seconds. */
  async renew(): Promise<void> {
    for (const lease of this.leases) {
      try {
        const client = await this.connected();
        if (await renewLease(client, lease)) lease.renewedAtMs = performance.now();
        else lease.abort.abort(runTakenOver(lease.runId));
      } catch (cause) {
        await this.disconnect();
        if (performance.now() - lease.renewedAtMs > SELF_FENCE_AFTER_MS) {
          lease.abort.abort(
            new TryLaterError(
              'LEASE_LOST',
              `run ${lease.runId}: the lease could not be renewed for ${SELF_FENCE_AFTER_MS / 1000} s`,
              'Is PostgreSQL reachable? The run is taken up again by itself.',
              { cause },
            ),
          );
        }
      }
    }
  }
}

/**
 * A step in progress keeps its run locked for as long as it takes; then nobody can claim the run, and the step renews the
 * lease as it commits. So a lock is not waited for.
 * @returns false when the claim is no longer ours
 */
async function renewLease(client: pg.Client, { runId, epoch }: Lease): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH mine AS (SELECT id FROM run WHERE id = $1 AND epoch = $2 AND state = 'running'
                   FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE run SET lease_until = ${LEASE_END} FROM mine WHERE run.id = mine.id`,
    [runId, epoch],
  );
  if (rowCount === 1) return true;
  const ours = await client.query(`SELECT FROM run WHERE id = $1 AND epoch = $2 AND state = 'running'`, [
    runId,
    epoch,
  ]);
  return ours.rowCount === 1;
}

export interface Lease {
  readonly runId: number;
  readonly epoch: number;
  renewedAtMs: number;
  readonly abort: AbortController;
  readonly end: () => void;
}

/** Said to whoever works on a run that another process has claimed since. */
export function runTakenOver(runId: number): ConflictError {
  return new ConflictError(
    'RUN_TAKEN_OVER',
    `run ${runId} was taken over by another process`,
    'Nothing: the other process brings it to its end.',
  );
}
