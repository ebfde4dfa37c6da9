import { longQuery, type Client } from '../database/database.js';
import { sqlFile, withStaging } from '../database/sql-file.js';
import type { VenueRecord } from '../domain/record.js';
import { contentHashes } from './content-hash.js';
import { absentFrom, exampleDetail, takeDuplicates } from './staging.js';
import type { EditionInHand, Flips, GroupCount, MergeCounts, ScopeComparison, Store } from './store.js';

const sql = (name: string): string => sqlFile(import.meta.url, `./sql/${name}.sql`);

const DIFFERENCES = sql('venue-differences');
const COMPARE = sql('venue-compare');
const SURVEY = sql('venue-survey');
const FLIPS = sql('venue-flips');
const EXAMPLES = sql('venue-examples');
const SUPERSEDE = sql('venue-supersede');
const WRITE = sql('venue-write');
const END = sql('venue-end');

/** Markets by MIC. */
export const venueStore: Store<VenueRecord> = {
  stagingTemplate: 'staging.venue',
  stagingColumns: [
    'part',
    'line',
    'precedence',
    'mic',
    'scope',
    'status',
    'operating_mic',
    'kind',
    'name',
    'legal_name',
    'lei',
    'category',
    'acronym',
    'country',
    'city',
    'website',
    'created_on',
    'updated_on',
    'validated_on',
    'expires_on',
    'comments',
    'content_hash',
    'exact_hash',
  ],

  stagedRow(venue, place) {
    const { mic, status, ...content } = venue;
    const hashes = contentHashes({ ...content, scope: place.scope });
    return [
      place.part,
      place.line,
      place.precedence,
      mic,
      place.scope,
      status,
      venue.operatingMic,
      venue.kind,
      venue.name,
      venue.legalName,
      venue.lei,
      venue.category,
      venue.acronym,
      venue.country,
      venue.city,
      venue.website,
      venue.createdOn,
      venue.updatedOn,
      venue.validatedOn,
      venue.expiresOn,
      venue.comments,
      hashes.content,
      hashes.exact,
    ];
  },

  takeDuplicates: (client, staging) => takeDuplicates(client, staging, ['mic'], 'first'),

  async compare(client, staging, edition) {
    const scopes = await compareVenues(client, staging, edition);
    return { scopes, drift: {}, anomalies: {} };
  },

  survey: (client, staging) => longQuery<Row<GroupCount>>(client, withStaging(SURVEY, staging)),

  flips: (client, staging) => longQuery<Row<Flips>>(client, withStaging(FLIPS, staging)),

  async examples(client, staging, _edition, question): Promise<readonly string[]> {
    const rows = await longQuery<{ key: string }>(client, withStaging(EXAMPLES, staging), [
      question.scope,
      question.of,
      ...exampleDetail(question),
    ]);
    return rows.map(({ key }) => key);
  },

  missingSentinels: (client, staging, keys) => absentFrom(client, staging, 'mic', keys),

  async merge(client, staging, edition, at): Promise<MergeCounts> {
    const comparison = await compareVenues(client, staging, edition);
    const version = [edition.sourceId, edition.editionOn, at.recordedAt, at.number, edition.id];
    await longQuery(client, SUPERSEDE);
    await longQuery(client, withStaging(WRITE, staging), version);
    await longQuery(client, END, version.slice(0, -1));
    const total = (key: 'new' | 'changed' | 'unchanged' | 'ended'): number =>
      comparison.reduce((sum, scope) => sum + scope[key], 0);
    return {
      records: {
        new: total('new'),
        changed: total('changed'),
        unchanged: total('unchanged'),
        ended: total('ended'),
      },
      instruments: { new: 0, changed: 0, ended: 0 },
    };
  },
};

/** Leaves the temporary table `venue_difference` behind, for what follows in the transaction. */
async function compareVenues(
  client: Client,
  staging: string,
  edition: EditionInHand,
): Promise<readonly ScopeComparison[]> {
  await client.query('DROP TABLE IF EXISTS venue_difference');
  await longQuery(client, withStaging(DIFFERENCES, staging), [
    edition.sourceId,
    edition.scopes,
    edition.kind === 'full',
  ]);
  return longQuery<Row<ScopeComparison>>(client, COMPARE, [edition.scopes]);
}

/** A row of a query: an object type with string keys, as pg wants it. */
type Row<Shape> = { [Key in keyof Shape]: Shape[Key] };
