import { setTimeout as delay } from 'node:timers/promises';
import { IsinglassError, TryLaterError } from '../../common/errors.js';
import { dataFolderOf, logFileOf, type Cluster } from './cluster.js';
import type { Connection } from './connection-file.js';
import { startServer, stopServer, type PostgresServer } from './postgres-server.js';
import { removeForeignLock, stopLeftovers } from './server-process.js';
import { explainFileError } from './start-failure.js';

/** Restarts of a server that died, within the window; more of them would only hide what is wrong. */
const RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;
const RESTART_PAUSE_MS = 1_000;

/** Who answers for a running server. */
export interface Keeper {
  /** Ends the server. */
  stop(this: void): Promise<void>;
  /** Leaves the server alone from now on. */
  letGo(): void;
}

/** Watches over a server and brings it back on the same port when it dies. */
export function keepRunning(
  cluster: Cluster,
  connection: Connection,
  first: PostgresServer,
  onExit?: (error: IsinglassError) => void,
): Keeper {
  const { log } = cluster;
  const closing = new AbortController();
  const restartedAt: number[] = [];
  let server: PostgresServer | undefined = first;

  const watch = async (): Promise<void> => {
    while (server) {
      const how = await server.ended;
      if (closing.signal.aborted) return;
      const { port } = server;
      server = undefined;
      log(`PostgreSQL ended unexpectedly (${how}); see ${logFileOf(cluster)}`);
      server = await bringBack(port, how);
      if (closing.signal.aborted) return;
      log(`PostgreSQL is back on port ${port}`);
    }
  };
  /** A start that fails counts like a death: what was in its way, a port that is still taken perhaps, may be over in a second. */
  const bringBack = async (port: number, how: string): Promise<PostgresServer> => {
    for (let failure: Error | undefined; ;) {
      const now = performance.now();
      if (restartedAt.filter((at) => now - at < RESTART_WINDOW_MS).length >= RESTARTS)
        throw failure ?? diedTooOften(cluster, how);
      restartedAt.push(now);
      try {
        await stopLeftovers(dataFolderOf(cluster), log);
        removeForeignLock(dataFolderOf(cluster));
        return await startServer(cluster, connection, port, closing.signal);
      } catch (error) {
        closing.signal.throwIfAborted();
        failure = error instanceof Error ? error : new Error(String(error));
        log(`PostgreSQL could not be started again: ${failure.message}`);
        await delay(RESTART_PAUSE_MS, undefined, { signal: closing.signal });
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (closing.signal.aborted) return;
    const known = explainFileError(error, cluster.folder);
    const reason = known instanceof IsinglassError ? known : died(known);
    log(`${reason.message} → ${reason.nextStep}`);
    onExit?.(reason);
  });

  return {
    async stop() {
      closing.abort(new Error('the embedded PostgreSQL is being stopped'));
      if (server) await stopServer(cluster, server);
      else await watching;
      await stopLeftovers(dataFolderOf(cluster), log);
    },
    letGo: () => closing.abort(),
  };
}

function diedTooOften(cluster: Cluster, how: string): IsinglassError {
  return new TryLaterError(
    'EMBEDDED_POSTGRES_DIED',
    `The embedded PostgreSQL ended ${RESTARTS + 1} times within a minute, the last time with: ${how}.`,
    `Read ${logFileOf(cluster)}, mend the cause, and start Isinglass again.`,
  );
}

function died(cause: unknown): IsinglassError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TryLaterError(
    'EMBEDDED_POSTGRES_DIED',
    `The embedded PostgreSQL ended and could not be started again: ${message}`,
    'Start Isinglass again.',
    { cause },
  );
}
