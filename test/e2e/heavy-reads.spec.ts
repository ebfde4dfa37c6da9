import { ReadPlaces } from '../../src/api/http/read-places.js';
import type { Queries } from '../../src/database/database.js';
import { InstrumentReader } from '../../src/instruments/instrument-reader.js';
import { addKey, addUser } from '../support/house-key.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { waitUntil } from '../support/wait-until.js';

// What one asks for costs the others little: a question that takes long, and many of them.

let house: TestHouse;
let url: string;
let busy: string;
let other: string;
let places: ReadPlaces;
/** How long a list takes, in seconds. */
let seconds = 0;
let atWork = 0;
let mostAtWork = 0;
let begun = 0;
beforeAll(async () => {
  house = await openTestHouse({ publicRead: true });
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  const userId = await addUser(house.app, 'programs@test.example', 'viewer');
  const order = { scopes: ['instruments:read'] };
  busy = (await addKey(house.app, userId, order)).text;
  const otherId = await addUser(house.app, 'others@test.example', 'viewer');
  other = (await addKey(house.app, otherId, order)).text;
  places = house.app.get(ReadPlaces);
  house.app.get(InstrumentReader).list = async (_, db?: Queries) => {
    atWork += 1;
    begun += 1;
    mostAtWork = Math.max(mostAtWork, atWork);
    await db?.query('SELECT pg_sleep($1)', [seconds]).finally(() => (atWork -= 1));
    return [];
  };
});
afterAll(() => house.close());
beforeEach(() => {
  [seconds, mostAtWork, begun, places.withinMs] = [0, 0, 0, 3_000];
});

interface Answered {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter: string | null;
}

async function ask(key?: string, path = ''): Promise<Answered> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/v1/instruments${path}`, { headers });
  const { code } = (await response.json()) as { code?: string };
  return { status: response.status, code, retryAfter: response.headers.get('retry-after') };
}

const kindsOf = (answers: readonly Answered[]): Record<string, number> => {
  const kinds: Record<string, number> = {};
  for (const { status, code } of answers) {
    const kind = `${status} ${code ?? ''}`.trim();
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
};

it('a question that takes too long is ended, in PostgreSQL too', async () => {
  [seconds, places.withinMs] = [60, 300];
  expect(await ask(busy)).toEqual({ status: 503, code: 'READ_TOO_SLOW', retryAfter: '5' });
  await waitUntil('nothing sleeps', async () => {
    const [row] = await house.db.database.query<{ count: number }>(
      `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep($1)' AND state = 'active'`,
    );
    return row?.count === 0;
  });
});

it('of two hundred at once three of one key are answered at a time, and the others get in between', async () => {
  [seconds, places.withinMs] = [0.5, 2_000];
  const many = Array.from({ length: 200 }, () => ask(busy));
  await waitUntil('it is at work', async () => atWork === 3);
  // Neither has to wait for the two hundred.
  expect((await ask(other, '/INE002A01018')).status).toBe(404);
  expect((await ask(undefined, '/INE002A01018')).status).toBe(404);
  const answers = await Promise.all(many);
  expect(mostAtWork).toBe(3);
  const { 200: done = 0, '429 READS_TOO_MANY': late = 0, '503 READ_TOO_SLOW': slow = 0 } = kindsOf(answers);
  expect(done + late + slow).toBe(200);
  expect(done).toBeGreaterThanOrEqual(3);
  expect(late).toBeGreaterThan(0);
  for (const { status, retryAfter } of answers) if (status === 429) expect(retryAfter).toBe('1');
});

it('who hangs up while waiting is not read for', async () => {
  [seconds, places.withinMs] = [0.5, 30_000];
  const gone = new AbortController();
  const first = Array.from({ length: 3 }, () => ask(busy));
  await waitUntil('three are at work', async () => atWork === 3);
  const waiting = Array.from({ length: 50 }, () =>
    fetch(`${url}/v1/instruments`, {
      headers: { authorization: `Bearer ${busy}` },
      signal: gone.signal,
    }).catch(() => null),
  );
  await waitUntil('they wait', async () => places.waitingNow >= 10);
  gone.abort();
  await Promise.all(waiting);
  expect(kindsOf(await Promise.all(first))).toEqual({ 200: 3 });
  await waitUntil('nobody waits', async () => places.waitingNow === 0 && atWork === 0);
  // At one half of a second each, three at a time, fifty would have taken eight seconds, and found their way here.
  expect(begun).toBeLessThan(50);
});

it('short ones wait for their turn, and all are answered', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(busy)));
  expect(kindsOf(answers)).toEqual({ 200: 100 });
  expect(mostAtWork).toBeLessThanOrEqual(3);
});
