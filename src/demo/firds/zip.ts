import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

import type { Day } from '../../domain/day.js';

/** One file in a zip. `stored` brings what is deflated already; its check sum and size then come with it. */
export type ZipEntry = { readonly name: string } & (
  | { readonly content: AsyncIterable<Buffer> }
  | {
      readonly stored: AsyncIterable<Buffer> | Iterable<Buffer>;
      readonly crc: number;
      readonly sizeBytes: number;
    }
);

/** Bit 3: check sum and sizes stand behind the data, and are 0 before it. Bit 11: names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATE = 8;
const VERSION = 20;

/**
 * A zip as ESMA's server writes it, made as it is read. The same content gives the same bytes: the time of the entries
 * follows from `date`. Without zip64: entries and zip are to be smaller than 4 GiB.
 */
export async function* zip(entries: Iterable<ZipEntry>, date: Day): AsyncGenerator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const local = localHeader(entry.name, date);
    yield local;
    const measured = { crc: 0, sizeBytes: 0, packedBytes: 0 };
    for await (const chunk of 'content' in entry ? deflate(entry.content, measured) : entry.stored) {
      measured.packedBytes += chunk.length;
      yield chunk;
    }
    if (!('content' in entry)) Object.assign(measured, { crc: entry.crc, sizeBytes: entry.sizeBytes });
    const sizes = sizesOf(measured);
    yield Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), sizes]);
    directory.push(directoryHeader(entry.name, date, sizes, offset));
    offset += local.length + measured.packedBytes + 16;
  }
  const size = directory.reduce((sum, header) => sum + header.length, 0);
  yield Buffer.concat([...directory, endOfDirectory(directory.length, size, offset)]);
}

interface Measured {
  crc: number;
  sizeBytes: number;
  packedBytes: number;
}

async function* deflate(content: AsyncIterable<Buffer>, measured: Measured): AsyncGenerator<Buffer> {
  async function* measure(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      measured.crc = crc32(chunk, measured.crc);
      measured.sizeBytes += chunk.length;
      yield chunk;
    }
  }
  const packed = createDeflateRaw({ level: 6, chunkSize: 65_536 });
  const feeding = pipeline(Readable.from(measure()), packed);
  // Whoever stops reading destroys the stream; that is no failure of ours. Others surface in the loop below.
  feeding.catch(() => undefined);
  for await (const chunk of packed) yield chunk as Buffer;
  await feeding;
}

function localHeader(name: string, date: Day): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATE, 8);
  header.writeUInt32LE(dosTime(date), 10);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  return Buffer.concat([header, Buffer.from(name)]);
}

function sizesOf({ crc, sizeBytes, packedBytes }: Measured): Buffer {
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(crc, 0);
  sizes.writeUInt32LE(packedBytes, 4);
  sizes.writeUInt32LE(sizeBytes, 8);
  return sizes;
}

function directoryHeader(name: string, date: Day, sizes: Buffer, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATE, 10);
  header.writeUInt32LE(dosTime(date), 12);
  sizes.copy(header, 16);
  header.writeUInt16LE(Buffer.byteLength(name), 28);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, Buffer.from(name)]);
}

function endOfDirectory(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/** 01:17:06 on that day, as MS-DOS counts. */
function dosTime(date: Day): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const dosDay = ((year - 1980) << 9) | (month << 5) | day;
  return ((dosDay << 16) | (1 << 11) | (17 << 5) | 3) >>> 0;
}
