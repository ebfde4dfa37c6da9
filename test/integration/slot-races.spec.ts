import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nextDueTimes } from '../../src/ingestion/due-times.js';
import type { Schedule } from '../../src/sources/source.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

const ID = 'in-nse-equities';
const RACER = fileURLToPath(new URL('../support/slot-racer.mjs', import.meta.url));
/** All ten thousand take minutes: `ISINGLASS_CHAOS_FULL=1`. */
const SLOTS = process.env['ISINGLASS_CHAOS_FULL'] === '1' ? 10_000 : 1_500;
const FROM = new Date('2026-10-24T00:00:00Z');
/** Over the change of the clock in the night of the first day. */
const EACH_MINUTE: Schedule = {
  ...{ cron: '* * * * *', timeZone: 'Europe/Paris' },
  ...{ catchUp: 'all', catchUpMost: 100 },
};

interface Task {
  readonly schedule: Schedule;
  readonly looks: readonly (Date | null)[];
  readonly skewMs?: number;
  readonly dies?: { readonly point: string; readonly after: number };
}

let db: TestDatabase;
let home: string;
beforeAll(async () => {
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-race-'))]);
  await db.database.query(
    `INSERT INTO source (id, priority, authoritative_for, known_since) VALUES ($1, 50, '{}', $2)`,
    [ID, FROM],
  );
});
beforeEach(() => knownSince(FROM));
afterEach(() => {
  for (const racer of racing) racer.kill('SIGKILL');
});
afterAll(async () => {
  await db.drop();
  await rm(home, { recursive: true });
});

async function knownSince(since: Date): Promise<void> {
  await db.database.query('DELETE FROM slot');
  await db.database.query('DELETE FROM run');
  await db.database.query('DELETE FROM pgboss.job');
  await db.database.query('UPDATE source SET known_since = $1 WHERE id = $2', [since, ID]);
}

const racing = new Set<ChildProcess>();

/** Processes that begin at the same moment. @returns how many slots each opened, or the signal it died of */
async function race(tasks: readonly Task[]): Promise<readonly (number | NodeJS.Signals)[]> {
  const racers = tasks.map((task) => {
    const child = spawn(process.execPath, [RACER, JSON.stringify({ source: ID, ...task })], {
      env: { PATH: process.env['PATH'], DATABASE_URL: db.url, ISINGLASS_HOME: home },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    racing.add(child);
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
    child.stdin.on('error', () => undefined);
    const ended = once(child, 'close').then(([code, signal]) => {
      racing.delete(child);
      if (signal !== null) return signal as NodeJS.Signals;
      if (code !== 0) throw new Error(`ended with ${String(code)}:\n${said.err}`);
      return (JSON.parse(said.out.slice('ready\n'.length)) as { opened: number }).opened;
    });
    return { child, said, ended };
  });
  await waitUntil('all are ready', async () =>
    racers.every(({ said, child }) => said.out.startsWith('ready') || child.exitCode !== null),
  );
  for (const { child } of racers) child.stdin.write('go\n');
  return Promise.all(racers.map(({ ended }) => ended));
}

/** From the first due time to the last, in steps of up to five. */
function looksAtRandom(): readonly Date[] {
  const looks: Date[] = [];
  for (let minute = 0; minute < SLOTS;) {
    minute = Math.min(minute + 1 + Math.floor(Math.random() * 5), SLOTS);
    looks.push(new Date(FROM.getTime() + minute * 60_000));
  }
  return looks;
}

/** Every due time has a slot, every slot one run, and there is no other run; the first of them has the one job, for its turn has come. */
async function expectExactlyOneRunEach(count: number): Promise<void> {
  const rows = await db.database.query<{ dueAt: Date; state: string; runs: number }>(
    `SELECT s.due_at AS "dueAt", s.state, count(r.id)::int AS runs
     FROM slot s LEFT JOIN slot_run o USING (source_id, due_at) LEFT JOIN run r ON r.id = o.run_id AND r.state = 'queued'
     GROUP BY s.due_at, s.state ORDER BY s.due_at`,
  );
  expect(rows.map(({ dueAt }) => dueAt)).toEqual(nextDueTimes(EACH_MINUTE, FROM, count));
  expect(rows.filter(({ state, runs }) => state !== 'opened' || runs !== 1)).toEqual([]);
  const [total] = await db.database.query<{ runs: number }>('SELECT count(*)::int AS runs FROM run');
  expect(total).toEqual({ runs: count });
  const jobs = await db.database.query<{ isOfFirst: boolean }>(
    `SELECT (data ->> 'runId')::bigint = (SELECT min(id) FROM run) AS "isOfFirst" FROM pgboss.job`,
  );
  expect(jobs).toEqual([{ isOfFirst: true }]);
}

describe('replicas that tick at once', () => {
  it.each([2, 5])(
    '(%i processes) open every slot exactly once',
    async (processes) => {
      const opened = await race(
        Array.from({ length: processes }, () => ({ schedule: EACH_MINUTE, looks: looksAtRandom() })),
      );
      expect(opened.reduce<number>((sum, each) => sum + Number(each), 0)).toBe(SLOTS);
      await expectExactlyOneRunEach(SLOTS);
    },
    SLOTS * 100,
  );

  it(
    'and are killed while they open a slot leave none half open, and the others open it',
    async () => {
      const opened = await race([
        ...[20, 45, 70].map((after, index) => ({
          schedule: EACH_MINUTE,
          looks: looksAtRandom(),
          dies: { point: index === 1 ? 'slot:before-commit' : 'slot:run-made', after },
        })),
        ...[1, 2].map(() => ({ schedule: EACH_MINUTE, looks: looksAtRandom() })),
      ]);
      expect(opened).toContain('SIGKILL');
      await expectExactlyOneRunEach(SLOTS);
    },
    SLOTS * 100,
  );
});

describe('a process that dies', () => {
  const due = new Date(FROM.getTime() + 60_000);

  it.each(['slot:run-made', 'slot:before-commit'])(
    'at %s leaves neither slot nor run nor job, and the next one opens all',
    async (point) => {
      const look = { schedule: EACH_MINUTE, looks: [due] };
      expect(await race([{ ...look, dies: { point, after: 1 } }])).toEqual(['SIGKILL']);
      expect(
        await db.database.query(
          'SELECT FROM slot UNION ALL SELECT FROM run UNION ALL SELECT FROM pgboss.job',
        ),
      ).toHaveLength(0);
      expect(await race([look])).toEqual([1]);
      await expectExactlyOneRunEach(1);
    },
  );
});

describe('a process whose clock is wrong', () => {
  it.each([
    ['a day ahead', 86_400_000],
    ['five minutes ahead', 300_000],
    ['five minutes behind', -300_000],
    ['a day behind', -86_400_000],
  ])('by %s opens what is due by the clock of the database', async (_what, skewMs) => {
    const [clock] = await db.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const now = clock?.now.getTime() ?? 0;
    await knownSince(new Date(now - 10 * 60_000));
    expect(await race([{ schedule: EACH_MINUTE, looks: [null], skewMs }])).not.toEqual([0]);
    const rows = await db.database.query<{ dueAt: Date; isEarly: boolean }>(
      `SELECT due_at AS "dueAt", due_at > written_at AS "isEarly" FROM slot ORDER BY due_at`,
    );
    expect(rows.filter(({ isEarly }) => isEarly)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.map(({ dueAt }) => dueAt)).toEqual(
      nextDueTimes(EACH_MINUTE, new Date(now - 10 * 60_000), rows.length),
    );
  });
});
