import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../dist/src/database/embedded/embedded-postgres.js';
import { migrate } from '../../../dist/src/database/migrate.js';
import { atEnd } from './cleanup.mjs';

/**
 * @typedef {object} Databases A PostgreSQL of our own, and databases in it that are cloned from a migrated one.
 * @property {string} version
 * @property {() => Promise<Fresh>} make
 */
/**
 * @typedef {object} Fresh A database, and a home for whoever works on it.
 * @property {string} url
 * @property {Record<string, string>} env
 * @property {(sql: string, values?: unknown[]) => Promise<any[]>} query
 * @property {() => Promise<void>} drop
 */

/**
 * @param {string} folder
 * @returns {Promise<Databases>}
 */
export async function startDatabases(folder) {
  const home = join(folder, 'postgres');
  await mkdir(home);
  // Started as root, PostgreSQL runs as somebody else, who must be able to enter.
  await chmod(home, 0o755);
  const postgres = await startEmbeddedPostgres({ home, log: () => undefined });
  atEnd(() => postgres.stop());
  await migrate(postgres.url);
  const { superuser, superuserPassword } = JSON.parse(await readFile(join(home, 'connection.json'), 'utf8'));
  const admin = new URL(postgres.url);
  admin.username = superuser;
  admin.password = superuserPassword;
  admin.pathname = '/postgres';
  let made = 0;
  return {
    version: (await queryOnce(admin.href, 'SHOW server_version'))[0].server_version,
    async make() {
      const name = `bench_${(made += 1)}`;
      await queryOnce(admin.href, `CREATE DATABASE ${name} TEMPLATE isinglass OWNER isinglass`);
      // What was written before is not to be paid by what is measured next.
      await queryOnce(admin.href, 'CHECKPOINT');
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      const ownHome = join(folder, `home-${name}`);
      await mkdir(ownHome);
      return {
        url: url.href,
        env: {
          DATABASE_URL: url.href,
          ISINGLASS_HOME: ownHome,
          ISINGLASS_FILES: '',
          ISINGLASS_MIRROR_URL: '',
          ISINGLASS_SOURCES: '',
          ISINGLASS_PROFILE: 'all',
          ISINGLASS_VENUES: '',
          TMPDIR: folder,
        },
        query: (sql, values) => queryOnce(url.href, sql, values),
        async drop() {
          await queryOnce(admin.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
          await rm(ownHome, { recursive: true, force: true });
        },
      };
    },
  };
}

async function queryOnce(url, sql, values) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
