import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { ConflictError, TryLaterError } from '../common/errors.js';
import type { Database } from '../database/database.js';

/** Class of the advisory locks by which living owners are told from dead ones. */
export const LEASE_CLASS = 771_002;
export const LEASE_SECONDS = 30;
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
  private client: pg.Client | undefined;
  private readonly leases = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  async open(): Promise<void> {
    await this.connect();
    this.timer = setInterval(() => void this.renewAll(), RENEW_EVERY_MS);
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
    await this.client?.end();
    this.client = undefined;
  }

  private async connect(): Promise<pg.Client> {
    const client = await this.database.dedicatedClient(RENEW_TIMEOUT_MS);
    client.on('error', () => {
      this.client = undefined;
    });
    await client.query('SELECT pg_advisory_lock($1, $2)', [LEASE_CLASS, this.id]);
    this.client = client;
    return client;
  }

  private async renewAll(): Promise<void> {
    for (const lease of this.leases) {
      try {
        const client = this.client ?? (await this.connect());
        const { rowCount } = await client.query(
          `UPDATE run SET lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
           WHERE id = $1 AND epoch = $2 AND state = 'running'`,
          [lease.runId, lease.epoch],
        );
        if (rowCount === 1) lease.renewedAtMs = performance.now();
        else lease.abort.abort(runTakenOver(lease.runId));
      } catch (cause) {
        await this.client?.end().catch(() => undefined);
        this.client = undefined;
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
