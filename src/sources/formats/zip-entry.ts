import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable, type TransformOptions } from 'node:stream';
import { crc32, createInflateRaw, type ZlibOptions } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { EditionRefusedError } from '../../common/errors.js';
import { excerpt } from './excerpt.js';

/** What an archive may unpack to unless somebody says otherwise: the largest part of FIRDS has 600 MB. */
const MAX_SIZE_BYTES = 2 * 1024 ** 3;
/** How much is inflated at once. The next piece is inflated in another thread while this one is read. */
const CHUNK_BYTES = 256 * 1024;
/** How much may be inflated and not yet read. */
const READ_AHEAD_BYTES = 4 * CHUNK_BYTES;

const STORED = 0;
const DEFLATED = 8;

/** The only file of a zip archive. */
export interface ZipEntry {
  /**
   * Its bytes in pieces; to be asked for once.
   * @throws EditionRefusedError ZIP_SIZE, ZIP_CRC, ZIP_BROKEN when they are not what the archive says
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** How much of the archive has been read, 0 to 1. */
  share(): number;
}

/**
 * Opens an archive that must hold exactly one file, and decides by its central directory alone whether to read it:
 * nothing is inflated before.
 * @param label What the file is, for messages.
 * @param stem Name the entry must have, without `.xml`; `undefined` for any name without a folder.
 * @throws EditionRefusedError ZIP_ENTRIES, ZIP_ENTRY_NAME, ZIP_ENCRYPTED, ZIP_METHOD, ZIP_TOO_LARGE, ZIP_BROKEN
 */
export async function openZipEntry(
  path: string,
  label: string,
  stem: string | undefined,
  maxSizeBytes = MAX_SIZE_BYTES,
): Promise<ZipEntry> {
  const { size: archiveBytes } = await stat(path);
  const { entry, dataStart } = await asZip(label, () => locateEntry(path, label, stem, maxSizeBytes));
  const dataEnd = dataStart + entry.compressedSize;
  if (dataEnd > archiveBytes) {
    throw broken(label, `its entry ends at byte ${dataEnd}, and the archive at byte ${archiveBytes}`);
  }
  let bytesRead = (): number => 0;
  return {
    share: () => Math.min(1, (dataStart + bytesRead()) / archiveBytes),
    chunks: () => {
      if (entry.compressedSize === 0) return verified(entry, label, []);
      const file = createReadStream(path, { start: dataStart, end: dataEnd - 1 });
      bytesRead = () => file.bytesRead;
      return verified(entry, label, entry.compressionMethod === STORED ? file : inflated(file));
    },
  };
}

async function locateEntry(
  path: string,
  label: string,
  stem: string | undefined,
  maxSizeBytes: number,
): Promise<{ readonly entry: Entry; readonly dataStart: number }> {
  // Names stay bytes: yauzl would refuse bad ones with words of its own.
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false });
  try {
    const entry = await onlyFile(zip, label);
    checkName(entry, label, stem);
    checkForm(entry, label, maxSizeBytes);
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return { entry, dataStart: fileDataStart };
  } finally {
    zip.close();
  }
}

async function onlyFile(zip: ZipFile, label: string): Promise<Entry> {
  let only: Entry | undefined;
  for await (const entry of zip.eachEntry()) {
    if (nameOf(entry).endsWith('/')) continue;
    if (only !== undefined) {
      throw refusal(
        'ZIP_ENTRIES',
        `${label}: the archive holds several files, "${nameOf(only)}" and "${nameOf(entry)}" among them; exactly one is expected.`,
      );
    }
    only = entry;
  }
  if (only === undefined) {
    throw refusal('ZIP_ENTRIES', `${label}: the archive holds no file; exactly one is expected.`);
  }
  return only;
}

function checkName(entry: Entry, label: string, stem: string | undefined): void {
  const name = nameOf(entry);
  const isExpected = stem === undefined ? /^[\w.-]+\.xml$/.test(name) : name === `${stem}.xml`;
  if (isExpected) return;
  const expected = stem === undefined ? 'a name without a folder that ends in .xml' : `"${stem}.xml"`;
  throw refusal(
    'ZIP_ENTRY_NAME',
    `${label}: the file in the archive is named "${name}"; expected ${expected}.`,
  );
}

function checkForm(entry: Entry, label: string, maxSizeBytes: number): void {
  if (entry.isEncrypted()) {
    throw refusal('ZIP_ENCRYPTED', `${label}: the file in the archive is encrypted.`);
  }
  const { compressionMethod: method, uncompressedSize } = entry;
  if (method !== STORED && method !== DEFLATED) {
    throw refusal(
      'ZIP_METHOD',
      `${label}: the file in the archive is compressed by method ${method}; only deflate (8) and none (0) are read.`,
    );
  }
  if (uncompressedSize > maxSizeBytes) {
    throw refusal(
      'ZIP_TOO_LARGE',
      `${label}: the file in the archive would have ${uncompressedSize} bytes; at most ${maxSizeBytes} are read.`,
      'Look at the archive: no part of the publisher’s is so large. If it is right, raise the bound in the source.',
    );
  }
}

/** Names are for messages and comparing: what is not printable ASCII is shown as `?`. */
function nameOf(entry: Entry): string {
  return excerpt(entry.fileNameRaw.toString('latin1').replace(/[^\x20-\x7e]/g, '?'), 200);
}

function inflated(file: Readable): Readable {
  // Its declared type does not know that it takes the options of every stream.
  const options: ZlibOptions & TransformOptions = {
    chunkSize: CHUNK_BYTES,
    readableHighWaterMark: READ_AHEAD_BYTES,
  };
  const inflate = createInflateRaw(options);
  // Errors of either side reach whoever reads; one who stops early closes the file.
  pipeline(file, inflate, () => undefined);
  return inflate;
}

async function* verified(
  entry: Entry,
  label: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Uint8Array> {
  const { uncompressedSize: expected } = entry;
  let sizeBytes = 0;
  let sum = 0;
  try {
    for await (const piece of pieces) {
      sizeBytes += piece.length;
      if (sizeBytes > expected) {
        throw refusal(
          'ZIP_SIZE',
          `${label}: the archive says its file has ${expected} bytes, and it has more.`,
        );
      }
      sum = crc32(piece, sum);
      yield piece;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw broken(label, (error as Error).message, error);
    throw error;
  }
  if (sizeBytes < expected) {
    throw refusal(
      'ZIP_SIZE',
      `${label}: the archive says its file has ${expected} bytes, and it has ${sizeBytes}.`,
    );
  }
  if (sum !== entry.crc32) {
    throw refusal(
      'ZIP_CRC',
      `${label}: the file in the archive has another checksum (CRC-32) than the archive says.`,
    );
  }
}

/** What yauzl says about an archive it cannot read. Errors of the file system are none of those. */
async function asZip<T>(label: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isForeign =
      error instanceof EditionRefusedError || (error as NodeJS.ErrnoException).code !== undefined;
    if (isForeign) throw error;
    throw broken(label, (error as Error).message, error);
  }
}

function broken(label: string, why: string, cause?: unknown): EditionRefusedError {
  return new EditionRefusedError(
    'ZIP_BROKEN',
    `${label}: the archive cannot be read: ${excerpt(why, 200)}.`,
    FETCH_AGAIN,
    { cause },
  );
}

const FETCH_AGAIN =
  'Fetch the edition again: a download that broke off or was changed on its way looks like this. If it stays so, look at the archive.';

function refusal(code: string, message: string, nextStep = FETCH_AGAIN): EditionRefusedError {
  return new EditionRefusedError(code, message, nextStep);
}
