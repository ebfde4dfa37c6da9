import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A file as it lies on the publisher's server. */
export interface ServedFile {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Without it the file has no validators: neither Last-Modified nor ETag. */
  readonly modifiedAt: Date | undefined;
}

/** A file on disk that is served without reading it into memory. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Tells these bytes from all others. */
  readonly tag: string;
  readonly contentType: string;
  readonly modifiedAt: Date | undefined;
}

/** The bytes of a file on disk from `start` up to, not including, `end`. */
export interface FileSlice {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** How the body goes over the wire, or does not. */
export type Delivery = 'whole' | 'cut' | 'unannounced cut' | 'stalled' | 'reset';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body where it is on disk; `body` is then empty. */
  readonly slice?: FileSlice;
  readonly delivery: Delivery;
}

/** What a well-behaved file server answers to GET and HEAD (RFC 9110): conditional requests, one range, If-Range. */
export function answerWith(
  file: ServedFile | StoredFile,
  method: string,
  asked: IncomingHttpHeaders,
): Answer {
  const size = 'path' in file ? file.sizeBytes : file.bytes.length;
  const etag = `"${'path' in file ? file.tag : createHash('sha256').update(file.bytes).digest('hex').slice(0, 32)}"`;
  const lastModified = file.modifiedAt?.toUTCString();
  const validators: Record<string, string> =
    lastModified === undefined ? {} : { ETag: etag, 'Last-Modified': lastModified };
  const common: Record<string, string> = { 'Accept-Ranges': 'bytes', ...validators };
  if (file.modifiedAt && isUnchanged(asked, etag, file.modifiedAt)) {
    return { status: 304, headers: common, body: Buffer.alloc(0), delivery: 'whole' };
  }
  const ifRange = asked['if-range'];
  const mayBeRange =
    method === 'GET' && (ifRange === undefined || [etag, lastModified].includes(String(ifRange)));
  const range = mayBeRange ? parseRange(asked.range, size) : undefined;
  if (range === 'outside') {
    return {
      ...plainAnswer(416, 'Range not satisfiable'),
      headers: { ...common, 'Content-Range': `bytes */${size}` },
    };
  }
  const { start, end } = range ?? { start: 0, end: size };
  return {
    status: range ? 206 : 200,
    headers: {
      ...common,
      'Content-Type': file.contentType,
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    },
    ...('path' in file
      ? { body: Buffer.alloc(0), slice: { path: file.path, start, end } }
      : { body: file.bytes.subarray(start, end) }),
    delivery: 'whole',
  };
}

/** A short answer in words. */
export function plainAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = Buffer.from(`${text}\n`);
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
    body,
    delivery: 'whole',
  };
}

/** If-None-Match makes If-Modified-Since void (RFC 9110 §13.1.3). */
function isUnchanged(asked: IncomingHttpHeaders, etag: string, modifiedAt: Date): boolean {
  const noneMatch = asked['if-none-match'];
  if (noneMatch !== undefined) {
    const known = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return known.includes(etag) || known.includes('*');
  }
  return Date.parse(asked['if-modified-since'] ?? '') >= modifiedAt.getTime();
}

/**
 * The bytes from `start` up to, not including, `end`. Several ranges at once and what is no range at all are ignored,
 * as RFC 9110 §14.2 allows.
 */
function parseRange(
  text: string | undefined,
  size: number,
): { start: number; end: number } | 'outside' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return last === '0' ? 'outside' : { start: Math.max(0, size - Number(last)), end: size };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'outside';
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}
