import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs, utimes, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock, type Clock } from '../common/clock.js';
import { BadRequestError, ConfigurationError, IsinglassError } from '../common/errors.js';

const UNUSABLE = ['EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EMFILE', 'ENFILE'];

/** A file in the store. */
export interface StoredFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface FileStoreOptions {
  readonly clock?: Clock;
  /** Bytes of the disk that are left free for others. Default: 0. */
  readonly reserveBytes?: number;
}

/**
 * The raw files, each under the SHA-256 of its bytes: `<directory>/<aa>/<sha256>`. A file is there whole or not at all,
 * also after a power cut; what is being written lies in `<directory>/tmp`.
 */
export class FileStore {
  private readonly clock: Clock;
  private readonly reserveBytes: number;

  constructor(
    private readonly directory: string,
    options: FileStoreOptions = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.reserveBytes = options.reserveBytes ?? 0;
  }

  /** A path nobody else has, for writing what may be {@link keep | kept} later. The name is for people only. */
  partPath(name: string): string {
    const label = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-80);
    return join(this.directory, 'tmp', `${label}-${randomUUID()}.part`);
  }

  /** Moves a written part to its place. Bytes that are already there stay, and the part is deleted. */
  async keep(partPath: string, sha256: string): Promise<StoredFile> {
    const path = this.path(sha256);
    try {
      const { size: sizeBytes } = await stat(partPath);
      if ((await this.has(sha256, sizeBytes)) && (await this.touch(path))) {
        await rm(partPath, { force: true });
      } else {
        await syncPath(partPath);
        const made = await mkdir(dirname(path), { recursive: true });
        await rename(partPath, path);
        await syncPath(dirname(path));
        if (made) await syncPath(dirname(made));
      }
      return { path, sha256, sizeBytes };
    } catch (error) {
      throw await explainDiskError(error, this.directory);
    }
  }

  /** Where the file with this hash lies, whether or not it is there. */
  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`"${sha256}" is no SHA-256 in lower-case hex`);
    return join(this.directory, sha256.slice(0, 2), sha256);
  }

  /** Is it there, and has it this size? Its bytes are not read: see {@link verify}. */
  async has(sha256: string, sizeBytes?: number): Promise<boolean> {
    const found = await statIfThere(this.path(sha256));
    return found !== undefined && found.isFile() && (sizeBytes === undefined || found.size === sizeBytes);
  }

  /** Copies a file that was brought by hand into the store. */
  async importFile(path: string, signal?: AbortSignal): Promise<StoredFile> {
    const { size: sizeBytes } = await statBroughtFile(path);
    const partPath = this.partPath(basename(path));
    try {
      await mkdir(dirname(partPath), { recursive: true });
      await requireSpace(dirname(partPath), sizeBytes + this.reserveBytes);
      const sha256 = await copy(path, partPath, signal);
      return await this.keep(partPath, sha256);
    } catch (error) {
      await rm(partPath, { force: true });
      throw await explainDiskError(error, this.directory, sizeBytes);
    }
  }

  /** Reads the file again. `false` when it is missing or its bytes are no longer those of its name. */
  async verify(sha256: string, signal?: AbortSignal): Promise<boolean> {
    if (!(await this.has(sha256))) return false;
    const hash = createHash('sha256');
    signal?.throwIfAborted();
    for await (const chunk of createReadStream(this.path(sha256)) as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
    return hash.digest('hex') === sha256;
  }

  /** Makes a file that is brought again as young as a new one. @returns false when it is gone by now */
  private async touch(path: string): Promise<boolean> {
    const now = this.clock.now();
    try {
      await utimes(path, now, now);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** All files, each with when it was brought last. */
  async *stored(): AsyncGenerator<{ readonly sha256: string; readonly broughtAt: Date }> {
    for (const folder of (await namesIn(this.directory)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const sha256 of await namesIn(join(this.directory, folder))) {
        if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
        const broughtAt = await this.broughtAt(sha256);
        if (broughtAt !== undefined) yield { sha256, broughtAt };
      }
    }
  }

  /** When the file was brought last, or `undefined` when it is not there. */
  async broughtAt(sha256: string): Promise<Date | undefined> {
    return (await statIfThere(this.path(sha256)))?.mtime;
  }

  /** Deletes the file, if it is there. */
  async remove(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }

  /**
   * Deletes parts that nobody has written to for so long: what a killed process left behind. Choose longer than a
   * download may wait between two attempts.
   * @param isDryRun only counts them
   * @returns how many.
   */
  async sweepParts(olderThanMs: number, isDryRun = false): Promise<number> {
    const directory = join(this.directory, 'tmp');
    let swept = 0;
    for (const name of (await namesIn(directory)).filter((each) => each.endsWith('.part'))) {
      const path = join(directory, name);
      const found = await statIfThere(path);
      if (!found || this.clock.now().getTime() - found.mtimeMs <= olderThanMs) continue;
      if (!isDryRun) await rm(path, { force: true });
      swept += 1;
    }
    return swept;
  }
}

/** Writes all bytes at a position; `FileHandle.write` may write fewer. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Refuses to begin what cannot end. @throws ConfigurationError DISK_FULL */
export async function requireSpace(directory: string, neededBytes: number): Promise<void> {
  const freeBytes = await freeSpace(directory);
  if (freeBytes < neededBytes) throw diskFull(directory, neededBytes, freeBytes);
}

/** A failed write as an error with a next step; errors that have one already stay as they are. */
export async function explainDiskError(
  cause: unknown,
  directory: string,
  neededBytes?: number,
): Promise<unknown> {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (cause instanceof IsinglassError || !code) return cause;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFull(directory, neededBytes, await freeSpace(directory).catch(() => undefined), cause);
  }
  if (!UNUSABLE.includes(code)) return cause;
  return new ConfigurationError(
    'DISK_UNUSABLE',
    `Cannot write below ${directory}: ${(cause as Error).message}.`,
    'Check that the directory exists, belongs to the user who runs the house, and is on a healthy disk; then start the run again.',
    { cause },
  );
}

function diskFull(
  directory: string,
  neededBytes: number | undefined,
  freeBytes: number | undefined,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(
    'DISK_FULL',
    `No space left below ${directory}: ${neededBytes ?? 'an unknown number of'} bytes needed, ${freeBytes ?? 'an unknown number'} free.`,
    'Make room on this disk or move the directory to a larger one, then start the run again.',
    { cause },
  );
}

async function freeSpace(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function statBroughtFile(path: string): Promise<Stats> {
  const found = await statIfThere(path);
  const nextStep = 'Check the path and name the file itself.';
  if (!found) throw new BadRequestError('FILE_NOT_FOUND', `There is no file ${path}.`, nextStep);
  if (!found.isFile())
    throw new BadRequestError('FILE_NOT_REGULAR', `${path} is not a regular file.`, nextStep);
  if (found.size === 0) {
    throw new BadRequestError('FILE_EMPTY', `${path} is empty.`, 'Fetch it again and compare its size.');
  }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function copy(from: string, to: string, signal: AbortSignal | undefined): Promise<string> {
  const source = await open(from, 'r').catch((cause: unknown) => {
    throw new BadRequestError('FILE_UNREADABLE', `${from} cannot be read.`, 'Check its permissions.', {
      cause,
    });
  });
  const hash = createHash('sha256');
  try {
    const target = await open(to, 'wx');
    try {
      let sizeBytes = 0;
      for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        signal?.throwIfAborted();
        await writeAll(target, chunk, sizeBytes);
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return hash.digest('hex');
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
