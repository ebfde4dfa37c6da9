import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERYTHING } from '../../src/domain/profile.js';
import { firdsReader } from '../../src/sources/families/firds/reader.js';
import type { BulkFile } from '../../src/sources/source.js';
import { readBulk, type BulkRead, type CopyLine } from './copy-lines.js';
import { eventXml, fileXml, type Leaves } from './firds-xml.js';

export const DELTA: Omit<BulkFile, 'path'> = {
  part: { name: 'DLTINS_01of01', scope: '*' },
  editionOn: '2026-08-07',
  kind: 'delta',
  profile: EVERYTHING,
};
export const FULL: Omit<BulkFile, 'path'> = {
  part: { name: 'FULINS_E_01of01', scope: 'E' },
  editionOn: '2026-08-08',
  kind: 'full',
  profile: EVERYTHING,
};
export const EVIDENCE: Omit<BulkFile, 'path'> = {
  part: { name: 'FULCAN_01of01', scope: '*' },
  editionOn: '2026-08-08',
  kind: 'evidence',
  profile: EVERYTHING,
};

export const DELTA_HEAD = { stem: 'DLTINS_20260807_01of01', day: '2026-08-07' };
export const FULL_HEAD = { stem: 'FULINS_E_20260808_01of01', day: '2026-08-08' };
export const EVIDENCE_HEAD = { stem: 'FULCAN_20260808_01of01', day: '2026-08-08' };

/** Reads bytes as the file they are said to be. */
export async function readContent(content: string | Buffer, file: Omit<BulkFile, 'path'>): Promise<BulkRead> {
  const folder = await mkdtemp(join(tmpdir(), 'isinglass-firds-'));
  try {
    const path = join(folder, 'file');
    await writeFile(path, content);
    return await readBulk(firdsReader, { ...file, path });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads a delta with these records. */
export function readDelta(records: readonly string[], file = DELTA): Promise<BulkRead> {
  return readContent(fileXml(DELTA_HEAD, records), file);
}

/** The line that one record becomes, and its details. */
export async function lineOf(
  leaves: Leaves,
  element = 'ModfdRcrd',
): Promise<{
  readonly line: CopyLine;
  readonly details: Readonly<Record<string, unknown>>;
  readonly read: BulkRead;
}> {
  const read = await readDelta([eventXml(element, leaves)]);
  const [line] = read.lines;
  if (line === undefined) throw new Error(`The record became no line: ${JSON.stringify(read.rejects)}`);
  return { line, details: JSON.parse(line.details ?? 'null') as Record<string, unknown>, read };
}
