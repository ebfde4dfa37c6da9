import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { ingest, isinglass } from './ingest.mjs';
import { percentile, start } from './measure.mjs';
import { FIRST_FULL, SECOND_FULL, worldOf, writeFullSet } from './simulated.mjs';
import { inMilliseconds, inSeconds, say, withCommas } from './table.mjs';

const RECORDS = 500_000;
const PER_SECOND = 50;
const IDLE_SECONDS = 20;
const SERVER_PATIENCE_MS = 60_000;
const LIST = '/v1/instruments?cfi=ES&limit=20';

/**
 * How long readers wait while nothing goes on, and while a changed full set is loaded into a filled store.
 * @param {import('./databases.mjs').Databases} databases
 * @param {{ folder: string }} options
 */
export async function measureReads(databases, { folder }) {
  say('reads: making two full sets');
  const world = await worldOf(RECORDS);
  const sets = join(folder, 'reads');
  const first = await writeFullSet(world, FIRST_FULL, join(sets, 'first'));
  const second = await writeFullSet(world, SECOND_FULL, join(sets, 'second'));
  const database = await databases.make();
  say(`reads: filling the store with ${withCommas(first.records)} records`);
  await ingest(folder, database, first.paths);
  const isins = await database.query('SELECT isin FROM instrument ORDER BY md5(isin) LIMIT 1000');
  const server = start(isinglass(['serve', '--roles', 'web']), {
    ...database.env,
    PORT: '0',
    PUBLIC_READ: 'yes',
  });
  const client = new Agent({ connections: 20 });
  try {
    const reader = { origin: await addressOf(server), isins: isins.map(({ isin }) => isin), client };
    await read(reader, delay(3_000, true));
    say('reads: idle');
    const idle = await read(reader, delay(IDLE_SECONDS * 1000, true));
    say('reads: during a load');
    const load = ingest(folder, database, second.paths);
    const busy = await read(reader, load);
    const { seconds, run } = await load;
    const what = `load of ${withCommas(second.records)} records, ${withCommas(run.records.changed)} changed`;
    return {
      title: `3. Readers, ${PER_SECOND} requests a second: idle, and during a ${what} (${inSeconds(seconds)})`,
      rows: [
        ...rowsOf('GET /v1/instruments/{isin}', 'one', idle, busy),
        ...rowsOf(`GET ${LIST}`, 'list', idle, busy),
      ],
    };
  } finally {
    await client.close();
    server.stop();
    await server.ended;
    await database.drop();
    await rm(sets, { recursive: true });
  }
}

function rowsOf(name, kind, idle, busy) {
  return [0.5, 0.99].flatMap((share) => {
    const calm = percentile(idle[kind], share);
    const loaded = percentile(busy[kind], share);
    const label = `p${share * 100}`;
    return [
      { what: `${name}, ${label} idle`, best: inMilliseconds(calm), note: `${idle[kind].length} requests` },
      {
        ratio: loaded / calm,
        to: 'idle',
        what: `${name}, ${label} during`,
        best: inMilliseconds(loaded),
        note: `${busy[kind].length} requests, ${busy.failures} failed, longest ${inMilliseconds(Math.max(...busy[kind]))}`,
      },
    ];
  });
}

/** Where it listens, as it says itself. */
export async function addressOf({ output, ended }) {
  let hasEnded = false;
  ended.then(() => (hasEnded = true));
  const deadline = performance.now() + SERVER_PATIENCE_MS;
  for (;;) {
    const found = /API (http\S+)\/v1/.exec(output.stderr + output.stdout);
    if (found) return found[1];
    if (hasEnded || performance.now() > deadline) throw new Error(`serve did not start:\n${output.stderr}`);
    await delay(50);
  }
}

/**
 * Asks at a fixed rate, whether earlier questions were answered or not, until something is over. A wait counts from when
 * the question was due, so that one that holds up the next is not forgotten.
 */
async function read({ origin, isins, client }, until) {
  const waits = { one: [], list: [], failures: 0 };
  let isOver = false;
  const over = () => (isOver = true);
  until.then(over, over);
  const begun = performance.now();
  const pending = new Set();
  for (let number = 0; !isOver; number += 1) {
    const dueAt = begun + (number * 1000) / PER_SECOND;
    await delay(Math.max(0, dueAt - performance.now()));
    const kind = number % 2 === 0 ? 'one' : 'list';
    const path = kind === 'one' ? `/v1/instruments/${isins[(number * 7) % isins.length]}` : LIST;
    const asked = ask(origin + path, client)
      .then((isGood) => {
        waits[kind].push(performance.now() - dueAt);
        if (!isGood) waits.failures += 1;
      })
      .catch(() => {
        waits.failures += 1;
      })
      .finally(() => pending.delete(asked));
    pending.add(asked);
  }
  await Promise.all(pending);
  return waits;
}

async function ask(url, dispatcher) {
  const { statusCode, body } = await request(url, { dispatcher });
  await body.dump();
  return statusCode === 200;
}
