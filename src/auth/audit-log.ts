import { Injectable } from '@nestjs/common';
import { masked, maskedValue } from '../common/secrets.js';
import { Database, type Queryable } from '../database/database.js';

/** Who does something, and why. */
export interface By {
  /** `cli root@host`, `api 127.0.0.1`, `scheduler`: until there are users, the door somebody came through. */
  readonly actor: string;
  readonly reason?: string;
}

/** One line of the log. Actions are verbs: `start`, `pause`, `resume`, `run`, `cancel`, `retry`, `accept-gap`, `approve`, … */
export interface AuditEvent {
  readonly action: string;
  readonly sourceId?: string;
  readonly runId?: number;
  readonly editionId?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface WrittenEvent extends AuditEvent {
  /** From 1, without gaps. */
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
}

/** A line as it is sealed: `sha256(hash of the line before + text)`, see `audit-chain.ts`. */
export interface SealedLine {
  readonly id: number;
  /** A JSON array: number, time, actor, action, source, run, edition, reason, details. */
  readonly text: string;
  /** 64 hex digits. */
  readonly hash: string;
}

const LINES_AT_ONCE = 1_000;

/**
 * What people decided, append-only: PostgreSQL refuses to change or delete a line, and seals each with a hash of itself and of
 * the one before, so that whoever gets around the refusal is found out.
 */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /**
   * Writes a line in the transaction of what it tells of: either both are there or neither. Others who write wait until that
   * transaction ends, so nothing should wait after it.
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
        by.reason === undefined ? null : masked(by.reason),
        // Before it is sealed: a secret could not be taken out of the chain any more.
        JSON.stringify(maskedValue(event.details ?? {})),
      ],
    );
  }

  /** The newest lines first. @param filter.before only lines older than this number */
  async list(filter: {
    readonly sourceId?: string;
    readonly runId?: number;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly WrittenEvent[]> {
    return this.database.query<WrittenEvent & Record<string, unknown>>(
      `SELECT id, at, actor, action, source_id AS "sourceId", run_id AS "runId", edition_id AS "editionId", reason, details
       FROM audit_event
       WHERE ($1::text IS NULL OR source_id = $1) AND ($2::bigint IS NULL OR run_id = $2) AND ($3::bigint IS NULL OR id < $3)
       ORDER BY id DESC LIMIT $4`,
      [filter.sourceId ?? null, filter.runId ?? null, filter.before ?? null, filter.limit],
    );
  }

  /** The newest line; `null` when there is none yet. */
  async head(): Promise<Pick<SealedLine, 'id' | 'hash'> | null> {
    const [last] = await this.database.query<{ id: number; hash: string }>(
      `SELECT id, encode(hash, 'hex') AS hash FROM audit_event ORDER BY id DESC LIMIT 1`,
    );
    return last ?? null;
  }

  /** All lines as they are sealed, from the first on. Lines that come meanwhile are there too. */
  async *sealed(): AsyncGenerator<SealedLine> {
    for (let after = 0; ;) {
      const lines = await this.database.query<SealedLine & Record<string, unknown>>(
        `SELECT id, audit_event_text(e) AS text, encode(hash, 'hex') AS hash FROM audit_event e
         WHERE id > $1 ORDER BY id LIMIT $2`,
        [after, LINES_AT_ONCE],
      );
      yield* lines;
      const last = lines.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }
}
