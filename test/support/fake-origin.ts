import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How one request is answered. */
export interface Reply {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Announce no length. */
  readonly isChunked?: boolean;
  /** Destroy the connection after so many bytes of the body; before the headers when negative. */
  readonly cutAt?: number;
  /** Fall silent after so many bytes of the body; before the headers when negative. */
  readonly stallAt?: number;
  /** Wait before the headers. */
  readonly delayMs?: number;
  /** Send the body in such small pieces. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** Answer `Range`, under `If-Range` as RFC 9110 §13.1.5 has it. */
  readonly honoursRange?: boolean;
  /** Answer 304 to `If-None-Match` and `If-Modified-Since` that name this very `etag` and `last-modified`. */
  readonly honoursConditions?: boolean;
}

/** A reply, or how to make it from the request. */
type Scripted = Reply | ((request: SeenRequest) => Reply);

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * An HTTP server on this machine that answers each path with a script of replies, the last of which repeats. Paths
 * without a script answer 404.
 */
export class FakeOrigin {
  readonly requests: SeenRequest[] = [];
  /** Connections ever made to it. */
  connections = 0;
  private readonly scripts = new Map<string, Scripted[]>();

  private constructor(
    private readonly server: Server & { closeAllConnections(): void },
    /** `http://localhost:<port>`, without a slash at the end. */
    readonly url: string,
  ) {}

  static async start({ isTls = false, host = '127.0.0.1' } = {}): Promise<FakeOrigin> {
    const server = isTls ? createTlsServer({ key: FAKE_KEY, cert: FAKE_CERTIFICATE }) : createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const origin = new FakeOrigin(
      server,
      `${isTls ? 'https' : 'http'}://${host === '127.0.0.1' ? 'localhost' : host}:${port}`,
    );
    server.on('connection', () => {
      origin.connections += 1;
    });
    server.on('request', ({ method = '', url: path = '', headers }, response) => {
      const request = { method, path, headers };
      origin.requests.push(request);
      void origin.answer(request, response);
    });
    return origin;
  }

  /** `localhost:<port>` */
  get host(): string {
    return new URL(this.url).host;
  }

  /** Sets the script of a path. */
  on(path: string, ...replies: Scripted[]): void {
    this.scripts.set(path, [...replies]);
  }

  requestsTo(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: SeenRequest, response: ServerResponse): Promise<void> {
    const script = this.scripts.get(request.path) ?? [{ status: 404, body: 'no such file' }];
    const next = (script.length > 1 ? script.shift() : script[0]) ?? {};
    const reply = typeof next === 'function' ? next(request) : next;
    if (reply.delayMs) await wait(reply.delayMs);
    if (reply.cutAt !== undefined && reply.cutAt < 0) response.destroy();
    if (reply.stallAt !== undefined && reply.stallAt < 0) return;
    const { status, headers, body } = resolveReply(request, reply);
    const hasLength = !reply.isChunked && headers['content-length'] === undefined && status !== 304;
    response.writeHead(status, hasLength ? { ...headers, 'content-length': body.length } : headers);
    response.flushHeaders();
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    await sendBody(response, body, reply);
  }
}

async function sendBody(response: ServerResponse, body: Buffer, reply: Reply): Promise<void> {
  const { cutAt = Infinity, stallAt = Infinity, drip } = reply;
  const stopAt = Math.min(cutAt, stallAt, body.length);
  const pieceBytes = drip?.bytes ?? 16_384;
  for (let sent = 0; sent < stopAt && !response.destroyed; sent += pieceBytes) {
    const piece = body.subarray(sent, Math.min(sent + pieceBytes, stopAt));
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.write(piece, () => {
        response.off('close', resolve);
        resolve();
      });
    });
    if (drip) await wait(drip.everyMs);
  }
  if (stallAt <= body.length) return;
  if (cutAt <= body.length) response.destroy();
  else response.end();
}

function resolveReply(
  request: SeenRequest,
  reply: Reply,
): { status: number; headers: Record<string, string>; body: Buffer } {
  const { status = 200, honoursConditions, honoursRange } = reply;
  const headers = { ...reply.headers };
  const body = Buffer.from(reply.body ?? '');
  const asked = request.headers;
  if (
    honoursConditions &&
    ((asked['if-none-match'] !== undefined && asked['if-none-match'] === headers.etag) ||
      (asked['if-modified-since'] !== undefined && asked['if-modified-since'] === headers['last-modified']))
  ) {
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  const start = /^bytes=(\d+)-$/.exec(asked.range ?? '')?.[1];
  if (!honoursRange || start === undefined || asked['if-range'] !== headers.etag) {
    return { status, headers, body };
  }
  const from = Number(start);
  if (from >= body.length) {
    return {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${body.length}` },
      body: Buffer.alloc(0),
    };
  }
  return {
    status: 206,
    headers: { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}`, ...headers },
    body: body.subarray(from),
  };
}

// Made for these tests and trusted nowhere: CN=fake-origin, for localhost, until 2126.
const FAKE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVuvNJjpa/ZwFathZ
xwGGxNg53Jof/5nEyf9jURRLKkWhRANCAASB1ZfdcQN4WAcI0cAd0bpYAiIMEp7m
CIzQtOT2cZ44fhz964dKTcMJFbXad4IE6BQeBONZykEbw7B9v/IzzPk1
-----END PRIVATE KEY-----`;

/** What a {@link FakeOrigin} with TLS shows. */
export const FAKE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT+gAwIBAgIUbwDp/TW+fD1tSIfn8VIJLuMYw0swCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZmFrZS1vcmlnaW4wIBcNMjYxMTIzMjExNjI5WhgPMjEyNjEw
MzAyMTE2MjlaMBYxFDASBgNVBAMMC2Zha2Utb3JpZ2luMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEgdWX3XEDeFgHCNHAHdG6WAIiDBKe5giM0LTk9nGeOH4c/euH
Sk3DCRW12neCBOgUHgTjWcpBG8Owfb/yM8z5NaNpMGcwHQYDVR0OBBYEFHxwW7uZ
wFMiVeBApkqDBqP3yyVSMB8GA1UdIwQYMBaAFHxwW7uZwFMiVeBApkqDBqP3yyVS
MA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0MAoGCCqGSM49
BAMCA0cAMEQCIAObZ5g3k9fTfFm2LCtNS9Y1FYo0qHD+M+kTxZi+Ws7nAiB3YW0x
7y6o13W8cWqP70TZqmTpp9EijQmvtM55diDBDQ==
-----END CERTIFICATE-----`;
