import { createHash } from 'node:crypto';
import { BadRequestError } from '../common/errors.js';
import type { SealedLine } from './audit-log.js';

/** The last line that somebody saw, kept where whoever owns the database cannot change it. */
export interface ChainHead {
  readonly id: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** What became of reading the chain from its beginning. */
export interface ChainVerdict {
  /** Lines that hold together, from the first on. */
  readonly lines: number;
  /** The last of them. */
  readonly head: ChainHead | null;
  /** The first thing that is wrong, in words; `null` when nothing is. */
  readonly broken: string | null;
}

/**
 * Reads a chain from its beginning. Changed, inserted and missing lines are found; that the newest ones are missing, or that all
 * was written anew, shows only against a head that was kept elsewhere.
 */
export async function verifyChain(
  lines: AsyncIterable<SealedLine> | Iterable<SealedLine>,
  kept?: ChainHead,
): Promise<ChainVerdict> {
  let head: ChainHead | null = null;
  const verdict = (broken: string | null): ChainVerdict => ({ lines: head?.id ?? 0, head, broken });
  for await (const { id, text, hash } of lines) {
    const expected: number = (head?.id ?? 0) + 1;
    if (id !== expected)
      return verdict(`line ${expected} is missing: after line ${expected - 1} comes ${id}`);
    if (numberIn(text) !== id) return verdict(`line ${id} says that it is another one`);
    if (hash !== sealOf(head, text)) return verdict(`line ${id} is not what was sealed, or was sealed anew`);
    head = { id, hash };
    if (kept?.id === id && kept.hash !== hash)
      return verdict(`line ${id} is not the one whose hash was kept`);
  }
  const last = head?.id ?? 0;
  if (kept !== undefined && last < kept.id) return verdict(`the lines ${last + 1} to ${kept.id} are missing`);
  return verdict(null);
}

function sealOf(before: ChainHead | null, text: string): string {
  const hash = createHash('sha256');
  if (before !== null) hash.update(before.hash, 'hex');
  return hash.update(text, 'utf8').digest('hex');
}

function numberIn(text: string): unknown {
  return (JSON.parse(text) as readonly unknown[])[0];
}

/** @param text `17:3f2a…`, as `npx isinglass audit verify` prints it @throws BadRequestError AUDIT_HEAD_INVALID */
export function parseHead(text: string): ChainHead {
  const [, id, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (id !== undefined && hash !== undefined) return { id: Number(id), hash };
  throw new BadRequestError(
    'AUDIT_HEAD_INVALID',
    `"${text}" is no head of the log`,
    'Give it as it was printed: --head <number>:<64 hex digits>.',
  );
}

/** @throws BadRequestError AUDIT_FILE_INVALID when a line of the file is no line of an export */
export async function* linesOfExport(lines: AsyncIterable<string>, name: string): AsyncGenerator<SealedLine> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const sealed = sealedOf(line);
    if (sealed === undefined) {
      throw new BadRequestError(
        'AUDIT_FILE_INVALID',
        `${name}: line ${number} is no line of an export`,
        'Export the log anew: npx isinglass audit export > log.jsonl',
      );
    }
    yield sealed;
  }
}

function sealedOf(line: string): SealedLine | undefined {
  try {
    const { id, text, hash } = JSON.parse(line) as Record<string, unknown>;
    if (typeof id !== 'number' || typeof text !== 'string' || typeof hash !== 'string') return undefined;
    return Array.isArray(JSON.parse(text)) ? { id, text, hash } : undefined;
  } catch {
    return undefined;
  }
}
