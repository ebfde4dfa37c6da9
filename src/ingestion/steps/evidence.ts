import { longQuery, type Client } from '../../database/database.js';
import { sqlFile, withStaging } from '../../database/sql-file.js';
import type { EditionInHand } from '../../instruments/store.js';

const CANCELLED = sqlFile(import.meta.url, './evidence-cancelled.sql');

/**
 * Compares evidence with what is held: keys that the publisher calls cancelled, and that we hold open. A listed key may
 * have been reported anew since, so nothing is changed; each is listed as drift, with one finding for all.
 */
export async function examineEvidence(
  client: Client,
  edition: EditionInHand,
  staging: string,
): Promise<number> {
  const rows = await longQuery<{ count: number }>(client, withStaging(CANCELLED, staging), [
    edition.runId,
    edition.sourceId,
  ]);
  const count = rows[0]?.count ?? 0;
  if (count > 0) {
    await client.query(
      `INSERT INTO finding (run_id, code, severity, message, fields) VALUES ($1, 'CANCEL_EVIDENCE', 'warning', $2, $3)`,
      [
        edition.runId,
        `${count} records are open here and in the publisher's list of cancelled ones; nothing was changed`,
        JSON.stringify({ records: count }),
      ],
    );
  }
  await client.query(`UPDATE edition SET state = 'compared' WHERE id = $1`, [edition.id]);
  return count;
}
