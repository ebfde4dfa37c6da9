import { Injectable } from '@nestjs/common';
import { AuditLog, type By } from '../auth/audit-log.js';
import { Database, type Client, type Queryable } from '../database/database.js';
import { knownSource } from './known-source.js';

/** What stands for every source where one is paused or resumed. */
export const ALL_SOURCES = 'all';
/** The same in the table `pause`. */
export const ALL_IN_TABLE = '*';

/** A pause that is in force. */
export interface Pause {
  /** A source, or {@link ALL_SOURCES}. */
  readonly source: string;
  readonly pausedAt: Date;
  readonly pausedBy: string;
  readonly reason: string;
}

/** What became of an action: `changed` is false when it was so already, and then nothing is written in the log. */
export interface PauseDecided {
  readonly source: string;
  readonly changed: boolean;
  /** The pauses in force for this source now, its own and the one of all; empty when its runs go on. */
  readonly pauses: readonly Pause[];
}

/**
 * True in SQL while a source is paused, by itself or with all others.
 * @param sourceId a column or a parameter
 */
export const isPausedNow = (sourceId: string): string =>
  `EXISTS (SELECT FROM pause WHERE pause.source_id IN (${sourceId}, '${ALL_IN_TABLE}'))`;

export async function isSourcePaused(client: Queryable, sourceId: string): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT WHERE ${isPausedNow('$1')}`, [sourceId]);
  return rowCount === 1;
}

/** Keeps sources from being worked on. Each action is one transaction that holds the change and its line in the log. */
@Injectable()
export class Pauses {
  constructor(
    private readonly database: Database,
    private readonly log: AuditLog,
  ) {}

  async list(): Promise<readonly Pause[]> {
    return this.database.transaction((client) => pausesIn(client));
  }

  /** No step of the source is begun any more; what is at work goes to the end of its step. @throws NotFoundError SOURCE_UNKNOWN */
  async pause(source: string, by: By): Promise<PauseDecided> {
    const id = pausable(source);
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO pause (source_id, paused_by, reason) VALUES ($1, $2, $3) ON CONFLICT (source_id) DO NOTHING`,
        [id, by.actor, by.reason ?? ''],
      );
      return this.decided(client, source, rowCount === 1, 'pause', by);
    });
  }

  /** @throws NotFoundError SOURCE_UNKNOWN */
  async resume(source: string, by: By): Promise<PauseDecided> {
    const id = pausable(source);
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(`DELETE FROM pause WHERE source_id = $1`, [id]);
      return this.decided(client, source, rowCount === 1, 'resume', by);
    });
  }

  private async decided(
    client: Client,
    source: string,
    changed: boolean,
    action: string,
    by: By,
  ): Promise<PauseDecided> {
    const sourceId = source === ALL_SOURCES ? undefined : source;
    const details = sourceId === undefined ? { sources: ALL_SOURCES } : {};
    if (changed) await this.log.write(client, by, { action, sourceId, details });
    return { source, changed, pauses: await pausesIn(client, source) };
  }
}

function pausable(source: string): string {
  return source === ALL_SOURCES ? ALL_IN_TABLE : knownSource(source).id;
}

/** @param source whose runs must be free to go on; without it the pauses of all */
async function pausesIn(client: Client, source?: string): Promise<readonly Pause[]> {
  const { rows } = await client.query<Pause>(
    `SELECT CASE source_id WHEN $1 THEN $2 ELSE source_id END AS source, paused_at AS "pausedAt",
            paused_by AS "pausedBy", reason
     FROM pause WHERE $3::text IS NULL OR source_id IN ($1, $3) ORDER BY source_id`,
    [ALL_IN_TABLE, ALL_SOURCES, source ?? null],
  );
  return rows;
}
