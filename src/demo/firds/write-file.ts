import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Day } from '../../domain/day.js';
import { firdsXml } from './file-xml.js';
import { type FirdsFile, listFirdsFiles } from './files.js';
import type { FirdsFileType } from './file-name.js';
import type { FirdsWorld } from './firds-world.js';
import { zip } from './zip.js';

/** Which file is meant. Part 1 unless it says another. */
export interface FirdsFileRequest {
  readonly type: FirdsFileType;
  readonly date: Day;
  /** Full sets only. */
  readonly letter?: string;
  readonly part?: number;
}

/** @throws RangeError when no such file is published. */
export async function findFirdsFile(
  world: FirdsWorld,
  { type, date, letter, part = 1 }: FirdsFileRequest,
): Promise<FirdsFile> {
  const files = await listFirdsFiles(world, date, [type]);
  const found = files.find((file) => file.letter === letter && file.part === part);
  if (!found) throw new RangeError(`there is no part ${part} of ${type} ${letter ?? ''} of ${date}`);
  return found;
}

/** The zip of a file as it is published, made as it is read. */
export function firdsZip(world: FirdsWorld, file: FirdsFile): AsyncGenerator<Buffer> {
  return zip([{ name: `${file.stem}.xml`, content: firdsXml(world, file) }], file.date);
}

/** Writes a published zip to a stream, as fast as the stream takes it, and says what was written. */
export async function writeFirdsFile(
  world: FirdsWorld,
  request: FirdsFileRequest,
  output: Writable,
): Promise<{ readonly file: FirdsFile; readonly sizeBytes: number; readonly md5: string }> {
  const file = await findFirdsFile(world, request);
  const hash = createHash('md5');
  let sizeBytes = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of firdsZip(world, file)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  await pipeline(Readable.from(measured()), output);
  return { file, sizeBytes, md5: hash.digest('hex') };
}
