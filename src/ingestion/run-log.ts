import { Injectable } from '@nestjs/common';
import { masked, maskedValue } from '../common/secrets.js';
import { Database, type Queryable } from '../database/database.js';

/** From the least to the most serious. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Class of the advisory locks by which the lines of one run are written one after the other. */
const LOG_CLASS = 771_003;
const LONGEST_MESSAGE = 4_000;
const LONGEST_FIELDS = 16_000;

// Ids are taken before a commit, so a line with a lower one could appear behind a reader who has seen a higher one.
// Under a lock per run, taken before the id and freed after the commit, lines appear in the order of their ids. The CTE
// is scanned before a row, and with it an id, is made.
const WRITE_LINE = `
  WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(${LOG_CLASS}, ($1::bigint & 2147483647)::integer))
  INSERT INTO run_event (run_id, level, step, attempt, message, fields)
  SELECT $1, $2, $3, $4, $5, $6 FROM turn`;

/** One line of a run's log, as it is told. */
export interface LogLine {
  readonly level: LogLevel;
  /** Left out for what concerns the run as a whole. */
  readonly step?: string | null;
  readonly attempt?: number | null;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * The log of runs, in PostgreSQL. A line is there for everybody when `write` returns: it is committed by itself, never with
 * the step it tells of, so it outlives a rollback and a SIGKILL. Only decisions of people are committed with their line.
 */
@Injectable()
export class RunLog {
  constructor(private readonly database: Database) {}

  /** Writes one line, masked. What is too long for a line is cut; characters that PostgreSQL cannot hold are replaced. */
  async write(runId: number, line: LogLine): Promise<void> {
    await this.database.query(WRITE_LINE, valuesOf(runId, line));
  }
}

/**
 * Writes a line in the transaction of a decision that it tells of. The last thing in it: others who write to this log wait
 * until it ends.
 */
export async function writeLine(client: Queryable, runId: number, line: LogLine): Promise<void> {
  await client.query(WRITE_LINE, valuesOf(runId, line));
}

function valuesOf(runId: number, { level, step, attempt, message, fields = {} }: LogLine): unknown[] {
  return [
    runId,
    level,
    step ?? null,
    attempt ?? null,
    holdable(masked(message)).slice(0, LONGEST_MESSAGE),
    textOf(fields),
  ];
}

function textOf(fields: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(maskedValue(fields), (_, value: unknown) =>
    typeof value === 'string' ? holdable(value) : value,
  );
  return text.length <= LONGEST_FIELDS
    ? text
    : JSON.stringify({ cut: text.slice(0, LONGEST_FIELDS).toWellFormed() });
}

/** PostgreSQL has no NUL in a text, and no half of a surrogate pair in a jsonb. */
function holdable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
