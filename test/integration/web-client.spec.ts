import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { IsinglassError, TryLaterError } from '../../src/common/errors.js';
import type { Download, DownloadRequest, Progress } from '../../src/ingestion/web/download.js';
import { WebClient, type WebOptions } from '../../src/ingestion/web/web-client.js';
import { FAKE_CERTIFICATE, FakeOrigin, type Reply } from '../support/fake-origin.js';

const HOST = 'files.publisher.example';
const PATH = `/${HOST}/list.csv`;
const URL_OF_LIST = `https://${HOST}/list.csv`;
const BODY = Buffer.from(Array.from({ length: 20_000 }, (_, row) => `row ${row};value\n`).join(''));
const OTHER_BODY = Buffer.from(BODY.toString().toUpperCase());

let origin: FakeOrigin;
let directory: string;
let waits: number[];

beforeEach(async () => {
  origin = await FakeOrigin.start();
  directory = await mkdtemp(join(tmpdir(), 'web-client-'));
  waits = [];
});

afterEach(async () => {
  await origin.close();
  await rm(directory, { recursive: true });
});

/** A client of the fake origin as a mirror, that does not really wait between attempts. */
function clientWith(options: Partial<WebOptions> = {}): WebClient {
  return new WebClient({
    userAgent: 'Isinglass test',
    mirrorUrl: origin.url,
    sleep: async (waitMs) => {
      waits.push(waitMs);
    },
    random: () => 1,
    clock: { now: () => new Date('2026-11-21T10:00:00Z') },
    ...options,
  });
}

/** A client without a mirror that believes this machine to be the public internet. */
function directClient(options: Partial<WebOptions> = {}): WebClient {
  return clientWith({ mirrorUrl: undefined, mayConnectTo: () => true, retries: 0, ...options });
}

function requestFor(change: Partial<DownloadRequest> = {}): DownloadRequest {
  return {
    url: URL_OF_LIST,
    maxBytes: 1e9,
    hosts: ['publisher.example'],
    partPath: join(directory, 'tmp', 'list.part'),
    ...change,
  };
}

function download(client: WebClient, change: Partial<DownloadRequest> = {}): Promise<Download> {
  return client.download(requestFor(change), new AbortController().signal);
}

async function failureOf(promise: Promise<unknown>): Promise<IsinglassError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof IsinglassError)) throw error;
  return error;
}

async function expectNothingLeft(): Promise<void> {
  const parts = join(directory, 'tmp');
  expect(existsSync(parts) ? await readdir(parts) : []).toEqual([]);
}

async function expectFetched(result: Download, body: Buffer): Promise<void> {
  if (result.state !== 'fetched') throw new Error('not fetched');
  expect(result.sizeBytes).toBe(body.length);
  expect(result.sha256).toBe(createHash('sha256').update(body).digest('hex'));
  expect((await readFile(result.path)).equals(body)).toBe(true);
}

describe('a download', () => {
  it('writes the file, hashes it and hands on what the publisher says of it', async () => {
    const headers = {
      etag: 'W/"1"',
      'last-modified': 'Fri, 20 Nov 2026 18:00:00 GMT',
      'content-type': 'text/csv',
    };
    origin.on(PATH, { body: BODY, headers });
    const result = await download(clientWith());
    await expectFetched(result, BODY);
    expect(result).toMatchObject({
      etag: 'W/"1"',
      lastModified: 'Fri, 20 Nov 2026 18:00:00 GMT',
      contentType: 'text/csv',
      attempts: 1,
    });
  });

  it('takes a file of which no length is announced', async () => {
    origin.on(PATH, { body: BODY, isChunked: true });
    await expectFetched(await download(clientWith()), BODY);
  });

  it('takes a file shorter than what is looked at for web pages', async () => {
    origin.on(PATH, { body: 'ISIN\n' });
    await expectFetched(await download(clientWith()), Buffer.from('ISIN\n'));
  });

  it('asks for the bytes as they are, under our name unless the source has another', async () => {
    origin.on(PATH, { body: BODY });
    await download(clientWith());
    await download(clientWith(), {
      headers: { 'User-Agent': 'Browser', Referer: 'https://publisher.example/' },
    });
    const [plain, own] = origin.requestsTo(PATH);
    expect(plain?.headers).toMatchObject({ 'user-agent': 'Isinglass test', 'accept-encoding': 'identity' });
    expect(own?.headers).toMatchObject({ 'user-agent': 'Browser', referer: 'https://publisher.example/' });
  });

  it.each([
    ['an ETag', { etag: '"1"' }],
    ['a date', { lastModified: 'Fri, 20 Nov 2026 18:00:00 GMT' }],
  ])('finds by %s that nothing changed, and writes nothing', async (_, known) => {
    const headers = { etag: '"1"', 'last-modified': 'Fri, 20 Nov 2026 18:00:00 GMT' };
    origin.on(PATH, { body: BODY, headers, honoursConditions: true });
    expect(await download(clientWith(), known)).toEqual({ state: 'unchanged' });
    await expectNothingLeft();
  });

  it('fetches a file that changed since', async () => {
    origin.on(PATH, { body: BODY, headers: { etag: '"2"' }, honoursConditions: true });
    await expectFetched(await download(clientWith(), { etag: '"1"' }), BODY);
  });

  it('tells how far it is, up to the last byte', async () => {
    origin.on(PATH, { body: BODY });
    const progress: Progress[] = [];
    await clientWith().download(requestFor(), new AbortController().signal, (each) => progress.push(each));
    expect(progress.length).toBeGreaterThan(1);
    expect(progress[0]?.sizeBytes).toBeLessThan(BODY.length);
    expect(progress.at(-1)).toEqual({ sizeBytes: BODY.length, totalBytes: BODY.length });
  });

  it('signs in at a mirror whose address carries a password, and shows it to nobody', async () => {
    origin.on(PATH, { status: 404 });
    const mirrorUrl = origin.url.replace('//', '//reader:s%C3%A4cret@');
    const error = await failureOf(download(clientWith({ mirrorUrl })));
    const expected = `Basic ${Buffer.from('reader:säcret').toString('base64')}`;
    expect(origin.requestsTo(PATH)[0]?.headers.authorization).toBe(expected);
    expect(`${error.message} ${error.nextStep}`).not.toMatch(/s(ä|%C3%A4)cret/);
  });

  it('finds a mirror below a path', async () => {
    origin.on(`/repository/public${PATH}?day=1`, { body: BODY });
    const client = clientWith({ mirrorUrl: `${origin.url}/repository/public/` });
    await expectFetched(await download(client, { url: `${URL_OF_LIST}?day=1` }), BODY);
  });
});

describe('what the publisher sends instead of the file', () => {
  it.each<[string, Reply, string]>([
    ['401', { status: 401 }, 'PUBLISHER_FORBIDDEN'],
    ['403', { status: 403, body: 'Access Denied' }, 'PUBLISHER_FORBIDDEN'],
    ['451', { status: 451 }, 'PUBLISHER_FORBIDDEN'],
    ['404', { status: 404 }, 'PUBLISHER_NOT_FOUND'],
    ['410', { status: 410 }, 'PUBLISHER_NOT_FOUND'],
    ['400', { status: 400 }, 'PUBLISHER_UNEXPECTED_STATUS'],
    ['501', { status: 501 }, 'PUBLISHER_UNEXPECTED_STATUS'],
    ['a range nobody asked for', { status: 206, body: 'x' }, 'PUBLISHER_UNEXPECTED_STATUS'],
    ['304 to a question without a condition', { status: 304 }, 'PUBLISHER_UNEXPECTED_STATUS'],
    ['an empty body', { body: '' }, 'PUBLISHER_EMPTY_FILE'],
    ['an empty body of unknown length', { body: '', isChunked: true }, 'PUBLISHER_EMPTY_FILE'],
    ['204', { status: 204 }, 'PUBLISHER_EMPTY_FILE'],
    ['gzip nobody asked for', { body: 'x', headers: { 'content-encoding': 'gzip' } }, 'PUBLISHER_ENCODING'],
  ])('is refused at once, and leaves nothing: %s', async (_, reply, code) => {
    origin.on(PATH, reply);
    const error = await failureOf(download(clientWith()));
    expect(error.code).toBe(code);
    expect(error.mayRetry).toBe(false);
    expect(error.message).toContain(URL_OF_LIST);
    expect(error.nextStep).not.toBe('');
    expect(origin.requests).toHaveLength(1);
    await expectNothingLeft();
  });

  it('is quoted in the message, with control characters made visible', async () => {
    origin.on(PATH, { status: 403, body: 'Access Denied\n\u001b[31mReference #18.2f' });
    const error = await failureOf(download(clientWith()));
    expect(error.message).toContain('saying: Access Denied \\u{001b}[31mReference #18.2f');
  });

  it.each([
    ['short', '\uFEFF\r\n <!DOCTYPE html><html><head><title>Just a\nmoment...</title>'],
    ['long', `<!-- ${'-'.repeat(500)} -->\n<html>${' '.repeat(3000)}<title>Just a moment...</title>`],
  ])('is refused when it is a %s web page, by its title', async (_, body) => {
    origin.on(PATH, { body });
    const error = await failureOf(download(clientWith()));
    expect(error.code).toBe('PUBLISHER_BLOCK_PAGE');
    expect(error.message).toContain('titled "Just a moment..."');
    await expectNothingLeft();
  });

  it('may be a web page where the address says so', async () => {
    origin.on(`/${HOST}/list.html`, { body: '<html>' });
    await expectFetched(
      await download(clientWith(), { url: `https://${HOST}/list.html` }),
      Buffer.from('<html>'),
    );
  });

  it('may say it is compressed where the file itself is', async () => {
    origin.on(`/${HOST}/list.csv.gz`, { body: BODY, headers: { 'content-encoding': 'gzip' } });
    await expectFetched(await download(clientWith(), { url: `https://${HOST}/list.csv.gz` }), BODY);
  });

  it.each([
    ['by its announced length', { body: BODY, stallAt: 0 }],
    ['by its bytes', { body: BODY, isChunked: true }],
    ['by its first bytes', { body: BODY.subarray(0, 900), isChunked: true }],
  ])('is refused when too large, %s', async (_, reply) => {
    origin.on(PATH, reply);
    const error = await failureOf(download(clientWith(), { maxBytes: 800 }));
    expect(error.code).toBe('PUBLISHER_TOO_LARGE');
    expect(origin.requests).toHaveLength(1);
    await expectNothingLeft();
  });

  it('is taken when it has exactly as many bytes as it may', async () => {
    origin.on(PATH, { body: BODY, isChunked: true });
    await expectFetched(await download(clientWith(), { maxBytes: BODY.length }), BODY);
  });
});

describe('a publisher in trouble', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 522])('is asked again after status %d', async (status) => {
    origin.on(PATH, { status }, { body: BODY });
    const result = await download(clientWith());
    await expectFetched(result, BODY);
    expect(result).toMatchObject({ attempts: 2 });
  });

  it('is asked four times in all, at growing distances, and then let be', async () => {
    origin.on(PATH, { status: 503, body: 'Maintenance' });
    const warnings: string[] = [];
    const log = { warn: (message: string) => warnings.push(message) };
    const error = await failureOf(download(clientWith({ log })));
    expect(error).toMatchObject({ code: 'PUBLISHER_DOWN', mayRetry: true });
    expect(error.message).toMatch(/saying: Maintenance\. Tried 4 times\.$/);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(warnings).toHaveLength(3);
    expect(origin.requests).toHaveLength(4);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', 'Sat, 21 Nov 2026 10:00:09 GMT', 9_000],
    ['a date of the past', 'Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['nonsense', 'soon', 0],
  ])('is given the time it asks for in %s', async (_, retryAfter, waitMs) => {
    origin.on(PATH, { status: 429, headers: { 'retry-after': retryAfter } }, { body: BODY });
    await download(clientWith({ random: () => 0 }));
    expect(waits).toEqual([waitMs]);
  });

  it('that wants more time than a call may wait ends the call, and the time is handed on', async () => {
    origin.on(PATH, { status: 429, headers: { 'retry-after': '3600' } });
    const error = await failureOf(download(clientWith({ maxRetryAfterMs: 60_000 })));
    expect(error.code).toBe('PUBLISHER_BUSY');
    expect((error as TryLaterError).retryAfterMs).toBe(3_600_000);
    expect(error.message).toContain('asking for 3600 s');
    expect(origin.requests).toHaveLength(1);
  });

  it('that stays busy is reported as busy', async () => {
    origin.on(PATH, { status: 429 });
    expect((await failureOf(download(clientWith({ retries: 1 })))).code).toBe('PUBLISHER_BUSY');
    expect(origin.requests).toHaveLength(2);
  });
});

describe('a broken transfer', () => {
  const strong = { etag: '"v1"' };
  const cutAt = 100_000;

  it('goes on where it stopped under a strong ETag', async () => {
    const reply: Reply = { body: BODY, headers: strong, honoursRange: true };
    origin.on(PATH, { ...reply, cutAt }, { ...reply, cutAt: 50_000 }, reply);
    const result = await download(clientWith());
    await expectFetched(result, BODY);
    expect(result).toMatchObject({ attempts: 3, etag: '"v1"' });
    const [first, second, third] = origin.requestsTo(PATH).map(({ headers }) => headers);
    expect(first?.range).toBeUndefined();
    expect(second?.['if-range']).toBe('"v1"');
    // What had arrived but was not yet written is asked for again.
    const restAt = ({ range = '' } = {}): number => Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    expect(restAt(second)).toBeGreaterThan(0);
    expect(restAt(second)).toBeLessThanOrEqual(cutAt);
    expect(restAt(third)).toBeGreaterThan(restAt(second));
  });

  it.each<[string, Record<string, string>]>([
    ['a weak ETag', { etag: 'W/"v1"' }],
    ['no ETag', {}],
    ['a publisher that knows no ranges', { etag: '"v1"', 'accept-ranges': 'none' }],
  ])('begins again with %s', async (_, headers) => {
    const reply: Reply = { body: BODY, headers, honoursRange: true };
    origin.on(PATH, { ...reply, cutAt }, reply);
    await expectFetched(await download(clientWith()), BODY);
    expect(origin.requestsTo(PATH)[1]?.headers.range).toBeUndefined();
  });

  it('begins again when the file changed meanwhile', async () => {
    origin.on(
      PATH,
      { body: BODY, headers: strong, honoursRange: true, cutAt },
      { body: OTHER_BODY, headers: { etag: '"v2"' }, honoursRange: true },
    );
    const result = await download(clientWith());
    await expectFetched(result, OTHER_BODY);
    expect(result).toMatchObject({ etag: '"v2"' });
    expect(origin.requests).toHaveLength(2);
  });

  it('begins again when the changed file is shorter than what is there', async () => {
    const short = OTHER_BODY.subarray(0, 10_000);
    origin.on(PATH, { body: BODY, headers: strong, cutAt }, { body: short, headers: { etag: '"v2"' } });
    await expectFetched(await download(clientWith()), short);
  });

  it.each<[string, (start: number, total: number) => Reply]>([
    ['416', () => ({ status: 416 })],
    ['another start', (start, total) => rest(`bytes ${start + 1}-${total - 1}/${total}`)],
    ['another total', (start, total) => rest(`bytes ${start}-${total}/${total + 1}`)],
    ['another end', (start, total) => rest(`bytes ${start}-${start + 9}/${total}`)],
    ['no total', (start, total) => rest(`bytes ${start}-${total - 1}/*`)],
    ['no Content-Range', () => ({ status: 206 })],
    ['another ETag', (start, total) => rest(`bytes ${start}-${total - 1}/${total}`, { etag: '"v2"' })],
  ])('begins again when the rest does not fit: %s', async (_, replyFor) => {
    origin.on(
      PATH,
      { body: BODY, headers: strong, cutAt },
      ({ headers: { range = '' } }) => {
        const start = Number(range.replace(/\D/g, ''));
        return { body: BODY.subarray(start), ...replyFor(start, BODY.length) };
      },
      { body: BODY },
    );
    const result = await download(clientWith());
    await expectFetched(result, BODY);
    expect(origin.requests).toHaveLength(3);
    expect(origin.requestsTo(PATH)[1]?.headers.range).toBeDefined();
    expect(origin.requestsTo(PATH)[2]?.headers.range).toBeUndefined();
    expect(result).toMatchObject({ attempts: 2 });
  });

  it('that breaks each time names the byte it came to, and leaves nothing', async () => {
    origin.on(PATH, { body: BODY, cutAt });
    const error = await failureOf(download(clientWith({ retries: 1 })));
    expect(error).toMatchObject({ code: 'PUBLISHER_TRUNCATED', mayRetry: true });
    expect(error.message).toMatch(new RegExp(`at byte \\d+ of ${BODY.length}\\.`));
    await expectNothingLeft();
  });

  it('is noticed without an announced length too', async () => {
    origin.on(PATH, { body: BODY, isChunked: true, cutAt });
    const error = await failureOf(download(clientWith({ retries: 0 })));
    expect(error.message).toMatch(/at byte \d+ of an unknown number/);
  });

  it('is noticed wherever it breaks', async () => {
    const client = clientWith({ retries: 0 });
    const body = BODY.subarray(0, 5_000);
    for (let cut = 0; cut < body.length; cut += 499) {
      origin.on(PATH, { body, cutAt: cut });
      expect((await failureOf(download(client))).code).toBe('PUBLISHER_TRUNCATED');
    }
  });
});

describe('a time limit', () => {
  it('ends a connection that is never made', async () => {
    const sockets: Server = createServer();
    await new Promise<void>((resolve) => sockets.listen(0, '127.0.0.1', resolve));
    const { port } = sockets.address() as AddressInfo;
    const closed = new Promise<void>((resolve) =>
      sockets.once('connection', (s) => s.once('close', resolve).resume()),
    );
    // TCP answers, TLS never does.
    const mirrorUrl = `https://localhost:${port}`;
    const error = await failureOf(
      download(clientWith({ mirrorUrl, retries: 0, timeouts: { connectMs: 50 } })),
    );
    expect(error).toMatchObject({ code: 'PUBLISHER_UNREACHABLE', mayRetry: true });
    expect(error.message).toContain('no connection within 50 ms');
    await closed;
    sockets.close();
  });

  it.each<[string, Reply, NonNullable<WebOptions['timeouts']>, RegExp]>([
    ['no answer', { stallAt: -1 }, { headersMs: 50 }, /no answer within 50 ms/],
    ['no first byte', { body: BODY, stallAt: 0 }, { idleMs: 50 }, /no byte within 50 ms/],
    ['no further byte', { body: BODY, stallAt: 70_000 }, { idleMs: 50 }, /no byte within 50 ms/],
    [
      'a drip',
      { body: BODY, drip: { bytes: 1, everyMs: 5 } },
      { idleMs: 5_000, minBytesPerSecond: 1_000, rateWindowMs: 100 },
      /bytes in 100 ms, fewer than 100/,
    ],
    [
      'a drip under all other limits',
      { body: BODY, drip: { bytes: 1, everyMs: 5 } },
      { totalMs: 150, minBytesPerSecond: 0 },
      /not done within 150 ms/,
    ],
  ])('ends a transfer with %s', async (_, reply, timeouts, message) => {
    origin.on(PATH, reply);
    const error = await failureOf(download(clientWith({ retries: 0, timeouts })));
    expect(error).toMatchObject({ code: 'PUBLISHER_STALLED', mayRetry: true });
    expect(error.message).toMatch(message);
    await expectNothingLeft();
  });

  it('leaves a slow but steady transfer alone', async () => {
    const body = BODY.subarray(0, 40);
    origin.on(PATH, { body, drip: { bytes: 1, everyMs: 5 } });
    const timeouts = { idleMs: 2_000, minBytesPerSecond: 1, rateWindowMs: 100 };
    await expectFetched(await download(clientWith({ retries: 0, timeouts })), body);
  });

  it('of the whole call also ends the waits in it', async () => {
    origin.on(PATH, { status: 503, headers: { 'retry-after': '60' } });
    const error = await failureOf(download(clientWith({ sleep: undefined, timeouts: { totalMs: 100 } })));
    expect(error.code).toBe('PUBLISHER_STALLED');
    expect(error.message).toContain('Tried once.');
  });

  it('that is over once does not stop the next attempt', async () => {
    origin.on(PATH, { body: BODY, stallAt: 70_000 }, { body: BODY });
    await expectFetched(await download(clientWith({ timeouts: { idleMs: 50 } })), BODY);
  });
});

describe('an abort', () => {
  const reason = new Error('the run was cancelled');

  it.each<[string, Reply, Partial<WebOptions>]>([
    [
      'while waiting for another attempt',
      { status: 503, headers: { 'retry-after': '60' } },
      { sleep: undefined },
    ],
    ['while waiting for an answer', { stallAt: -1 }, {}],
    ['in the middle of the body', { body: BODY, stallAt: 70_000 }, {}],
  ])('is obeyed at once %s', async (_, reply, options) => {
    origin.on(PATH, reply);
    const controller = new AbortController();
    const result = clientWith(options).download(requestFor(), controller.signal);
    const outcome = result.catch((error: unknown) => error);
    await until(() => origin.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const abortedAt = performance.now();
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(5_000);
    await expectNothingLeft();
  });

  it('is obeyed at once while connecting, and closes the socket', async () => {
    const sockets = createServer();
    await new Promise<void>((resolve) => sockets.listen(0, '127.0.0.1', resolve));
    const { port } = sockets.address() as AddressInfo;
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      sockets.once('connection', (socket) => {
        socket.once('close', resolve).resume();
        controller.abort(reason);
      });
    });
    const client = clientWith({ mirrorUrl: `https://localhost:${port}` });
    await expect(client.download(requestFor(), controller.signal)).rejects.toBe(reason);
    await closed;
    sockets.close();
  });

  it('before the start sends nothing', async () => {
    await expect(clientWith().download(requestFor(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(origin.connections).toBe(0);
  });
});

describe('a redirect', () => {
  it('is followed on the mirror', async () => {
    origin.on(PATH, { status: 302, headers: { location: `/${HOST}/a.csv` } });
    origin.on(`/${HOST}/a.csv`, { status: 307, headers: { location: 'b.csv' } });
    origin.on(`/${HOST}/b.csv`, { body: BODY });
    await expectFetched(await download(clientWith()), BODY);
  });

  it('away from the mirror is refused', async () => {
    origin.on(PATH, { status: 302, headers: { location: URL_OF_LIST } });
    const error = await failureOf(download(clientWith()));
    expect(error).toMatchObject({ code: 'REDIRECT_REFUSED', mayRetry: false });
    expect(error.message).toContain('leaves the mirror');
  });

  it('to another host is refused without a connection to it', async () => {
    const other = await FakeOrigin.start();
    origin.on('/list.csv', { status: 301, headers: { location: `${other.url}/list.csv` } });
    const error = await failureOf(
      download(directClient(), { url: `${origin.url}/list.csv`, hosts: [origin.host] }),
    );
    expect(error.code).toBe('REDIRECT_REFUSED');
    expect(other.connections).toBe(0);
    await other.close();
  });

  it('to another allowed host is followed, without cookies and passwords', async () => {
    const other = await FakeOrigin.start();
    origin.on('/list.csv', { status: 308, headers: { location: `${other.url}/list.csv` } });
    other.on('/list.csv', { body: BODY });
    const result = await download(directClient(), {
      url: `${origin.url}/list.csv`,
      hosts: [origin.host, other.host],
      headers: { Cookie: 'session=1', Authorization: 'Bearer x', Referer: 'https://publisher.example/' },
    });
    await expectFetched(result, BODY);
    expect(origin.requests[0]?.headers).toMatchObject({ cookie: 'session=1', authorization: 'Bearer x' });
    expect(other.requests[0]?.headers).toMatchObject({ referer: 'https://publisher.example/' });
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    await other.close();
  });

  it.each([undefined, 'http://[', 'file:///etc/passwd'])('to nowhere is refused: %s', async (location) => {
    origin.on('/list.csv', { status: 302, headers: location === undefined ? {} : { location } });
    const request = { url: `${origin.url}/list.csv`, hosts: [origin.host] };
    expect((await failureOf(download(directClient(), request))).code).toBe('REDIRECT_REFUSED');
  });

  it('is followed five times and not a sixth', async () => {
    for (let hop = 1; hop <= 6; hop += 1) {
      origin.on(`/${HOST}/${hop}`, { status: 303, headers: { location: `${hop - 1}` } });
    }
    origin.on(`/${HOST}/0`, { body: BODY });
    await expectFetched(await download(clientWith(), { url: `https://${HOST}/5` }), BODY);
    const error = await failureOf(download(clientWith(), { url: `https://${HOST}/6` }));
    expect(error.code).toBe('REDIRECT_REFUSED');
    expect(error.message).toContain('more than 5 times');
  });
});

describe('an address', () => {
  it.each(['localhost', '127.0.0.1', '2130706433', '127.1', '0x7f000001'])(
    'of this machine is not reached without a mirror: %s',
    async (hostname) => {
      const { port } = new URL(origin.url);
      const url = `http://${hostname}:${port}/list.csv`;
      const client = clientWith({ mirrorUrl: undefined });
      const error = await failureOf(download(client, { url, hosts: [new URL(url).host] }));
      expect(error).toMatchObject({ code: 'ADDRESS_REFUSED', mayRetry: false });
      expect(origin.connections).toBe(0);
    },
  );

  it('that turns out inward once connected is given up before anything is sent', async () => {
    origin.on('/list.csv', { body: BODY });
    let answers = 0;
    // Allowed when the name is looked up, no longer when the socket stands.
    const client = directClient({ mayConnectTo: () => (answers += 1) <= 1 });
    const error = await failureOf(
      download(client, {
        url: origin.url.replace('localhost', '127.0.0.1'),
        hosts: ['127.0.0.1:' + new URL(origin.url).port],
      }),
    );
    expect(error.code).toBe('ADDRESS_REFUSED');
    expect(origin.requests).toHaveLength(0);
  });

  it.each([
    ['not on the list', 'https://elsewhere.example/list.csv'],
    ['on a port of its own', `https://${HOST}:8443/list.csv`],
    ['with a password', `https://me:secret@${HOST}/list.csv`],
    ['of another kind', `ftp://${HOST}/list.csv`],
    ['that is none', 'list.csv'],
  ])('is refused when %s', async (_, url) => {
    const error = await failureOf(download(clientWith(), { url }));
    expect(error.code).toBe('ADDRESS_REFUSED');
    expect(error.message).not.toContain('secret');
    expect(origin.connections).toBe(0);
  });

  it('that does not exist is tried again and then reported', async () => {
    const client = clientWith({ mirrorUrl: undefined, retries: 1 });
    const error = await failureOf(
      download(client, { url: 'https://nowhere.invalid/list.csv', hosts: ['nowhere.invalid'] }),
    );
    expect(error).toMatchObject({ code: 'PUBLISHER_UNREACHABLE', mayRetry: true });
    expect(waits).toHaveLength(1);
  });

  it('where nobody listens is tried again and then reported', async () => {
    const gone = await FakeOrigin.start();
    await gone.close();
    const error = await failureOf(download(clientWith({ mirrorUrl: gone.url, retries: 1 })));
    expect(error.code).toBe('PUBLISHER_UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
    expect(waits).toHaveLength(1);
  });

  it('that hangs up without a word is tried again', async () => {
    origin.on(PATH, { cutAt: -1 }, { body: BODY });
    await expectFetched(await download(clientWith()), BODY);
  });
});

describe('a certificate', () => {
  let secure: FakeOrigin;

  beforeEach(async () => {
    secure = await FakeOrigin.start({ isTls: true });
    secure.on(PATH, { body: BODY });
  });

  afterEach(async () => {
    await secure.close();
  });

  it('nobody vouches for is refused, not retried', async () => {
    const error = await failureOf(download(clientWith({ mirrorUrl: secure.url })));
    expect(error).toMatchObject({ code: 'PUBLISHER_CERTIFICATE', mayRetry: false });
    expect(error.message).toContain('CN=fake-origin');
    expect(error.message).toContain('self-signed');
    expect(waits).toEqual([]);
    expect(secure.requests).toHaveLength(0);
  });

  describe('that is trusted', () => {
    const defaults = getCACertificates('default');
    beforeAll(() => setDefaultCACertificates([FAKE_CERTIFICATE]));
    afterAll(() => setDefaultCACertificates(defaults));

    it('lets the file through', async () => {
      await expectFetched(await download(clientWith({ mirrorUrl: secure.url })), BODY);
    });

    it('for another name is refused', async () => {
      const mirrorUrl = secure.url.replace('localhost', '127.0.0.1');
      const error = await failureOf(download(clientWith({ mirrorUrl })));
      expect(error.code).toBe('PUBLISHER_CERTIFICATE');
      expect(error.message).toContain('127.0.0.1');
    });
  });
});

describe('a disk', () => {
  // Writing there fails as on a full disk; only Linux has it.
  const itOnLinux = existsSync('/dev/full') ? it : it.skip;

  itOnLinux('that is full ends the download, and the part is removed', async () => {
    origin.on(PATH, { body: BODY });
    const partPath = join(directory, 'list.part');
    await symlink('/dev/full', partPath);
    const error = await failureOf(download(clientWith(), { partPath }));
    expect(error.code).toBe('DISK_FULL');
    expect(error.message).toMatch(new RegExp(`${BODY.length} bytes needed, \\d+ free`));
    expect(await readdir(directory)).toEqual([]);
    expect(existsSync('/dev/full')).toBe(true);
  });

  it('that cannot hold the announced length is not written to', async () => {
    origin.on(PATH, { body: BODY, headers: { 'content-length': String(2 ** 52) } });
    const error = await failureOf(download(clientWith(), { maxBytes: 2 ** 53 }));
    expect(error.code).toBe('DISK_FULL');
    await expectNothingLeft();
  });

  it('that cannot be written to is reported as such', async () => {
    origin.on(PATH, { body: BODY });
    await writeFile(join(directory, 'tmp'), 'a file where a directory should be');
    expect((await failureOf(download(clientWith()))).code).toBe('DISK_UNUSABLE');
  });
});

describe('head', () => {
  const headers = { etag: '"1"', 'last-modified': 'Fri, 20 Nov 2026 18:00:00 GMT' };

  it('gives date, ETag and size without the body', async () => {
    origin.on(PATH, { headers: { ...headers, 'content-length': '1234' } });
    const { lastModified, etag, sizeBytes } = await clientWith().head(URL_OF_LIST);
    expect(sizeBytes).toBe(1_234);
    expect(lastModified?.toISOString()).toBe('2026-11-20T18:00:00.000Z');
    expect(etag).toBe('"1"');
    expect(origin.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('gives nothing where the publisher says nothing', async () => {
    origin.on(PATH, { headers: { 'last-modified': '0' } });
    expect(await clientWith().head(URL_OF_LIST)).toEqual({ lastModified: undefined, etag: undefined });
  });

  it.each([403, 405, 501])('asks with GET where HEAD gets %d, and leaves the body', async (status) => {
    origin.on(PATH, { status }, { headers, body: BODY, stallAt: 10 });
    expect(await clientWith().head(URL_OF_LIST)).toMatchObject({ etag: '"1"' });
    expect(origin.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('tries again and reports as a download does', async () => {
    origin.on(PATH, { status: 503 }, { headers });
    expect(await clientWith().head(URL_OF_LIST)).toMatchObject({ etag: '"1"' });
    origin.on(PATH, { status: 403 });
    expect((await failureOf(clientWith().head(URL_OF_LIST))).code).toBe('PUBLISHER_FORBIDDEN');
    origin.on(PATH, { status: 404 });
    expect((await failureOf(clientWith().head(URL_OF_LIST))).code).toBe('PUBLISHER_NOT_FOUND');
  });

  it('as a source sees it keeps to the hosts and the signal of the source', async () => {
    origin.on(PATH, { headers });
    const web = clientWith().forHosts(['publisher.example']);
    expect(await web.head(URL_OF_LIST, { Referer: 'https://publisher.example/' })).toMatchObject({
      etag: '"1"',
    });
    expect(origin.requests[0]?.headers.referer).toBe('https://publisher.example/');
    expect((await failureOf(web.head('https://elsewhere.example/'))).code).toBe('ADDRESS_REFUSED');
    const reason = new Error('stop');
    const stopped = clientWith().forHosts(['publisher.example'], AbortSignal.abort(reason));
    await expect(stopped.head(URL_OF_LIST)).rejects.toBe(reason);
  });
});

describe('a publisher that counts requests', () => {
  it('is asked for one file after another with a pause between them', async () => {
    origin.on('/list.csv', { body: BODY });
    const client = directClient();
    const url = `${origin.url}/list.csv`;
    const request = { url, hosts: [new URL(url).host], pauseMs: 3_000 };
    await download(client, request);
    expect(waits).toEqual([]);
    await download(client, request);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(2_000);
    expect(waits[0]).toBeLessThanOrEqual(3_000);
  });

  it('is not spared when a mirror answers for it', async () => {
    origin.on(`/${HOST}/list.csv`, { body: BODY });
    const client = clientWith();
    await download(client, { pauseMs: 3_000 });
    await download(client, { pauseMs: 3_000 });
    expect(waits).toEqual([]);
  });
});

function rest(contentRange: string, headers: Record<string, string> = {}): Reply {
  return { status: 206, headers: { 'content-range': contentRange, ...headers } };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
