import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failPoint } from '../../common/fail-point.js';
import { explainDiskError, requireSpace, writeAll } from '../file-store.js';
import { BEGINNING_BYTES, isHtmlPage } from './block-page.js';
import { BrokenBodyError, type Exchange } from './exchange.js';
import {
  blockPage,
  checksumMismatch,
  emptyFile,
  tooLarge,
  truncated,
  unexpectedEncoding,
  unexpectedStatus,
} from './refusals.js';

/** How much of a page is read in search of its title. */
const PAGE_BYTES = 16 * 1024;
const PROGRESS_EVERY_MS = 250;

export interface DownloadRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Refuse a larger file. */
  readonly maxBytes: number;
  /** MD5 of the whole file, where the publisher says it. */
  readonly md5?: string;
  /** Hosts that may be reached, redirects included. */
  readonly hosts: readonly string[];
  /** Least time between two downloads from this host. Default: none. */
  readonly pauseMs?: number;
  /** Where the bytes go; deleted when the download fails. */
  readonly partPath: string;
  /** `ETag` and raw `Last-Modified` of the last stored copy: the publisher is asked for changes only. */
  readonly etag?: string;
  readonly lastModified?: string;
}

export type Download =
  | { readonly state: 'unchanged' }
  | {
      readonly state: 'fetched';
      readonly path: string;
      readonly sizeBytes: number;
      readonly sha256: string;
      readonly etag?: string;
      /** As the publisher wrote it. */
      readonly lastModified?: string;
      readonly contentType?: string;
      readonly attempts: number;
    };

export interface Progress {
  readonly sizeBytes: number;
  /** When the publisher said so. */
  readonly totalBytes: number | undefined;
}

/**
 * The file as far as it has come, over all attempts of one download. A broken transfer is continued only under a
 * strong ETag: without it nobody can tell whether the rest belongs to the same bytes.
 */
export class PartialFile {
  sizeBytes = 0;
  private totalBytes: number | undefined;
  private hash: Hash = createHash('sha256');
  private md5: Hash = createHash('md5');
  private handle: FileHandle | undefined;
  private answer: Pick<Exchange, 'header'> | undefined;
  private mayResume = true;
  private lastProgressAt = -Infinity;

  constructor(
    private readonly request: DownloadRequest,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  /** Headers that ask for the rest, or for the whole if it changed. */
  requestHeaders(): Record<string, string> {
    const etag = this.resumableEtag();
    if (etag) return { range: `bytes=${this.sizeBytes}-`, 'if-range': etag };
    const { etag: storedEtag, lastModified } = this.request;
    return {
      ...(storedEtag && { 'if-none-match': storedEtag }),
      ...(lastModified && { 'if-modified-since': lastModified }),
    };
  }

  /**
   * Takes in an answer to {@link requestHeaders}.
   * @returns `restart` when the answer cannot be joined to what is there: ask again at once.
   */
  async receive(exchange: Exchange): Promise<'unchanged' | 'complete' | 'restart'> {
    const { status } = exchange;
    if (this.resumableEtag() && (status === 206 || status === 416)) {
      if (status === 206 && this.continuesWith(exchange)) {
        await this.append(exchange);
        return 'complete';
      }
      this.mayResume = false;
      await this.startOver(undefined);
      return 'restart';
    }
    const wasConditional = Boolean(this.request.etag ?? this.request.lastModified);
    if (status === 304 && wasConditional && !this.resumableEtag()) return 'unchanged';
    if (status === 204 || status === 205) throw emptyFile(this.request.url);
    if (status !== 200) throw unexpectedStatus(this.request.url, status, await exchange.beginning(200));
    await this.startOver(exchange);
    await this.append(exchange);
    return 'complete';
  }

  /** Makes sure the bytes are on the disk. */
  async finish(attempts: number): Promise<Download> {
    try {
      await this.handle?.sync();
    } catch (error) {
      throw await this.explain(error);
    }
    await this.close();
    const etag = this.answer?.header('etag');
    const lastModified = this.answer?.header('last-modified');
    const contentType = this.answer?.header('content-type');
    return {
      state: 'fetched',
      path: this.request.partPath,
      sizeBytes: this.sizeBytes,
      sha256: this.hash.digest('hex'),
      ...(etag && { etag }),
      ...(lastModified && { lastModified }),
      ...(contentType && { contentType }),
      attempts,
    };
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.request.partPath, { force: true });
  }

  private async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  private resumableEtag(): string | undefined {
    const etag = this.answer?.header('etag');
    if (!this.mayResume || this.sizeBytes === 0 || this.answer?.header('accept-ranges') === 'none')
      return undefined;
    return etag && /^"[^"]*"$/.test(etag) ? etag : undefined;
  }

  private continuesWith(exchange: Exchange): boolean {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(exchange.header('content-range') ?? '');
    if (!range) return false;
    const [start, end, total] = range.slice(1).map(Number);
    const etag = exchange.header('etag');
    if (start !== this.sizeBytes || total === undefined || end !== total - 1) return false;
    if (this.totalBytes !== undefined && total !== this.totalBytes) return false;
    if (etag !== undefined && etag !== this.resumableEtag()) return false;
    this.totalBytes = total;
    return true;
  }

  private async startOver(exchange: Exchange | undefined): Promise<void> {
    this.answer = exchange;
    this.sizeBytes = 0;
    this.hash = createHash('sha256');
    this.md5 = createHash('md5');
    const length = exchange?.header('content-length');
    this.totalBytes = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
    try {
      await this.handle?.truncate(0);
    } catch (error) {
      throw await this.explain(error);
    }
  }

  private async append(exchange: Exchange): Promise<void> {
    const { url, maxBytes } = this.request;
    const path = new URL(url).pathname;
    const encoding = exchange.header('content-encoding');
    // Servers label files that lie there compressed with the encoding they were made with.
    if (encoding && encoding !== 'identity' && !/\.(?:gz|tgz|zip)$/i.test(path)) {
      throw unexpectedEncoding(url, encoding);
    }
    if (this.totalBytes !== undefined && this.totalBytes > maxBytes) {
      throw tooLarge(url, this.totalBytes, maxBytes);
    }
    const mayBePage = /\.html?$/i.test(path) || this.sizeBytes > 0;
    let beginning: Buffer | undefined = mayBePage ? undefined : Buffer.alloc(0);
    let isPage = false;
    try {
      for await (const chunk of exchange.chunks()) {
        if (!beginning) {
          await this.write(chunk);
          continue;
        }
        beginning = Buffer.concat([beginning, chunk]);
        if (this.sizeBytes + beginning.length > maxBytes) throw tooLarge(url, beginning.length, maxBytes);
        if (beginning.length < BEGINNING_BYTES) continue;
        isPage ||= isHtmlPage(beginning.subarray(0, BEGINNING_BYTES));
        if (isPage && beginning.length < PAGE_BYTES) continue;
        if (isPage) break;
        await this.write(beginning);
        beginning = undefined;
      }
    } catch (error) {
      if (isPage && beginning) throw blockPage(url, beginning);
      if (error instanceof BrokenBodyError)
        throw truncated(url, this.sizeBytes, this.totalBytes, error.cause);
      throw error;
    }
    if (beginning && isHtmlPage(beginning.subarray(0, BEGINNING_BYTES))) throw blockPage(url, beginning);
    if (beginning) await this.write(beginning);
    if (this.sizeBytes === 0) throw emptyFile(url);
    if (this.totalBytes !== undefined && this.sizeBytes !== this.totalBytes) {
      throw truncated(url, this.sizeBytes, this.totalBytes);
    }
    this.requireChecksum();
    this.onProgress({ sizeBytes: this.sizeBytes, totalBytes: this.totalBytes });
  }

  private requireChecksum(): void {
    const { url, md5 } = this.request;
    if (md5 === undefined) return;
    const found = this.md5.digest('hex');
    if (found === md5) return;
    // What was wrong once is not continued.
    this.mayResume = false;
    throw checksumMismatch(url, md5, found);
  }

  private async write(bytes: Buffer): Promise<void> {
    const { url, maxBytes, partPath } = this.request;
    if (bytes.length === 0) return;
    if (this.sizeBytes + bytes.length > maxBytes)
      throw tooLarge(url, this.sizeBytes + bytes.length, maxBytes);
    try {
      if (!this.handle) {
        await mkdir(dirname(partPath), { recursive: true });
        await requireSpace(dirname(partPath), this.totalBytes ?? bytes.length);
        this.handle = await open(partPath, 'w');
      }
      await writeAll(this.handle, bytes, this.sizeBytes);
    } catch (error) {
      throw await this.explain(error);
    }
    this.hash.update(bytes);
    if (this.request.md5 !== undefined) this.md5.update(bytes);
    this.sizeBytes += bytes.length;
    await failPoint('download:mid-file');
    const now = performance.now();
    if (now - this.lastProgressAt < PROGRESS_EVERY_MS) return;
    this.lastProgressAt = now;
    this.onProgress({ sizeBytes: this.sizeBytes, totalBytes: this.totalBytes });
  }

  private explain(error: unknown): Promise<unknown> {
    return explainDiskError(error, dirname(this.request.partPath), this.totalBytes);
  }
}
