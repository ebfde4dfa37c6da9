import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipBytes, type ZipFileSpec } from '../../../test/support/zip-bytes.js';
import { EditionRefusedError } from '../../common/errors.js';
import { openZipEntry } from './zip-entry.js';

const CONTENT = Buffer.from('<a>some text</a>'.repeat(100_000));
const GOOD: ZipFileSpec = { name: 'list.xml', content: CONTENT };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isinglass-zip-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function contentOf(bytes: Buffer, stem: string | undefined = 'list', maxSizeBytes?: number) {
  const path = join(folder, 'archive');
  await writeFile(path, bytes);
  const entry = await openZipEntry(path, 'an archive', stem, maxSizeBytes);
  const shares: number[] = [];
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.chunks()) {
    pieces.push(Uint8Array.from(piece));
    shares.push(entry.share());
  }
  return { content: Buffer.concat(pieces), shares, pieces: pieces.length };
}

async function refusalOf(bytes: Buffer, stem?: string, maxSizeBytes?: number): Promise<EditionRefusedError> {
  const error: unknown = await contentOf(bytes, stem, maxSizeBytes).then(
    () => new Error('It was read.'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EditionRefusedError);
  const refusal = error as EditionRefusedError;
  expect(refusal.message).toMatch(/^an archive: .*\.$/);
  expect(refusal.nextStep).not.toBe('');
  return refusal;
}

describe('the file in an archive', () => {
  it.each([
    ['deflated', GOOD],
    ['stored', { ...GOOD, method: 0 }],
    ['followed by its sizes, as ESMA writes it', { ...GOOD, hasDescriptor: true }],
    ['empty', { name: 'list.xml', content: Buffer.alloc(0) }],
    ['empty and stored', { name: 'list.xml', content: Buffer.alloc(0), method: 0 }],
    ['hard to compress', { name: 'list.xml', content: randomBytes(3_000_000) }],
  ])('is read whole: %s', async (_name, file: ZipFileSpec) => {
    const { content, shares } = await contentOf(zipBytes([file]));
    expect(content.equals(file.content)).toBe(true);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(Math.max(0, ...shares)).toBeLessThanOrEqual(1);
  });

  it('comes in pieces', async () => {
    expect((await contentOf(zipBytes([GOOD]))).pieces).toBeGreaterThan(5);
  });

  it('may be beside its folder’s own entry, but not inside', async () => {
    const empty = Buffer.alloc(0);
    expect(
      (await contentOf(zipBytes([{ name: 'x/', content: empty, method: 0 }, GOOD]))).content,
    ).toHaveLength(CONTENT.length);
    const { code } = await refusalOf(
      zipBytes([
        { name: 'x/', content: empty, method: 0 },
        { ...GOOD, name: 'x/list.xml' },
      ]),
    );
    expect(code).toBe('ZIP_ENTRY_NAME');
  });

  it('need not be read to its end', async () => {
    const path = join(folder, 'archive');
    await writeFile(path, zipBytes([{ name: 'list.xml', content: randomBytes(3_000_000) }]));
    const entry = await openZipEntry(path, 'an archive', 'list');
    for await (const piece of entry.chunks()) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe('an archive', () => {
  it('is refused unless it holds exactly one file', async () => {
    expect((await refusalOf(zipBytes([]))).code).toBe('ZIP_ENTRIES');
    const two = await refusalOf(zipBytes([GOOD, { ...GOOD, name: 'other.xml' }]));
    expect(two.code).toBe('ZIP_ENTRIES');
    expect(two.message).toContain('"list.xml" and "other.xml"');
  });

  it.each([
    'other.xml',
    'list.XML',
    'list.xml.exe',
    '../list.xml',
    '/list.xml',
    'C:\\list.xml',
    'list.xml\u0000',
    'li\u001b[31mst.xml',
  ])('is refused when its file has another name: %j', async (name) => {
    const { code, message } = await refusalOf(zipBytes([{ ...GOOD, name }]));
    expect(code).toBe('ZIP_ENTRY_NAME');
    expect(message).toMatch(/^[\x20-\x7e]*$/);
  });

  it('may have any plain name when none is expected', async () => {
    const path = join(folder, 'archive');
    await writeFile(path, zipBytes([{ ...GOOD, name: 'Other-1.xml' }]));
    await expect(openZipEntry(path, 'an archive', undefined)).resolves.toBeDefined();
    await writeFile(path, zipBytes([{ ...GOOD, name: '../list.xml' }]));
    await expect(openZipEntry(path, 'an archive', undefined)).rejects.toMatchObject({
      code: 'ZIP_ENTRY_NAME',
    });
  });

  it('is refused when it is encrypted', async () => {
    expect((await refusalOf(zipBytes([{ ...GOOD, flags: 1 }]))).code).toBe('ZIP_ENCRYPTED');
    // Strong encryption.
    expect((await refusalOf(zipBytes([{ ...GOOD, flags: 0x41 }]))).code).toMatch(
      /^ZIP_(?:ENCRYPTED|BROKEN)$/,
    );
  });

  it('is refused when it is compressed in another way', async () => {
    const { code, message } = await refusalOf(zipBytes([{ ...GOOD, method: 12 }]));
    expect(code).toBe('ZIP_METHOD');
    expect(message).toContain('method 12');
  });

  it('is refused by what it says of its size, before anything is inflated', async () => {
    const path = join(folder, 'archive');
    await writeFile(path, zipBytes([{ ...GOOD, saysSizeBytes: 3_000_000_000 }]));
    await expect(openZipEntry(path, 'an archive', 'list')).rejects.toMatchObject({ code: 'ZIP_TOO_LARGE' });
    expect((await refusalOf(zipBytes([GOOD]), 'list', CONTENT.length - 1)).code).toBe('ZIP_TOO_LARGE');
    expect((await contentOf(zipBytes([GOOD]), 'list', CONTENT.length)).content).toHaveLength(CONTENT.length);
  });

  it('is refused at once when its file is larger than it says', async () => {
    const path = join(folder, 'archive');
    await writeFile(path, zipBytes([{ ...GOOD, saysSizeBytes: 1_000 }]));
    const entry = await openZipEntry(path, 'an archive', 'list');
    let sizeBytes = 0;
    const reading = async () => {
      for await (const piece of entry.chunks()) sizeBytes += piece.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ZIP_SIZE' });
    expect(sizeBytes).toBe(0);
  });

  it('is refused when its file is smaller than it says', async () => {
    expect((await refusalOf(zipBytes([{ ...GOOD, saysSizeBytes: CONTENT.length + 1 }]))).code).toBe(
      'ZIP_SIZE',
    );
  });

  it('is refused when the checksum is another', async () => {
    expect((await refusalOf(zipBytes([{ ...GOOD, saysCrc32: 7 }]))).code).toBe('ZIP_CRC');
  });

  it('is refused when it is cut off', async () => {
    const bytes = zipBytes([GOOD]);
    for (const length of [4, 100, bytes.length - 1, bytes.length - 30]) {
      expect((await refusalOf(bytes.subarray(0, length))).code).toBe('ZIP_BROKEN');
    }
  });

  it('is refused when its data are garbled', async () => {
    const bytes = zipBytes([{ name: 'list.xml', content: Buffer.from(randomBytes(10_000).toString('hex')) }]);
    for (const at of [38, 60, 500, 2_000]) {
      const garbled = Buffer.from(bytes);
      garbled[at] = (garbled[at] ?? 0) ^ 0xff;
      expect((await refusalOf(garbled)).code).toMatch(/^ZIP_(?:BROKEN|CRC|SIZE)$/);
    }
  });

  it('that is not there is no broken one', async () => {
    await expect(openZipEntry(join(folder, 'absent'), 'an archive', 'list')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
