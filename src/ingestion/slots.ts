import { Injectable } from '@nestjs/common';
import { Cron } from 'croner';
import { Database } from '../database/database.js';
import type { Schedule, Source } from '../sources/source.js';
import { RunLedger } from './run-ledger.js';

/** After a longer absence only the latest due times are looked at; the policy `all` makes no more runs than this. */
const MOST_DUE_TIMES = 100;
/** With the policy `skip` a due time is still served this long after: a tick is never quite on time. */
const SKIP_GRACE_MS = 120_000;

export interface OpenedSlot {
  readonly dueAt: Date;
  readonly state: 'opened' | 'skipped';
  readonly runId: number | null;
}

/**
 * Due times after one instant, up to and including another, oldest first; the latest hundred of them. A local time that a
 * change of the clock leaves out is due at the end of the gap, and one that it repeats is due once. An expression that
 * asks for several an hour has none in the gap, and all of them again in the hour that is repeated.
 */
export function dueTimes(schedule: Schedule, after: Date, until: Date): Date[] {
  const cron = cronOf(schedule);
  const due: Date[] = [];
  for (let next = cron.nextRun(after); next !== null && next <= until; next = cron.nextRun(next)) {
    due.push(next);
    if (due.length > MOST_DUE_TIMES) due.shift();
  }
  return due;
}

/** The next due times, for people. */
export function nextDueTimes(schedule: Schedule, after: Date, count: number): Date[] {
  return cronOf(schedule).nextRuns(count, after);
}

/** A slot is one due time of a source's schedule. It is written once, with its run, whoever sees it first. */
@Injectable()
export class Slots {
  constructor(
    private readonly database: Database,
    private readonly ledger: RunLedger,
  ) {}

  /**
   * Opens every slot that is due and not yet written. When several were missed the source's catch-up policy decides
   * which of them get a run; the others are written down as skipped.
   * @param now default: the database's time, so that replicas with wrong clocks agree
   */
  async openDue(source: Pick<Source, 'id' | 'schedule'>, now?: Date): Promise<readonly OpenedSlot[]> {
    return this.database.transaction(async (client) => {
      // A statement of its own: one that had waited for the lock would still see the slots as they were before.
      await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [source.id]);
      const { rows } = await client.query<{ since: Date; now: Date }>(
        `SELECT greatest(s.known_since, (SELECT max(due_at) FROM slot WHERE source_id = s.id)) AS since,
                clock_timestamp() AS now
         FROM source s WHERE s.id = $1`,
        [source.id],
      );
      const state = rows[0];
      if (state === undefined) throw new Error(`source ${source.id} is not in the database`);
      const at = now ?? state.now;
      const due = dueTimes(source.schedule, state.since, at);
      const opened: OpenedSlot[] = [];
      for (const [index, dueAt] of due.entries()) {
        const isServed = servesMissed(source.schedule.catchUp, dueAt, index === due.length - 1, at);
        const runId = isServed ? await this.ledger.enqueue(client, source.id, 'schedule') : null;
        const slot: OpenedSlot = { dueAt, state: isServed ? 'opened' : 'skipped', runId };
        await client.query(`INSERT INTO slot (source_id, due_at, state, run_id) VALUES ($1, $2, $3, $4)`, [
          source.id,
          slot.dueAt,
          slot.state,
          slot.runId,
        ]);
        opened.push(slot);
      }
      return opened;
    });
  }
}

function servesMissed(policy: Schedule['catchUp'], dueAt: Date, isLatest: boolean, now: Date): boolean {
  switch (policy) {
    case 'all':
      return true;
    case 'latest':
      return isLatest;
    case 'skip':
      return isLatest && now.getTime() - dueAt.getTime() <= SKIP_GRACE_MS;
  }
}

function cronOf(schedule: Schedule): Cron {
  return new Cron(schedule.cron, { timezone: schedule.timeZone, paused: true });
}
