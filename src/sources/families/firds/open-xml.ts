import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { openZipEntry } from '../../formats/zip-entry.js';
import { refuseOtherFormats } from './other-formats.js';

/** How much of a plain file is read at once. */
const CHUNK_BYTES = 256 * 1024;

/** An XML file, wherever it comes from. */
export interface OpenXml {
  /** Its bytes in pieces; to be asked for once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** How much of the file has been read, 0 to 1. */
  share(): number;
}

/**
 * Opens an XML file, or a zip archive that holds one: its first bytes tell which, not its name.
 * @param label What the file is, for messages.
 * @param stem The name the XML file must have in the archive, without `.xml`; `undefined` for any.
 * @throws PublisherChangedError FILE_IS_* when it is something else; EditionRefusedError ZIP_*
 */
export async function openXml(path: string, label: string, stem: string | undefined): Promise<OpenXml> {
  const xml = (await isZip(path)) ? await openZipEntry(path, label, stem) : await openPlain(path);
  return { ...xml, chunks: () => withoutOtherFormats(xml.chunks(), label) };
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    // Of an archive's first entry, or of its end when it is empty.
    return ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(head.toString('latin1'));
  } finally {
    await file.close();
  }
}

async function openPlain(path: string): Promise<OpenXml> {
  const { size } = await stat(path);
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return {
    chunks: () => stream as AsyncIterable<Buffer>,
    share: () => (size === 0 ? 1 : Math.min(1, stream.bytesRead / size)),
  };
}

async function* withoutOtherFormats(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) refuseOtherFormats(chunk, label);
    isFirst = false;
    yield chunk;
  }
  if (isFirst) refuseOtherFormats(new Uint8Array(0), label);
}
