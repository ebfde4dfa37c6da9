import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const EQUITIES = 'in-nse-equities';
const ESMA = 'eu-esma-firds';
const ME = `cli ${userInfo().username}@${hostname()}`;

let db: TestDatabase;
let home: string;
let publisher: SimulatedPublisher;
beforeAll(async () => {
  publisher = await startSimulatedPublisher({ firdsInstruments: 200 });
  publisher.setDay(1);
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-cli-'))]);
});
afterAll(async () => {
  await publisher.close();
  await db.drop();
  await rm(home, { recursive: true });
});

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...words: readonly string[]): Promise<Said> {
  const { PATH } = process.env;
  const env = {
    PATH,
    ISINGLASS_HOME: home,
    DATABASE_URL: db.url,
    ISINGLASS_MIRROR_URL: publisher.url,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { env, cwd: home }, (error, stdout, stderr) => {
      expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

async function runJson<Answer>(...words: readonly string[]): Promise<Answer> {
  return JSON.parse((await run(...words, '--json')).stdout) as Answer;
}

describe('pause and resume', () => {
  it('say what is so now, and what to do about it', async () => {
    expect(await run('pause')).toMatchObject({ code: 0, stdout: 'Nothing is paused.\n' });
    const paused = await run('pause', ESMA, '--reason', 'maintenance');
    expect(paused).toMatchObject({
      code: 0,
      stdout: `${ESMA}: paused, until: npx isinglass resume ${ESMA}\n`,
    });
    const again = await run('pause', ESMA, '--reason', 'other');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/paused already, nothing changed\n[^]*maintenance/);

    const queued = await run('run', ESMA);
    expect(queued.stdout).toMatch(/run \d+ is queued\nIt waits: the source is paused/);
    expect((await run('pause', 'all')).code).toBe(0);
    expect((await run('resume', ESMA)).stdout).toContain(
      'but all sources are paused: npx isinglass resume all',
    );
    expect((await run('resume', 'all')).stdout).toBe('all: resumed\n');
    expect((await run('resume', 'all')).stdout).toBe('all: was not paused: nothing changed\n');
    const events = await runJson<readonly { runId: number | null }[]>('log', '--source', ESMA);
    const id = events.find(({ runId }) => runId !== null)?.runId;
    expect((await run('cancel', String(id), '--reason', 'no need')).stdout).toContain(
      `run ${id} is cancelled`,
    );
    expect((await run('cancel', String(id), '--reason', 'no need')).stdout).toBe(
      `${ESMA}: run ${id} is cancelled already: nothing changed\n`,
    );
    expect((await run('retry', String(id))).stdout).toContain(`run ${id} waits again`);
    await run('cancel', String(id), '--reason', 'no need');
  });
});

describe('a held edition', () => {
  it('is approved or rejected by the number of its run', async () => {
    const rows = equityRows();
    await run('ingest', EQUITIES, '--file', await writeEquityList(home, '2026-01-05', rows));
    const half = await writeEquityList(home, '2026-01-06', rows.slice(0, 500));
    await run('ingest', EQUITIES, '--file', join(home, 'EQUITY_L_2026-01-05.csv'), '--approve', 'to be sure');
    expect((await run('log', '--source', EQUITIES)).stdout).toMatch(/approve[^]*to be sure[^]*ingest/);
    const held = await runJson<{ run: number; state: string }>('ingest', EQUITIES, '--file', half);
    expect(held.state).toBe('held');
    const id = String(held.run);
    expect((await run('reject', id)).stderr).toMatch(/^REASON_MISSING: .*\n→ .*--reason/);
    expect((await run('reject', id, '--reason', 'half a file')).stdout).toBe(
      `${EQUITIES}: rejected: run ${id} ends as refused, and its edition is left aside until its files change\n`,
    );
    const approved = await run('approve', id, '--reason', 'it was right after all');
    expect(approved.stdout).toMatch(new RegExp(`approved: run \\d+ publishes what run ${id} held\n`));
    expect((await run('approve', id, '--reason', 'again')).stdout).toMatch(
      /is queued already: nothing changed/,
    );
    expect((await run('approve', '1', '--reason', 'x')).stderr).toMatch(/^RUN_NOT_HELD: /);
    const log = await run('log', '--run', id);
    expect(log.stdout).toMatch(/approve[^]*it was right after all[^]*reject[^]*half a file/);
    expect(log.stdout).toContain(ME);
  });
});

describe('backfill', () => {
  it('says what it would bring, then queues it', async () => {
    const range = ['--from', '2026-01-03', '--to', '2026-01-06'];
    const dry = await run('backfill', ESMA, ...range, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/2026-01-03 {2}delta.*left out: it would be refused as DELTA_GAP/);
    expect(dry.stdout).toMatch(/4 editions, \d+ files, [\d,]+ bytes; nothing was done\n$/);
    const plan = await runJson<{ totals: { queued: number }; editions: { run: number | null }[] }>(
      'backfill',
      ESMA,
      ...range,
      '--reason',
      'first days',
    );
    expect(plan.totals).toMatchObject({ queued: 4, leftOut: 1 });
    expect((await run('backfill', ESMA, ...range)).stdout).toContain('0 runs queued, 4 waited already');
    expect((await run('log', '--source', ESMA)).stdout).toMatch(/backfill .*first days/);
  });
});

describe('limit', () => {
  it('sets, lists and takes away', async () => {
    expect((await run('limit')).stdout).toBe('No limit is set.\n');
    expect((await run('limit', 'overall', '4')).stdout).toBe('overall: at most 4 steps at once\n');
    expect((await run('limit', 'source', ESMA, '2')).stdout).toContain(`source ${ESMA}: at most 2`);
    expect((await run('limit', 'overall', '4')).stdout).toContain('as before: nothing changed');
    expect(await runJson('limit')).toEqual([
      { kind: 'overall', name: '', most: 4 },
      { kind: 'source', name: ESMA, most: 2 },
    ]);
    expect((await run('limit', 'overall', 'none')).stdout).toBe('overall: no limit\n');
  });
});

describe('the log of decisions', () => {
  it('is verified and exported, and an export is verified without the database', async () => {
    await run('pause', ESMA, '--reason', 'maintenance');
    await run('resume', ESMA);
    const verified = await run('audit', 'verify');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    const [, head = ''] = /^Head: (\d+:[0-9a-f]{64})$/m.exec(verified.stdout) ?? [];
    expect(await runJson('audit', 'verify', '--head', head)).toMatchObject({ broken: null });

    const file = join(home, 'log.jsonl');
    const { stdout } = await run('audit', 'export');
    await writeFile(file, stdout);
    expect((await run('log')).stdout).toContain('export-log');
    expect(await run('audit', 'verify', '--file', file, '--head', head)).toMatchObject({ code: 0 });
    await writeFile(file, stdout.replace('maintenance', 'a whim'));
    const broken = await run('audit', 'verify', '--file', file);
    expect([broken.code, broken.stderr]).toEqual([
      1,
      expect.stringMatching(/^AUDIT_BROKEN: .*line \d+ is not[^]*Somebody changed .*log\.jsonl/),
    ]);
    const json = await run('audit', 'verify', '--file', file, '--json');
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { error: { code: 'AUDIT_BROKEN' } }]);
    expect((await run('audit', 'verify', '--file', home)).stderr).toMatch(/^FILE_NOT_FOUND: /);
    expect((await run('audit', 'verify', 'now')).stderr).toContain('npx isinglass audit verify --help');
  });
});

describe('wrong words', () => {
  it.each([
    [['pause', 'xx-nothing'], 'SOURCE_UNKNOWN'],
    [['pause', ESMA, '--reason', ' '], 'REASON_MISSING'],
    [['pause', ESMA, '--reason', 'x'.repeat(501)], 'WORDS_UNKNOWN'],
    [['resume'], 'WORDS_UNKNOWN'],
    [['run', 'xx-nothing'], 'SOURCE_UNKNOWN'],
    [['run', ESMA, '--date', 'yesterday'], 'DAY_INVALID'],
    [['run', 'xx-iso-mic', '--date', '2026-01-05'], 'BACKFILL_UNSUPPORTED'],
    [['run', ESMA, '--kind', 'half', '--date', '2026-01-05'], 'WORDS_UNKNOWN'],
    [['run', ESMA, '--profile', 'houses'], 'PROFILE_INVALID'],
    [['run', ESMA, '--accept-gap'], 'REASON_MISSING'],
    [['run', ESMA, '--accept-gap', ' '], 'REASON_MISSING'],
    [['ingest', ESMA, '--accept-gap'], 'REASON_MISSING'],
    [['ingest', ESMA, '--accept-gap', ''], 'REASON_MISSING'],
    [['ingest', ESMA, '--approve', ' '], 'REASON_MISSING'],
    [['cancel', '999', '--reason', 'x'], 'RUN_UNKNOWN'],
    [['cancel', '-1', '--reason', 'x'], 'WORDS_UNKNOWN'],
    [['cancel', 'x', '--reason', 'x'], 'RUN_NUMBER_INVALID'],
    [['cancel', '1'], 'REASON_MISSING'],
    [['retry', '999'], 'RUN_UNKNOWN'],
    [['approve', '1'], 'REASON_MISSING'],
    [['backfill', ESMA], 'DAY_INVALID'],
    [['backfill', ESMA, '--from', '2026-01-05', '--to', '2026-01-04'], 'BACKFILL_RANGE'],
    [['backfill', ESMA, '--from', '2020-01-05', '--to', '2026-01-04'], 'BACKFILL_TOO_LARGE'],
    [['backfill', ESMA, '--from', '2026-01-05', '--to', '2026-01-06', '--mode', 'most'], 'WORDS_UNKNOWN'],
    [['limit', 'all', '4'], 'LIMIT_INVALID'],
    [['limit', 'overall'], 'LIMIT_INVALID'],
    [['limit', 'overall', '0'], 'LIMIT_INVALID'],
    [['limit', 'source', 'xx-nothing', '1'], 'SOURCE_UNKNOWN'],
    [['limit', 'host', 'example.org', '1'], 'HOST_UNKNOWN'],
    [['log', '--run', 'x'], 'RUN_NUMBER_INVALID'],
    [['log', '--run', '999999'], 'RUN_UNKNOWN'],
    [['audit'], 'WORDS_UNKNOWN'],
    [['audit', 'burn'], 'WORDS_UNKNOWN'],
    [['audit', 'verify', 'now'], 'WORDS_UNKNOWN'],
    [['audit', 'verify', '--head', '17'], 'AUDIT_HEAD_INVALID'],
    [['audit', 'verify', '--file', 'nowhere'], 'FILE_NOT_FOUND'],
    [['audit', 'verify', '--file', '/proc/self/status'], 'AUDIT_FILE_INVALID'],
    [['runs', '--source', 'xx-nothing'], 'SOURCE_UNKNOWN'],
    [['run', ESMA, '--date', '2099-01-05'], 'EDITION_IN_FUTURE'],
    [['run', 'xx-iso-mic', '--profile', 'shares'], 'PROFILE_UNSUPPORTED'],
    [['ingest', 'xx-iso-mic', '--profile', 'shares'], 'PROFILE_UNSUPPORTED'],
    [['log', '--source', 'xx-nothing'], 'SOURCE_UNKNOWN'],
  ])('%j are refused as %s', async (words, code) => {
    const said = await run(...words);
    expect(said).toMatchObject({ code: 1, stdout: '' });
    expect(said.stderr).toMatch(new RegExp(`^${code}: .*\n→ .*\n$`));
  });
});
