import { setTimeout as wait } from 'node:timers/promises';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await cloneDatabase();
  await db.database.query('CREATE TABLE note (words text)');
});
afterAll(() => db.drop());

describe('a snapshot', () => {
  it('sees one moment, whatever is committed meanwhile', async () => {
    await db.database.snapshot(async (snapshot) => {
      expect(await snapshot.query('SELECT words FROM note')).toEqual([]);
      await db.database.query(`INSERT INTO note VALUES ('later')`);
      expect(await snapshot.query('SELECT words FROM note')).toEqual([]);
    });
    expect(await db.database.query('SELECT words FROM note')).toEqual([{ words: 'later' }]);
  });

  it('reads only', async () => {
    const write = db.database.snapshot((snapshot) => snapshot.query(`INSERT INTO note VALUES ('now')`));
    await expect(write).rejects.toThrow('read-only transaction');
  });
});

describe('a transaction that is told to stop', () => {
  const reason = new Error('told to stop');

  it('does so in the middle of a statement, and also between two of them', async () => {
    const busy = new AbortController();
    const inStatement = db.database.transaction((client) => {
      setTimeout(() => busy.abort(reason), 100);
      return client.query('SELECT pg_sleep(20)');
    }, busy.signal);
    await expect(inStatement).rejects.toBe(reason);

    const idle = new AbortController();
    const between = db.database.transaction(async (client) => {
      await client.query('SELECT 1');
      idle.abort(reason);
      // Long enough for a first cancelling to have come and gone.
      await wait(200);
      return client.query('SELECT pg_sleep(20)');
    }, idle.signal);
    await expect(between).rejects.toBe(reason);
  }, 15_000);

  it('leaves the next one on the connection alone', async () => {
    for (let times = 0; times < 20; times += 1) {
      const stop = new AbortController();
      const first = db.database.transaction((client) => client.query('SELECT 1'), stop.signal);
      setImmediate(() => stop.abort(reason));
      await first.catch((error: unknown) => expect(error).toBe(reason));
      await db.database.query('SELECT pg_sleep(0.01)');
    }
  });
});
