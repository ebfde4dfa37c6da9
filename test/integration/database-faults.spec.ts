import { TryLaterError } from '../../src/common/errors.js';
import { onFailPoint } from '../../src/common/fail-point.js';
import { Database } from '../../src/database/database.js';
import { Operator } from '../../src/ingestion/operator.js';
import { Pauses } from '../../src/ingestion/pauses.js';
import { sweepStaging } from '../../src/ingestion/sweeps/staging.js';
import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import { RunLedger } from '../../src/ingestion/run-ledger.js';
import { RunReader } from '../../src/ingestion/run-reader.js';
import type { ClaimedStep } from '../../src/ingestion/run.js';
import { digestOf, litterIn } from '../support/digest.js';
import { equityRows, writeEquityList, type EquityRow } from '../support/nse-file.js';
import { StepWorker } from '../support/step-worker.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { waitUntil } from '../support/wait-until.js';

const SOURCE = 'in-nse-equities';
const dayOne = equityRows();
const dayTwo = dayOne.map((row, index) =>
  index % 100 === 50 ? { ...row, name: `${row.name} (renamed)` } : row,
);

let house: TestHouse;
let proxy: TcpProxy;
/** What readers see of day 1, and what an undisturbed run makes of day 2. */
let before: string;
let after: string;
let workers: StepWorker[] = [];

beforeAll(async () => {
  const reference = await openTestHouse();
  await bring(reference, '2026-01-05', dayOne);
  before = await digestOf(reference.db.database);
  await bring(reference, '2026-01-06', dayTwo);
  after = await digestOf(reference.db.database);
  await reference.close();
});
beforeEach(async () => {
  house = await openTestHouse({}, undefined, async (url) => {
    proxy = await TcpProxy.before(url);
    return proxy.url;
  });
  await bring(house, '2026-01-05', dayOne);
});
afterEach(async () => {
  onFailPoint(() => undefined);
  for (const worker of workers) await worker.close();
  workers = [];
  await house.close();
  await proxy.close();
});

async function bring(into: TestHouse, day: string, rows: readonly EquityRow[]) {
  return into.ingest(SOURCE, { files: [await writeEquityList(into.home, day, rows)] });
}

async function newWorker(): Promise<StepWorker> {
  const worker = await StepWorker.open(house);
  workers.push(worker);
  return worker;
}

/** A run of day 2 in the queue. */
async function enqueueDayTwo(): Promise<number> {
  const path = await writeEquityList(house.home, '2026-01-06', dayTwo);
  const files = await house.app.get(IngestionService).storeFiles([path]);
  return house.db.database.transaction((client) =>
    house.app.get(RunLedger).enqueue(client, SOURCE, 'api', { files }),
  );
}

const stateOf = async (id: number): Promise<Record<string, unknown>> => {
  const [row] = await house.db.database.query(
    `SELECT state, publication, crashes, epoch, error FROM run WHERE id = $1`,
    [id],
  );
  return row ?? {};
};

/** Strikes once, at one point, and says whether it did. */
function strikeAt(point: string, strike: () => Promise<void>): { hasStruck: boolean } {
  const fault = { hasStruck: false };
  onFailPoint(async (name) => {
    if (name !== point || fault.hasStruck) return;
    fault.hasStruck = true;
    await strike();
  });
  return fault;
}

/** Each time the run is put off its time has come at once. */
async function carryOutWithoutWaiting(worker: StepWorker, id: number): Promise<void> {
  const until = performance.now() + 40_000;
  while ((await worker.carryOut(id)) !== 'ended' && performance.now() < until) {
    await house.db.database.query(`UPDATE run SET not_before = now() WHERE id = $1`, [id]);
    await house.db.database.query(`UPDATE run_step SET not_before = now() WHERE run_id = $1`, [id]);
  }
}

/** As a crash does to tables that are not logged. */
async function emptyStaging(): Promise<void> {
  const staged = await house.db.database.query<{ name: string }>(
    `SELECT format('staging.%I', relname) AS name FROM pg_class
     WHERE relnamespace = 'staging'::regnamespace AND relpersistence = 'u'`,
  );
  expect(staged.length).toBeGreaterThan(0);
  await house.db.database.query(`TRUNCATE ${staged.map(({ name }) => name).join(', ')}`);
}

async function expectDayTwo(): Promise<void> {
  expect(await digestOf(house.db.database)).toBe(after);
  expect(await litterIn(house.db.database)).toEqual([]);
  expect(await house.db.database.query('SELECT number FROM publication ORDER BY number')).toEqual([
    { number: 1 },
    { number: 2 },
  ]);
}

describe('a worker that was taken for dead and comes back', () => {
  it.each(['locate', 'load EQUITY_L', 'gate', 'publish'])(
    'at the end of %s is refused, and nothing it does is seen',
    async (step) => {
      const id = await enqueueDayTwo();
      const [late, other] = [await newWorker(), await newWorker()];
      const fault = strikeAt(`${step}:before`, async () => {
        await house.db.database.query(
          `UPDATE run_step SET lease_until = now() - interval '1 second' WHERE run_id = $1 AND state = 'running'`,
          [id],
        );
        await late.close();
        await other.takeOver();
        await other.carryOut(id);
      });
      await late.carryOut(id);
      expect(fault.hasStruck).toBe(true);
      expect(await stateOf(id)).toMatchObject({ state: 'published', publication: 2, crashes: 1 });
      expect(
        await house.db.database.query(`SELECT attempt FROM run_step WHERE run_id = $1 AND name = $2`, [
          id,
          step,
        ]),
      ).toEqual([{ attempt: 2 }]);
      await expectDayTwo();
    },
  );

  it('is refused whatever it tries', async () => {
    const id = await enqueueDayTwo();
    const [late, other] = [await newWorker(), await newWorker()];
    const step = (await late.claimOf(id)) as ClaimedStep;
    await late.close();
    await waitUntil('the lock of the dead session is free', async () => {
      const locks = await house.db.database.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint::oid`,
        [late.owner.id],
      );
      return locks.length === 0;
    });
    await other.takeOver();
    const { steps } = late;
    const tries = (): Promise<unknown>[] => [
      steps.commit(step, async (client) => ({ result: await client.query(`DELETE FROM record`) })),
      steps.commit(step, async () => ({ result: null, end: { state: 'published', publication: 7 } })),
      steps.fail(step, { state: 'failed' }),
      steps.giveBack(step, 0),
      steps.stageAgain(step),
    ];
    for (const attempt of tries()) await expect(attempt).rejects.toMatchObject({ code: 'RUN_TAKEN_OVER' });
    expect(await other.claimOf(id)).toMatchObject({ name: step.name, attempt: step.attempt + 1 });
    for (const attempt of tries()) await expect(attempt).rejects.toMatchObject({ code: 'RUN_TAKEN_OVER' });
    expect(await digestOf(house.db.database)).toBe(before);
  });
});

describe('a connection that is lost', () => {
  /** As an administrator or a restart of PostgreSQL would: the session that is in the middle of something. */
  async function terminateBusySession(): Promise<void> {
    // Not in one statement: PostgreSQL may call the function before it looks at the other conditions.
    const busy = await house.db.database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'isinglass'
         AND (state LIKE 'idle in transaction%' OR query LIKE 'COPY %')`,
    );
    expect(busy).toHaveLength(1);
    const pids = busy.map(({ pid }) => pid);
    await house.db.database.query(`SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid`, [
      pids,
    ]);
    await waitUntil('the session is gone', async () => {
      const left = await house.db.database.query(`SELECT FROM pg_stat_activity WHERE pid = ANY ($1)`, [pids]);
      return left.length === 0;
    });
  }

  const POINTS = [
    'load EQUITY_L:mid-copy',
    'load EQUITY_L:before-commit',
    'gate:before-commit',
    'publish:merged',
  ];

  it.each(POINTS)(
    'at %s puts the run off, and the next attempt ends it as if nothing had happened',
    async (point) => {
      const id = await enqueueDayTwo();
      const worker = await newWorker();
      const fault = strikeAt(point, terminateBusySession);
      expect(await worker.carryOut(id)).toBe('not-yet');
      expect(fault.hasStruck).toBe(true);
      expect(await digestOf(house.db.database)).toBe(before);
      expect(await stateOf(id)).toMatchObject({ state: 'queued', crashes: 0 });

      await house.db.database.query(`UPDATE run SET not_before = now() WHERE id = $1`, [id]);
      await house.db.database.query(`UPDATE run_step SET not_before = now() WHERE run_id = $1`, [id]);
      expect(await worker.carryOut(id)).toBe('ended');
      expect(await stateOf(id)).toMatchObject({ state: 'published', publication: 2 });
      await expectDayTwo();
    },
  );

  it('in front of a person is made up for at once', async () => {
    const fault = strikeAt('load EQUITY_L:mid-copy', terminateBusySession);
    expect(await bring(house, '2026-01-06', dayTwo)).toMatchObject({ state: 'published', publication: 2 });
    expect(fault.hasStruck).toBe(true);
    await expectDayTwo();
  });

  it('while nobody uses it does no harm', async () => {
    await house.db.database.query(
      `SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'isinglass%'`,
    );
    // The pool is told of it by the network, a moment later.
    await waitUntil('the pool has none of them left', async () => {
      const asked = Array.from({ length: 10 }, () => house.app.get(Database).query('SELECT 1'));
      return (await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled');
    });
    expect(await bring(house, '2026-01-06', dayTwo)).toMatchObject({ state: 'published' });
    await expectDayTwo();
  });

  it.each(['locate', 'load EQUITY_L', 'gate', 'publish'])(
    'after COMMIT was sent in step %s, and before it was acknowledged, changes nothing',
    async (step) => {
      const id = await enqueueDayTwo();
      const worker = await newWorker();
      strikeAt(`${step}:before-commit`, async () => proxy.swallowNextCommit());
      expect(await worker.carryOut(id)).toBe('ended');
      expect(await stateOf(id)).toMatchObject({ state: 'published', publication: 2 });
      expect(proxy.swallowed).toBe(1);
      await expectDayTwo();
    },
  );
});

describe('a crash of PostgreSQL, which empties what is staged,', () => {
  it.each(['gate:before', 'publish:before'])(
    'at %s has it staged again, and nothing is lost',
    async (point) => {
      const id = await enqueueDayTwo();
      const worker = await newWorker();
      const fault = strikeAt(point, async () => {
        await emptyStaging();
      });
      expect(await worker.carryOut(id)).toBe('ended');
      expect(await stateOf(id)).toMatchObject({ state: 'published', publication: 2 });
      expect(fault.hasStruck).toBe(true);
      expect(
        await house.db.database.query(
          `SELECT FROM run_event WHERE run_id = $1 AND message LIKE '%staged again'`,
          [id],
        ),
      ).toHaveLength(1);
      await expectDayTwo();
    },
  );
});

// The server's own SQLSTATE for it, raised by a trigger: to fill a disk takes an administrator.
const fillDisk = (table: string) =>
  house.db.database.query(
    `CREATE OR REPLACE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
     CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION disk_full()`,
  );

describe('a database whose disk is full', () => {
  it.each(['file', 'edition', 'record_history', 'publication'])(
    'at a write to %s ends the run with its code',
    async (table) => {
      await fillDisk(table);
      const run = await bring(house, '2026-01-06', dayTwo);
      expect(run).toMatchObject({ state: 'failed', error: { code: 'DATABASE_DISK_FULL' } });
      expect(run.error?.nextStep).toContain('Make room');
      expect(await digestOf(house.db.database)).toBe(before);
      expect(await litterIn(house.db.database)).toEqual([]);

      await house.db.database.query(`DROP TRIGGER disk_full ON ${table}`);
      expect(await bring(house, '2026-01-06', dayTwo)).toMatchObject({ state: 'published', publication: 2 });
      await expectDayTwo();
    },
  );
});

describe('a log of runs whose disk is full', () => {
  it('keeps no run from its end', async () => {
    await fillDisk('run_event');
    const id = await enqueueDayTwo();
    expect(await (await newWorker()).carryOut(id)).toBe('ended');
    expect(await stateOf(id)).toMatchObject({ state: 'published', crashes: 0 });
    await expectDayTwo();
  });
});

describe('a command that is suspended', () => {
  it('does not keep its run for ever: it is taken over when the lease of its step has ended', async () => {
    const id = await enqueueDayTwo();
    const [suspended, other] = [await newWorker(), await newWorker()];
    await house.app.get(RunLedger).attend(id, suspended.owner.id);
    const { run } = (await suspended.claimOf(id)) as ClaimedStep;
    expect(run.id).toBe(id);
    await other.takeOver();
    expect(await other.claimOf(id)).toBe('over');
    await house.db.database.query(
      `UPDATE run_step SET lease_until = now() - interval '1 second' WHERE run_id = $1 AND state = 'running'`,
      [id],
    );
    await other.takeOver();
    expect(await other.carryOut(id)).toBe('ended');
    expect(await stateOf(id)).toMatchObject({ state: 'published', crashes: 1 });
    await expectDayTwo();
  });
});

describe('a run that several things happen to', () => {
  it('is cancelled within seconds, also while its publication is being merged, and publishes nothing', async () => {
    const id = await enqueueDayTwo();
    const worker = await newWorker();
    const canceller = house.app.get(Operator);
    const fault = strikeAt('publish:merged', async () => {
      // The transaction of the merge is open, and holds its tables.
      await canceller.cancel(id, { actor: 'test', reason: 'not this one' });
    });
    await worker.carryOut(id);
    expect(fault.hasStruck).toBe(true);
    expect(await stateOf(id)).toMatchObject({ state: 'cancelled', publication: null });
    expect(await digestOf(house.db.database)).toBe(before);
    await sweepStaging(house.app.get(Database), new AbortController().signal);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('compares again when another run published after its gate', async () => {
    const id = await enqueueDayTwo();
    const worker = await newWorker();
    const fault = strikeAt('publish:before', async () => {
      // As if a run before it had been taken up again meanwhile.
      await house.db.database.query(
        `WITH other AS (
           INSERT INTO run (source_id, trigger, state, ended_at) VALUES ($1, 'cli', 'published', now()) RETURNING id
         )
         INSERT INTO publication (number, source_id, edition_id, run_id, published_at)
         SELECT 2, source_id, edition_id, other.id, clock_timestamp() FROM publication, other WHERE number = 1`,
        [SOURCE],
      );
    });
    expect(await worker.carryOut(id)).toBe('ended');
    expect(fault.hasStruck).toBe(true);
    expect(await stateOf(id)).toMatchObject({ state: 'published', publication: 3 });
    expect(
      await house.db.database.query(`SELECT attempt FROM run_step WHERE run_id = $1 AND name = 'gate'`, [id]),
    ).toEqual([{ attempt: 2 }]);
  });

  it('does not count the end of a machine as often as there were processes on it', async () => {
    const id = await enqueueDayTwo();
    const others = await Promise.all([newWorker(), newWorker(), newWorker()]);
    await others[0]?.claimOf(id);
    await house.db.database.query(
      `INSERT INTO run_step (run_id, name, state, epoch, owner, lease_until)
       SELECT $1, 'load ' || owner, 'running', 0, owner, now() + interval '1 hour' FROM unnest($2::integer[]) AS owner`,
      [id, others.slice(1).map(({ owner }) => owner.id)],
    );
    for (const other of others) await other.close();
    await waitUntil('their sessions are gone', async () => {
      const locks = await house.db.database.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ANY ($1)`,
        [others.map(({ owner }) => owner.id)],
      );
      return locks.length === 0;
    });
    await (await newWorker()).takeOver();
    expect(await stateOf(id)).toMatchObject({ state: 'running', crashes: 1 });
    expect(
      await house.db.database.query(`SELECT FROM run_step WHERE run_id = $1 AND state = 'running'`, [id]),
    ).toHaveLength(0);
  });

  it('is given up when the database fails it ten times in a row, and not before', async () => {
    const id = await enqueueDayTwo();
    const worker = await newWorker();
    let failures = 0;
    onFailPoint((name) => {
      if (name !== 'load EQUITY_L:before') return;
      failures += 1;
      throw new TryLaterError('DATABASE_UNAVAILABLE', 'away', 'Wait.');
    });
    await carryOutWithoutWaiting(worker, id);
    expect(await stateOf(id)).toMatchObject({
      state: 'failed',
      error: { code: 'DATABASE_UNAVAILABLE' },
      crashes: 0,
    });
    expect(failures).toBe(11);
  });

  it('is given up as well when each time it first does again what the crash of the database undid', async () => {
    const id = await enqueueDayTwo();
    const worker = await newWorker();
    let crashes = 0;
    onFailPoint(async (name) => {
      if (name !== 'publish:before') return;
      crashes += 1;
      await emptyStaging();
      throw new TryLaterError('DATABASE_UNAVAILABLE', 'away', 'Wait.');
    });
    await carryOutWithoutWaiting(worker, id);
    expect(await stateOf(id)).toMatchObject({ state: 'failed', error: { code: 'DATABASE_UNAVAILABLE' } });
    expect(crashes).toBeGreaterThanOrEqual(5);
    expect(crashes).toBeLessThanOrEqual(11);
    expect(await digestOf(house.db.database)).toBe(before);
  });

  it('waits as people see it when a pause stops it between two steps', async () => {
    const id = await enqueueDayTwo();
    const worker = await newWorker();
    const pauses = house.app.get(Pauses);
    const fault = strikeAt('load EQUITY_L:after', async () => {
      await pauses.pause(SOURCE, { actor: 'test', reason: 'not now' });
    });
    expect(await worker.carryOut(id)).toBe('paused');
    expect(fault.hasStruck).toBe(true);
    expect(await house.app.get(RunReader).summary(id)).toMatchObject({
      state: 'queued',
      waits: `until somebody resumes ${SOURCE}, paused by test: not now`,
    });
    await pauses.resume(SOURCE, { actor: 'test' });
    expect(await worker.carryOut(id)).toBe('ended');
    await expectDayTwo();
  });

  it('is put off for six hours at most, whatever a publisher asks', async () => {
    const id = await enqueueDayTwo();
    const fault = strikeAt('load EQUITY_L:before', async () => {
      throw new TryLaterError('PUBLISHER_BUSY', 'busy', 'Wait.', { retryAfterMs: 9_999_999_999_000 });
    });
    expect(await (await newWorker()).carryOut(id)).toBe('not-yet');
    expect(fault.hasStruck).toBe(true);
    const [row] = await house.db.database.query(
      `SELECT not_before BETWEEN now() + interval '350 minutes' AND now() + interval '6 hours' AS "isSoon" FROM run WHERE id = $1`,
      [id],
    );
    expect(row).toEqual({ isSoon: true });
  });
});
