import { failPoint } from '../../common/fail-point.js';
import { longQuery, type Client } from '../../database/database.js';
import {
  PUBLICATION_LOCK,
  type EditionInHand,
  type MergeCounts,
  type Store,
} from '../../instruments/store.js';

export interface Publication {
  readonly number: number;
  readonly counts: MergeCounts;
}

/** Merges the staged edition and makes it visible, inside the caller's transaction. */
export async function publishEdition(
  client: Client,
  store: Store<unknown>,
  edition: EditionInHand,
  runId: number,
  staging: string,
): Promise<Publication> {
  // Whoever has it may be merging millions of rows.
  await longQuery(client, 'SELECT pg_advisory_xact_lock($1)', [PUBLICATION_LOCK]);
  // Whole milliseconds, so that the time an answer shows is the time one can ask for.
  // Not the beginning of this transaction but now: whoever comes later under the lock is later on the clock too.
  const { rows } = await client.query<{ number: number; recordedAt: string }>(
    `SELECT coalesce(max(number), 0) + 1 AS number,
            greatest(date_trunc('milliseconds', clock_timestamp()), max(published_at) + interval '1 millisecond')::text
              AS "recordedAt"
     FROM publication`,
  );
  const at = rows[0];
  if (at === undefined) throw new Error('an aggregate without a row');
  await client.query(
    `INSERT INTO publication (number, source_id, edition_id, run_id, published_at) VALUES ($1, $2, $3, $4, $5)`,
    [at.number, edition.sourceId, edition.id, runId, at.recordedAt],
  );
  const counts = await store.merge(client, staging, edition, at);
  await failPoint('publish:merged');
  await client.query(`UPDATE edition SET state = 'published' WHERE id = $1`, [edition.id]);
  return { number: at.number, counts };
}
