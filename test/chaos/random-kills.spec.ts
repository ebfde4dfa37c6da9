import { setTimeout as wait } from 'node:timers/promises';
import type { CommandChild } from '../support/child.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { PostgresCluster } from './support/cluster.js';
import { progressOf, sayFigures } from './support/figures.js';
import { within } from './support/kill-case.js';
import { leaseHolders } from './support/lease-holders.js';
import { faultsOf, outcomeOf } from './support/oracle.js';
import {
  demolish,
  emptyHouse,
  hasEnded,
  inHouse,
  isAtWork,
  LEASE_SECONDS,
  nseDays,
  startWorker,
  type House,
} from './support/scenario.js';
import { IS_FULL, randomNumbers, SEED } from './support/seed.js';
import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import { askFor } from '../support/ask-for.js';

const HITS = Number(process.env['ISINGLASS_CHAOS_HITS'] ?? (IS_FULL ? 500 : 50));
const WORKERS = 3;
/** A run that was hit three times counts as one that kills its processes, and is not tried again. */
const MOST_HITS_PER_RUN = 2;
const FROZEN_MS = 2.2 * LEASE_SECONDS * 1_000;
const STARTS_WITHIN_MS = 20_000;
const RUN_ENDS_WITHIN_MS = 60_000 + 2 * FROZEN_MS;

let cluster: PostgresCluster;
const houses: House[] = [];
let pack: Pack | undefined;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
});
afterAll(async () => {
  await pack?.kill();
  for (const house of houses) await demolish(house);
  await cluster.stop();
});

async function build(): Promise<House> {
  const house = await emptyHouse(cluster);
  houses.push(house);
  return house;
}

/** Some workers, each behind a proxy by which it is told from the others. */
class Pack {
  private readonly members: { worker: CommandChild; proxy: TcpProxy }[] = [];

  constructor(
    private readonly house: House,
    private readonly start: (url: string) => CommandChild,
  ) {}

  async fill(): Promise<void> {
    for (const [index, { worker, proxy }] of [...this.members.entries()].reverse()) {
      if (!worker.hasEnded()) continue;
      await proxy.close();
      this.members.splice(index, 1);
    }
    while (this.members.length < WORKERS) {
      const proxy = await TcpProxy.before(this.house.db.url);
      this.members.push({ worker: this.start(proxy.url), proxy });
    }
  }

  /** One of them that holds a lease, as far as the database knows, by chance. */
  async pick(random: () => number): Promise<{ worker: CommandChild; proxy: TcpProxy } | undefined> {
    const ports = (await leaseHolders(this.house.db.database)).map(({ port }) => port);
    const able = this.members.filter(
      ({ worker, proxy }) =>
        !worker.hasEnded() && isAtWork(worker) && ports.some((port) => proxy.ports.includes(port)),
    );
    return able[Math.floor(random() * able.length)];
  }

  /** Those that ended other than by being killed. */
  async stop(): Promise<readonly string[]> {
    const isReady = ({ worker }: { worker: CommandChild }): boolean => worker.hasEnded() || isAtWork(worker);
    await within(STARTS_WITHIN_MS, async () => this.members.every(isReady));
    for (const { worker } of this.members) worker.stop();
    const endings = await Promise.all(this.members.map(({ worker }) => worker.ended));
    await Promise.all(this.members.map(({ proxy }) => proxy.close()));
    return endings.flatMap(({ code, signal }) =>
      code === 0 || signal === 'SIGKILL' ? [] : [`a worker ended with ${code ?? signal}`],
    );
  }

  async kill(): Promise<void> {
    for (const { worker } of this.members) worker.stop('SIGKILL');
    await this.stop();
  }
}

it(`${HITS} hits on a worker in the middle of a step, at moments of chance, change nothing`, async () => {
  const story = await nseDays();
  const house = await build();
  const random = randomNumbers(SEED);
  pack = new Pack(house, (url) => startWorker(house, story, url));
  const hits = { SIGKILL: 0, SIGSTOP: 0 };
  const hitsOfRun = new Map<number, number>();
  const oneMore = progressOf('random kills', HITS);
  let strikes = 0;
  let slowestMs = 0;
  let day = 0;

  /** Freezes one; what the database then says of it cannot change by its own doing. */
  const strikeOnce = async (workers: Pack): Promise<void> => {
    const target = await workers.pick(random);
    if (target === undefined) return;
    const { worker, proxy } = target;
    worker.stop('SIGSTOP');
    strikes += 1;
    const held = (await leaseHolders(house.db.database)).find(({ port }) => proxy.ports.includes(port));
    if (held === undefined || (hitsOfRun.get(held.run) ?? 0) >= MOST_HITS_PER_RUN) {
      worker.stop('SIGCONT');
      return;
    }
    hitsOfRun.set(held.run, (hitsOfRun.get(held.run) ?? 0) + 1);
    oneMore();
    if (random() < 0.5) {
      hits.SIGKILL += 1;
      worker.stop('SIGKILL');
      await worker.ended;
      await workers.fill();
    } else {
      hits.SIGSTOP += 1;
      await wait(FROZEN_MS);
      worker.stop('SIGCONT');
    }
  };

  await inHouse(house, story, async (app) => {
    while (hits.SIGKILL + hits.SIGSTOP < HITS) {
      day += 1;
      story.showDay(day);
      await askFor(app, story.source);
      await pack?.fill();
      const sinceMs = performance.now();
      while (!(await hasEnded(house.db))) {
        if (performance.now() - sinceMs > RUN_ENDS_WITHIN_MS)
          throw new Error(`day ${day} is stuck: ${await standing(house)}`);
        await wait(random() * 150);
        if (hits.SIGKILL + hits.SIGSTOP < HITS) await strikeOnce(pack!);
      }
      slowestMs = Math.max(slowestMs, performance.now() - sinceMs);
    }
  });
  const endings = await pack.stop();
  pack = undefined;

  const calm = await build();
  for (let each = 1; each <= day; each += 1) {
    story.showDay(each);
    await inHouse(calm, story, (app) =>
      app.get(IngestionService).ingest(story.source, {}, { signal: new AbortController().signal }),
    );
  }
  await story.close();
  await sayFigures('random kills', {
    seed: SEED,
    strikes,
    'hits by SIGKILL': hits.SIGKILL,
    'hits by SIGSTOP': hits.SIGSTOP,
    editions: day,
    'slowest edition': `${(slowestMs / 1_000).toFixed(1)} s`,
  });
  expect(endings).toEqual([]);
  expect(await faultsOf(house.db.database, await outcomeOf(calm.db.database))).toEqual([]);
}, 7_200_000);

/** What there was to be seen of the runs that had not ended. */
async function standing({ db }: House): Promise<string> {
  const rows = await db.database.query(
    `SELECT r.id, r.state, r.crashes, r.setbacks, r.not_before - clock_timestamp() AS waits, s.name, s.state AS step, s.attempt,
            s.lease_until - clock_timestamp() AS lease, s.error ->> 'code' AS code,
            (SELECT jsonb_agg(state) FROM pgboss.job WHERE data ->> 'runId' = r.id::text AND data ->> 'step' = s.name) AS jobs
     FROM run r LEFT JOIN run_step s ON s.run_id = r.id AND s.state <> 'done' WHERE r.ended_at IS NULL`,
  );
  return JSON.stringify(rows);
}
