import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { LONG_QUERY_TIMEOUT_MS, type Client } from './database.js';

export type CopyValue = string | number | null;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const CHUNK_CHARACTERS = 64 * 1024;

/** One line of PostgreSQL's COPY text format. */
export function copyLine(values: readonly CopyValue[]): string {
  const cells = values.map((value) =>
    value === null
      ? '\\N'
      : String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character),
  );
  return `${cells.join('\t')}\n`;
}

/**
 * Streams lines into a table by COPY, in constant memory: the source of the lines waits while PostgreSQL is busy.
 * @param columns in the order of the values of each line
 */
export async function copyInto(
  client: Client,
  table: string,
  columns: readonly string[],
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  await copyBlocks(client, table, columns, chunksOf(lines), signal);
}

/**
 * The same for lines that are bytes already, some hundred kilobytes at a time. The table must have been made in this very
 * transaction: its rows are written as if they were old, which spares the first readers some work.
 */
export async function copyBlocks(
  client: Client,
  table: string,
  columns: readonly string[],
  blocks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  // pg puts the connection's query_timeout on every query it is given, a COPY included.
  const copy = client.query(
    Object.assign(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN (FREEZE)`), {
      query_timeout: LONG_QUERY_TIMEOUT_MS,
    }),
  );
  await pipeline(Readable.from(blocks), copy, { signal });
}

async function* chunksOf(lines: AsyncIterable<string>): AsyncIterable<Buffer> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield Buffer.from(chunk);
      chunk = '';
    }
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
