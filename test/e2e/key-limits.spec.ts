import { ApiKeys } from '../../src/auth/api-keys.js';
import { addKey, addUser } from '../support/house-key.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const BY = { actor: 'test' };

let houses: readonly TestHouse[];
let urls: readonly string[];
let userId: string;
beforeAll(async () => {
  const first = await openTestHouse();
  // Replicas: other applications on the same database.
  const others = await Promise.all(
    [2, 3, 4].map(() => openTestHouse({}, undefined, async () => first.db.url)),
  );
  houses = [first, ...others];
  for (const { app } of houses) await app.listen(0, '127.0.0.1');
  urls = await Promise.all(houses.map(({ app }) => app.getUrl()));
  userId = await addUser(first.app, 'programs@test.example', 'admin');
});
afterAll(async () => {
  for (const house of [...houses].reverse()) await house.close();
});

const app = () => (houses[0] as TestHouse).app;
const keys = () => app().get(ApiKeys);
const query = (sql: string, values?: readonly unknown[]) =>
  (houses[0] as TestHouse).db.database.query<Record<string, unknown>>(sql, values);
const ask = (text: string, at = 0): Promise<Response> =>
  fetch(`${urls[at % urls.length]}/v1/instruments?limit=1`, { headers: { authorization: `Bearer ${text}` } });

describe('a key that may ask 100 times a minute', () => {
  it('passes 100 to 105 times of 400 on four processes at once, and is told when to come again', async () => {
    const { text, key } = await addKey(app(), userId, { requestsPerMinute: 100 });
    const beganAtMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 400 }, (_, at) => ask(text, at)));
    const passed = answers.filter(({ status }) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(100);
    // Its share of the time that went by meanwhile: within three seconds no more than five.
    expect(passed).toBeLessThanOrEqual(100 + Math.ceil((performance.now() - beganAtMs) / 600));
    const refused = answers.filter(({ status }) => status === 429);
    expect(passed + refused.length).toBe(400);
    for (const answer of refused) expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(await refused[0]?.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await keys().usage(userId, key.id)).days).toMatchObject([
      { requests: passed, refused: 400 - passed },
    ]);
  });

  it('passes again as time goes by, one for each share of the minute', async () => {
    const { text, key } = await addKey(app(), userId, { requestsPerMinute: 100 });
    const statuses = async (times: number) =>
      (await Promise.all(Array.from({ length: times }, (_, at) => ask(text, at)))).map(
        ({ status }) => status,
      );
    await statuses(110);
    await query(`UPDATE api_key_usage SET free_at = free_at - interval '6 seconds' WHERE key_id = $1`, [
      key.id,
    ]);
    const after = (await statuses(50)).filter((status) => status === 200).length;
    expect(after).toBeGreaterThanOrEqual(10);
    expect(after).toBeLessThan(50);
  });

  it.each([1, 7, 59])('lets a whole burst of %d through, whatever its shares round to', async (most) => {
    const { text } = await addKey(app(), userId, { requestsPerMinute: most });
    const statuses: number[] = [];
    for (let at = 0; at <= most; at += 1) statuses.push((await ask(text)).status);
    expect(statuses.slice(0, most).every((status) => status === 200)).toBe(true);
  });
});

it('a key has a quota for the day, which says how much is left', async () => {
  const { text, key } = await addKey(app(), userId, { requestsPerDay: 3 });
  for (const left of [2, 1, 0]) expect((await ask(text)).headers.get('ratelimit')).toBe(`"day";r=${left}`);
  const refused = await ask(text);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    429,
    'QUOTA_EXCEEDED',
  ]);
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(86_400);
  await query(`UPDATE api_key_usage SET day = day - 1 WHERE key_id = $1`, [key.id]);
  expect((await ask(text)).status).toBe(200);
});

it('a key that is revoked opens nothing from that moment, on any process', async () => {
  const { text, key } = await addKey(app(), userId);
  for (let at = 0; at < 4; at += 1) expect((await ask(text, at)).status).toBe(200);
  await keys().revoke(userId, key.id, BY);
  for (let at = 0; at < 4; at += 1) {
    const answer = await ask(text, at);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, 'KEY_REVOKED']);
  }
});

it('a key that is rotated goes on beside the new one, for a week at most', async () => {
  const { text, key } = await addKey(app(), userId, {
    days: 90,
    networks: ['127.0.0.0/8'],
    scopes: ['instruments:read'],
  });
  const rotated = await keys().rotate(userId, key.id, BY);
  expect(rotated.key).toMatchObject({
    scopes: ['instruments:read'],
    networks: ['127.0.0.0/8'],
    mayRedistribute: true,
  });
  const days = (date: Date) => (date.getTime() - Date.now()) / 86_400_000;
  expect(days(rotated.key.expiresAt)).toBeGreaterThan(89);
  const [old] = (await keys().list(userId)).filter(({ id }) => id === key.id);
  expect(days(old?.expiresAt ?? new Date(0))).toBeLessThanOrEqual(7);
  for (const each of [text, rotated.text]) expect((await ask(each)).status).toBe(200);
  await query('UPDATE api_key SET expires_at = now() WHERE id = $1', [key.id]);
  expect((await ask(text)).status).toBe(401);
  await expect(keys().rotate(userId, key.id, BY)).rejects.toMatchObject({ code: 'KEY_ENDED' });
});

it.each([
  ['no name', { name: ' ' }],
  ['a name of two lines', { name: 'a\nb' }],
  ['no scope', { scopes: [] }],
  ['a scope that is none', { scopes: ['everything'] }],
  ['the permission to manage people', { scopes: ['users:write'] }],
  ['no days', { days: 0 }],
  ['more than a year', { days: 367 }],
  ['half a day', { days: 0.5 }],
  ['a name instead of a network', { networks: ['office'] }],
  ['a mask too long', { networks: ['10.0.0.0/33'] }],
  ['SQL instead of a network', { networks: ["10.0.0.0/8'; DROP TABLE api_key"] }],
  ['more requests a minute than the house allows', { requestsPerMinute: 601 }],
  ['more requests a day than the house allows', { requestsPerDay: 100_001 }],
])('a key cannot be made with %s', async (_, order) => {
  const whole = { name: 'x', scopes: ['instruments:read'], days: 1, ...order };
  await expect(keys().create(userId, whole, BY)).rejects.toMatchObject({ code: 'KEY_ORDER_INVALID' });
});

it('a key cannot have a scope that the role of its owner does not have', async () => {
  const viewer = await addUser(app(), 'small@test.example', 'viewer');
  await expect(addKey(app(), viewer, { scopes: ['operations:write'] })).rejects.toMatchObject({
    code: 'KEY_ORDER_INVALID',
  });
});

it('the secret of a key is nowhere in the database', async () => {
  const { text } = await addKey(app(), userId);
  const secret = text.split('_')[3] ?? '';
  const tables = await query(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  for (const { name } of tables) {
    const found = await query(`SELECT 1 FROM "${String(name)}" t WHERE t::text LIKE '%' || $1 || '%'`, [
      secret.slice(0, 20),
    ]);
    expect([name, found]).toEqual([name, []]);
  }
});
