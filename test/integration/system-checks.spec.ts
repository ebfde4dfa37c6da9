import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import {
  checkedHouse,
  checkSystem,
  SYSTEM_CHECKS,
  type CheckedHouse,
  type CheckResult,
} from '../../src/operations/system-checks.js';
import { SOURCES } from '../../src/sources/index.js';
import type { Declaration } from '../../src/sources/source.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

let db: TestDatabase;
let home: string;
let house: CheckedHouse;
beforeEach(async () => {
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-home-'))]);
  house = {
    ...checkedHouse(readConfig({ ISINGLASS_HOME: home }), db.database),
    freeBytes: async () => 3 * 1024 ** 3,
  };
  await db.database.query(
    `INSERT INTO source (id, priority, authoritative_for) VALUES ('xx-iso-mic', 1, '{}')`,
  );
});
afterEach(async () => {
  await db.drop();
  await rm(home, { recursive: true });
});

/** What one check finds in a house that differs so. */
async function found(id: string, changes: Partial<CheckedHouse> = {}): Promise<CheckResult | undefined> {
  return (await checkSystem({ ...house, ...changes })).find((result) => result.id === id);
}

const withConfig = (environment: Record<string, string>): Pick<CheckedHouse, 'config'> => ({
  config: readConfig({ ISINGLASS_HOME: home, ...environment }),
});
const withFirstSource = (change: Partial<Declaration>): Pick<CheckedHouse, 'sources'> => ({
  sources: SOURCES.map((source, index) => (index === 0 ? { ...source, ...change } : source)),
});
const clockAhead = (seconds: number): Pick<CheckedHouse, 'clock'> => ({
  clock: { now: () => new Date(house.clock.now().getTime() + seconds * 1_000) },
});

it('a house in order passes every check, in a stable order', async () => {
  const results = await checkSystem(house);
  expect(results.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(results.map(({ id }) => id)).toEqual([
    'database.encoding',
    'database.clock',
    'database.rights',
    'files.writable',
    'files.space',
    'sources.declared',
    'sources.switches',
    'sources.fresh',
    'runs.attention',
  ]);
  expect(results.map(({ id }) => id)).toEqual(SYSTEM_CHECKS.map(({ id }) => id));
});

it('database.encoding: refuses a database that is not UTF-8', async () => {
  const admin = new pg.Client({ connectionString: process.env['ISINGLASS_TEST_ADMIN_DATABASE'] });
  const name = `${new URL(db.url).pathname.slice(1)}_ascii`;
  await admin.connect();
  await admin.query(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' OWNER isinglass`,
  );
  const url = new URL(db.url);
  url.pathname = `/${name}`;
  const database = new Database(url.href);
  try {
    expect(await found('database.encoding', { database })).toMatchObject({
      level: 'error',
      message: 'the database is encoded in SQL_ASCII',
    });
  } finally {
    await database.close();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
});

it.each([3_600, 5, -5, -3_600])('database.clock: warns of a clock that is %s s off', async (seconds) => {
  const result = await found('database.clock', clockAhead(seconds));
  expect(result).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(/differ by \d+\.\d s/) as string,
  });
});

it.each([1, -1])('database.clock: lets %s s pass', async (seconds) => {
  expect(await found('database.clock', clockAhead(seconds))).toMatchObject({ level: 'ok' });
});

it('database.rights: refuses a role that may not create staging tables', async () => {
  await db.database.query('REVOKE CREATE ON SCHEMA staging FROM isinglass');
  expect(await found('database.rights')).toMatchObject({ level: 'error' });
});

it('files.writable: refuses a place where no directory can be', async () => {
  await writeFile(join(home, 'a-file'), '');
  const directory = join(home, 'a-file', 'files');
  const result = await found('files.writable', withConfig({ ISINGLASS_FILES: directory }));
  expect(result).toMatchObject({ level: 'error', message: expect.stringContaining(directory) as string });
});

it('files.space: warns of a disk that is nearly full, where the files are', async () => {
  const asked: string[] = [];
  const freeBytes = async (directory: string): Promise<number> => {
    asked.push(directory);
    return 100 * 1024 ** 2;
  };
  const files = join(home, 'elsewhere');
  const result = await found('files.space', { ...withConfig({ ISINGLASS_FILES: files }), freeBytes });
  expect(result).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('only 100 MB') as string,
  });
  expect(asked).toEqual([files]);
});

it('files.space: looks at the real disk', async () => {
  const { freeBytes } = checkedHouse(readConfig({ ISINGLASS_HOME: home }), db.database);
  expect(await freeBytes(home)).toBeGreaterThan(0);
  await expect(freeBytes(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it.each<[string, Partial<Declaration>]>([
  ['id', { id: 'NSE' }],
  ['licence', { licence: { name: 'x', url: '', attribution: 'x', mayRedistribute: false } }],
  [
    'licence',
    { licence: { name: 'x', url: 'https://example.org', attribution: '', mayRedistribute: false } },
  ],
  ['schedule', { schedule: { cron: 'at noon', timeZone: 'UTC', catchUp: 'latest' } }],
  ['schedule', { schedule: { cron: '0 0 30 2 *', timeZone: 'UTC', catchUp: 'latest' } }],
  ['schedule', { schedule: { cron: '0 0 * * *', timeZone: 'Mars/Olympus', catchUp: 'latest' } }],
  ['hosts', { hosts: [] }],
])('sources.declared: refuses a source without a proper %s', async (part, change) => {
  const result = await found('sources.declared', withFirstSource(change));
  expect(result).toMatchObject({ level: 'error', message: expect.stringContaining(`: ${part}`) as string });
});

it('sources.declared: refuses a sentinel that is no ISIN', async () => {
  const sources = SOURCES.map((source) => ({
    ...source,
    bounds: { ...source.bounds, sentinels: { ALL: ['INE002A01019'] } },
  }));
  expect(await found('sources.declared', { sources })).toMatchObject({
    level: 'error',
    message: SOURCES.filter(({ fills }) => fills === 'record')
      .map(({ id }) => `${id}: sentinels`)
      .join('; '),
  });
});

it('sources.declared: refuses two sources with one id', async () => {
  expect(await found('sources.declared', { sources: [...SOURCES, ...SOURCES] })).toMatchObject({
    level: 'error',
    message: 'two sources with one id',
  });
});

it('sources.switches: refuses the name of a source that does not exist', async () => {
  const result = await found(
    'sources.switches',
    withConfig({ ISINGLASS_SOURCES: '+xx-nothing,-xx-iso-mic' }),
  );
  expect(result).toMatchObject({ level: 'error', message: expect.stringContaining('xx-nothing') as string });
});

it.each([
  [36, 'warning'],
  [34, 'ok'],
])('sources.fresh: of a source not confirmed for %s days says %s', async (days, level) => {
  await db.database.query(
    `UPDATE source SET last_confirmed_at = clock_timestamp() - make_interval(days => $1, hours => 1)`,
    [days],
  );
  expect(await found('sources.fresh')).toMatchObject({ level });
});

it.each([
  ['held', 'warning'],
  ['refused', 'warning'],
  ['failed', 'warning'],
  ['published', 'ok'],
  ['unchanged', 'ok'],
])('runs.attention: of a source whose last run is %s says %s', async (state, level) => {
  await db.database.query(
    `INSERT INTO run (source_id, trigger, state, ended_at)
     SELECT 'xx-iso-mic', 'cli', state, now() FROM unnest(ARRAY['failed', $1]) state`,
    [state],
  );
  const result = await found('runs.attention');
  expect(result?.level).toBe(level);
  if (level === 'warning') expect(result?.message).toMatch(new RegExp(`xx-iso-mic \\(run \\d+ ${state}\\)`));
});

it('runs.attention: does not ask again about what a person rejected', async () => {
  await db.database.query(
    `INSERT INTO run (source_id, trigger, state, ended_at, error)
     VALUES ('xx-iso-mic', 'cli', 'refused', now(), '{"code": "EDITION_REJECTED"}')`,
  );
  expect((await found('runs.attention'))?.level).toBe('ok');
});

it('tells of a check that cannot be made, and makes the others', async () => {
  await db.database.query('DROP TABLE run CASCADE');
  const results = await checkSystem(house);
  expect(results.at(-1)).toMatchObject({
    id: 'runs.attention',
    level: 'error',
    hint: expect.any(String) as string,
  });
  expect(results.filter(({ level }) => level === 'ok')).toHaveLength(SYSTEM_CHECKS.length - 1);
});
