import { setImmediate } from 'node:timers/promises';
import { constants, crc32, deflateRawSync } from 'node:zlib';

import type { Envelope } from './envelope.js';
import type { ZipEntry } from './zip.js';

const BLANKS = Buffer.alloc(1 << 20, ' ');
/** Three gigabytes of blanks; more would need zip64. */
const REPEATS = 3_000;

/**
 * An entry that unpacks to three gigabytes of well-formed XML without a record, from three megabytes. The one compressed
 * piece of blanks is written again and again: it refers to nothing before it. `declaredBytes` is what the entry says of
 * its size when it does not tell the truth.
 */
export async function bombEntry(
  name: string,
  { head, tail }: Envelope,
  declaredBytes?: number,
): Promise<ZipEntry> {
  const flush = { finishFlush: constants.Z_FULL_FLUSH };
  const [first, blanks] = [deflateRawSync(head, flush), deflateRawSync(BLANKS, flush)];
  const last = deflateRawSync(tail);
  let crc = crc32(head);
  for (let piece = 0; piece < REPEATS; piece += 1) {
    if (piece % 100 === 0) await setImmediate();
    crc = crc32(BLANKS, crc);
  }
  function* stored(): Generator<Buffer> {
    yield first;
    for (let piece = 0; piece < REPEATS; piece += 1) yield blanks;
    yield last;
  }
  const sizeBytes = Buffer.byteLength(head) + REPEATS * BLANKS.length + Buffer.byteLength(tail);
  return { name, stored: stored(), crc: crc32(tail, crc), sizeBytes: declaredBytes ?? sizeBytes };
}
