import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { ConfigurationError } from '../../common/errors.js';
import { APP_ROLE, SUPERUSER, type Connection } from './connection-file.js';
import { majorVersion, programOf, type PostgresBinaries } from './postgres-binaries.js';
import { stopLeftovers } from './server-process.js';
import { explainOutput } from './start-failure.js';
import { CHILD_ENVIRONMENT, type SystemUser } from './unprivileged-user.js';

/** One PostgreSQL on disk, and who and what runs it. */
export interface Cluster {
  /** The real folder, free of links, that holds `data` and `log`. */
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
  readonly log: (line: string) => void;
}

export const dataFolderOf = (cluster: Pick<Cluster, 'folder'>) => join(cluster.folder, 'data');
export const logFileOf = (cluster: Pick<Cluster, 'folder'>) => join(cluster.folder, 'log', 'postgres.log');

/** Is there a complete cluster? One of another major version is the error `EMBEDDED_POSTGRES_VERSION`. */
export function isInitialised(cluster: Cluster): boolean {
  const data = dataFolderOf(cluster);
  const versionFile = join(data, 'PG_VERSION');
  if (existsSync(versionFile)) {
    const found = readFileSync(versionFile, 'latin1').trim();
    const wanted = majorVersion(cluster.binaries);
    if (found === wanted) return true;
    throw new ConfigurationError(
      'EMBEDDED_POSTGRES_VERSION',
      `${data} holds data of PostgreSQL ${found}, and this Isinglass runs PostgreSQL ${wanted}.`,
      `Move ${data} away to begin anew, or start the Isinglass that made it; see "Upgrading" in the README.`,
    );
  }
  if (!existsSync(data)) return false;
  if (readdirSync(data).length === 0) {
    rmdirSync(data);
    return false;
  }
  throw new ConfigurationError(
    'EMBEDDED_POSTGRES_DATA_DAMAGED',
    `${data} is not empty, and is no PostgreSQL data directory: it has no PG_VERSION.`,
    `Restore it from a backup, or move ${data} away to begin anew.`,
  );
}

/**
 * Makes the cluster with its roles and the database. It grows in `data.new` and takes its name when it is complete, so
 * that one cut short is never taken for a good one.
 */
export async function initialiseCluster(
  cluster: Cluster,
  connection: Connection,
  signal?: AbortSignal,
): Promise<void> {
  const grown = join(cluster.folder, 'data.new');
  const passwordFile = join(cluster.folder, 'initdb.password');
  rmSync(passwordFile, { force: true });
  if (existsSync(grown)) {
    cluster.log(`removing ${grown}, left by an initialisation that was cut short`);
    await stopLeftovers(grown, cluster.log);
    rmSync(grown, { recursive: true, force: true, maxRetries: 5 });
  }
  mkdirSync(grown, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, connection.superuserPassword, { mode: 0o600, flag: 'wx' });
    if (cluster.user) {
      for (const path of [grown, passwordFile]) chownSync(path, cluster.user.uid, cluster.user.gid);
    }
    await runInitdb(cluster, grown, passwordFile, signal);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  await runSql(
    cluster,
    grown,
    [...passwordSql(connection), `CREATE DATABASE ${APP_ROLE} OWNER ${APP_ROLE};`],
    signal,
  );
  renameSync(grown, dataFolderOf(cluster));
  syncFolder(cluster.folder);
}

/** Gives the roles the connection's passwords; the server must not run. For a home whose connection.json is lost. */
export async function resetPasswords(
  cluster: Cluster,
  connection: Connection,
  signal?: AbortSignal,
): Promise<void> {
  await runSql(cluster, dataFolderOf(cluster), passwordSql(connection), signal);
}

/**
 * Text sorts by code point (C) while letters are Unicode's: with LC_CTYPE=C pg_trgm would see no letter outside ASCII,
 * and neither "Газпром" nor the "Ü" of "Übersee" could be searched.
 */
const CHARACTER_TYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

async function runInitdb(
  cluster: Cluster,
  folder: string,
  passwordFile: string,
  signal?: AbortSignal,
): Promise<void> {
  const options = [
    ...['-D', folder, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256'],
    ...[
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
    ],
  ];
  for (const type of CHARACTER_TYPES) {
    const args = [...options, `--lc-ctype=${type}`];
    const { exitCode, output } = await runToEnd(cluster, 'initdb', args, folder, '', signal);
    if (exitCode === 0) return;
    if (/invalid locale name/.test(output) && type !== CHARACTER_TYPES.at(-1)) continue;
    throw explainOutput('making its data directory', output, logFileOf(cluster));
  }
}

function passwordSql(connection: Connection): string[] {
  return [
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${APP_ROLE}') THEN CREATE ROLE ${APP_ROLE}; END IF; END $$;`,
    // CREATEDB lets a restore drill or a test work in a database beside the real one.
    `ALTER ROLE ${APP_ROLE} LOGIN NOSUPERUSER CREATEDB PASSWORD '${connection.password}';`,
    `ALTER ROLE ${SUPERUSER} PASSWORD '${connection.superuserPassword}';`,
  ];
}

/** Runs statements, a line each, in a stand-alone backend: nobody can connect meanwhile, nothing shows in `ps`. */
async function runSql(
  cluster: Cluster,
  dataFolder: string,
  sql: string[],
  signal?: AbortSignal,
): Promise<void> {
  const args = [
    '--single',
    '-D',
    dataFolder,
    '-c',
    'exit_on_error=on',
    '-c',
    'log_min_error_statement=panic',
    'postgres',
  ];
  const input = `${sql.join('\n')}\n`;
  const { exitCode, output } = await runToEnd(cluster, 'postgres', args, dataFolder, input, signal);
  if (exitCode !== 0) throw explainOutput('setting up its roles', output, logFileOf(cluster));
}

function runToEnd(
  cluster: Cluster,
  program: 'postgres' | 'initdb',
  args: string[],
  workingFolder: string,
  input: string,
  signal?: AbortSignal,
): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(programOf(cluster.binaries, program), args, {
      cwd: workingFolder,
      env: CHILD_ENVIRONMENT,
      uid: cluster.user?.uid,
      gid: cluster.user?.gid,
      // A terminal's Ctrl-C is ours to answer.
      detached: true,
      signal,
    });
    let output = '';
    const keep = (part: Buffer) => {
      output = (output + part.toString('utf8')).slice(-16_384);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    // A program that ends before it has read everything says why on its own.
    child.stdin.on('error', (error) => keep(Buffer.from(`\n${error.message}`)));
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
