import { DataSource } from 'typeorm';
import { Extensions1700000000001 } from '../../migrations/0001-extensions.js';
import { Runs1700000000002 } from '../../migrations/0002-runs.js';
import { Publications1700000000003 } from '../../migrations/0003-publications.js';
import { Records1700000000004 } from '../../migrations/0004-records.js';
import { Instruments1700000000005 } from '../../migrations/0005-instruments.js';
import { Venues1700000000006 } from '../../migrations/0006-venues.js';
import { PublishersClock1700000000007 } from '../../migrations/0007-publishers-clock.js';
import { Drift1700000000008 } from '../../migrations/0008-drift.js';
import { QuickLoads1700000000009 } from '../../migrations/0009-quick-loads.js';
import { StepsAsJobs1700000000010 } from '../../migrations/0010-steps-as-jobs.js';
import { EditionStatistics1700000000011 } from '../../migrations/0011-edition-statistics.js';
import { Slots1700000000012 } from '../../migrations/0012-slots.js';
import { Retention1700000000013 } from '../../migrations/0013-retention.js';
import { AuditChain1700000000014 } from '../../migrations/0014-audit-chain.js';
import { Doors1700000000015 } from '../../migrations/0015-doors.js';
import { Redistributable1700000000016 } from '../../migrations/0016-redistributable.js';
import { RunsByState1700000000017 } from '../../migrations/0017-runs-by-state.js';
import { dataSourceOptions, migrate } from '../../src/database/migrate.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const MIGRATIONS = [
  Extensions1700000000001,
  Runs1700000000002,
  Publications1700000000003,
  Records1700000000004,
  Instruments1700000000005,
  Venues1700000000006,
  PublishersClock1700000000007,
  Drift1700000000008,
  QuickLoads1700000000009,
  StepsAsJobs1700000000010,
  EditionStatistics1700000000011,
  Slots1700000000012,
  Retention1700000000013,
  AuditChain1700000000014,
  Doors1700000000015,
  Redistributable1700000000016,
  RunsByState1700000000017,
];

/** Everything the migrations made, one line each, so that the effect of a migration is a readable difference. */
async function schemaOf({ database }: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query<{ line: string }>(
    `WITH ours AS (
       SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c
       WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('public', 'staging')
         AND c.relname <> 'migration'
     )
     SELECT line FROM (
       SELECT name, 1 AS part, attnum AS place,
              name || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
                || CASE WHEN attidentity <> '' THEN ' IDENTITY' ELSE '' END
                || coalesce(' ' || CASE WHEN attgenerated <> '' THEN 'AS ' ELSE 'DEFAULT ' END
                            || pg_get_expr(adbin, adrelid), '') AS line
       FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
       LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       UNION ALL
       SELECT name, 2, 0, name || ' ' || conname || ': ' || pg_get_constraintdef(pg_constraint.oid)
       FROM ours JOIN pg_constraint ON conrelid = ours.oid AND contype <> 'n'
       UNION ALL
       SELECT name, 3, 0, pg_get_indexdef(indexrelid)
       FROM ours JOIN pg_index ON indrelid = ours.oid
       WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
       UNION ALL
       SELECT '', 0, 0, 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
       UNION ALL
       SELECT '', 0, 1, 'function ' || oid::regprocedure FROM pg_proc
       WHERE pronamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
     ) lines
     ORDER BY name, part, place, line`,
  );
  return rows.map(({ line }) => line);
}

describe('the migrations', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await cloneDatabase();
  });
  afterEach(() => db.drop());

  it('make this schema', async () => {
    expect(`\n${(await schemaOf(db)).join('\n')}\n`).toMatchSnapshot();
  });

  it('do not wait for ever for another process that makes them', async () => {
    await db.database.transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(771001)');
      await expect(migrate(db.url, 200)).rejects.toMatchObject({ code: 'MIGRATION_IN_PROGRESS' });
    });
    expect(await migrate(db.url, 200)).toEqual([]);
  });

  it('can be taken back one by one, leave nothing behind, and be made again', async () => {
    const before = await schemaOf(db);
    const dataSource = await new DataSource({
      ...dataSourceOptions(db.url),
      migrations: MIGRATIONS,
      migrationsTableName: 'migration',
    }).initialize();
    try {
      for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
      expect(await schemaOf(db)).toEqual([]);
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
    expect(await schemaOf(db)).toEqual(before);
  });
});
