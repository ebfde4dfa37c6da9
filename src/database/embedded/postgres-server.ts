import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { ConfigurationError } from '../../common/errors.js';
import { dataFolderOf, logFileOf, type Cluster } from './cluster.js';
import { connectionUrl, type Connection } from './connection-file.js';
import { programOf } from './postgres-binaries.js';
import { measureMachine, postgresSettings, settingArguments } from './postgres-settings.js';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';
import { clusterName, processesOf, readPostmasterFile, stopProcesses, STOP_STEPS } from './server-process.js';
import { explainOutput, lastLines } from './start-failure.js';
import { CHILD_ENVIRONMENT } from './unprivileged-user.js';

/** A running postmaster. */
export interface PostgresServer {
  readonly identity: ProcessIdentity;
  readonly port: number;
  /** Says how it ended, as soon as it has. */
  readonly ended: Promise<string>;
}

/** A start without a sign of progress for so long has failed; a recovery that gets on may take what it takes. */
const START_PATIENCE_MS = 60_000;
const ROTATE_LOG_BYTES = 10 * 1024 * 1024;

/** Starts the cluster's server on the port and waits until it answers a query. */
export async function startServer(
  cluster: Cluster,
  connection: Connection,
  port: number,
  signal?: AbortSignal,
): Promise<PostgresServer> {
  const dataFolder = dataFolderOf(cluster);
  const logFile = logFileOf(cluster);
  const logStart = sizeOf(logFile);
  const server = await spawnPostmaster(cluster, port);
  let ending: string | undefined;
  void server.ended.then((how) => (ending = how));

  let seenBytes = logStart;
  let progressAt = performance.now();
  let toldAt = progressAt;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const wrote = () => readFrom(logFile, logStart);
      if (ending !== undefined) throw explainOutput(`at its start (${ending})`, wrote(), logFile);

      const now = performance.now();
      const bytes = sizeOf(logFile);
      const file = readPostmasterFile(dataFolder);
      const isOurs = file?.pid === server.identity.pid;
      // Nobody else's server is sent our password: before we connect, ours must have written that it listens.
      if (isOurs && file.status === 'ready') {
        const answer = await tryQuery(connection, port);
        if (answer === 'answers') return server;
        if (answer === 'starting') progressAt = now;
      }
      if (bytes !== seenBytes) {
        seenBytes = bytes;
        progressAt = now;
      }
      if (now - progressAt > START_PATIENCE_MS) {
        throw explainOutput(`at its start (no progress for ${START_PATIENCE_MS / 1000} s)`, wrote(), logFile);
      }
      if (now - toldAt > 10_000) {
        toldAt = now;
        cluster.log(`PostgreSQL is still starting: ${lastLines(wrote(), 1)}`);
      }
      await delay(25, undefined, { signal });
    }
  } catch (error) {
    await stopServer(cluster, server);
    throw error;
  }
}

/** Takes over a server that runs already, if it answers. */
export async function adoptServer(
  postmaster: ProcessIdentity,
  connection: Connection,
  port: number,
): Promise<PostgresServer | undefined> {
  if ((await tryQuery(connection, port)) !== 'answers') return undefined;
  return { identity: postmaster, port, ended: watchProcess(postmaster) };
}

/** Ends a server in order, and by force when it takes too long; afterwards none of its processes is left. */
export async function stopServer(cluster: Cluster, server: PostgresServer): Promise<void> {
  await stopProcesses([server.identity], STOP_STEPS, cluster.log);
  await stopProcesses(
    processesOf(dataFolderOf(cluster)),
    [
      ['SIGQUIT', 5_000],
      ['SIGKILL', 10_000],
    ],
    cluster.log,
  );
}

/** Asks the server one question. A wrong password or a missing database is an error, for waiting would not help. */
export async function tryQuery(
  connection: Connection,
  port: number,
): Promise<'answers' | 'starting' | 'silent'> {
  const client = new pg.Client({
    connectionString: connectionUrl(connection, port),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: 'isinglass start',
  });
  // A connection that breaks tells it twice: to whom waits, and by this event, which must have a listener.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return 'answers';
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code === '57P03') return 'starting';
    if (code === '28P01' || code === '28000' || code === '3D000') throw refusedSignIn(error);
    return 'silent';
  } finally {
    await client.end();
  }
}

/** Keeps the log; a big one becomes `.1`. */
export function prepareLog(logFile: string): void {
  mkdirSync(dirname(logFile), { recursive: true });
  if (sizeOf(logFile) > ROTATE_LOG_BYTES) renameSync(logFile, `${logFile}.1`);
}

async function spawnPostmaster(cluster: Cluster, port: number): Promise<PostgresServer> {
  const dataFolder = dataFolderOf(cluster);
  const settings = { ...postgresSettings(measureMachine()), cluster_name: clusterName(dataFolder) };
  const log = openSync(logFileOf(cluster), 'a', 0o600);
  try {
    const child = spawn(
      programOf(cluster.binaries, 'postgres'),
      ['-D', dataFolder, '-p', String(port), ...settingArguments(settings)],
      {
        cwd: dataFolder,
        env: CHILD_ENVIRONMENT,
        stdio: ['ignore', log, log],
        uid: cluster.user?.uid,
        gid: cluster.user?.gid,
        // In a session of its own: a terminal's Ctrl-C reaches the application only, which stops it in order.
        detached: true,
      },
    );
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // Whoever forgets to stop it shall not hang at the end because of it.
    child.unref();
    const pid = child.pid!;
    return { identity: identifyProcess(pid) ?? { pid, startedAt: 'gone' }, port, ended };
  } finally {
    closeSync(log);
  }
}

async function watchProcess(identity: ProcessIdentity): Promise<string> {
  while (isAlive(identity)) await delay(500, undefined, { ref: false });
  return 'it has gone';
}

function refusedSignIn(cause: unknown): ConfigurationError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ConfigurationError(
    'EMBEDDED_POSTGRES_SIGN_IN',
    `The embedded PostgreSQL runs, but does not let the application in: ${message}`,
    'Delete connection.json in ISINGLASS_HOME and start again: that sets new passwords. A missing database comes back from a backup only.',
    { cause },
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The end of the file from this position on, 16 kB at most. */
function readFrom(file: string, position: number): string {
  const size = sizeOf(file);
  const start = Math.max(position, size - 16_384);
  const part = Buffer.alloc(Math.max(size - start, 0));
  const handle = openSync(file, 'r');
  try {
    return part.subarray(0, readSync(handle, part, 0, part.length, start)).toString('utf8');
  } finally {
    closeSync(handle);
  }
}
