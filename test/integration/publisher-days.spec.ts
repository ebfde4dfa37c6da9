import { setTimeout as wait } from 'node:timers/promises';
import { CONFIG, type Config } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { FileStore } from '../../src/ingestion/file-store.js';
import { Jobs } from '../../src/ingestion/jobs.js';
import { RunReader } from '../../src/ingestion/run-reader.js';
import { StepLedger } from '../../src/ingestion/step-ledger.js';
import { StepRunner } from '../../src/ingestion/step-runner.js';
import { Worker } from '../../src/ingestion/worker.js';
import { digestOf, litterIn } from '../support/digest.js';
import { FakeOrigin } from '../support/fake-origin.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { askFor } from '../support/ask-for.js';

const SOURCE = 'in-nse-equities';
const MICS = 'xx-iso-mic';

let publisher: SimulatedPublisher;
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  publisher = await startSimulatedPublisher({ instruments: 1_600 });
  closing = [() => publisher.close()];
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function open(mirrorUrl = publisher.url): Promise<TestHouse> {
  const house = await openTestHouse({ mirrorUrl });
  closing.push(() => house.close());
  return house;
}

async function until(condition: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await wait(20);
  }
}

/** What the house holds, without its clocks and counters. */
async function holdingsOf(house: TestHouse): Promise<Record<string, unknown>> {
  const rowsOf = async (table: string, order: string): Promise<unknown> =>
    house.db.database.query(
      `SELECT to_jsonb(t) - ARRAY['valid_from', 'stated_on', 'recorded_at', 'publication', 'edition_id'] AS row
       FROM ${table} t WHERE status = 'active' ORDER BY ${order}`,
    );
  return {
    instruments: await rowsOf('instrument', 'isin'),
    records: await rowsOf('record', 'isin, source_id, mic'),
  };
}

describe('asking again', () => {
  /** A publisher that answers conditions as it should, and counts the bodies it sends. */
  class CountingOrigin {
    readonly sent: string[] = [];

    private constructor(readonly origin: FakeOrigin) {}

    static async start(): Promise<CountingOrigin> {
      const counting = new CountingOrigin(await FakeOrigin.start());
      closing.push(() => counting.origin.close());
      return counting;
    }

    /** Puts a list there as it is on a day, or with other bytes. */
    publish(address: string, day: number, change: (text: string) => string = (text) => text): void {
      const publication = publisher.publications.find((each) => each.address === address);
      if (publication === undefined) throw new Error(`there is no ${address}`);
      const body = Buffer.from(change(publication.bytesOn(day).toString('latin1')), 'latin1');
      const etag = `"${address.length}-${day}-${body.length}"`;
      const headers = { etag, 'last-modified': publication.publishedAt(day).toUTCString() };
      this.origin.on(`/${address}`, ({ method, headers: asked }) => {
        if (method === 'GET' && asked['if-none-match'] !== etag) this.sent.push(listOf(address));
        return { body, headers, honoursConditions: true };
      });
    }

    publishAll(day: number): void {
      for (const { address } of publisher.publications) this.publish(address, day);
    }
  }

  const listOf = (address: string): string => address.replace(/^.*\/|\.csv$/g, '');
  const addressOf = (list: string): string =>
    publisher.publications.find(({ address }) => listOf(address) === list)?.address ?? list;

  it('fetches no body twice when nothing is newer', async () => {
    const counting = await CountingOrigin.start();
    counting.publishAll(0);
    const house = await open(counting.origin.url);
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'published' });
    expect([...counting.sent].sort()).toHaveLength(9);
    const before = await digestOf(house.db.database);
    counting.sent.length = 0;
    counting.origin.requests.length = 0;
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'unchanged', publication: null, error: null });
    expect(counting.sent).toEqual([]);
    expect(counting.origin.requests.map(({ method }) => method)).toEqual([
      'HEAD',
      ...Array<string>(9).fill('GET'),
    ]);
    expect(await digestOf(house.db.database)).toBe(before);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('loads only the list that changed, and misses nothing of the others', async () => {
    const counting = await CountingOrigin.start();
    counting.publishAll(0);
    const house = await open(counting.origin.url);
    await house.ingest(SOURCE);
    counting.sent.length = 0;
    counting.publish(addressOf('EQUITY_L'), 1);
    const run = await house.ingest(SOURCE);
    expect(counting.sent).toEqual(['EQUITY_L']);
    const shares = publisher.world
      .eventsOn(1)
      .filter(({ before, after }) => (before ?? after)?.list === 'equity');
    expect(run).toMatchObject({
      state: 'published',
      edition: publisher.world.dateOf(1),
      totals: {
        records: { ended: shares.filter(({ kind }) => kind === 'ended' || kind === 'split').length },
      },
    });
    const scopes = await house.db.database.query<{ scope: string }>(
      `SELECT DISTINCT scope FROM record WHERE publication = $1 OR status <> 'active'`,
      [run.publication],
    );
    expect(scopes).toEqual([{ scope: 'EQUITY_L' }]);
    // The lists that did not change are vouched for by the edition before the last one.
    counting.sent.length = 0;
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'unchanged' });
    expect(counting.sent).toEqual([]);
  });

  it('fetches a file again that is no longer in the store, although the publisher would say 304', async () => {
    const counting = await CountingOrigin.start();
    counting.publishAll(0);
    const house = await open(counting.origin.url);
    await house.ingest(SOURCE);
    const [file] = await house.db.database.query<{ sha256: string }>(
      `SELECT file_sha256 AS sha256 FROM edition_part WHERE name = 'SME_EQUITY_L'`,
    );
    const { sha256 } = file ?? { sha256: '' };
    const files = house.app.get(FileStore);
    await files.remove(sha256);
    const before = await digestOf(house.db.database);
    counting.sent.length = 0;
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'unchanged', error: null });
    expect(counting.sent).toEqual(['SME_EQUITY_L']);
    expect(await files.verify(sha256)).toBe(true);
    expect(await digestOf(house.db.database)).toBe(before);
  });

  describe('for a share that stands in two lists', () => {
    let counting: CountingOrigin;
    let house: TestHouse;
    /** The share as the list of the main board has it; the SME list names it too, under another name. */
    const share = shareInTwoLists();
    const recordOf = async (): Promise<unknown> =>
      house.db.database.query(`SELECT scope, name, status FROM record WHERE isin = $1`, [share.isin]);

    beforeEach(async () => {
      counting = await CountingOrigin.start();
      counting.publishAll(0);
      counting.publish(addressOf('SME_EQUITY_L'), 0, (text) => `${text}${share.smeRow}\n`);
      counting.publish(addressOf('EQUITY_L'), 0, (text) => `${text}${share.mainRow}\n`);
      house = await open(counting.origin.url);
      await house.ingest(SOURCE);
    });

    it('believes the list with precedence also when only the other one changed', async () => {
      expect(await recordOf()).toEqual([{ scope: 'EQUITY_L', name: 'Moved Up Limited', status: 'active' }]);
      counting.publish(addressOf('SME_EQUITY_L'), 1, (text) => `${text}${share.smeRow}\n`);
      await house.ingest(SOURCE);
      expect(await recordOf()).toEqual([{ scope: 'EQUITY_L', name: 'Moved Up Limited', status: 'active' }]);
    });

    it('does not miss it when it leaves one list and the other one did not change', async () => {
      counting.publish(addressOf('EQUITY_L'), 1);
      await house.ingest(SOURCE);
      expect(await recordOf()).toEqual([
        { scope: 'SME_EQUITY_L', name: 'Moved Up (SME) Limited', status: 'active' },
      ]);
    });
  });
});

function shareInTwoLists() {
  const isin = 'INE144J01027';
  return {
    isin,
    mainRow: `MOVEDUP,Moved Up Limited,EQ,06-OCT-2008,10,1,${isin},10`,
    smeRow: `MOVEDUP,Moved Up (SME) Limited,SM,06-Oct-08,10,${isin},10,`,
  };
}

describe('a process that is told to stop during a stalled download', () => {
  const stateOf = async (house: TestHouse, run: number): Promise<string> =>
    (await house.app.get(RunReader).get(run)).state;

  /** Waits until the publisher has fallen silent in the middle of a run. */
  async function untilStalled(house: TestHouse): Promise<number> {
    let run = 0;
    await until(async () => {
      const rows = await house.db.database.query<{ id: number }>(
        `SELECT run_id AS id FROM run_step WHERE name = 'load SME_EQUITY_L' AND state = 'running'`,
      );
      run = rows[0]?.id ?? 0;
      return run !== 0 && publisher.requests >= 3;
    }, 100_000);
    return run;
  }

  it('puts the run back at once, and the next ingestion finishes it', async () => {
    publisher.setFault({ name: 'stall', match: 'SME_EQUITY_L' });
    const house = await open();
    const stop = new AbortController();
    const reason = new Error('Ctrl+C');
    const stopped = house.ingest(SOURCE, {}, stop.signal).catch((error: unknown) => error);
    const run = await untilStalled(house);
    const abortedAt = performance.now();
    stop.abort(reason);
    expect(await stopped).toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(10_000);
    expect(await stateOf(house, run)).toBe('queued');

    publisher.setFault(null);
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'unchanged' });
    const finished = await house.app.get(RunReader).get(run);
    expect(finished).toMatchObject({ state: 'published', publication: 1, totals: { files: 9 } });
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('puts the run back at once, and the next worker finishes it', async () => {
    publisher.setFault({ name: 'stall', match: 'SME_EQUITY_L' });
    const house = await open();
    const startWorker = (): Worker => {
      const { app } = house;
      const config: Config = { ...app.get<Config>(CONFIG), roles: ['worker'] };
      const worker = new Worker(
        config,
        app.get(Database),
        app.get(Jobs),
        app.get(StepLedger),
        app.get(StepRunner),
      );
      void worker.onApplicationBootstrap();
      return worker;
    };
    const asked = await askFor(house.app, SOURCE);
    const first = startWorker();
    expect(await untilStalled(house)).toBe(asked);
    const stoppedAt = performance.now();
    await first.beforeApplicationShutdown();
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    expect(await stateOf(house, asked)).toBe('queued');

    publisher.setFault(null);
    const second = startWorker();
    try {
      await until(async () => (await stateOf(house, asked)) === 'published', 20_000);
    } finally {
      await second.beforeApplicationShutdown();
    }
    expect(await litterIn(house.db.database)).toEqual([]);
  });
});

describe('the list of market identifier codes', () => {
  it('fills the venues, and a second edition changes some of them', async () => {
    const house = await open();
    const first = await house.ingest(MICS);
    const venuesOn = (day: number): number => publisher.world.venuesOn(day).length;
    expect(first).toMatchObject({
      state: 'published',
      totals: { rows: venuesOn(0), rejected: 0, records: { new: venuesOn(0), changed: 0, ended: 0 } },
    });
    const venues = await house.db.database.query<{ mic: string; name: string }>(
      `SELECT mic, name FROM venue`,
    );
    expect(venues).toHaveLength(venuesOn(0));
    const exchange = publisher.world.venuesOn(0).find(({ mic }) => mic === 'XNSE');
    expect(venues).toContainEqual({ mic: 'XNSE', name: exchange?.name });

    expect(await house.ingest(MICS)).toMatchObject({ state: 'unchanged' });

    // The next list comes with the second Monday of the month.
    publisher.setDay(10);
    expect(publisher.world.micReleaseOn(10)).not.toBe(publisher.world.micReleaseOn(0));
    const second = await house.ingest(MICS);
    expect(second).toMatchObject({
      state: 'published',
      edition: publisher.world.micReleaseOn(10),
      totals: { rows: venuesOn(10), rejected: 0, records: { new: venuesOn(10) - venuesOn(0), ended: 0 } },
    });
    const changed = second.totals?.records.changed ?? 0;
    expect(changed).toBeGreaterThan(0);
    expect(await house.db.database.query(`SELECT FROM venue_history`)).toHaveLength(changed);
    expect(await house.db.database.query(`SELECT FROM venue`)).toHaveLength(venuesOn(10));
  });
});

describe('thirty days, one edition after the other', () => {
  it('leave on each day what a house holds that reads that day alone, and name what has left', async () => {
    const house = await open();
    const everListed = new Set<string>();
    for (let day = 0; day < 30; day += 1) {
      publisher.setDay(day);
      const run = await house.ingest(SOURCE);
      expect(run).toMatchObject({
        state: 'published',
        publication: day + 1,
        edition: publisher.world.dateOf(day),
      });

      const fresh = await openTestHouse({ mirrorUrl: publisher.url });
      try {
        expect(await fresh.ingest(SOURCE)).toMatchObject({ state: 'published', publication: 1 });
        expect(await holdingsOf(house)).toEqual(await holdingsOf(fresh));
      } finally {
        await fresh.close();
      }

      const listed = new Set(publisher.world.securitiesOn(day).map(({ isin }) => isin));
      for (const isin of listed) everListed.add(isin);
      const statuses = await house.db.database.query<{ isin: string; status: string }>(
        `SELECT isin, status FROM instrument`,
      );
      expect(new Map(statuses.map(({ isin, status }) => [isin, status]))).toEqual(
        new Map([...everListed].map((isin) => [isin, listed.has(isin) ? 'active' : 'missing'])),
      );
    }
    expect(everListed.size).toBeGreaterThan(publisher.world.securitiesOn(29).length);
    expect(await litterIn(house.db.database)).toEqual([]);
  });
});
