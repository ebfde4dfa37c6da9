import { types } from 'node:util';
import { errors } from 'undici';
import { systemClock, type Clock } from '../../common/clock.js';
import { TryLaterError } from '../../common/errors.js';
import type { Web, WebHead } from '../../sources/source.js';
import { isPublicAddress, PrivateAddressError, type Resolve } from './address.js';
import { PartialFile, type Download, type DownloadRequest, type Progress } from './download.js';
import { BEGINNING_BYTES, isHtmlPage } from './block-page.js';
import { BrokenBodyError, Exchange, type ExchangeOptions, type Timeouts } from './exchange.js';
import { firstHop, nextHop, type Reach } from './reach.js';
import {
  addressRefused,
  blockPage,
  busy,
  certificateRefused,
  down,
  forbidden,
  givenUp,
  notFound,
  redirectRefused,
  stalled,
  tooLarge,
  truncated,
  unexpectedStatus,
  unreachable,
} from './refusals.js';
import { backoffMs, parseHttpDate, parseRetryAfter, sleep, type Sleep } from './retry.js';
import { CertificateError, TimeLimitError } from './socket.js';

const MAX_REDIRECTS = 5;
const DEFAULT_RETRIES = 3;
const DEFAULT_MAX_RETRY_AFTER_MS = 300_000;
const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 30_000,
  totalMs: 900_000,
  minBytesPerSecond: 20_000,
  rateWindowMs: 60_000,
};

export interface WebOptions {
  /** How we introduce ourselves where a source sets no `User-Agent` of its own. */
  readonly userAgent: string;
  /** A server that answers for all publishers: `https://host/path` is fetched as `<mirrorUrl>/host/path`. */
  readonly mirrorUrl?: string;
  /** Attempts after the first one. Default: 3, four attempts in all. */
  readonly retries?: number;
  readonly timeouts?: Partial<Timeouts>;
  /** A publisher that asks us to wait longer ends the call. Default: 5 minutes. */
  readonly maxRetryAfterMs?: number;
  readonly log?: { warn(message: string): void };
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** From 0 to 1, for the jitter of waits. */
  readonly random?: () => number;
  /** Which addresses connections may be made to. Default: those of the public internet, or all with a mirror. */
  readonly mayConnectTo?: (address: string) => boolean;
  /** How names become addresses. Default: as this machine does it. */
  readonly resolve?: Resolve;
}

/** What a call may reach, and when it stops. */
export interface HeadOptions {
  /** Default: the host of the URL alone. */
  readonly hosts?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * The only way out of the house: fetches from publishers with time-outs, retries and limits, to public addresses on a
 * list of hosts, or to a mirror alone.
 */
export class WebClient implements Web {
  private readonly mirror: URL | undefined;
  private readonly mirrorHeaders: Readonly<Record<string, string>>;
  private readonly timeouts: Timeouts;
  private readonly lastAskedAtMs = new Map<string, number>();
  private readonly clock: Clock;

  constructor(private readonly options: WebOptions) {
    this.mirror = options.mirrorUrl === undefined ? undefined : new URL(options.mirrorUrl);
    this.mirrorHeaders = this.mirror?.username ? { authorization: basicAuthorization(this.mirror) } : {};
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.clock = options.clock ?? systemClock;
  }

  /** The network as one source sees it, for as long as the signal lets it. */
  forHosts(hosts: readonly string[], signal?: AbortSignal): Web {
    return {
      head: (url, headers) => this.head(url, headers, { hosts, signal }),
      text: (url, maxBytes) => this.text(url, maxBytes, { hosts, signal }),
    };
  }

  /** Headers of a resource without its body; asks with GET where HEAD is refused. */
  async head(
    url: string,
    headers: Readonly<Record<string, string>> = {},
    { hosts = hostOf(url), signal = new AbortController().signal }: HeadOptions = {},
  ): Promise<WebHead> {
    let method: 'HEAD' | 'GET' = 'HEAD';
    return this.retrying(url, signal, async (limited) => {
      let exchange = await this.ask(url, method, headers, hosts, limited);
      try {
        if (method === 'HEAD' && [403, 405, 501].includes(exchange.status)) {
          method = 'GET';
          await exchange.close();
          exchange = await this.ask(url, method, headers, hosts, limited);
        }
        await this.refuseFailure(url, exchange);
        if (exchange.status !== 200 && exchange.status !== 204) {
          throw unexpectedStatus(url, exchange.status, await exchange.beginning(200));
        }
        const length = exchange.header('content-length');
        return {
          lastModified: parseHttpDate(exchange.header('last-modified')),
          etag: exchange.header('etag'),
          ...(length !== undefined && /^[1-9]\d{0,14}$/.test(length) && { sizeBytes: Number(length) }),
        };
      } finally {
        await exchange.close();
      }
    });
  }

  /**
   * A small answer as text.
   * @throws PublisherChangedError PUBLISHER_TOO_LARGE beyond `maxBytes`; PUBLISHER_BLOCK_PAGE for a web page
   */
  async text(
    url: string,
    maxBytes: number,
    { hosts = hostOf(url), signal = new AbortController().signal }: HeadOptions = {},
  ): Promise<string> {
    return this.retrying(url, signal, async (limited) => {
      const exchange = await this.ask(url, 'GET', {}, hosts, limited);
      try {
        await this.refuseFailure(url, exchange);
        if (exchange.status !== 200)
          throw unexpectedStatus(url, exchange.status, await exchange.beginning(200));
        const bytes = await wholeBody(url, exchange, maxBytes);
        if (isHtmlPage(bytes.subarray(0, BEGINNING_BYTES))) throw blockPage(url, bytes);
        return bytes.toString('utf8');
      } catch (error) {
        throw error instanceof TimeLimitError ? this.explain(url, error, limited) : error;
      } finally {
        await exchange.close();
      }
    });
  }

  /**
   * Fetches a file to `partPath`, or finds that it did not change. Nothing is left there when it fails.
   * @throws TryLaterError, PublisherChangedError, ConfigurationError; the signal's reason when aborted.
   */
  async download(
    request: DownloadRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<Download> {
    const file = new PartialFile(request, onProgress);
    await this.pauseBefore(request, signal);
    try {
      const download = await this.retrying(request.url, signal, async (limited, attempt) => {
        let state = await this.fetchInto(file, request, limited);
        if (state === 'restart') state = await this.fetchInto(file, request, limited);
        if (state === 'unchanged') return { state } as const;
        return file.finish(attempt);
      });
      if (download.state === 'unchanged') await file.discard();
      return download;
    } catch (error) {
      await file.discard().catch((cause: unknown) => {
        this.options.log?.warn(`${request.partPath} could not be deleted: ${String(cause)}`);
      });
      throw error;
    }
  }

  /** Publishers count requests: a host is asked no faster than its source says. A mirror is ours and has no such wish. */
  private async pauseBefore({ url, pauseMs = 0 }: DownloadRequest, signal: AbortSignal): Promise<void> {
    const [host] = hostOf(url);
    if (this.mirror !== undefined || host === undefined || pauseMs === 0) return;
    const waitMs = (this.lastAskedAtMs.get(host) ?? -Infinity) + pauseMs - performance.now();
    if (waitMs > 0) await (this.options.sleep ?? sleep)(waitMs, signal);
    this.lastAskedAtMs.set(host, performance.now());
  }

  private async fetchInto(
    file: PartialFile,
    request: DownloadRequest,
    signal: AbortSignal,
  ): Promise<'unchanged' | 'complete' | 'restart'> {
    const headers = { ...lowerCased(request.headers ?? {}), ...file.requestHeaders() };
    const exchange = await this.ask(request.url, 'GET', headers, request.hosts, signal);
    try {
      if (exchange.status !== 416) await this.refuseFailure(request.url, exchange);
      return await file.receive(exchange);
    } catch (error) {
      throw error instanceof TimeLimitError ? this.explain(request.url, error, signal) : error;
    } finally {
      await exchange.close();
    }
  }

  /** One request, through all its redirects. */
  private async ask(
    url: string,
    method: ExchangeOptions['method'],
    headers: Readonly<Record<string, string>>,
    hosts: readonly string[],
    signal: AbortSignal,
  ): Promise<Exchange> {
    const reach: Reach = { hosts, mirror: this.mirror };
    let at = firstHop(url, reach);
    let sent: Record<string, string> = {
      'user-agent': this.options.userAgent,
      accept: '*/*',
      ...lowerCased(headers),
      ...this.mirrorHeaders,
      'accept-encoding': 'identity',
    };
    for (let redirects = 0; ; redirects += 1) {
      const exchange = await this.open(url, at, method, sent, signal);
      if (![301, 302, 303, 307, 308].includes(exchange.status)) return exchange;
      await exchange.close();
      if (redirects === MAX_REDIRECTS) {
        throw redirectRefused(url, at, `redirects on, for more than ${MAX_REDIRECTS} times in all`);
      }
      const next = nextHop(exchange.header('location'), at, url, reach);
      if (next.origin !== at.origin) sent = withoutCredentials(sent);
      at = next;
    }
  }

  private async open(
    url: string,
    at: URL,
    method: ExchangeOptions['method'],
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Exchange> {
    try {
      return await Exchange.open(at, {
        method,
        headers,
        timeouts: this.timeouts,
        mayConnectTo: this.options.mayConnectTo ?? (this.mirror ? () => true : isPublicAddress),
        resolve: this.options.resolve,
        signal,
      });
    } catch (error) {
      throw this.explain(url, error, signal);
    }
  }

  private async refuseFailure(url: string, exchange: Exchange): Promise<void> {
    const { status } = exchange;
    if (status < 400) return;
    const retryAfterMs = parseRetryAfter(exchange.header('retry-after'), this.clock.now());
    if (status === 408 || status === 425 || status === 429) throw busy(url, status, retryAfterMs);
    if (status === 404 || status === 410) throw notFound(url, status);
    const body = await exchange.beginning(200);
    if (status === 401 || status === 403 || status === 451) throw forbidden(url, status, body);
    if (status >= 500 && status !== 501 && status !== 505) throw down(url, status, body, retryAfterMs);
    throw unexpectedStatus(url, status, body);
  }

  private explain(url: string, error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted || !types.isNativeError(error) || error instanceof errors.InvalidArgumentError)
      return error;
    if (error instanceof TimeLimitError && error.step !== 'connect') return stalled(url, error);
    if (error instanceof CertificateError) return certificateRefused(url, error);
    if (error instanceof PrivateAddressError) {
      return addressRefused(url, 'leads to an address inside a private network', error);
    }
    return unreachable(url, error);
  }

  private async retrying<Result>(
    url: string,
    signal: AbortSignal,
    attemptIt: (signal: AbortSignal, attempt: number) => Promise<Result>,
  ): Promise<Result> {
    const {
      retries = DEFAULT_RETRIES,
      maxRetryAfterMs = DEFAULT_MAX_RETRY_AFTER_MS,
      random = Math.random,
    } = this.options;
    signal.throwIfAborted();
    const limited = new AbortController();
    const onAbort = (): void => limited.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const { totalMs } = this.timeouts;
    const total = new TimeLimitError('total', `not done within ${totalMs} ms`);
    const timer = setTimeout(() => limited.abort(total), totalMs);
    let attempt = 1;
    try {
      for (; ; attempt += 1) {
        try {
          return await attemptIt(limited.signal, attempt);
        } catch (error) {
          if (limited.signal.aborted || !(error instanceof TryLaterError)) throw error;
          const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(attempt, random));
          if (attempt > retries || waitMs > maxRetryAfterMs) throw givenUp(error, attempt);
          this.options.log?.warn(`${error.message} Trying again in ${waitMs} ms.`);
          await (this.options.sleep ?? sleep)(waitMs, limited.signal);
        }
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (limited.signal.aborted) throw givenUp(stalled(url, total), attempt);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

async function wholeBody(url: string, exchange: Exchange, maxBytes: number): Promise<Buffer> {
  const length = Number(exchange.header('content-length') ?? Number.NaN);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of exchange.chunks()) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(url, sizeBytes, maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BrokenBodyError)
      throw truncated(url, sizeBytes, Number.isNaN(length) ? undefined : length, error.cause);
    throw error;
  }
  if (!Number.isNaN(length) && sizeBytes !== length) throw truncated(url, sizeBytes, length);
  return Buffer.concat(chunks);
}

function hostOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { host } = new URL(url);
  return [host];
}

function basicAuthorization({ username, password }: URL): string {
  const userPass = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(userPass).toString('base64')}`;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name)),
  );
}
