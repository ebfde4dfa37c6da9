import { countQuery, FURTHEST_ROW, listQuery as panelQuery, rowsQuery } from '../../src/admin/list-query.js';
import { LISTED, type Listed } from '../../src/admin/listed.js';
import { longQuery } from '../../src/database/database.js';
import { listQuery, LOOKUP_QUERIES, type InstrumentFilter } from '../../src/instruments/instrument-reader.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const INSTRUMENTS = 200_000;
const LIMIT = 100;

/** As much of `EXPLAIN (FORMAT JSON)` as is read here. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

let db: TestDatabase;
beforeAll(async () => {
  db = await cloneDatabase();
  // One in a thousand is rare: missing, in CHF, on XSWX, of another source, with a LEI of its own, a bond.
  await fill(
    `INSERT INTO record (isin, source_id, mic, scope, part, status, name, cfi, currency, issuer_lei, symbol, details,
                         content_hash, exact_hash, valid_from, recorded_at, publication, edition_id, action, is_open,
                         stated_on)
     SELECT 'XX' || lpad(n::text, 10, '0'), CASE WHEN rare THEN 'xx-rare' ELSE 'xx-large' END,
            CASE WHEN rare THEN 'XSWX' ELSE 'XNSE' END, 'ALL', 'ALL', CASE WHEN rare THEN 'missing' ELSE 'active' END,
            'Company ' || md5(n::text) || ' Limited', CASE WHEN rare THEN 'DBFTFB' ELSE 'ESVUFR' END,
            CASE WHEN rare THEN 'CHF' ELSE 'INR' END, 'LEI' || lpad((n / 10)::text, 17, '0'), 'S' || n, '{}',
            md5(n::text)::uuid, md5(n::text)::uuid, '2026-01-05', now(), 1, 1,
            'state', true, '2026-01-05'
     FROM (SELECT n, n % 1000 = 0 AS rare FROM generate_series(1, ${INSTRUMENTS}) n) numbers`,
  );
  await fill(
    `INSERT INTO instrument (isin, status, name, cfi, currency, issuer_lei, symbol, provenance, valid_from, recorded_at, publication)
     SELECT isin, status, name, cfi, currency, issuer_lei, symbol, '{}', valid_from, recorded_at, 1 FROM record`,
  );
  // A fifth is also known to a source that does not let its data be passed on.
  await fill(
    `INSERT INTO record
     SELECT (jsonb_populate_record(r, '{"source_id": "xx-restricted"}')).* FROM record r WHERE right(isin, 1) IN ('1', '5')`,
  );
  await fill(
    `INSERT INTO instrument_redistributable (isin, status, name, cfi, currency, issuer_lei, symbol, provenance, valid_from, recorded_at, publication)
     SELECT isin, status, name, cfi, currency, issuer_lei, symbol, '{}', valid_from, recorded_at, 1 FROM record WHERE source_id = 'xx-restricted'`,
  );
  await db.database.query(
    `INSERT INTO source (id, priority, authoritative_for) VALUES ('xx-large', 1, '{}'), ('xx-rare', 2, '{}'), ('xx-restricted', 3, '{}')`,
  );
  await db.database.query(
    `INSERT INTO edition (source_id, kind, edition_on, fingerprint, scopes, state)
     SELECT 'xx-large', 'full', date '2020-01-01' + n, n::text, '{ALL}', 'published' FROM generate_series(1, 2000) n`,
  );
  await db.database.query(`INSERT INTO file (sha256, size_bytes) VALUES (repeat('0', 64), 1)`);
  await db.database.query(
    `INSERT INTO edition_part (edition_id, name, scope, file_sha256, file_name, counts)
     SELECT id, 'ALL', 'ALL', repeat('0', 64), 'ALL.csv', '{}' FROM edition`,
  );
  await db.database.query(
    `INSERT INTO venue (mic, scope, status, operating_mic, kind, name, content_hash, exact_hash, source_id, valid_from,
                        recorded_at, publication, edition_id)
     SELECT 'V' || lpad(n::text, 3, '0'), 'ALL', 'active', 'XNSE', 'segment', 'Venue', md5('')::uuid, md5('')::uuid,
            'xx-large', '2026-01-05', now(), 1, 1 FROM generate_series(1, 999) n`,
  );
  await db.database.query(
    `INSERT INTO run (source_id, trigger, state, ended_at)
     SELECT 'xx-large', 'schedule', CASE WHEN n % 1000 = 0 THEN 'held' ELSE 'published' END, now()
     FROM generate_series(1, 20000) n`,
  );
  await fill('ANALYZE');
  // As it does by itself: the index of words has them in a heap until then.
  await db.database.query('VACUUM instrument_redistributable');
});
afterAll(() => db.drop());

/** Takes long on a busy machine. */
async function fill(sql: string): Promise<void> {
  await db.database.transaction((client) => longQuery(client, sql));
}

async function planOf(sql: string, values: readonly unknown[]): Promise<PlanNode[]> {
  const [row] = await db.database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
    values,
  );
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  return (row?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => nodes(Plan));
}

async function planOfList(filter: Partial<InstrumentFilter>): Promise<PlanNode[]> {
  const { sql, values } = listQuery({ limit: LIMIT, ...filter });
  return planOf(sql, values);
}

const indexesOf = (plan: readonly PlanNode[]): string[] => [
  ...new Set(plan.flatMap((node) => node['Index Name'] ?? [])),
];
const scanned = (plan: readonly PlanNode[]): string[] =>
  plan.flatMap((node) => (node['Node Type'].endsWith('Seq Scan') ? (node['Relation Name'] ?? '?') : []));

describe('one ISIN', () => {
  it.each(LOOKUP_QUERIES.map((sql, index): [number, string] => [index + 1, sql]))(
    'is looked up by indexes alone, in query %s',
    async (_number, sql) => {
      const values = ['XX0000001234', ...(sql.includes('$2') ? [['xx-restricted']] : [])];
      const plan = await planOf(sql, values);
      expect(scanned(plan)).toEqual([]);
      expect(indexesOf(plan).length).toBeGreaterThan(0);
    },
  );
});

describe('a list', () => {
  it.each<[string, Partial<InstrumentFilter>, string]>([
    ['the beginning of an ISIN', { isin: 'XX00001234' }, 'instrument_isin'],
    ['a part of a name', { name: 'ab12cd' }, 'instrument_search_name_trigram'],
    ['the beginning of a name', { name: 'company 0a1b2*' }, 'instrument_search_name_prefix'],
    ['a rare status', { status: 'missing' }, 'instrument_status_rare'],
    ['a status nobody has', { status: 'cancelled' }, 'instrument_status_rare'],
    ['a rare CFI', { cfi: 'DB' }, 'instrument_cfi_prefix'],
    ['a CFI nobody has', { cfi: 'RWSTCA' }, 'instrument_cfi_prefix'],
    ['a rare currency', { currency: 'CHF' }, 'instrument_currency'],
    ['a currency nobody has', { currency: 'XAG' }, 'instrument_currency'],
    ['a symbol', { symbol: 'S4711' }, 'instrument_symbol'],
    ['an issuer', { issuerLei: 'LEI00000000000000047' }, 'instrument_issuer_lei'],
    ['a rare venue', { mic: 'XSWX' }, 'record_by_mic'],
    ['a venue nobody lists on', { mic: 'XETR' }, 'record_by_mic'],
    ['a rare source', { source: 'xx-rare' }, 'record_by_source'],
    ['a source without records', { source: 'xx-none' }, 'record_by_source'],
  ])(
    'by %s finds its rows by an index, of all and of what may be passed on',
    async (_what, filter, index) => {
      for (const hidden of [[], ['xx-restricted']]) {
        const plan = await planOfList({ ...filter, hidden });
        expect([hidden, scanned(plan)]).toEqual([hidden, []]);
        expect(indexesOf(plan)).toContainEqual(expect.stringContaining(index));
      }
    },
  );

  it.each<[string, Partial<InstrumentFilter>]>([
    ['everything', {}],
    ['what is active', { status: 'active' }],
    ['the common currency', { currency: 'INR' }],
    ['shares', { cfi: 'ES' }],
    ['a large venue', { mic: 'XNSE' }],
    ['a large source', { source: 'xx-large' }],
    ['what most names hold', { name: 'limited' }],
  ])(
    'of %s goes on where the page before ended, of all and of what may be passed on',
    async (_what, filter) => {
      for (const hidden of [[], ['xx-restricted']]) {
        const plan = await planOfList({ ...filter, hidden, after: 'XX0000150000' });
        expect([hidden, scanned(plan)]).toEqual([hidden, []]);
        expect(indexesOf(plan)).toContain('instrument_isin_pkey');
        expect(plan.map((node) => node['Node Type'])).not.toContain('Sort');
      }
    },
  );
});

describe('a list of the panel', () => {
  const values: Readonly<Record<string, readonly string[]>> = {
    isin: ['XX', 'XX00001234', 'ZZ'],
    name: ['limited', 'ab12cd', 'nobody is called so'],
    status: ['active', 'missing', 'cancelled'],
    cfi: ['ES', 'DB', 'RWSTCA'],
    currency: ['INR', 'CHF', 'XAG'],
    symbol: ['S4711', 'NONE'],
    issuer_lei: ['LEI00000000000000047', 'NONE'],
    mic: ['XNSE', 'XSWX', 'XETR'],
  };
  const large = LISTED.filter(({ table }) => ['instrument', 'record'].includes(table));
  const cases = large.flatMap((listed) => [
    { listed, filters: {} },
    ...listed.columns
      .filter(({ filter }) => filter !== undefined)
      .flatMap(({ name }) => (values[name] ?? []).map((value) => ({ listed, filters: { [name]: value } }))),
  ]);

  it.each(cases)(
    '$listed.id by $filters reads no table from end to end, nor its count',
    async ({ listed, filters }) => {
      for (const direction of ['asc', 'desc'] as const) {
        const far = panelQuery(listed, { filters, direction, limit: 25, offset: FURTHEST_ROW - 25 });
        const near = panelQuery(listed, { filters, direction, limit: 25, offset: 0 });
        for (const { sql, values } of [near, far, countQuery(listed, filters)]) {
          expect(scanned(await planOf(sql, values))).toEqual([]);
        }
      }
    },
  );

  it.each(['published', 'held', 'failed'])('of runs that are %s reads them by an index', async (state) => {
    const runs = LISTED.find(({ id }) => id === 'run') as Listed;
    const order = { filters: { state }, direction: 'desc', limit: 25, offset: 0 } as const;
    for (const { sql, values } of [panelQuery(runs, order), countQuery(runs, { state })]) {
      const plan = await planOf(sql, values);
      expect(scanned(plan)).not.toContain('run');
      if (state !== 'published') expect(indexesOf(plan)).toContain('run_by_state');
    }
  });

  it('shows a record by its key', async () => {
    for (const [id, key] of [
      ['instrument', 'XX0000001234'],
      ['listing', 'XX0000001234~xx-large~XNSE'],
    ]) {
      const query = rowsQuery(large.find((each) => each.id === id) as Listed, [key ?? '']);
      expect(scanned(await planOf(query?.sql ?? '', query?.values ?? []))).toEqual([]);
    }
  });
});

it('no index of instrument is there for nothing', async () => {
  const rows = await db.database.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'instrument'::regclass ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'instrument_cfi_prefix',
    'instrument_currency',
    'instrument_isin_pkey',
    'instrument_issuer_lei',
    'instrument_search_name_prefix',
    'instrument_search_name_trigram',
    'instrument_status_rare',
    'instrument_symbol',
  ]);
});
