import { RECORD_COLUMNS } from '../../src/domain/record-columns.js';
import type { BulkBlock, BulkFile, BulkReader, BulkReject } from '../../src/sources/source.js';

/** A line of COPY text as PostgreSQL would understand it; `details` still is JSON. */
export type CopyLine = Readonly<Record<(typeof RECORD_COLUMNS)[number], string | null>>;

export interface BulkRead {
  readonly lines: readonly CopyLine[];
  readonly rows: number;
  readonly items: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly odd: Readonly<Record<string, number>>;
  readonly rejects: readonly BulkReject[];
  readonly shares: readonly number[];
  readonly blockBytes: readonly number[];
}

/** Reads a file to its end. */
export async function readBulk(reader: BulkReader, file: BulkFile): Promise<BulkRead> {
  const blocks: BulkBlock[] = [];
  for await (const block of reader.readBlocks(file)) blocks.push(block);
  return {
    lines: blocks.flatMap(({ lines }) => copyLines(lines)),
    rows: sum(blocks.map(({ rows }) => rows)),
    items: sum(blocks.map(({ items }) => items)),
    skipped: merged(blocks.map(({ skipped }) => skipped)),
    odd: merged(blocks.map(({ odd }) => odd)),
    rejects: blocks.flatMap(({ rejects }) => rejects),
    shares: blocks.map(({ share }) => share),
    blockBytes: blocks.map(({ lines }) => lines.length),
  };
}

/** Takes COPY text apart, strictly: every line has every column, and every escape is one that PostgreSQL knows. */
export function copyLines(bytes: Uint8Array): CopyLine[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  return text.slice(0, -1).split('\n').map(copyLine);
}

function copyLine(line: string): CopyLine {
  const cells = line.split('\t');
  if (cells.length !== RECORD_COLUMNS.length) throw new Error(`${cells.length} cells in ${line}`);
  const entries = RECORD_COLUMNS.map((column, at) => [column, unescaped(cells[at] ?? '')] as const);
  return Object.fromEntries(entries) as unknown as CopyLine;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', t: '\t', n: '\n', r: '\r' };

function unescaped(cell: string): string | null {
  if (cell === '\\N') return null;
  return cell.replace(/\\(.?)/gs, (escape, letter: string) => {
    const character = ESCAPES[letter];
    if (character === undefined) throw new Error(`${escape} is no escape of COPY`);
    return character;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function merged(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const each of counts) {
    for (const [key, count] of Object.entries(each)) all[key] = (all[key] ?? 0) + count;
  }
  return all;
}
