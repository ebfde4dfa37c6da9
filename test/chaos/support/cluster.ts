import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { prepareClusterFolder, SYSTEM_FOLDER } from '../../../src/database/embedded/cluster-folder.js';
import { initialiseCluster, logFileOf, type Cluster } from '../../../src/database/embedded/cluster.js';
import {
  connectionUrl,
  newConnection,
  type Connection,
} from '../../../src/database/embedded/connection-file.js';
import { tryPort } from '../../../src/database/embedded/free-port.js';
import { findPostgresBinaries, makeRunnable } from '../../../src/database/embedded/postgres-binaries.js';
import {
  prepareLog,
  startServer,
  stopServer,
  type PostgresServer,
} from '../../../src/database/embedded/postgres-server.js';
import { choosePostgresUser } from '../../../src/database/embedded/unprivileged-user.js';
import { Database } from '../../../src/database/database.js';
import { CommandChild } from '../../support/child.js';
import type { TestDatabase } from '../../support/test-database.js';

/**
 * A PostgreSQL of a suite's own, which it may restart as it likes: as the house sets it up, with fsync and data checksums,
 * and with nobody who brings it back by himself.
 */
export class PostgresCluster {
  private constructor(
    private readonly home: string,
    private readonly cluster: Cluster,
    private readonly connection: Connection,
    private server: PostgresServer,
  ) {}

  /** With one migrated database, `isinglass`. */
  static async start(): Promise<PostgresCluster> {
    const home = await mkdtemp(join(tmpdir(), 'isinglass-chaos-'));
    // Started as root, PostgreSQL runs as somebody else, who must be able to enter.
    await chmod(home, 0o755);
    const log = (): void => undefined;
    const user = choosePostgresUser(join(home, 'postgres', 'data'));
    const binaries = await makeRunnable(await findPostgresBinaries(), user, user ? SYSTEM_FOLDER : home, log);
    const cluster = { folder: await prepareClusterFolder(home, user, log), binaries, user, log };
    prepareLog(logFileOf(cluster));
    const connection = newConnection();
    await initialiseCluster(cluster, connection);
    const port = await tryPort(0);
    if (port === undefined) throw new Error('no free port');
    const started = new PostgresCluster(
      home,
      cluster,
      connection,
      await startServer(cluster, connection, port),
    );
    try {
      await started.migrate();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** The user as whom PostgreSQL runs, where that is not ourselves. */
  get user(): Cluster['user'] {
    return this.cluster.user;
  }

  /** As after a crash: every connection ends at once, nothing is written in order, and the log is replayed. */
  async immediateRestart(): Promise<void> {
    const { identity, ended, port } = this.server;
    process.kill(identity.pid, 'SIGQUIT');
    await ended;
    this.server = await startServer(this.cluster, this.connection, port);
  }

  /** @returns how many were ended */
  async killBackends(applicationName: string, databaseName: string): Promise<number> {
    const rows = await this.asAdmin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = ${pg.escapeLiteral(applicationName)} AND datname = ${pg.escapeLiteral(databaseName)}`,
    );
    return rows.length;
  }

  /** @param of a database to which nobody is connected */
  async clone(of = 'isinglass'): Promise<TestDatabase> {
    const name = `chaos_${randomBytes(6).toString('hex')}`;
    await this.asAdmin(`CREATE DATABASE ${name} TEMPLATE ${of} OWNER isinglass`);
    // Without it a sequence of the clone goes back in a crash, to where it stood in the template, and gives the same number
    // twice: the clone's copy of it says that numbers ahead are in the log, and they are in the template's (18.4, 2026-11).
    await this.asAdmin('CHECKPOINT');
    const url = new URL(connectionUrl(this.connection, this.server.port));
    url.pathname = `/${name}`;
    const database = new Database(url.href, { maxConnections: 2 });
    return {
      name,
      url: url.href,
      database,
      drop: async () => {
        await database.close();
        await this.asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      },
    };
  }

  async asAdmin(sql: string): Promise<readonly Record<string, unknown>[]> {
    const url = new URL(connectionUrl(this.connection, this.server.port));
    url.username = this.connection.superuser;
    url.password = this.connection.superuserPassword;
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await stopServer(this.cluster, this.server);
    await rm(this.home, { recursive: true, force: true });
    if (this.cluster.user !== undefined) await rm(this.cluster.folder, { recursive: true, force: true });
  }

  private async migrate(): Promise<void> {
    const child = new CommandChild(
      { DATABASE_URL: connectionUrl(this.connection, this.server.port), ISINGLASS_HOME: this.home },
      ['migrate'],
    );
    const { code } = await child.ended;
    if (code !== 0) throw new Error(`migrate ended with ${code}:\n${child.output}`);
  }
}
