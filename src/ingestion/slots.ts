import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../auth/audit-log.js';
import { failPoint } from '../common/fail-point.js';
import { CONFIG, isSourceOn, type Config } from '../config/settings.js';
import { Database, type Client, type Queries } from '../database/database.js';
import type { Day } from '../domain/record.js';
import { findSource } from '../sources/index.js';
import type { Source } from '../sources/source.js';

import { dueTimes } from './due-times.js';
import { isPausedNow } from './pauses.js';
import { RunLedger } from './run-ledger.js';
import type { RunState } from './run.js';
import {
  decide,
  servedOf,
  skippedBy,
  type Alert,
  type Dependency,
  type OpenSlot,
  type SlotState,
  type Standing,
} from './slot-rules.js';

/** After a longer absence only so many of the latest due times are written down. */
const MOST_WRITTEN = 1_000;

type Scheduled = Pick<Source, 'id' | 'schedule'>;

/** What became of a slot just now. */
export interface SlotEvent {
  readonly dueAt: Date;
  readonly state: SlotState;
  readonly reason: string | null;
  /** The run that was opened just now. */
  readonly runId: number | null;
  readonly alerts: readonly Alert[];
}

/** A slot as people look at it. */
export interface WrittenSlot {
  readonly dueAt: Date;
  readonly state: SlotState;
  readonly reason: string | null;
  readonly writtenAt: Date;
  readonly endedAt: Date | null;
  readonly runs: readonly { readonly id: number; readonly state: RunState }[];
}

interface NewSlot extends SlotEvent {
  readonly waitsSince: Date;
}

/** Where a source stands; `since` is its last slot, or when it was first heard of. */
const STANDS = `
  SELECT greatest(s.known_since, (SELECT max(due_at) FROM slot WHERE source_id = s.id)) AS since, clock_timestamp() AS now,
         ${isPausedNow('s.id')} AS "isPaused",
         EXISTS (SELECT FROM slot WHERE source_id = s.id AND state = 'waiting') AS "hasWaiting"
  FROM source s WHERE s.id = $1`;

interface Stands {
  readonly since: Date;
  readonly now: Date;
  readonly isPaused: boolean;
  readonly hasWaiting: boolean;
}

/**
 * A slot is one due time of a source's schedule. It is written once, with its run, whoever sees it first. What it waits for
 * is looked at again by every sweep: no process and no connection waits with it.
 */
@Injectable()
export class Slots {
  constructor(
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly audit: AuditLog,
    @Inject(CONFIG) private readonly config: Pick<Config, 'sources'>,
  ) {}

  /**
   * Opens every slot that is due and not yet written, and goes on with those that wait. When several were missed the
   * source's catch-up policy decides which of them get a run; the others are written down as skipped. While a source is
   * paused nothing is opened.
   * @param now default: the database's time, so that replicas with wrong clocks agree
   */
  async openDue(source: Scheduled, now?: Date): Promise<readonly SlotEvent[]> {
    const seen = standsOf(
      await this.database.query<Stands & Record<string, unknown>>(STANDS, [source.id]),
      source,
    );
    // Most looks find nothing: they take no lock.
    if (seen.isPaused) return [];
    if (!seen.hasWaiting && dueTimes(source.schedule, seen.since, now ?? seen.now, 1).length === 0) return [];
    return this.database.transaction(async (client) => {
      // A statement of its own: one that had waited for the lock would still see the slots as they were before.
      await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [source.id]);
      const { rows } = await client.query<Stands>(STANDS, [source.id]);
      const stands = standsOf(rows, source);
      return stands.isPaused ? [] : this.openIn(client, source, stands, now ?? stands.now);
    });
  }

  /** The last slots of a source, the newest first. */
  async last(sourceId: string, limit: number, db: Queries = this.database): Promise<readonly WrittenSlot[]> {
    return db.query<WrittenSlot & Record<string, unknown>>(
      `SELECT s.due_at AS "dueAt", s.state, s.reason, s.written_at AS "writtenAt", s.ended_at AS "endedAt",
              coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'state', r.state) ORDER BY r.id)
                        FROM slot_run o JOIN run r ON r.id = o.run_id
                        WHERE o.source_id = s.source_id AND o.due_at = s.due_at), '[]') AS runs
       FROM slot s WHERE s.source_id = $1 ORDER BY s.due_at DESC LIMIT $2`,
      [sourceId, limit],
    );
  }

  private async openIn(
    client: Client,
    source: Scheduled,
    { since }: Stands,
    now: Date,
  ): Promise<readonly SlotEvent[]> {
    const { id, schedule } = source;
    const most = Math.max(MOST_WRITTEN, schedule.catchUpMost ?? 0);
    const due = dueTimes(schedule, since, now, most);
    const served = servedOf(schedule, due, now);
    const standing = await this.standing(client, source, now);
    const waiting = await waitingSlots(client, id);
    // Each newer slot brings what an older one waits for, unless every one is wanted.
    const newest = served > 0 && schedule.catchUp !== 'all' ? due.at(-1) : undefined;
    const events: SlotEvent[] = [];
    let waitsSince = now;
    for (const slot of waiting) {
      const decision = decide(id, schedule, slot, standing);
      if (decision.does !== 'end' && newest !== undefined) {
        if (slot.lastRun === null && slot.waitsSince < waitsSince) ({ waitsSince } = slot);
        const reason = `gave way to the slot of ${newest.toISOString()}`;
        events.push(await this.goOn(client, id, slot, { state: 'skipped', reason, alerts: [] }, now));
      } else if (decision.does === 'wait') {
        await this.goOn(client, id, slot, { state: 'waiting', reason: decision.reason, alerts: [] }, now);
      } else {
        const runId = decision.does === 'run' ? await this.openRun(client, id) : null;
        events.push(await this.goOn(client, id, slot, { ...decision, runId }, now));
      }
    }

    const slots: NewSlot[] = [];
    for (const [index, dueAt] of due.entries()) {
      if (index < due.length - served) {
        const before = index === 0 && due.length === most;
        const reason =
          skippedBy(schedule) + (before ? `; so it was with all since ${since.toISOString()}` : '');
        slots.push({ dueAt, waitsSince: now, state: 'skipped', reason, runId: null, alerts: [] });
        continue;
      }
      const slot = { dueAt, writtenAt: now, waitsSince, lastRun: null };
      const decision = decide(id, schedule, slot, standing);
      const runId = decision.does === 'run' ? await this.openRun(client, id) : null;
      const state = decision.does === 'wait' ? 'waiting' : decision.state;
      const alerts = decision.does === 'wait' ? [] : decision.alerts;
      slots.push({ dueAt, waitsSince, state, reason: decision.reason, runId, alerts });
    }
    await writeSlots(client, id, slots, now);
    await this.writeRuns(client, id, [...events, ...slots], now);
    await this.writeAlerts(client, id, [...events, ...slots]);
    await failPoint('slot:before-commit');
    return [...events, ...slots.map(({ waitsSince: _, ...event }) => event)];
  }

  private async openRun(client: Client, sourceId: string): Promise<number> {
    const run = await this.ledger.enqueue(client, sourceId, 'schedule');
    await failPoint('slot:run-made');
    return run;
  }

  private async goOn(
    client: Client,
    sourceId: string,
    { dueAt }: OpenSlot,
    next: Pick<SlotEvent, 'state' | 'reason' | 'alerts'> & { readonly runId?: number | null },
    now: Date,
  ): Promise<SlotEvent> {
    await client.query(
      `UPDATE slot SET state = $3, reason = $4, ended_at = CASE WHEN $3 <> 'waiting' THEN $5::timestamptz END
       WHERE source_id = $1 AND due_at = $2 AND (state, reason) IS DISTINCT FROM ($3, $4)`,
      [sourceId, dueAt, next.state, next.reason, now],
    );
    const { state, reason, alerts, runId = null } = next;
    return { dueAt, state, reason, runId, alerts };
  }

  private async writeRuns(
    client: Client,
    sourceId: string,
    events: readonly SlotEvent[],
    now: Date,
  ): Promise<void> {
    const opened = events.filter(({ runId }) => runId !== null);
    if (opened.length === 0) return;
    await client.query(
      `INSERT INTO slot_run (run_id, source_id, due_at, opened_at)
       SELECT run_id, $1, due_at, $2::timestamptz FROM unnest($3::bigint[], $4::timestamptz[]) AS opened (run_id, due_at)`,
      [sourceId, now, opened.map(({ runId }) => runId), opened.map(({ dueAt }) => dueAt)],
    );
  }

  private async writeAlerts(client: Client, sourceId: string, events: readonly SlotEvent[]): Promise<void> {
    for (const { code, message, details } of events.flatMap(({ alerts }) => alerts)) {
      const event = { action: 'alert', sourceId, details: { code, ...details } };
      await this.audit.write(client, { actor: 'scheduler', reason: message }, event);
    }
  }

  private async standing(client: Client, { id, schedule }: Scheduled, now: Date): Promise<Standing> {
    const { rows } = await client.query<{ isBusy: boolean; newestEditionOn: Day | null }>(
      `SELECT EXISTS (SELECT FROM run WHERE source_id = $1 AND state IN ('queued', 'running')) AS "isBusy",
              (SELECT max(edition_on) FROM edition
               WHERE source_id = $1 AND state = 'published' AND kind <> 'evidence') AS "newestEditionOn"`,
      [id],
    );
    const dependencies = await this.dependencies(client, id, schedule.after ?? []);
    return { now, isBusy: false, newestEditionOn: null, ...rows[0], dependencies };
  }

  private async dependencies(
    client: Client,
    sourceId: string,
    after: readonly string[],
  ): Promise<readonly Dependency[]> {
    if (after.length === 0) return [];
    const { rows } = await client.query<{
      id: string;
      lastConfirmedAt: Date | null;
      toldLateOf: Date | null;
    }>(
      `SELECT s.id, s.last_confirmed_at AS "lastConfirmedAt",
              (SELECT max((a.details ->> 'since')::timestamptz) FROM audit_event a
               WHERE a.source_id = $1 AND a.action = 'alert' AND a.details ->> 'code' = $3
                 AND a.details ->> 'dependency' = s.id) AS "toldLateOf"
       FROM source s
       WHERE s.id = ANY ($2) AND NOT EXISTS (SELECT FROM pause p WHERE p.source_id = s.id)`,
      [sourceId, after, 'DEPENDENCY_LATE' satisfies Alert['code']],
    );
    return rows.flatMap((row) => {
      const source = findSource(row.id);
      return source !== undefined && isSourceOn(source, this.config.sources)
        ? [{ ...row, schedule: source.schedule }]
        : [];
    });
  }
}

function standsOf(rows: readonly Stands[], { id }: Scheduled): Stands {
  const [stands] = rows;
  if (stands === undefined) throw new Error(`source ${id} is not in the database`);
  return stands;
}

async function waitingSlots(client: Client, sourceId: string): Promise<readonly OpenSlot[]> {
  const { rows } = await client.query<
    Omit<OpenSlot, 'lastRun'> & { runId: number | null; runState: RunState; runOpenedAt: Date }
  >(
    `SELECT s.due_at AS "dueAt", s.written_at AS "writtenAt", s.waits_since AS "waitsSince",
            r.id AS "runId", r.state AS "runState", r.opened_at AS "runOpenedAt"
     FROM slot s LEFT JOIN LATERAL (
       SELECT r.id, r.state, o.opened_at FROM slot_run o JOIN run r ON r.id = o.run_id
       WHERE o.source_id = s.source_id AND o.due_at = s.due_at ORDER BY r.id DESC LIMIT 1) r ON true
     WHERE s.source_id = $1 AND s.state = 'waiting' ORDER BY s.due_at LIMIT ${MOST_WRITTEN}`,
    [sourceId],
  );
  return rows.map(({ runId, runState, runOpenedAt, ...slot }) => ({
    ...slot,
    lastRun: runId === null ? null : { id: runId, state: runState, openedAt: runOpenedAt },
  }));
}

async function writeSlots(
  client: Client,
  sourceId: string,
  slots: readonly NewSlot[],
  now: Date,
): Promise<void> {
  if (slots.length === 0) return;
  await client.query(
    `INSERT INTO slot (source_id, due_at, state, reason, waits_since, written_at, ended_at)
     SELECT $1, due_at, state, reason, waits_since, $2, CASE WHEN state <> 'waiting' THEN $2::timestamptz END
     FROM unnest($3::timestamptz[], $4::text[], $5::text[], $6::timestamptz[]) AS new (due_at, state, reason, waits_since)`,
    [
      sourceId,
      now,
      slots.map(({ dueAt }) => dueAt),
      slots.map(({ state }) => state),
      slots.map(({ reason }) => reason),
      slots.map(({ waitsSince }) => waitsSince),
    ],
  );
}
