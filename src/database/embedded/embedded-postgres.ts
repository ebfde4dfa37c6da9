import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { IsinglassError, TryLaterError } from '../../common/errors.js';
import { prepareClusterFolder, secureDataFolder, SYSTEM_FOLDER } from './cluster-folder.js';
import {
  dataFolderOf,
  initialiseCluster,
  isInitialised,
  logFileOf,
  resetPasswords,
  type Cluster,
} from './cluster.js';
import {
  connectionUrl,
  newConnection,
  readConnection,
  writeConnection,
  type Connection,
} from './connection-file.js';
import { findFreePort, startOnFreePort } from './free-port.js';
import {
  claimHome,
  homeInUse,
  isHere,
  isHomeInUse,
  judgeMark,
  livingMarks,
  parseMark,
  putMark,
  readOwner,
  removeMark,
  removeOwner,
  writeOwner,
  type Mark,
} from './home-claim.js';
import { findPostgresBinaries, makeRunnable } from './postgres-binaries.js';
import { adoptServer, prepareLog, startServer, tryQuery, type PostgresServer } from './postgres-server.js';
import { postmasterOf, readPostmasterFile, removeForeignLock, stopLeftovers } from './server-process.js';
import { keepRunning } from './server-keeper.js';
import { explainFileError } from './start-failure.js';
import { choosePostgresUser } from './unprivileged-user.js';

export interface EmbeddedPostgresOptions {
  /** ISINGLASS_HOME, absolute. */
  readonly home: string;
  readonly log: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /** The server died and could not be brought back; only whoever owns it is told. */
  readonly onExit?: (error: IsinglassError) => void;
}

export interface EmbeddedPostgres {
  /** `postgres://isinglass:<password>@127.0.0.1:<port>/isinglass` */
  readonly url: string;
  /** False for a guest of another process' server. */
  readonly ownsServer: boolean;
  /** Leaves; the owner's server is then gone, unless guests still use one that a short command had started. */
  stop(this: void): Promise<void>;
}

/** For the long-running process: refuses (ConflictError `HOME_IN_USE`) when another living process owns the home. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return inHome(options, async (home) => {
    const mark = await claimHome(home, options);
    return own(home, mark, options, { leavesServerToGuests: false });
  });
}

/** For short commands: joins the server of a running owner, else starts one of its own, and stops it at the end. */
export async function attachOrStartEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  return inHome(options, async (home) => {
    for (;;) {
      try {
        const mark = await claimHome(home, options);
        return await own(home, mark, options, { leavesServerToGuests: true });
      } catch (error) {
        if (!isHomeInUse(error)) throw error;
      }
      // First the mark, then the look at the owner: an owner that leaves removes owner.json and then looks for guests.
      const mark = putMark(home, 'guest');
      try {
        const url = await reachOwner(home, options.signal);
        if (url !== undefined)
          return { url, ownsServer: false, stop: once(() => leaveAsGuest(home, mark, options)) };
      } catch (error) {
        removeMark(home, mark);
        throw error;
      }
      removeMark(home, mark);
    }
  });
}

/** How long a guest waits for an owner that starts; a recovery takes minutes at worst. */
const OWNER_PATIENCE_MS = 10 * 60_000;

async function inHome(
  options: EmbeddedPostgresOptions,
  work: (home: string) => Promise<EmbeddedPostgres>,
): Promise<EmbeddedPostgres> {
  try {
    options.signal?.throwIfAborted();
    mkdirSync(options.home, { recursive: true });
    return await work(realpathSync(options.home));
  } catch (error) {
    throw explainFileError(error, options.home);
  }
}

/** From the claim on: everything up to a server that answers, or the claim given back. */
async function own(
  home: string,
  mark: Mark,
  options: EmbeddedPostgresOptions,
  { leavesServerToGuests }: { leavesServerToGuests: boolean },
): Promise<EmbeddedPostgres> {
  try {
    writeOwner(home, mark);
    const cluster = await prepareCluster(home, options);
    const { server, connection } =
      (await adoptFromGuests(home, cluster)) ?? (await startCluster(home, cluster, options.signal));
    writeOwner(home, mark, server.port);

    const keeper = keepRunning(cluster, connection, server, options.onExit);
    const stop = once(async () => {
      // New guests must not come any more before those that are here are counted.
      removeOwner(home);
      try {
        const guests = leavesServerToGuests ? livingMarks(home, 'guest') : [];
        const guest = guests[0];
        if (guest) {
          keeper.letGo();
          options.log(`leaving PostgreSQL to process ${guest.pid}, which still uses it`);
        } else {
          await keeper.stop();
        }
      } finally {
        removeMark(home, mark);
      }
    });
    return { url: connectionUrl(connection, server.port), ownsServer: true, stop };
  } catch (error) {
    removeOwner(home);
    removeMark(home, mark);
    throw error;
  }
}

async function prepareCluster(home: string, { log }: EmbeddedPostgresOptions): Promise<Cluster> {
  const found = await findPostgresBinaries();
  const user = choosePostgresUser(join(home, 'postgres', 'data'));
  const binaries = await makeRunnable(found, user, user ? SYSTEM_FOLDER : home, log);
  const folder = await prepareClusterFolder(home, user, log);
  const cluster = { folder, binaries, user, log };
  prepareLog(logFileOf(cluster));
  return cluster;
}

/** A server whose short-lived owner has gone, and whose guests have not: it keeps running, and is ours from now on. */
async function adoptFromGuests(
  home: string,
  cluster: Cluster,
): Promise<{ server: PostgresServer; connection: Connection } | undefined> {
  const guest = livingMarks(home, 'guest')[0];
  const postmaster = postmasterOf(dataFolderOf(cluster));
  const connection = readConnection(home);
  const port = readPostmasterFile(dataFolderOf(cluster))?.port;
  if (!guest || !postmaster || !connection || !port) return undefined;
  const server = await adoptServer(postmaster, connection, port);
  if (server)
    cluster.log(`taking over the running PostgreSQL (pid ${postmaster.pid}) that process ${guest.pid} uses`);
  return server && { server, connection };
}

async function startCluster(
  home: string,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<{ server: PostgresServer; connection: Connection }> {
  const dataFolder = dataFolderOf(cluster);
  await stopLeftovers(dataFolder, cluster.log);

  const known = readConnection(home);
  const connection = known ?? newConnection();
  if (isInitialised(cluster)) {
    secureDataFolder(dataFolder, cluster.user);
    removeForeignLock(dataFolder);
    if (!known) {
      cluster.log('connection.json is missing: setting new passwords');
      await resetPasswords(cluster, connection, signal);
    }
  } else {
    cluster.log(`making a new PostgreSQL data directory in ${dataFolder}`);
    // The passwords first: a cluster without them would be of no use.
    writeConnection(home, connection);
    await initialiseCluster(cluster, connection, signal);
  }

  const server = await startOnFreePort(
    () => findFreePort(home, connection.port),
    (port) => startServer(cluster, connection, port, signal),
    cluster.log,
  );
  if (known?.port !== server.port) writeConnection(home, { ...connection, port: server.port });
  return { server, connection };
}

/** Waits for the owner's server; undefined when the owner has gone meanwhile. */
async function reachOwner(home: string, signal?: AbortSignal): Promise<string | undefined> {
  const deadline = performance.now() + OWNER_PATIENCE_MS;
  for (;;) {
    signal?.throwIfAborted();
    const owner = readOwner(home);
    const mark = owner && parseMark(owner.mark);
    if (!owner || !mark || judgeMark(home, mark) === 'dead') return undefined;
    const connection = readConnection(home);
    if (owner.port !== undefined && connection && (await tryQuery(connection, owner.port)) === 'answers') {
      return connectionUrl(connection, owner.port);
    }
    // The port of another container is not ours to reach.
    if (!isHere(mark) && owner.port !== undefined) throw homeInUse(home, mark);
    if (performance.now() > deadline) {
      throw new TryLaterError(
        'EMBEDDED_POSTGRES_NOT_READY',
        `Process ${owner.pid} owns the embedded PostgreSQL of ${home}, which does not answer.`,
        `Look at the log of process ${owner.pid}, or stop it (kill ${owner.pid}) and try again.`,
      );
    }
    await delay(100, undefined, { signal });
  }
}

/** The last guest of a server without an owner stops it. */
async function leaveAsGuest(home: string, mark: Mark, { log }: EmbeddedPostgresOptions): Promise<void> {
  removeMark(home, mark);
  let claim: Mark;
  try {
    claim = await claimHome(home, { log });
  } catch (error) {
    if (isHomeInUse(error)) return;
    throw error;
  }
  try {
    const data = join(home, 'postgres', 'data');
    if (livingMarks(home, 'guest').length === 0 && existsSync(data))
      await stopLeftovers(realpathSync(data), log);
  } finally {
    removeMark(home, claim);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
