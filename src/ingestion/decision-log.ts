import { Injectable } from '@nestjs/common';
import { AuditLog, type AuditEvent, type By, type WrittenEvent } from '../auth/audit-log.js';
import { Database, type Queryable } from '../database/database.js';
import { knownSource } from './known-source.js';
import { writeLine } from './run-log.js';
import { unknownRun } from './run.js';

/** What people decided on sources and runs: in the log of all decisions, and in the log of the run. */
@Injectable()
export class DecisionLog {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Writes in the transaction of the decision. Nothing may wait after it: see {@link AuditLog.write} and {@link writeLine}. */
  async write(client: Queryable, by: By, event: AuditEvent): Promise<void> {
    await this.audit.write(client, by, event);
    if (event.runId === undefined) return;
    const why = by.reason === undefined ? '' : `: ${by.reason}`;
    await writeLine(client, event.runId, {
      level: 'info',
      message: `${event.action} by ${by.actor}${why}`,
      fields: event.details,
    });
  }

  /**
   * What was decided, the newest first. What was decided on a run outlasts it.
   * @throws NotFoundError SOURCE_UNKNOWN, RUN_UNKNOWN
   */
  async list(filter: Parameters<AuditLog['list']>[0]): Promise<readonly WrittenEvent[]> {
    const { sourceId, runId } = filter;
    if (sourceId !== undefined) knownSource(sourceId);
    const written = await this.audit.list(filter);
    if (written.length === 0 && runId !== undefined) await this.requireRun(runId);
    return written;
  }

  private async requireRun(id: number): Promise<void> {
    const rows = await this.database.query(
      `SELECT FROM run WHERE id = $1 UNION ALL SELECT FROM audit_event WHERE run_id = $1 LIMIT 1`,
      [id],
    );
    if (rows.length === 0) throw unknownRun(id);
  }
}
