import { Injectable } from '@nestjs/common';
import { Database, type Queries, type Queryable } from '../database/database.js';
import { writeLine } from './run-log.js';
import { unknownRun } from './run.js';

/** Who does something, and why. */
export interface By {
  /** `cli root@host`, `api 127.0.0.1`, `scheduler`: until there are users, the door somebody came through. */
  readonly actor: string;
  readonly reason?: string;
}

/** One line of the log. Actions are verbs: `pause`, `resume`, `run`, `cancel`, `retry`, `accept-gap`, `approve`, … */
export interface AuditEvent {
  readonly action: string;
  readonly sourceId?: string;
  readonly runId?: number;
  readonly editionId?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface WrittenEvent extends AuditEvent {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
}

/** What people decided, append-only: PostgreSQL refuses to change or delete a line. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /**
   * Writes a line in the transaction of what it tells of: either both are there or neither. What is decided on a run stands in
   * the run's own log as well. Nothing may wait after it in the transaction.
   */
  async write(client: Queryable, by: By, event: AuditEvent): Promise<void> {
    await client.query(
      `INSERT INTO audit_event (actor, action, source_id, run_id, edition_id, reason, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        by.actor,
        event.action,
        event.sourceId ?? null,
        event.runId ?? null,
        event.editionId ?? null,
        by.reason ?? null,
        JSON.stringify(event.details ?? {}),
      ],
    );
    if (event.runId === undefined) return;
    const why = by.reason === undefined ? '' : `: ${by.reason}`;
    await writeLine(client, event.runId, {
      level: 'info',
      message: `${event.action} by ${by.actor}${why}`,
      fields: event.details,
    });
  }

  /**
   * The newest lines first. Those on a run outlast it.
   * @param filter.before only lines older than this number
   * @throws NotFoundError RUN_UNKNOWN
   */
  async list(
    filter: {
      readonly sourceId?: string;
      readonly runId?: number;
      readonly before?: number;
      readonly limit: number;
    },
    db: Queries = this.database,
  ): Promise<readonly WrittenEvent[]> {
    const written = await db.query<WrittenEvent & Record<string, unknown>>(
      `SELECT id, at, actor, action, source_id AS "sourceId", run_id AS "runId", edition_id AS "editionId", reason, details
       FROM audit_event
       WHERE ($1::text IS NULL OR source_id = $1) AND ($2::bigint IS NULL OR run_id = $2) AND ($3::bigint IS NULL OR id < $3)
       ORDER BY id DESC LIMIT $4`,
      [filter.sourceId ?? null, filter.runId ?? null, filter.before ?? null, filter.limit],
    );
    if (written.length === 0 && filter.runId !== undefined) await requireRun(db, filter.runId);
    return written;
  }
}

async function requireRun(db: Queries, id: number): Promise<void> {
  const rows = await db.query(
    `SELECT FROM run WHERE id = $1 UNION ALL SELECT FROM audit_event WHERE run_id = $1 LIMIT 1`,
    [id],
  );
  if (rows.length === 0) throw unknownRun(id);
}
