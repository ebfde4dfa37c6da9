import { CommandChild } from '../support/child.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const REPLICAS = 20;

let migrated: TestDatabase;
let empty: TestDatabase;
beforeAll(async () => {
  [migrated, empty] = await Promise.all([cloneDatabase(), cloneDatabase('template1')]);
});
afterAll(async () => {
  await migrated.drop();
  await empty.drop();
});

/** What migrations were applied, and which tables and queues there are. */
async function historyOf({ database }: TestDatabase): Promise<unknown> {
  return {
    migrations: (await database.query<{ name: string }>(`SELECT name FROM migration ORDER BY id`)).map(
      ({ name }) => name,
    ),
    tables: await database.query(
      `SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'staging', 'pgboss') ORDER BY 1, 2`,
    ),
    queues: await database.query(`SELECT name, policy FROM pgboss.queue ORDER BY name`),
    installed: await database.query(`SELECT obj_description('pgboss'::regnamespace)`),
  };
}

it(`${REPLICAS} processes that start on an empty database at once make one history`, async () => {
  const children = Array.from(
    { length: REPLICAS },
    () =>
      new CommandChild({ DATABASE_URL: empty.url, ISINGLASS_HOME: '/nonexistent' }, ['migrate'], undefined),
  );
  const ends = await Promise.all(children.map(({ ended }) => ended));
  const failed = children.filter((_, index) => ends[index]?.code !== 0);
  expect(failed.map(({ output }) => output)).toEqual([]);
  expect(await historyOf(empty)).toEqual(await historyOf(migrated));
  const applied = children.filter(({ output }) => output.includes('Applied: '));
  expect(applied).toHaveLength(1);
});
