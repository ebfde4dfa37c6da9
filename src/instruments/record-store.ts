import type { CopyValue } from '../database/copy.js';
import { longQuery, type Client } from '../database/database.js';
import { sqlFile, withStaging } from '../database/sql-file.js';
import type { InstrumentRecord } from '../domain/record.js';
import { contentHashes } from './content-hash.js';
import { absentFrom, takeDuplicates } from './staging.js';
import type { EditionInHand, MergeCounts, ScopeComparison, StagedPlace, Store } from './store.js';

const sql = (name: string): string => sqlFile(import.meta.url, `./sql/${name}.sql`);

const COMPARE = sql('record-compare');
const DIFFERENCES = sql('record-differences');
const ENDED = sql('record-ended');
const SUPERSEDE = sql('record-supersede');
const WRITE = sql('record-write');
const END = sql('record-end');
const GOLDEN = sql('instrument-golden');
const GOLDEN_CHANGES = sql('instrument-changes');
const GOLDEN_SUPERSEDE = sql('instrument-supersede');
const GOLDEN_WRITE = sql('instrument-write');
const FEED = sql('change-write');

/** Records, and the golden instruments that follow from them. */
export const recordStore: Store<InstrumentRecord> = {
  stagingTemplate: 'staging.record',
  stagingColumns: [
    'part',
    'line',
    'precedence',
    'isin',
    'mic',
    'scope',
    'status',
    'name',
    'short_name',
    'cfi',
    'currency',
    'issuer_lei',
    'symbol',
    'first_trade_on',
    'termination_on',
    'details',
    'content_hash',
    'exact_hash',
  ],

  stagedRow(record: InstrumentRecord, place: StagedPlace): CopyValue[] {
    const { isin, mic, status, details, ...golden } = record;
    const hashes = contentHashes({ ...golden, details, scope: place.scope });
    return [
      place.part,
      place.line,
      place.precedence,
      isin,
      mic,
      place.scope,
      status,
      record.name,
      record.shortName,
      record.cfi,
      record.currency,
      record.issuerLei,
      record.symbol,
      record.firstTradeOn,
      record.terminationOn,
      JSON.stringify(details),
      hashes.content,
      hashes.exact,
    ];
  },

  takeDuplicates: (client, staging) => takeDuplicates(client, staging, ['isin', 'mic']),

  compare: (client: Client, staging: string, edition: EditionInHand) =>
    longQuery<Row<ScopeComparison>>(client, withStaging(COMPARE, staging), [
      edition.sourceId,
      edition.scopes,
      edition.kind === 'full',
      edition.editionOn,
    ]),

  missingSentinels: (client, staging, keys) => absentFrom(client, staging, 'isin', keys),

  async merge(client, staging, edition, at): Promise<MergeCounts> {
    // 1. What differs, and what has gone.
    await longQuery(client, withStaging(DIFFERENCES, staging), [edition.sourceId, edition.editionOn]);
    if (edition.kind === 'full') {
      await longQuery(client, withStaging(ENDED, staging), [edition.sourceId, edition.scopes]);
    } else {
      await client.query('CREATE TEMP TABLE ended (isin text, mic text) ON COMMIT DROP');
    }
    const [counts] = await longQuery<Row<MergeCounts['records']>>(
      client,
      `SELECT count(*) FILTER (WHERE is_new) AS new, count(*) FILTER (WHERE NOT is_new) AS changed,
              (SELECT count(*) FROM ${staging}) - count(*) AS unchanged, (SELECT count(*) FROM ended) AS ended
       FROM difference`,
    );
    if (counts === undefined) throw new Error('an aggregate without a row');
    await client.query('ANALYZE difference');

    // 2. Older versions go to history before newer ones take their place.
    await longQuery(client, SUPERSEDE, [edition.sourceId]);
    const version = [edition.sourceId, edition.editionOn, at.recordedAt, at.number, edition.id];
    await longQuery(client, WRITE, version);
    await longQuery(client, END, version.slice(0, -1));

    // 3. The golden records of every ISIN touched.
    await longQuery(client, GOLDEN);
    await longQuery(client, GOLDEN_CHANGES);
    await longQuery(client, GOLDEN_SUPERSEDE);
    await longQuery(client, GOLDEN_WRITE, [edition.editionOn, at.recordedAt, at.number]);
    await longQuery(client, FEED, [at.number]);
    const [instruments] = await longQuery<Row<MergeCounts['instruments']>>(
      client,
      `SELECT count(*) FILTER (WHERE kind = 'new') AS new, count(*) FILTER (WHERE kind = 'changed') AS changed,
              count(*) FILTER (WHERE kind = 'ended') AS ended
       FROM golden_change`,
    );
    if (instruments === undefined) throw new Error('an aggregate without a row');
    return { records: counts, instruments };
  },
};

/** A row of a query: an object type with string keys, as pg wants it. */
type Row<Shape> = { [Key in keyof Shape]: Shape[Key] };
