import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';

import { ConfigurationError } from '../../common/errors.js';
import { makePassable } from './private-file.js';
import { canReach, type SystemUser } from './unprivileged-user.js';

/** Where root keeps what an unprivileged user must reach. */
export const SYSTEM_FOLDER = '/var/lib/isinglass';

/**
 * The real folder behind `<home>/postgres`, made if need be. As root, when the user that PostgreSQL runs as cannot get
 * there (a home under /root), it lies in /var/lib/isinglass and `<home>/postgres` is a symbolic link to it.
 */
export async function prepareClusterFolder(
  home: string,
  user: SystemUser | undefined,
  log: (line: string) => void,
): Promise<string> {
  const place = join(home, 'postgres');
  if (user && isLink(place)) makeSystemFolder(readlinkSync(place));
  else makePassable(place);
  const folder = realpathSync(place);
  if (!user || (await canReach(user, folder))) return folder;

  if (existsSync(join(folder, 'data')) || isLink(place)) {
    throw new ConfigurationError(
      'EMBEDDED_POSTGRES_UNREACHABLE',
      `PostgreSQL must not run as root, and ${user.name} cannot get to its data in ${folder}.`,
      `Let others pass through the folders above it (chmod o+x), or move it to a place that ${user.name} can reach.`,
    );
  }
  rmSync(folder, { recursive: true });
  const target = outsideFolder(home);
  if (existsSync(join(target, 'data'))) {
    // The home was deleted and made anew. Its old data is not ours to delete, and not what a new home expects.
    const aside = `${target}.aside-${randomBytes(4).toString('hex')}`;
    renameSync(target, aside);
    log(`moved the database of an earlier ${home} to ${aside}; delete it when nobody misses it`);
  }
  makeSystemFolder(target);
  symlinkSync(target, place);
  log(`keeping the database in ${target}, since PostgreSQL runs as ${user.name}, who cannot enter ${home}`);
  return realpathSync(target);
}

function makeSystemFolder(folder: string): void {
  makePassable(SYSTEM_FOLDER);
  makePassable(folder);
}

/** `/var/lib/isinglass/<last part of home>-<8 hex of its hash>`. */
export function outsideFolder(home: string): string {
  return join(
    SYSTEM_FOLDER,
    `${basename(home)}-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`,
  );
}

/** Gives a folder of PostgreSQL the owner and the mode (0700) without which it refuses to start. */
export function secureDataFolder(folder: string, user: SystemUser | undefined): void {
  const { uid, mode } = statSync(folder);
  if (user && uid !== user.uid) giveTo(folder, user);
  const isClosed = [0o700, 0o750].includes(mode & 0o777);
  if (!isClosed && (user || uid === process.getuid?.())) chmodSync(folder, 0o700);
}

function giveTo(path: string, user: SystemUser): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  chownSync(path, user.uid, user.gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), user);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
