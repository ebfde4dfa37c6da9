import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onFailPoint } from '../../src/common/fail-point.js';
import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import { RunLedger } from '../../src/ingestion/run-ledger.js';
import type { ClaimedStep } from '../../src/ingestion/run.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { StepWorker } from '../support/step-worker.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { waitUntil } from '../support/wait-until.js';
import { askFor } from '../support/ask-for.js';

const EQUITIES = 'in-nse-equities';
const VENUES = 'xx-iso-mic';

let house: TestHouse;
let workers: StepWorker[] = [];
beforeEach(async () => {
  house = await openTestHouse();
});
afterEach(async () => {
  onFailPoint(() => undefined);
  for (const worker of workers) await worker.close();
  workers = [];
  await house.close();
});

async function newWorker(): Promise<StepWorker> {
  const worker = await StepWorker.open(house);
  workers.push(worker);
  return worker;
}

async function enqueue(...sourceIds: readonly string[]): Promise<readonly number[]> {
  const ledger = house.app.get(RunLedger);
  const ids = [];
  for (const sourceId of sourceIds) {
    ids.push(await house.db.database.transaction((client) => ledger.enqueue(client, sourceId, 'api')));
  }
  return ids;
}

/** Five venues in the format of ISO 10383, fewer than a healthy edition has. */
async function writeVenues(): Promise<string> {
  const path = join(house.home, 'ISO10383_MIC_2026-01-05.csv');
  const header = [
    'MIC',
    'OPERATING MIC',
    'OPRT/SGMT',
    'MARKET NAME-INSTITUTION DESCRIPTION',
    'LEGAL ENTITY NAME',
  ];
  const rest = [
    'LEI',
    'MARKET CATEGORY CODE',
    'ACRONYM',
    'ISO COUNTRY CODE (ISO 3166)',
    'CITY',
    'WEBSITE',
    'STATUS',
  ];
  const dates = ['CREATION DATE', 'LAST UPDATE DATE', 'LAST VALIDATION DATE', 'EXPIRY DATE', 'COMMENTS'];
  const rows = ['XNYS', 'XLON', 'XETR', 'XPAR', 'XNSE'].map((mic) => [
    mic,
    mic,
    'OPRT',
    `MARKET ${mic}`,
    '',
    '',
    'NSPD',
    '',
    'US',
    'CITY',
    '',
    'ACTIVE',
    '20050101',
    '20050101',
    '',
    '',
    '',
  ]);
  const lines = [[...header, ...rest, ...dates], ...rows].map((row) =>
    row.map((cell) => `"${cell}"`).join(','),
  );
  await writeFile(path, `${lines.join('\r\n')}\r\n`);
  return path;
}

describe('runs of one source', () => {
  it('are given to two workers one at a time, oldest first', async () => {
    const queued = await enqueue(EQUITIES, VENUES, EQUITIES, EQUITIES, VENUES, EQUITIES, VENUES, EQUITIES);
    const both = [await newWorker(), await newWorker()];
    const running = new Map<string, number>();
    const begun: ClaimedStep['run'][] = [];
    const busiest = { sources: 0 };
    await Promise.all(
      both.map(async (worker) => {
        while (begun.length < queued.length) {
          const step = await worker.claim();
          if (step === undefined) continue;
          const { run } = step;
          expect(running.get(run.sourceId)).toBeUndefined();
          running.set(run.sourceId, run.id);
          busiest.sources = Math.max(busiest.sources, running.size);
          begun.push(run);
          // Gives the other one time to try for the same source.
          for (let look = 0; look < 20; look += 1) await house.db.database.query('SELECT pg_sleep(0.005)');
          running.delete(run.sourceId);
          await worker.end(step);
        }
      }),
    );
    expect(busiest.sources).toBe(2);
    for (const source of [EQUITIES, VENUES]) {
      const ids = begun.filter(({ sourceId }) => sourceId === source).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
    expect(begun.map(({ id }) => id).sort((a, b) => a - b)).toEqual(queued);
  });

  it('go to one worker of many that try at the same moment', async () => {
    const five = await Promise.all(Array.from({ length: 5 }, newWorker));
    for (let round = 0; round < 10; round += 1) {
      const [first, second] = await enqueue(EQUITIES, EQUITIES);
      for (const expected of [first, second]) {
        const claims = await Promise.all(five.map((worker) => worker.claim()));
        const taken = claims.filter((step) => step !== undefined);
        expect(taken.map(({ run }) => run.id)).toEqual([expected]);
        const [step] = taken;
        if (step !== undefined) await five[0]?.end(step);
      }
    }
  });

  it('that wait for their time hold later ones back', async () => {
    const [first, second] = await enqueue(EQUITIES, EQUITIES);
    const worker = await newWorker();
    await house.db.database.query(`UPDATE run SET not_before = now() + interval '1 hour' WHERE id = $1`, [
      first,
    ]);
    expect(await worker.claim()).toBeUndefined();
    await house.db.database.query(`UPDATE run SET not_before = now() WHERE id = $1`, [first]);
    const step = await worker.claim();
    expect(step?.run.id).toBe(first);
    if (step !== undefined) await worker.end(step);
    expect((await worker.claim())?.run.id).toBe(second);
  });

  it('are not taken from a living worker in the middle of a long step', async () => {
    const files = await house.app
      .get(IngestionService)
      .storeFiles([await writeEquityList(house.home, '2026-01-05', equityRows())]);
    const id = await house.db.database.transaction((client) =>
      house.app.get(RunLedger).enqueue(client, EQUITIES, 'api', { files }),
    );
    const [worker, other] = [await newWorker(), await newWorker()];
    const leases = (): Promise<{ until: Date }[]> =>
      house.db.database.query(`SELECT lease_until AS until FROM run_step WHERE state = 'running'`);
    const seen: unknown[] = [];
    onFailPoint(async (name) => {
      if (name !== 'load EQUITY_L:mid-copy') return;
      const [before] = await leases();
      await worker.owner.renew();
      const [after] = await leases();
      await other.takeOver();
      seen.push((after?.until ?? 0) > (before?.until ?? 0), await other.claim());
    });
    expect(await worker.carryOut(id)).toBe('ended');
    expect(seen).toEqual([true, undefined]);
    expect(await house.db.database.query(`SELECT state, publication FROM run`)).toEqual([
      { state: 'published', publication: 1 },
    ]);
  });

  it('are taken from a worker that is alive but has not renewed its lease', async () => {
    const [id] = await enqueue(EQUITIES);
    const [worker, other] = [await newWorker(), await newWorker()];
    const step = await worker.claim();
    if (step === undefined) throw new Error('nothing to claim');
    const lease = worker.owner.hold(step);
    await house.db.database.query(`UPDATE run_step SET lease_until = now() - interval '1 second'`);
    await other.takeOver();
    expect(await other.claim()).toMatchObject({ run: { id, crashes: 1 }, name: 'locate', attempt: 2 });
    await worker.owner.renew();
    expect(lease.abort.signal.reason).toMatchObject({ code: 'RUN_TAKEN_OVER' });
  });

  it('are refused to a command while one is running', async () => {
    const { owner } = await newWorker();
    const id = await house.app.get(RunLedger).start(owner.id, EQUITIES, 'cli', {});
    await expect(house.ingest(EQUITIES)).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS', status: 409 });
    expect(await house.db.database.query(`SELECT id FROM run`)).toEqual([{ id }]);
  });

  it('are refused to a command that a worker was a moment ahead of', async () => {
    await enqueue(EQUITIES);
    const worker = await newWorker();
    const [{ id } = { id: 0 }] = await house.db.database.query<{ id: number }>(`SELECT id FROM run`);
    // The worker has begun it, and has not committed yet.
    const claiming = house.db.database.transaction(async (client) => {
      await client.query(`UPDATE run SET state = 'running' WHERE id = $1`, [id]);
      const starting = house.app.get(RunLedger).start(worker.owner.id, EQUITIES, 'cli', {});
      starting.catch(() => undefined);
      await waitUntil('the command waits for it', async () => {
        const waiting = await house.db.database.query(`SELECT FROM pg_locks WHERE NOT granted`);
        return waiting.length > 0;
      });
      return { starting };
    });
    const { starting } = await claiming;
    await expect(starting).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
  });

  it('send one job for all that wait: each following one when its turn has come', async () => {
    await enqueue(EQUITIES, VENUES, EQUITIES, EQUITIES);
    const jobs = (): Promise<unknown[]> =>
      house.db.database.query(
        `SELECT (data ->> 'runId')::int AS run FROM pgboss.job WHERE state < 'active' ORDER BY run`,
      );
    expect(await jobs()).toEqual([{ run: 1 }, { run: 2 }]);
    const worker = await newWorker();
    const step = await worker.claim();
    await worker.end(step!);
    expect(await jobs()).toEqual(expect.arrayContaining([{ run: 2 }, { run: 3 }]));
    expect(await jobs()).not.toContainEqual({ run: 4 });
  });

  it('asked for twenty times at once are one run', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => askFor(house.app, EQUITIES)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    expect(refusals).toHaveLength(19);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'RUN_IN_PROGRESS', status: 409 });
    expect(await house.db.database.query(`SELECT state FROM run`)).toEqual([{ state: 'queued' }]);
  });

  it('are not taken from a worker whose database was away while it had nothing to do', async () => {
    const { owner } = await newWorker();
    await house.db.database.query(
      `SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'isinglass lease'`,
    );
    const lockHeld = async (): Promise<boolean> => {
      const locks = await house.db.database.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint::oid`,
        [owner.id],
      );
      return locks.length > 0;
    };
    await owner.open();
    expect(await lockHeld()).toBe(true);
  });
});

describe('publications of two sources at the same time', () => {
  /** Both runs begin; the one that is the first to merge waits until the other one waits for it. */
  async function publishBoth(strike: () => void) {
    const equities = await writeEquityList(house.home, '2026-01-05', equityRows());
    const venues = await writeVenues();
    let isFirst = true;
    const committed: string[] = [];
    onFailPoint(async (name) => {
      if (name !== 'publish:merged' || !isFirst) return;
      isFirst = false;
      await waitUntil('the other run waits for the publication lock', async () => {
        const waiting = await house.db.database.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 771003 AND NOT granted`,
        );
        return waiting.length === 1;
      });
      strike();
    });
    const bring = async (source: string, path: string) => {
      const run = await house.ingest(source, { files: [path], approval: 'a test' });
      committed.push(source);
      return run;
    };
    return Promise.all([bring(EQUITIES, equities), bring(VENUES, venues)]);
  }

  const publications = () =>
    house.db.database.query<{ number: number; run_id: number; published_at: Date }>(
      `SELECT number, run_id, published_at FROM publication ORDER BY number`,
    );

  it('are numbered without a gap, in the order in which they become visible', async () => {
    const runs = await publishBoth(() => undefined);
    expect(runs.map(({ state }) => state)).toEqual(['published', 'published']);
    const rows = await publications();
    expect(rows.map(({ number }) => number)).toEqual([1, 2]);
    expect(rows[0]?.published_at.getTime()).toBeLessThan(rows[1]?.published_at.getTime() ?? 0);
    // xmin is the transaction that wrote the row: the order in which both ended is that of their runs.
    const ended = await house.db.database.query<{ publication: number }>(
      `SELECT publication FROM run ORDER BY ended_at`,
    );
    expect(ended.map(({ publication }) => publication)).toEqual([1, 2]);
  });

  it('leave no gap when the first of them fails at the last moment', async () => {
    const runs = await publishBoth(() => {
      throw new Error('struck');
    });
    expect(runs.map(({ state }) => state).sort()).toEqual(['failed', 'published']);
    expect((await publications()).map(({ number }) => number)).toEqual([1]);
  });
});
