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
  });

  it('when it commits already is not stopped any more, nor whoever has the connection next', async () => {
    // A COMMIT that takes a while.
    await db.database.query(`
      CREATE TABLE slow (n integer);
      CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger()`);
    const stop = new AbortController();
    await db.database.transaction(async (client) => {
      await client.query('INSERT INTO slow VALUES (1)');
      setTimeout(() => stop.abort(reason), 100);
    }, stop.signal);
    expect(await db.database.query('SELECT n FROM slow')).toEqual([{ n: 1 }]);
  });
});
