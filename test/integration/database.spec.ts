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
