import type { IncomingHttpHeaders } from 'node:http';
import { Client, type Dispatcher } from 'undici';
import { socketsFor, TimeLimitError, type SocketOptions } from './socket.js';

/** How long each step may take before it is given up, and really stopped. */
export interface Timeouts {
  /** Name look-up, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From the connection to the end of the answer's headers. */
  readonly headersMs: number;
  /** Without a single byte of the body. */
  readonly idleMs: number;
  /** A whole call, all attempts and waits included. */
  readonly totalMs: number;
  /** A body slower than this over one {@link rateWindowMs} is given up. */
  readonly minBytesPerSecond: number;
  readonly rateWindowMs: number;
}

export interface ExchangeOptions extends Pick<SocketOptions, 'mayConnectTo' | 'resolve' | 'signal'> {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: Timeouts;
}

/** The connection broke while the body was under way. */
export class BrokenBodyError extends Error {
  constructor(cause: unknown) {
    super('the connection broke in the middle of the body', { cause });
    this.name = 'BrokenBodyError';
  }
}

/**
 * One request and its answer on a connection of its own, so that stopping it leaves nothing behind and no connection
 * that went stale in a pool can be met. Redirects are not followed, nothing is decoded.
 */
export class Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;

  private constructor(
    private readonly answer: Dispatcher.ResponseData,
    private readonly timeouts: Timeouts,
    private readonly stop: AbortController,
    readonly close: () => Promise<void>,
  ) {
    this.status = answer.statusCode;
    this.headers = answer.headers;
  }

  /** Sends the request and waits for the headers of the answer. The caller must `close` it. */
  static async open(url: URL, options: ExchangeOptions): Promise<Exchange> {
    const { signal, timeouts } = options;
    signal.throwIfAborted();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    let headersTimer: NodeJS.Timeout | undefined;
    const client = new Client(url.origin, {
      allowH2: false,
      // The clocks here measure every step themselves; undici's tick only twice a second.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: socketsFor({
        connectMs: timeouts.connectMs,
        mayConnectTo: options.mayConnectTo,
        resolve: options.resolve,
        signal: stop.signal,
        onConnected: () => {
          headersTimer = limit(stop, timeouts.headersMs, 'headers', 'no answer');
        },
      }),
    });
    const close = async (): Promise<void> => {
      signal.removeEventListener('abort', onAbort);
      await client.destroy();
    };
    try {
      const answer = await client.request({
        method: options.method,
        path: `${url.pathname}${url.search}`,
        headers: options.headers,
        signal: stop.signal,
      });
      // A body nobody reads may still fail; whoever reads it hears of it from the iterator.
      answer.body.on('error', () => undefined);
      return new Exchange(answer, timeouts, stop, close);
    } catch (error) {
      await close();
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      clearTimeout(headersTimer);
    }
  }

  /** A header's value, trimmed; `undefined` when absent or empty. */
  header(name: string): string | undefined {
    const value = this.headers[name];
    return (Array.isArray(value) ? value[0] : value)?.trim() || undefined;
  }

  /** The bytes of the body. @throws TimeLimitError, BrokenBodyError */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const { idleMs, minBytesPerSecond, rateWindowMs } = this.timeouts;
    const idleTimer = limit(this.stop, idleMs, 'idle', 'no byte');
    const minBytes = (minBytesPerSecond * rateWindowMs) / 1000;
    let windowBytes = 0;
    const rateTimer = setInterval(() => {
      if (windowBytes < minBytes) {
        const message = `${windowBytes} bytes in ${rateWindowMs} ms, fewer than ${minBytes}`;
        this.stop.abort(new TimeLimitError('rate', message));
      }
      windowBytes = 0;
    }, rateWindowMs);
    try {
      for await (const chunk of this.answer.body as AsyncIterable<Buffer>) {
        idleTimer.refresh();
        windowBytes += chunk.length;
        yield chunk;
        // Time spent by the reader, on its disk for instance, is not the publisher's.
        idleTimer.refresh();
      }
    } catch (error) {
      throw this.stop.signal.aborted ? this.stop.signal.reason : new BrokenBodyError(error);
    } finally {
      clearTimeout(idleTimer);
      clearInterval(rateTimer);
    }
  }

  /** At most this many bytes of the body's beginning, for a message; what goes wrong on the way is left out. */
  async beginning(maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    try {
      for await (const chunk of this.chunks()) {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes >= maxBytes) break;
      }
    } catch (error) {
      if (!(error instanceof BrokenBodyError) && !(error instanceof TimeLimitError)) throw error;
    }
    return Buffer.concat(chunks).subarray(0, maxBytes);
  }
}

function limit(
  stop: AbortController,
  limitMs: number,
  step: TimeLimitError['step'],
  what: string,
): NodeJS.Timeout {
  return setTimeout(() => stop.abort(new TimeLimitError(step, `${what} within ${limitMs} ms`)), limitMs);
}
