import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { CONFIG } from '../../src/config/settings.js';
import type { Database } from '../../src/database/database.js';
import { Retention, type Swept } from '../../src/ingestion/retention.js';
import { MOST_LINES } from '../../src/ingestion/sweeps/rows.js';
import { digestOf } from '../support/digest.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'in-nse-equities';
const OTHER = 'xx-iso-mic';

let house: TestHouse;
let database: Database;

beforeEach(async () => {
  house = await openTestHouse();
  database = house.db.database;
});
afterEach(() => house.close());

const sweep = (isDryRun = false): Promise<Swept> =>
  house.app.get(Retention).sweep({ isDryRun, signal: new AbortController().signal });

/** What a sweep deleted, without the kinds of which there was nothing. */
async function deleted(isDryRun = false): Promise<Swept> {
  return Object.fromEntries(Object.entries(await sweep(isDryRun)).filter(([, count]) => count > 0));
}

async function insert(sql: string, values: readonly unknown[]): Promise<number> {
  const [row] = await database.query<{ id: number }>(`${sql} RETURNING id`, values);
  if (row === undefined) throw new Error('nothing inserted');
  return row.id;
}

interface RunFacts {
  readonly source?: string;
  readonly state?: string;
  readonly daysAgo: number;
  readonly edition?: number;
}

/** A run that ended so long ago, with a step, a line, a finding, a reject and a drift. */
async function pastRun({ source = SOURCE, state = 'failed', daysAgo, edition }: RunFacts): Promise<number> {
  const id = await insert(
    `INSERT INTO run (source_id, trigger, state, edition_id, created_at, started_at, ended_at)
     SELECT $1, 'cli', $2, $4, at, at, at FROM (SELECT now() - make_interval(days => $3) AS at) moment`,
    [source, state, daysAgo, edition ?? null],
  );
  await database.query(
    `INSERT INTO run_step (run_id, name, state, epoch, started_at, ended_at)
     SELECT id, 'locate', 'done', 1, ended_at, ended_at FROM run WHERE id = $1`,
    [id],
  );
  await database.query(
    `INSERT INTO run_event (run_id, at, level, message) SELECT id, ended_at, 'info', 'line' FROM run WHERE id = $1`,
    [id],
  );
  await database.query(
    `INSERT INTO finding (run_id, code, severity, message) VALUES ($1, 'APPROVED', 'note', 'why')`,
    [id],
  );
  await database.query(
    `INSERT INTO reject (run_id, part, line, reasons, raw) VALUES ($1, 'EQUITY_L', 1, '[]', 'x')`,
    [id],
  );
  await database.query(
    `INSERT INTO drift (run_id, isin, mic, reason) VALUES ($1, 'INE002A01018', 'XNSE', 'vanished')`,
    [id],
  );
  return id;
}

/** An edition of one part, whose file lies in the store. */
async function pastEdition(facts: {
  readonly source?: string;
  readonly state: string;
  readonly daysAgo: number;
  readonly part?: string;
  readonly bytes: string;
}): Promise<{ readonly id: number; readonly sha256: string }> {
  const { source = SOURCE, state, daysAgo, part = 'EQUITY_L', bytes } = facts;
  const sha256 = await pastFile(bytes, daysAgo);
  await database.query(
    `INSERT INTO file (sha256, size_bytes, stored_at) VALUES ($1, $2, now() - make_interval(days => $3))`,
    [sha256, bytes.length, daysAgo],
  );
  const id = await insert(
    `INSERT INTO edition (source_id, kind, edition_on, fingerprint, scopes, state, last_seen_at)
     SELECT $1, 'full', at::date, $2, '{}', $3, at FROM (SELECT now() - make_interval(days => $4) AS at) moment`,
    [source, sha256, state, daysAgo],
  );
  await database.query(
    `INSERT INTO edition_part (edition_id, name, scope, file_sha256, file_name, counts) VALUES ($1, $2, $2, $3, $2, '{}')`,
    [id, part, sha256],
  );
  return { id, sha256 };
}

/** Bytes in the store that were brought so long ago. */
async function pastFile(bytes: string, daysAgo: number): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = pathOf(sha256);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  const at = new Date(Date.now() - daysAgo * 86_400_000);
  await utimes(path, at, at);
  return sha256;
}

const pathOf = (sha256: string): string => join(house.home, 'files', sha256.slice(0, 2), sha256);
const isStored = (sha256: string): Promise<boolean> =>
  stat(pathOf(sha256)).then(
    () => true,
    () => false,
  );

async function publish(run: number, edition: number, number: number, source = SOURCE): Promise<void> {
  await database.query(
    `INSERT INTO publication (number, source_id, edition_id, run_id, published_at) VALUES ($1, $2, $3, $4, now())`,
    [number, source, edition, run],
  );
  await database.query(`UPDATE run SET state = 'published', publication = $2 WHERE id = $1`, [run, number]);
}

/** What the gate counted. */
async function count(run: number, edition: number): Promise<void> {
  await database.query(
    `INSERT INTO edition_statistic (run_id, edition_id, scope, group_kind, group_name, records, gone, empty, invalid, is_approved)
     VALUES ($1, $2, 'EQUITY_L', 'scope', '', 1, 0, '{}', '{}', false)`,
    [run, edition],
  );
}

const column = async (sql: string): Promise<unknown[]> =>
  (await database.query<Record<string, unknown>>(sql)).map((row) => Object.values(row)[0]);
const runs = (): Promise<unknown[]> => column('SELECT id FROM run ORDER BY id');
const runsWith = (table: string): Promise<unknown[]> =>
  column(`SELECT DISTINCT run_id FROM ${table} ORDER BY run_id`);

describe('retention of runs', () => {
  it('deletes those that are old with all that is theirs, and keeps the last one of each source', async () => {
    const old = await pastRun({ daysAgo: 91 });
    const ofOther = await pastRun({ daysAgo: 200, source: OTHER });
    const young = await pastRun({ daysAgo: 89 });
    expect(await deleted()).toEqual({ events: 3, rejects: 1, drift: 1, runs: 1 });
    expect(await runs()).toEqual([ofOther, young]);
    for (const table of ['run_step', 'finding', 'reject', 'drift'])
      expect([table, await runsWith(table)]).toEqual([table, [ofOther, young]]);
    expect(await runsWith('run_event')).toEqual([]);
    expect(old).toBeLessThan(ofOther);
  });

  it('keeps the runs that published, of which only the last one keeps its rejects and drift', async () => {
    const first = await pastEdition({ state: 'published', daysAgo: 300, bytes: 'a' });
    const second = await pastEdition({ state: 'published', daysAgo: 200, bytes: 'b' });
    const published = [
      await pastRun({ daysAgo: 300, edition: first.id }),
      await pastRun({ daysAgo: 200, edition: second.id }),
    ];
    await publish(published[0] ?? 0, first.id, 1);
    await publish(published[1] ?? 0, second.id, 2);
    const failed = await pastRun({ daysAgo: 150 });
    const last = await pastRun({ daysAgo: 120, state: 'unchanged' });
    expect(await deleted()).toMatchObject({ rejects: 2, drift: 2, runs: 1 });
    expect(await runs()).toEqual([...published, last]);
    expect(await runsWith('reject')).toEqual([published[1], last]);
    expect(await runsWith('drift')).toEqual([published[1], last]);
    // Why somebody approved stays written down.
    expect(await runsWith('finding')).toEqual([...published, last]);
    expect(await column('SELECT count(*) FROM publication')).toEqual([2]);
    expect(failed).toBeLessThan(last);
  });

  it('keeps one whose edition waits for a person, until another is published', async () => {
    const held = await pastEdition({ state: 'held', daysAgo: 500, bytes: 'held' });
    const waiting = await pastRun({ daysAgo: 500, state: 'held', edition: held.id });
    const last = await pastRun({ daysAgo: 100 });
    await count(waiting, held.id);
    expect(await deleted()).toEqual({ events: 2 });
    expect(await runs()).toEqual([waiting, last]);
    expect(await isStored(held.sha256)).toBe(true);
    const later = await pastEdition({ state: 'published', daysAgo: 400, bytes: 'later' });
    await publish(last, later.id, 1);
    await count(last, later.id);
    expect(await deleted()).toEqual({ statistics: 1, rejects: 1, drift: 1, runs: 1, files: 1 });
    expect(await runsWith('edition_statistic')).toEqual([last]);
    expect(await runs()).toEqual([last]);
    expect(await isStored(held.sha256)).toBe(false);
  });

  it('leaves runs alone that have not ended, however old', async () => {
    const waiting = await insert(
      `INSERT INTO run (source_id, trigger, created_at) VALUES ($1, 'api', now() - interval '1 year')`,
      [SOURCE],
    );
    await pastRun({ daysAgo: 1 });
    expect(await deleted()).toEqual({});
    expect(await runs()).toContain(waiting);
  });

  it('deletes old slots with what they say of runs, but not the newest of a source, nor one that waits', async () => {
    const slot = async (daysAgo: number, state: string, run?: number): Promise<void> => {
      await database.query(
        `INSERT INTO slot (source_id, due_at, state, ended_at)
         SELECT $1, at, $2, CASE WHEN $2 <> 'waiting' THEN at END
         FROM (SELECT date_trunc('day', now()) - make_interval(days => $3) AS at) moment`,
        [SOURCE, state, daysAgo],
      );
      if (run === undefined) return;
      await database.query(
        `INSERT INTO slot_run (run_id, source_id, due_at)
         SELECT $1, $2, date_trunc('day', now()) - make_interval(days => $3)`,
        [run, SOURCE, daysAgo],
      );
    };
    const run = await pastRun({ daysAgo: 300 });
    const last = await pastRun({ daysAgo: 200 });
    await slot(300, 'opened', run);
    await slot(250, 'skipped');
    await slot(220, 'waiting');
    await slot(200, 'opened', last);
    expect(await deleted(true)).toMatchObject({ slots: 2, runs: 1 });
    expect(await deleted()).toMatchObject({ slots: 2, runs: 1 });
    expect(await column('SELECT state FROM slot ORDER BY due_at')).toEqual(['waiting', 'opened']);
    expect(await column('SELECT run_id FROM slot_run')).toEqual([last]);
    expect(await runs()).toEqual([last]);
  });

  it('keeps a run to which any other table refers, also one that is not known here', async () => {
    const decided = await pastRun({ daysAgo: 300 });
    await pastRun({ daysAgo: 100 });
    await database.query(`CREATE TABLE "a decision" ("of run" bigint REFERENCES run (id))`);
    await database.query(`INSERT INTO "a decision" VALUES ($1)`, [decided]);
    expect(await deleted()).not.toHaveProperty('runs');
    expect(await runs()).toContain(decided);
  });

  it('knows every table that refers to a run, and what becomes of it', async () => {
    const references = await column(
      `SELECT conrelid::regclass || CASE confdeltype WHEN 'c' THEN ' goes with it' ELSE ' keeps it' END
       FROM pg_constraint WHERE contype = 'f' AND confrelid = 'run'::regclass ORDER BY 1`,
    );
    expect(references).toEqual([
      'drift goes with it',
      'finding goes with it',
      'reject goes with it',
      'run_event goes with it',
      'run_step goes with it',
      'slot_run goes with it',
    ]);
  });

  it('deletes more than fits into one transaction', async () => {
    await database.query(
      `INSERT INTO run (source_id, trigger, state, ended_at)
       SELECT $1, 'cli', 'unchanged', now() - interval '91 days' FROM generate_series(1, 120)`,
      [SOURCE],
    );
    const last = await pastRun({ daysAgo: 0 });
    expect(await deleted()).toEqual({ runs: 120 });
    expect(await runs()).toEqual([last]);
  });

  it('stops between two transactions when it is told to', async () => {
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    const signal = AbortSignal.abort(new Error('told to stop'));
    await expect(house.app.get(Retention).sweep({ signal })).rejects.toThrow('told to stop');
    expect(await runs()).toHaveLength(2);
  });
});

describe('retention of logs', () => {
  it('deletes lines by their age, of runs that published too', async () => {
    const run = await pastRun({ daysAgo: 31 });
    await database.query(`INSERT INTO run_event (run_id, level, message) VALUES ($1, 'info', 'of today')`, [
      run,
    ]);
    expect(await deleted()).toEqual({ events: 1 });
    expect(await column('SELECT message FROM run_event')).toEqual(['of today']);
  });

  it('keeps the newest lines of a run that says too much', async () => {
    const loud = await pastRun({ daysAgo: 0 });
    const quiet = await pastRun({ daysAgo: 0, source: OTHER });
    await database.query(
      `INSERT INTO run_event (run_id, level, message) SELECT $1, 'info', 'loud ' || n FROM generate_series(1, $2) n`,
      [loud, MOST_LINES + 11_000],
    );
    expect(await deleted()).toEqual({ eventsBeyondMost: 11_001 });
    expect(await column(`SELECT count(*) FROM run_event WHERE run_id = ${loud}`)).toEqual([MOST_LINES]);
    expect(await column(`SELECT message FROM run_event WHERE run_id = ${loud} ORDER BY id LIMIT 1`)).toEqual([
      'loud 11001',
    ]);
    expect(await runsWith('run_event')).toContain(quiet);
  });
});

describe('retention of files', () => {
  it('deletes what is old, and keeps what is published of each part', async () => {
    const year = { state: 'published', daysAgo: 800, bytes: 'two years' };
    const superseded = await pastEdition(year);
    const ofSibling = await pastEdition({ ...year, part: 'SME_EQUITY_L', bytes: 'sibling' });
    const current = await pastEdition({ ...year, daysAgo: 400, bytes: 'current' });
    const refused = await pastEdition({ state: 'refused', daysAgo: 366, bytes: 'refused' });
    const young = await pastEdition({ state: 'refused', daysAgo: 364, bytes: 'young' });
    for (const [index, { id }] of [superseded, ofSibling, current].entries())
      await publish(await pastRun({ daysAgo: 800 - index }), id, index + 1);
    expect(await deleted(true)).toMatchObject({ files: 2 });
    expect(await deleted()).toMatchObject({ files: 2 });
    const stored = async (...editions: { sha256: string }[]) =>
      Promise.all(editions.map(({ sha256 }) => isStored(sha256)));
    expect(await stored(superseded, refused)).toEqual([false, false]);
    expect(await stored(ofSibling, current, young)).toEqual([true, true, true]);
    // What was said of them stays.
    expect(await column('SELECT count(*) FROM edition_part')).toEqual([5]);
    expect(await column('SELECT count(*) FROM file WHERE removed_at IS NOT NULL')).toEqual([2]);
    expect(await deleted()).toEqual({});
  });

  it('deletes those of lists of millions by weeks before the newest edition, but not one that is held', async () => {
    const bulk = { source: 'eu-esma-firds', part: 'FULINS_E_01of01', state: 'published' };
    const old = await pastEdition({ ...bulk, daysAgo: 15, bytes: 'old' });
    const held = await pastEdition({ ...bulk, daysAgo: 16, state: 'held', bytes: 'held' });
    const young = await pastEdition({ ...bulk, daysAgo: 14, bytes: 'young' });
    expect(await deleted()).toEqual({});
    // Editions of its kind that were published since decide on the one that was held.
    const newest = await pastEdition({ ...bulk, daysAgo: 0, bytes: 'newest' });
    await database.query(`UPDATE edition SET kind = 'delta' WHERE id <> $1`, [held.id]);
    expect(await deleted(true)).toEqual({ bulkFiles: 1 });
    expect(await deleted()).toEqual({ bulkFiles: 1 });
    const stored = await Promise.all([old, held, young, newest].map(({ sha256 }) => isStored(sha256)));
    expect(stored).toEqual([false, true, true, true]);
  });

  it('deletes what no edition has and no table knows, but not what a run waits with', async () => {
    const lost = await pastFile('lost', 15);
    const fresh = await pastFile('fresh', 13);
    const given = await pastFile('given', 100);
    const loaded = await pastFile('loaded, and then the run failed', 15);
    const fetched = await pastFile('fetched by a run that is tried again', 100);
    await database.query(
      `INSERT INTO file (sha256, size_bytes, stored_at) VALUES ($1, 1, now() - interval '15 days')`,
      [loaded],
    );
    await database.query(`INSERT INTO run (source_id, trigger, requested) VALUES ($1, 'cli', $2)`, [
      SOURCE,
      JSON.stringify({ files: [{ name: 'EQUITY_L.csv', sha256: given, sizeBytes: 5 }] }),
    ]);
    await database.query(
      `INSERT INTO run_step (run_id, name, state, epoch, result) SELECT id, 'load EQUITY_L', 'waiting', 1, $1 FROM run`,
      [JSON.stringify({ file: { sha256: fetched } })],
    );
    expect(await deleted()).toEqual({ files: 2 });
    const stored = await Promise.all([lost, loaded, fresh, given, fetched].map(isStored));
    expect(stored).toEqual([false, false, true, true, true]);
  });

  it('leaves a file alone that was brought again today, whatever the tables say', async () => {
    const again = await pastEdition({ state: 'refused', daysAgo: 500, bytes: 'again' });
    await utimes(pathOf(again.sha256), new Date(), new Date());
    expect(await deleted()).toEqual({});
    expect(await isStored(again.sha256)).toBe(true);
  });

  it('deletes half-written downloads that nobody writes to any more', async () => {
    const directory = join(house.home, 'files', 'tmp');
    await mkdir(directory, { recursive: true });
    for (const [name, hoursAgo] of [
      ['old.part', 7],
      ['young.part', 5],
    ] as const) {
      const at = new Date(Date.now() - hoursAgo * 3_600_000);
      await writeFile(join(directory, name), '');
      await utimes(join(directory, name), at, at);
    }
    expect(await deleted()).toEqual({ parts: 1 });
    await expect(stat(join(directory, 'young.part'))).resolves.toBeDefined();
  });
});

describe('retention of what faults left behind', () => {
  it('drops staging of runs that ended or are gone, and of no other', async () => {
    const ended = await pastRun({ daysAgo: 0 });
    const working = await insert(`INSERT INTO run (source_id, trigger) VALUES ($1, 'api')`, [OTHER]);
    for (const run of [ended, working, 99_999]) {
      await database.query(`CREATE UNLOGGED TABLE staging.run_${run} (LIKE staging.record)`);
      await database.query(`CREATE UNLOGGED TABLE staging.run_${run}_0 () INHERITS (staging.run_${run})`);
      await database.query(`CREATE UNLOGGED TABLE staging.run_${run}_difference (isin text)`);
    }
    expect(await deleted(true)).toEqual({ staging: 6 });
    expect(await deleted()).toEqual({ staging: 6 });
    expect(
      await column(
        `SELECT relname FROM pg_class WHERE relnamespace = 'staging'::regnamespace AND relkind = 'r' ORDER BY 1`,
      ),
    ).toEqual(['record', `run_${working}`, `run_${working}_0`, `run_${working}_difference`, 'venue']);
  });

  it('does not wait long for a table that somebody still writes to', async () => {
    const ended = await pastRun({ daysAgo: 0 });
    await database.query(`CREATE UNLOGGED TABLE staging.run_${ended} (LIKE staging.record)`);
    await database.transaction(async (client) => {
      await client.query(`LOCK TABLE staging.run_${ended} IN ROW EXCLUSIVE MODE`);
      expect(await deleted()).toEqual({});
    });
    expect(await deleted()).toEqual({ staging: 1 });
  });

  it('deletes jobs that ended long ago and pg-boss left behind', async () => {
    const boss = new PgBoss({ connectionString: house.db.url, supervise: false, schedule: false });
    await boss.start();
    try {
      await boss.createQueue('steps');
      const ids: string[] = [];
      for (let job = 0; job < 3; job += 1) ids.push((await boss.send('steps', { job })) ?? '');
      await boss.cancel('steps', ids.slice(0, 2));
      await database.query(`UPDATE pgboss.job SET completed_on = now() - interval '91 days' WHERE id = $1`, [
        ids[0],
      ]);
      expect(await deleted()).toEqual({ jobs: 1 });
      expect((await column('SELECT id FROM pgboss.job')).sort()).toEqual(ids.slice(1).sort());
    } finally {
      await boss.stop({ graceful: false });
    }
  });
});

describe('a sweep', () => {
  it('of a dry run counts, and deletes nothing', async () => {
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    const counted = await deleted(true);
    expect(counted).toEqual({ events: 1, rejects: 1, drift: 1, runs: 1 });
    expect(await runs()).toHaveLength(2);
    expect(await column('SELECT count(*) FROM retention')).toEqual([0]);
    expect(await deleted()).toEqual(counted);
  });

  it('is done by one of several at once', async () => {
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    const lock = await database.dedicatedClient(5_000);
    await lock.query('SELECT pg_advisory_lock(771004)');
    await expect(sweep()).rejects.toMatchObject({ code: 'RETENTION_IN_PROGRESS' });
    expect(await runs()).toHaveLength(2);
    await lock.end();
    const results = await Promise.allSettled([sweep(), sweep(), sweep()]);
    expect(results.map(({ status }) => status)).toContain('fulfilled');
    expect(await runs()).toHaveLength(1);
  });

  it('goes on with the other kinds when one meets a fault, tells it and writes it down', async () => {
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    await database.query('ALTER TABLE reject RENAME TO renamed');
    await expect(sweep()).rejects.toThrow('relation "reject" does not exist');
    expect(await column(`SELECT error ->> 'message' FROM retention`)).toEqual([
      'relation "reject" does not exist',
    ]);
    expect(await column(`SELECT deleted ->> 'drift' FROM retention`)).toEqual(['1']);
  });

  it('comes by itself in the role scheduler, once an hour', async () => {
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    const retention = house.app.get(Retention);
    await retention.look();
    expect(await runs()).toHaveLength(2);
    // A house with the role, without waiting ten minutes for its timer.
    const config = house.app.get<{ roles: string[] }>(CONFIG);
    config.roles = ['scheduler'];
    await retention.look();
    expect(await runs()).toHaveLength(1);
    const began = await column('SELECT began_at FROM retention');
    await pastRun({ daysAgo: 91 });
    await pastRun({ daysAgo: 0 });
    await retention.look();
    expect(await column('SELECT began_at FROM retention')).toEqual(began);
    await database.query(`UPDATE retention SET began_at = began_at - interval '56 minutes'`);
    await retention.look();
    expect(await column('SELECT began_at FROM retention')).not.toEqual(began);
  });
});

describe('what readers of instruments see', () => {
  it('is the same after everything that is old was deleted, and the next edition comes in as ever', async () => {
    const bring = async (day: string, count: number) =>
      house.ingest(SOURCE, { files: [await writeEquityList(house.home, day, equityRows(count))] });
    await bring('2026-01-05', 1_200);
    await bring('2026-01-06', 1_190);
    await bring('2026-01-06', 1_000);
    await database.query(`UPDATE run SET ended_at = ended_at - interval '400 days'`);
    await database.query(`UPDATE run_event SET at = at - interval '400 days'`);
    await database.query(`UPDATE file SET stored_at = stored_at - interval '400 days'`);
    await database.query(`UPDATE edition SET last_seen_at = last_seen_at - interval '400 days'`);
    for (const sha256 of (await column('SELECT sha256 FROM file')) as string[])
      await utimes(pathOf(sha256), new Date(0), new Date(0));
    const before = await digestOf(database);
    expect(await deleted()).toMatchObject({ events: expect.any(Number) as number, files: 1 });
    expect(await digestOf(database)).toBe(before);
    expect(await bring('2026-01-07', 1_195)).toMatchObject({ state: 'published', publication: 3 });
  });
});
