import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileStore } from '../../src/ingestion/file-store.js';

const BYTES = Buffer.from('ISIN;NAME\nINE009A01021;INFOSYS LTD\n'.repeat(10_000));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let directory: string;
let store: FileStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-store-'));
  store = new FileStore(join(directory, 'files'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function writePart(bytes: Buffer = BYTES, in_: FileStore = store): Promise<string> {
  const path = in_.partPath('list.csv');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

async function parts(): Promise<string[]> {
  const path = dirname(store.partPath('x'));
  return existsSync(path) ? readdir(path) : [];
}

describe('partPath', () => {
  it('never gives the same path twice', () => {
    expect(store.partPath('list.csv')).not.toBe(store.partPath('list.csv'));
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a\\b\0c', '.', '', 'x'.repeat(5_000)])(
    'stays in its directory whatever the name: %j',
    (name) => {
      const path = store.partPath(name);
      expect(dirname(path)).toBe(join(directory, 'files', 'tmp'));
      expect(path).toMatch(/[A-Za-z0-9._-]+\.part$/);
    },
  );
});

describe('keep', () => {
  it('moves a part to the place of its hash', async () => {
    const kept = await store.keep(await writePart(), SHA256);
    expect(kept).toEqual({ path: store.path(SHA256), sha256: SHA256, sizeBytes: BYTES.length });
    expect(kept.path).toBe(join(directory, 'files', SHA256.slice(0, 2), SHA256));
    expect((await readFile(kept.path)).equals(BYTES)).toBe(true);
    expect(await parts()).toEqual([]);
  });

  it('changes nothing the second time, and deletes the part', async () => {
    await store.keep(await writePart(), SHA256);
    await store.keep(await writePart(), SHA256);
    expect(await store.verify(SHA256)).toBe(true);
    expect(await parts()).toEqual([]);
  });

  it('survives being done many times at once', async () => {
    const written = await Promise.all(Array.from({ length: 20 }, () => writePart()));
    await Promise.all(written.map((part) => store.keep(part, SHA256)));
    expect(await store.verify(SHA256)).toBe(true);
    expect(await parts()).toEqual([]);
  });

  it('mends a file that lost its end', async () => {
    await store.keep(await writePart(), SHA256);
    await truncate(store.path(SHA256), 10);
    await store.keep(await writePart(), SHA256);
    expect(await store.verify(SHA256)).toBe(true);
  });

  it('says so when the part is gone', async () => {
    await expect(store.keep(store.partPath('gone'), SHA256)).rejects.toMatchObject({ code: 'DISK_UNUSABLE' });
  });

  it('says so when its directory cannot be made', async () => {
    const part = await writePart();
    await writeFile(dirname(store.path(SHA256)), 'a file where a directory should be');
    await expect(store.keep(part, SHA256)).rejects.toMatchObject({ code: 'DISK_UNUSABLE' });
  });

  it.each(['../../../etc/passwd', SHA256.toUpperCase(), '', `${SHA256}0`])(
    'refuses %j as a hash',
    async (hash) => {
      await expect(store.keep(await writePart(), hash)).rejects.toThrow(TypeError);
    },
  );
});

describe('has', () => {
  it('knows what is there, and of which size', async () => {
    expect(await store.has(SHA256)).toBe(false);
    await store.keep(await writePart(), SHA256);
    expect(await store.has(SHA256)).toBe(true);
    expect(await store.has(SHA256, BYTES.length)).toBe(true);
    expect(await store.has(SHA256, BYTES.length - 1)).toBe(false);
  });
});

describe('verify', () => {
  it('notices a flipped bit that leaves the size as it is', async () => {
    await store.keep(await writePart(), SHA256);
    expect(await store.verify(SHA256)).toBe(true);
    const damaged = Buffer.from(BYTES);
    damaged.writeUInt8(damaged.readUInt8(1_000) ^ 1, 1_000);
    await writeFile(store.path(SHA256), damaged);
    expect(await store.has(SHA256, BYTES.length)).toBe(true);
    expect(await store.verify(SHA256)).toBe(false);
  });

  it('says no to a file that is not there', async () => {
    expect(await store.verify(SHA256)).toBe(false);
  });

  it('obeys an abort with its reason', async () => {
    await store.keep(await writePart(), SHA256);
    const reason = new Error('stop');
    await expect(store.verify(SHA256, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('importFile', () => {
  it('copies the file and leaves the original where it was', async () => {
    const path = join(directory, 'brought by hand.csv');
    await writeFile(path, BYTES);
    expect(await store.importFile(path)).toEqual({
      path: store.path(SHA256),
      sha256: SHA256,
      sizeBytes: BYTES.length,
    });
    expect(await store.verify(SHA256)).toBe(true);
    expect((await readFile(path)).equals(BYTES)).toBe(true);
    expect(await parts()).toEqual([]);
  });

  it('follows a link', async () => {
    await writeFile(join(directory, 'list.csv'), BYTES);
    await symlink(join(directory, 'list.csv'), join(directory, 'link'));
    expect((await store.importFile(join(directory, 'link'))).sha256).toBe(SHA256);
  });

  it.each([
    ['FILE_NOT_FOUND', 'missing.csv'],
    ['FILE_NOT_FOUND', 'empty.csv/below-a-file'],
    ['FILE_NOT_REGULAR', '.'],
    ['FILE_EMPTY', 'empty.csv'],
  ])('refuses with %s: %s', async (code, name) => {
    await writeFile(join(directory, 'empty.csv'), '');
    const path = join(directory, name);
    await expect(store.importFile(path)).rejects.toMatchObject({ code, status: 400 });
    await expect(store.importFile(path)).rejects.toThrow(path);
    expect(await parts()).toEqual([]);
  });

  it('refuses a device', async () => {
    await expect(store.importFile('/dev/zero')).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' });
  });

  // Root may read everything.
  const itUnlessRoot = process.getuid?.() === 0 ? it.skip : it;
  itUnlessRoot('refuses a file it may not read', async () => {
    const path = join(directory, 'secret.csv');
    await writeFile(path, BYTES, { mode: 0o200 });
    await expect(store.importFile(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('begins nothing the disk cannot hold, and says how much is missing', async () => {
    const path = join(directory, 'list.csv');
    await writeFile(path, BYTES);
    const small = new FileStore(join(directory, 'files'), { reserveBytes: 2 ** 52 });
    const importing = small.importFile(path);
    await expect(importing).rejects.toMatchObject({ code: 'DISK_FULL', status: 500 });
    await expect(importing).rejects.toThrow(new RegExp(`${2 ** 52 + BYTES.length} bytes needed, \\d+ free`));
    expect(await parts()).toEqual([]);
    expect(await small.has(SHA256)).toBe(false);
  });

  it('obeys an abort with its reason, and leaves nothing', async () => {
    const path = join(directory, 'list.csv');
    await writeFile(path, BYTES);
    const reason = new Error('stop');
    await expect(store.importFile(path, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await parts()).toEqual([]);
  });
});

describe('remove', () => {
  it('deletes the file, and does not mind when there is none', async () => {
    await store.keep(await writePart(), SHA256);
    await store.remove(SHA256);
    expect(await store.has(SHA256)).toBe(false);
    await store.remove(SHA256);
  });
});

describe('stored', () => {
  it('lists all files with when they were brought last, and nothing else', async () => {
    const listed = async (): Promise<unknown[]> => {
      const files: unknown[] = [];
      for await (const file of store.stored()) files.push(file);
      return files;
    };
    expect(await listed()).toEqual([]);
    const { path } = await store.keep(await writePart(), SHA256);
    await writePart();
    await writeFile(join(dirname(path), 'notes.txt'), '');
    await utimes(path, new Date(0), new Date(0));
    expect(await listed()).toEqual([{ sha256: SHA256, broughtAt: new Date(0) }]);
    // Brought again it is as young as a new one.
    const before = Date.now();
    await store.keep(await writePart(), SHA256);
    const broughtAt = await store.broughtAt(SHA256);
    expect(broughtAt?.getTime()).toBeGreaterThanOrEqual(before - 1_000);
    expect(await store.broughtAt('0'.repeat(64))).toBeUndefined();
  });
});

describe('sweepParts', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  const sweeper = (): FileStore => new FileStore(join(directory, 'files'), { clock: { now: () => now } });

  it('deletes parts nobody has written to for long, and no others', async () => {
    const [old, fresh] = [await writePart(), await writePart()];
    const other = join(dirname(old), 'notes.txt');
    await writeFile(other, '');
    await store.keep(await writePart(), SHA256);
    const hoursAgo = (hours: number): number => now.getTime() / 1000 - hours * 3600;
    await utimes(old, hoursAgo(3), hoursAgo(3));
    await utimes(other, hoursAgo(3), hoursAgo(3));
    await utimes(fresh, hoursAgo(1), hoursAgo(1));
    expect(await sweeper().sweepParts(2 * 3_600_000)).toBe(1);
    expect([old, fresh, other].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(await store.has(SHA256)).toBe(true);
  });

  it('finds nothing before anything was written', async () => {
    expect(await sweeper().sweepParts(0)).toBe(0);
  });
});
