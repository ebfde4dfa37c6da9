import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunLog } from '../../src/ingestion/run-log.js';
import { CommandChild } from '../support/child.js';
import { NseArchive } from '../support/nse-archive.js';
import { equityRows } from '../support/nse-file.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

const SOURCE = 'in-nse-equities';

let db: TestDatabase;
let home: string;
let children: CommandChild[] = [];

beforeEach(async () => {
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-home-'))]);
  await db.database.query(`INSERT INTO source (id, priority, authoritative_for) VALUES ($1, 1, '{}')`, [
    SOURCE,
  ]);
});
afterEach(async () => {
  for (const child of children) child.stop('SIGKILL');
  await Promise.all(children.map(({ ended }) => ended));
  children = [];
  await db.drop();
  await rm(home, { recursive: true });
});

function start(
  words: readonly string[],
  environment: Record<string, string> = {},
  fault?: { readonly kind: 'kill' | 'wait'; readonly point: string },
): CommandChild {
  const child = new CommandChild(
    { DATABASE_URL: db.url, ISINGLASS_HOME: home, ...environment },
    words,
    fault,
  );
  children.push(child);
  return child;
}

/** A run that nobody works on, in any state. */
async function newRun(state = 'queued'): Promise<number> {
  const [row] = await db.database.query<{ id: number }>(
    `INSERT INTO run (source_id, trigger, state) VALUES ($1, 'api', $2) RETURNING id`,
    [SOURCE, state],
  );
  return row?.id ?? 0;
}

const says = (child: CommandChild, text: string): Promise<void> =>
  waitUntil(`it says ${text}`, async () => child.output.includes(text));

const tell = (run: number, message: string): Promise<void> =>
  new RunLog(db.database).write(run, {
    level: 'info',
    step: 'gate',
    attempt: 2,
    message,
    fields: { rows: 3 },
  });

const end = (run: number, state: string): Promise<unknown> =>
  db.database.query(`UPDATE run SET state = $2, ended_at = clock_timestamp() WHERE id = $1`, [run, state]);

describe('npx isinglass runs <run> --follow', () => {
  it.each([
    ['published', 0],
    ['unchanged', 0],
    ['held', 1],
    ['failed', 1],
    ['cancelled', 1],
  ])('shows lines as they come; the end %s is exit code %s', async (state, code) => {
    const run = await newRun();
    const child = start(['runs', String(run), '--follow']);
    await tell(run, 'the first');
    await says(child, 'the first');
    await tell(run, 'the second');
    await says(child, 'the second');
    await end(run, state);
    expect(await child.ended).toEqual({ code, signal: null });
    const waits = `run ${run} waits for a worker: one that is free takes it within ten seconds\n`;
    expect(child.output.split(waits)).toHaveLength(2);
    expect(child.output.replace(waits, '')).toMatch(
      /^\S+Z info {5}gate #2 {2}the first {2}rows=3\n\S+Z info {5}gate #2 {2}the second {2}rows=3\nrun \d+ \w+\n$/,
    );
  });

  it('writes one JSON object a line for programs, the end too', async () => {
    const run = await newRun();
    await tell(run, 'the first');
    await end(run, 'published');
    const child = start(['runs', String(run), '--follow', '--json']);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    const lines = child.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      expect.objectContaining({ step: 'gate', attempt: 2, message: 'the first', fields: { rows: 3 } }),
      { run, state: 'published', publication: null, error: null },
    ]);
  });

  it('ends with 130 on Ctrl-C, and leaves the run alone', async () => {
    const run = await newRun();
    await tell(run, 'the first');
    const child = start(['runs', String(run), '--follow']);
    await says(child, 'the first');
    child.stop('SIGINT');
    expect(await child.ended).toEqual({ code: 130, signal: null });
    expect(await db.database.query('SELECT state FROM run')).toEqual([{ state: 'queued' }]);
  });

  it('outlasts a PostgreSQL that goes away, and misses nothing', async () => {
    const proxy = await TcpProxy.before(db.url);
    try {
      const run = await newRun();
      const child = start(['runs', String(run), '--follow'], { DATABASE_URL: proxy.url });
      await tell(run, 'the first');
      await says(child, 'the first');
      proxy.goAway();
      await says(child, 'PostgreSQL does not answer');
      await tell(run, 'meanwhile');
      proxy.mend();
      await says(child, 'meanwhile');
      await end(run, 'published');
      expect(await child.ended).toEqual({ code: 0, signal: null });
      expect(child.output.match(/the first/g)).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });

  it('tells what a worker wrote before it was killed, and what the next one makes of it', async () => {
    const archive = await NseArchive.start();
    const environment = { ISINGLASS_MIRROR_URL: archive.url };
    try {
      archive.publish('2026-01-05', { EQUITY_L: equityRows() });
      const run = await newRun();
      const follower = start(['runs', String(run), '--follow', '--json']);
      const worker = start(['serve', '--roles', 'worker'], environment, {
        kind: 'kill',
        point: 'load EQUITY_L:mid-copy',
      });
      expect((await worker.ended).signal).toBe('SIGKILL');
      await says(follower, 'edition of ');
      const next = start(['serve', '--roles', 'worker'], environment);
      expect(await follower.ended).toEqual({ code: 0, signal: null });
      expect(follower.output).toContain('"state":"published"');
      expect(follower.output).toMatch(/"message":"edition of [^]*"message":"1200 records/);
      next.stop();
      await next.ended;
    } finally {
      await archive.close();
    }
  });
});
