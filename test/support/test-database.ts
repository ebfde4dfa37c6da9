import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Database } from '../../src/database/database.js';

/** A database of a test file's own, cloned from the migrated template. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly database: Database;
  drop(): Promise<void>;
}

/** @param of the migrated template, or another database to which nobody is connected */
export async function cloneDatabase(of = 'isinglass'): Promise<TestDatabase> {
  const template = process.env['ISINGLASS_TEST_DATABASE'];
  const admin = process.env['ISINGLASS_TEST_ADMIN_DATABASE'];
  if (template === undefined || admin === undefined) throw new Error('global-setup.mjs has not run');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(admin, `CREATE DATABASE ${name} TEMPLATE ${of} OWNER isinglass`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  const database = new Database(url.href);
  return {
    name,
    url: url.href,
    database,
    drop: async () => {
      await database.close();
      await asAdmin(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
