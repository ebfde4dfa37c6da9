import type { CopyValue } from '../database/copy.js';
import { longQuery, type Client } from '../database/database.js';
import { sqlFile, withStaging } from '../database/sql-file.js';
import { RECORD_COLUMNS } from '../domain/record-columns.js';
import type { InstrumentRecord } from '../domain/record.js';
import { contentHashes } from './content-hash.js';
import { goldenOf } from './golden.js';
import { writeRedistributable } from './redistributable.js';
import { restoreIndexes, takeAwayIndexes } from './first-load.js';
import { absentFrom, exampleDetail, takeDuplicates } from './staging.js';
import type {
  Comparison,
  EditionInHand,
  Flips,
  GroupCount,
  MergeCounts,
  ScopeComparison,
  StagedPlace,
  Store,
} from './store.js';

const sql = (name: string): string => sqlFile(import.meta.url, `./sql/${name}.sql`);

const FILL_CANCELLED = sql('record-fill-cancelled');
const DIFFERENCES = sql('record-differences');
const KNOWN_PAST = sql('record-known-past');
const GONE = sql('record-gone');
const BEGUN = sql('record-begun');
const DRIFT = sql('record-drift');
const COMPARE = sql('record-compare');
const SURVEY = sql('record-survey');
const FLIPS = sql('record-flips');
const EXAMPLES = sql('record-examples');
const SUPERSEDE = sql('record-supersede');
const KEEP_PAST = sql('record-keep-past');
const WRITE_NEW = sql('record-write-new');
const WRITE_ALL = sql('record-write-all');
const WRITE_CHANGED = sql('record-write-changed');
const END = sql('record-end');
const BEGIN = sql('record-begin');
/** What readers see of it may change. */
const TOUCHED = '(SELECT DISTINCT isin FROM :difference WHERE is_news)';
const GOLDEN = sql('instrument-golden').replace(':golden', goldenOf(TOUCHED, 'record'));
const GOLDEN_CHANGES = sql('instrument-changes');
const GOLDEN_SUPERSEDE = sql('instrument-supersede');
const GOLDEN_WRITE_NEW = sql('instrument-write-new');
const GOLDEN_WRITE_CHANGED = sql('instrument-write-changed');
const FEED = sql('change-write');

/** Records, and the golden instruments that follow from them. */
export const recordStore: Store<InstrumentRecord> = {
  stagingTemplate: 'staging.record',
  stagingColumns: RECORD_COLUMNS,

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
      'state',
      status === 'terminated' || status === 'cancelled' ? 'f' : 't',
      null,
      null,
      record.name,
      record.shortName,
      record.cfi,
      record.currency,
      record.issuerLei,
      record.symbol,
      record.firstTradeOn,
      record.terminationOn,
      null,
      JSON.stringify(details),
      hashes.content,
      hashes.exact,
    ];
  },

  // Of two events of one day the later one is what has become of the record.
  takeDuplicates: (client, staging, kind) =>
    takeDuplicates(client, staging, ['isin', 'mic'], kind === 'delta' ? 'last' : 'first'),

  async compare(client: Client, staging: string, edition: EditionInHand): Promise<Comparison> {
    const { sourceId, editionOn, auditedScopes, scopes, mics, fullSets } = edition;
    const run = (text: string, values: readonly unknown[] = []): Promise<unknown> =>
      longQuery(client, withStaging(text, staging), values);
    await run(`DROP TABLE IF EXISTS :difference`);
    if (edition.kind === 'delta') await run(FILL_CANCELLED, [sourceId]);
    await run(DIFFERENCES, [
      sourceId,
      editionOn,
      auditedScopes,
      fullSets.map(({ scope }) => scope),
      fullSets.map((full) => full.editionOn),
    ]);
    if (edition.kind === 'full') {
      await run(GONE, [sourceId, editionOn, auditedScopes, scopes, mics]);
    } else {
      await run(KNOWN_PAST, [sourceId, editionOn]);
      await run(BEGUN, [sourceId, editionOn]);
    }
    await run(`ANALYZE :difference (isin, mic, verdict)`);
    await run(DRIFT, [edition.runId, sourceId]);
    return {
      scopes: await longQuery<Row<ScopeComparison>>(client, withStaging(COMPARE, staging), [
        sourceId,
        edition.kind === 'full' ? scopes : [],
        mics,
      ]),
      drift: await countsBy(client, staging, 'drift'),
      anomalies: await countsBy(client, staging, 'anomaly'),
    };
  },

  survey: (client, staging) => longQuery<Row<GroupCount>>(client, withStaging(SURVEY, staging)),

  flips: (client, staging, edition) =>
    longQuery<Row<Flips>>(client, withStaging(FLIPS, staging), [edition.sourceId]),

  async examples(client, staging, edition, question): Promise<readonly string[]> {
    const [detail, name] = exampleDetail(question);
    const column = RECORD_COLUMNS.find((each) => question.of === 'emptied' && each === detail) ?? 'name';
    const rows = await longQuery<{ key: string }>(
      client,
      withStaging(EXAMPLES.replaceAll(':column', column), staging),
      [edition.sourceId, question.scope, question.of, detail, name],
    );
    return rows.map(({ key }) => key);
  },

  missingSentinels: (client, staging, keys) => absentFrom(client, staging, 'isin', keys),

  prepare: takeAwayIndexes,
  settle: restoreIndexes,

  async merge(client, staging, edition, at): Promise<MergeCounts> {
    const { sourceId, editionOn } = edition;
    const run = (text: string, values: readonly unknown[] = []): Promise<unknown> =>
      longQuery(client, withStaging(text, staging), values);
    const [found] = await longQuery<Row<MergeCounts['records']> & { isAllNew: boolean }>(
      client,
      withStaging(
        `SELECT count(*) FILTER (WHERE verdict = 'new') AS new,
                count(*) FILTER (WHERE verdict IN ('changed', 'begun')) AS changed,
                (SELECT count(*) FROM :staging) - count(*) FILTER (WHERE verdict IN ('new', 'changed', 'past')) AS unchanged,
                count(*) FILTER (WHERE verdict = 'ended') AS ended,
                count(*) FILTER (WHERE verdict = 'new') = (SELECT count(*) FROM :staging) AS "isAllNew"
         FROM :difference`,
        staging,
      ),
    );
    if (found === undefined) throw new Error('an aggregate without a row');
    const { isAllNew, ...counts } = found;

    // 1. Older versions go to history before newer ones take their place.
    const version = [sourceId, editionOn, at.recordedAt, at.number, edition.id];
    await run(SUPERSEDE, [sourceId]);
    await run(KEEP_PAST, version);
    await run(WRITE_CHANGED, version);
    await run(END, version.slice(0, -1));
    await run(BEGIN, [sourceId, at.recordedAt, at.number]);
    // Without the join where there is nothing to tell apart, as in a first load.
    await run(isAllNew ? WRITE_ALL : WRITE_NEW, version);

    // 2. The golden records of every ISIN touched.
    if (counts.new > ANALYZE_FROM) await run('ANALYZE record (isin, source_id)');
    await run(GOLDEN);
    await run(GOLDEN_CHANGES);
    await run(GOLDEN_SUPERSEDE);
    await run(GOLDEN_WRITE_CHANGED, [editionOn, at.recordedAt, at.number]);
    await run(GOLDEN_WRITE_NEW, [editionOn, at.recordedAt, at.number]);
    await run(FEED, [at.number]);
    await writeRedistributable(client, withStaging(TOUCHED, staging));
    const [instruments] = await longQuery<Row<MergeCounts['instruments']>>(
      client,
      `SELECT (SELECT count(*) FROM golden WHERE is_new) AS new,
              count(*) FILTER (WHERE kind = 'changed') AS changed, count(*) FILTER (WHERE kind = 'ended') AS ended
       FROM golden_change`,
    );
    if (instruments === undefined) throw new Error('an aggregate without a row');
    return { records: counts, instruments };
  },
};

/** So many new rows make PostgreSQL's idea of the table wrong enough for bad plans. */
const ANALYZE_FROM = 10_000;

async function countsBy(
  client: Client,
  staging: string,
  column: 'drift' | 'anomaly',
): Promise<Record<string, number>> {
  const rows = await longQuery<{ name: string; count: number }>(
    client,
    withStaging(
      `SELECT ${column} AS name, count(*) AS count FROM :difference WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`,
      staging,
    ),
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

/** A row of a query: an object type with string keys, as pg wants it. */
type Row<Shape> = { [Key in keyof Shape]: Shape[Key] };
