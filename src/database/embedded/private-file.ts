import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file at one stroke; only its owner may read it (0600). Written by root, it belongs to whom the folder
 * belongs, so that this one can still use the home afterwards.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveToOwnerOfFolder(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** What root makes in somebody's home belongs to whom the home belongs. */
export function giveToOwnerOfFolder(path: string): void {
  if (process.getuid?.() !== 0) return;
  const folder = statSync(dirname(path));
  chownSync(path, folder.uid, folder.gid);
}

/** Makes a folder; one of root's lets others pass through whatever the umask is, since PostgreSQL runs as another. */
export function makePassable(folder: string): void {
  const made = mkdirSync(folder, { recursive: true });
  if (made !== undefined && process.getuid?.() === 0) chmodSync(folder, 0o755);
}
