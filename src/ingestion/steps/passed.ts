import { TryLaterError } from '../../common/errors.js';
import type { Client } from '../../database/database.js';
import type { EditionInHand } from '../../instruments/store.js';
import type { Source } from '../../sources/source.js';
import type { Failure, RunTotals } from '../run.js';
import { STAGING_LOST } from '../staging.js';
import type { LoadedPart } from './load.js';

/** What the gate let through, as the publishing step needs it; kept with the run. */
export interface Passed {
  readonly edition: EditionInHand;
  /** The source's last publication, with which it was compared. */
  readonly base: number;
  readonly held: Failure | null;
  readonly hasNews: boolean;
  readonly hasDifferences: boolean;
  readonly new: number;
  readonly drift: RunTotals['drift'];
  readonly cosmetic: number;
  readonly unchanged: number;
  readonly duplicates: number;
}

export const NOTHING_PASSED: Omit<Passed, 'edition'> = {
  base: 0,
  held: null,
  hasNews: false,
  hasDifferences: false,
  new: 0,
  cosmetic: 0,
  unchanged: 0,
  duplicates: 0,
  drift: {},
};

/** Number of the source's last publication; 0 before the first. */
export async function lastPublicationOf(client: Client, sourceId: string): Promise<number> {
  const { rows } = await client.query<{ base: number }>(
    `SELECT coalesce(max(number), 0) AS base FROM publication WHERE source_id = $1`,
    [sourceId],
  );
  return rows[0]?.base ?? 0;
}

/**
 * A run that was put off between the gate and the publication may find that another one published meanwhile.
 * @throws TryLaterError STAGING_LOST
 */
export function requireSameBase(source: Source, base: number, now: number): void {
  if (base === now) return;
  throw new TryLaterError(
    STAGING_LOST,
    `${source.id}: publication ${now} came after the comparison with ${base}`,
    'Nothing: it is staged and compared again.',
  );
}

/** What a run came to, before anything is published. */
export function totalsOf(parts: readonly LoadedPart[], passed: Passed): RunTotals {
  const skipped: Record<string, number> = {};
  for (const { counts } of parts) {
    for (const [reason, rows] of Object.entries(counts.skipped))
      skipped[reason] = (skipped[reason] ?? 0) + rows;
  }
  return {
    files: parts.filter(({ file }) => file !== null).length,
    rows: parts.reduce((sum, { counts }) => sum + counts.rows, 0),
    rejected: parts.reduce((sum, { counts }) => sum + counts.rejected, passed.duplicates),
    skipped,
    cosmetic: passed.cosmetic,
    drift: passed.drift,
    records: { new: 0, changed: 0, unchanged: passed.unchanged, ended: 0 },
    instruments: { new: 0, changed: 0, ended: 0 },
  };
}
