import { readdir, readFile } from 'node:fs/promises';
import { get, IncomingMessage, ServerResponse, type ClientRequest, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStreams } from '../../src/api/runs/event-streams.js';
import { Reader } from '../../src/api/runs/reader.js';
import { Database } from '../../src/database/database.js';
import { followRun, type FollowOptions } from '../../src/ingestion/run-follower.js';
import { RunLog, type LogLine } from '../../src/ingestion/run-log.js';
import { RunReader } from '../../src/ingestion/run-reader.js';
import { addKey, addUser, fullAccess } from '../support/house-key.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { waitUntil } from '../support/wait-until.js';

const SOURCE = 'in-nse-equities';

let house: TestHouse;
let access: { authorization: string };
let database: Database;
let log: RunLog;
let reader: RunReader;
let streams: EventStreams;
let run: number;
let stop: AbortController;

beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  access = await fullAccess(house.app);
  database = house.db.database;
  log = house.app.get(RunLog);
  reader = house.app.get(RunReader);
  streams = house.app.get(EventStreams);
});
beforeEach(async () => {
  stop = new AbortController();
  const [row] = await database.query<{ id: number }>(
    `INSERT INTO run (source_id, trigger) VALUES ($1, 'cli') RETURNING id`,
    [SOURCE],
  );
  run = row?.id ?? 0;
});
afterEach(() => stop.abort());
afterAll(() => house.close());

const info = (message: string): LogLine => ({ level: 'info', message });

async function end(state = 'published'): Promise<void> {
  await database.query(`UPDATE run SET state = $2, ended_at = clock_timestamp() WHERE id = $1`, [run, state]);
}

/** Whatever a follower is told, as it comes: messages, and `= state` at the end. */
function follow(options: Partial<FollowOptions> = {}): {
  readonly told: string[];
  readonly done: Promise<void>;
} {
  const told: string[] = [];
  const done = (async () => {
    for await (const item of followRun(reader, run, { signal: stop.signal, ...options })) {
      told.push('event' in item ? item.event.message : `= ${item.end.state}`);
    }
  })();
  return { told, done };
}

/** Makes the writers of lines with this message wait, after their line has its number, until the gate is opened. */
async function holdUp(message: string): Promise<{ readonly open: () => Promise<void> }> {
  await database.query(
    `CREATE OR REPLACE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$`,
  );
  await database.query(
    `CREATE OR REPLACE TRIGGER hold_up AFTER INSERT ON run_event FOR EACH ROW
     WHEN (NEW.message = '${message}') EXECUTE FUNCTION hold_up()`,
  );
  const gate = await database.dedicatedClient(5_000);
  await gate.query('SELECT pg_advisory_lock(42)');
  return {
    open: async () => {
      await gate.end();
      await waitUntil('the gate is open', async () => {
        const [row] = await database.query<{ n: number }>(
          `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
        );
        return row?.n === 0;
      });
      await database.query('DROP TRIGGER hold_up ON run_event');
    },
  };
}

/** So many sessions wait for an advisory lock. */
const waiting = (count: number): Promise<void> =>
  waitUntil(`${count} writers wait`, async () => {
    const [row] = await database.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return row?.n === count;
  });

describe('a line of the log', () => {
  it('is kept as it was told: level, step, attempt, message, fields', async () => {
    await log.write(run, {
      level: 'debug',
      step: 'load A',
      attempt: 2,
      message: 'twelve rows',
      fields: { rows: 12, parts: ['x'] },
    });
    await log.write(run, { level: 'error', message: 'lost' });
    expect(await reader.events({ run, limit: 10 })).toEqual([
      {
        id: expect.any(Number) as number,
        at: expect.any(Date) as Date,
        level: 'debug',
        step: 'load A',
        attempt: 2,
        message: 'twelve rows',
        fields: { rows: 12, parts: ['x'] },
      },
      expect.objectContaining({ level: 'error', step: null, attempt: null, message: 'lost', fields: {} }),
    ]);
  });

  it('outlives the transaction of the step it tells of', async () => {
    const failing = house.app.get(Database).transaction(async (client) => {
      await client.query(`SELECT FROM run WHERE id = $1 FOR NO KEY UPDATE`, [run]);
      await log.write(run, info('in the middle'));
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await reader.events({ run, limit: 10 })).toMatchObject([{ message: 'in the middle' }]);
  });

  it('holds any text: NUL, half a surrogate pair, and no more than a line should', async () => {
    await log.write(run, {
      level: 'info',
      message: `a\0b\ud800c${'x'.repeat(10_000)}`,
      fields: { raw: 'a\0b\ud800c' },
    });
    await log.write(run, { level: 'info', message: 'long', fields: { raw: '\\"'.repeat(100_000) } });
    const [odd, long] = await reader.events({ run, limit: 10 });
    expect(odd?.message).toHaveLength(4_000);
    expect(odd?.message.slice(0, 5)).toBe('a\ufffdb\ufffdc');
    expect(odd?.fields).toEqual({ raw: 'a\ufffdb\ufffdc' });
    expect(JSON.stringify(long?.fields).length).toBeLessThan(80_000);
  });

  it('is found by level and step, page by page', async () => {
    for (const level of ['debug', 'info', 'warning', 'error'] as const) {
      await log.write(run, { level, message: level, step: level === 'info' ? null : 'gate' });
    }
    const found = async (filter: object) =>
      (await reader.events({ run, limit: 10, ...filter })).map(({ message }) => message);
    expect(await found({ level: 'warning' })).toEqual(['warning', 'error']);
    expect(await found({ step: 'gate' })).toEqual(['debug', 'warning', 'error']);
    const [first] = await reader.events({ run, limit: 1 });
    expect(await found({ after: first?.id, limit: 2 })).toEqual(['info', 'warning']);
  });
});

describe('a line that is committed late', () => {
  it('holds up those after it, so that whoever follows misses none', async () => {
    const { told } = follow();
    const gate = await holdUp('slow');
    const slow = log.write(run, info('slow'));
    await waiting(1);
    const quick = log.write(run, info('quick'));
    await waiting(2);
    // Nothing to be seen, and so nothing to be passed over.
    expect(await reader.events({ run, limit: 10 })).toEqual([]);
    await gate.open();
    await Promise.all([slow, quick]);
    await waitUntil('both are told', async () => told.length === 2);
    expect(told).toEqual(['slow', 'quick']);
  });

  it('would be missed without the lock', async () => {
    const insert = (message: string) =>
      database.query(`INSERT INTO run_event (run_id, level, message) VALUES ($1, 'info', $2)`, [
        run,
        message,
      ]);
    const { told } = follow();
    const gate = await holdUp('slow');
    const slow = insert('slow');
    await waiting(1);
    await insert('quick');
    await waitUntil('the quick one is told', async () => told.length > 0);
    await gate.open();
    await slow;
    await insert('last');
    await waitUntil('the last one is told', async () => told.includes('last'));
    expect(told).toEqual(['quick', 'last']);
  });

  it('is held up because nothing but the log writes lines', async () => {
    const tree = fileURLToPath(new URL('../../src/', import.meta.url));
    const files = (await readdir(tree, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const texts = await Promise.all(files.map((file) => readFile(join(tree, file), 'utf8')));
    const writers = files.filter((_, index) => /INTO run_event/.test(texts[index] ?? ''));
    expect(writers).toEqual(['ingestion/run-log.ts']);
  });

  it('holds up no other run', async () => {
    const gate = await holdUp('slow');
    const slow = log.write(run, info('slow'));
    await waiting(1);
    const [other] = await database.query<{ id: number }>(
      `INSERT INTO run (source_id, trigger) VALUES ($1, 'cli') RETURNING id`,
      [SOURCE],
    );
    await log.write(other?.id ?? 0, info('undisturbed'));
    await gate.open();
    await slow;
  });

  it('is not missed among a thousand, written by many at once', async () => {
    const { told, done } = follow();
    const messages = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (const message of messages.slice(writer * 50, writer * 50 + 50))
        await log.write(run, info(message));
    });
    await Promise.all(writers);
    await end();
    await done;
    expect(told.at(-1)).toBe('= published');
    expect(told.slice(0, -1).sort()).toEqual(messages.sort());
    const ids = (await reader.events({ run, limit: 2_000 })).map(({ id }) => id);
    expect(ids).toHaveLength(1_000);
  });
});

describe('following a run', () => {
  it('tells what there was, what comes, and the end', async () => {
    await log.write(run, info('before'));
    const { told, done } = follow();
    await waitUntil('the first is told', async () => told.length === 1);
    await log.write(run, { level: 'debug', message: 'then' });
    await end('held');
    // Its last words may come after its end.
    await log.write(run, info('last words'));
    await done;
    expect(told).toEqual(['before', 'then', 'last words', '= held']);
  });

  it('begins after an event, and leaves out what is not wanted', async () => {
    await log.write(run, { level: 'error', message: 'old', step: 'gate' });
    const [old] = await reader.events({ run, limit: 1 });
    await log.write(run, { level: 'info', message: 'too low', step: 'gate' });
    await log.write(run, { level: 'error', message: 'of another step', step: 'locate' });
    await log.write(run, { level: 'warning', message: 'wanted', step: 'gate' });
    await end();
    const { told, done } = follow({ after: old?.id, level: 'warning', step: 'gate' });
    await done;
    expect(told).toEqual(['wanted', '= published']);
  });

  it('stops when it is told to', async () => {
    const { told, done } = follow();
    stop.abort();
    await done;
    expect(told).toEqual([]);
  });

  it('does not know a run that never was', async () => {
    const following = followRun(reader, 999_999, { signal: stop.signal });
    await expect(following.next()).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  });
});

function portOf({ app }: TestHouse): number {
  return ((app.getHttpServer() as Server).address() as AddressInfo).port;
}

/** A client of the stream: what it got, cut at the blank lines between messages. */
class Client {
  text = '';
  response: IncomingMessage | undefined;
  readonly closed: Promise<void>;
  private request: ClientRequest | undefined;

  constructor(path = `/v1/runs/${run}/events/stream`, headers: Record<string, string> = {}) {
    const port = portOf(house);
    this.closed = new Promise((resolve) => {
      this.request = get(
        { host: '127.0.0.1', port, path, headers: { ...access, ...headers }, agent: false },
        (response) => {
          this.response = response;
          response.setEncoding('utf8').on('data', (text: string) => (this.text += text));
          response.on('close', resolve);
        },
      ).on('error', () => resolve());
    });
  }

  get blocks(): readonly string[] {
    return this.text.split('\n\n').slice(0, -1);
  }

  /** The data of the messages that came, without heartbeats. */
  get messages(): readonly {
    readonly id: string;
    readonly event: string;
    readonly data: Record<string, unknown>;
  }[] {
    return this.blocks
      .filter((block) => block.includes('data: '))
      .map((block) => ({
        id: /^id: (.*)$/m.exec(block)?.[1] ?? '',
        event: /^event: (.*)$/m.exec(block)?.[1] ?? 'message',
        data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '') as Record<string, unknown>,
      }));
  }

  async has(count: number): Promise<void> {
    await waitUntil(`${count} messages came`, async () => this.messages.length >= count);
  }

  leave(): void {
    this.request?.destroy();
  }
}

const nobodyFollows = (): Promise<void> => waitUntil('nobody follows', async () => streams.size === 0);

describe('the stream of server-sent events', () => {
  afterEach(nobodyFollows);

  it('sends each line with its number, and how the run ended', async () => {
    await log.write(run, { level: 'info', step: 'locate', attempt: 1, message: 'a\nb', fields: { n: 1 } });
    const client = new Client();
    await client.has(1);
    await log.write(run, info('second'));
    await end();
    await client.closed;
    expect(client.response?.statusCode).toBe(200);
    expect(client.response?.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
    });
    const events = JSON.parse(JSON.stringify(await reader.events({ run, limit: 10 }))) as { id: number }[];
    expect(client.messages).toEqual([
      ...events.map((event) => ({ id: String(event.id), event: 'message', data: event })),
      {
        id: `${events.at(-1)?.id}.end`,
        event: 'end',
        data: { run, state: 'published', publication: null, error: null },
      },
    ]);
  });

  it('resumes after the message that came last, and has nothing more to say after the end', async () => {
    for (const message of ['one', 'two', 'three']) await log.write(run, info(message));
    const first = new Client();
    await first.has(3);
    first.leave();
    await end('failed');
    const second = new Client(undefined, { 'last-event-id': first.messages[1]?.id ?? '' });
    await second.closed;
    expect(second.messages.map(({ data }) => data['message'] ?? data['state'])).toEqual(['three', 'failed']);
    const third = new Client(undefined, { 'last-event-id': second.messages.at(-1)?.id ?? '' });
    await third.closed;
    expect([third.response?.statusCode, third.text]).toEqual([204, '']);
  });

  it('of a run that was taken up again goes on after the end', async () => {
    await log.write(run, info('first try'));
    await end('failed');
    const first = new Client();
    await first.closed;
    await database.query(`UPDATE run SET state = 'queued', ended_at = NULL WHERE id = $1`, [run]);
    await log.write(run, info('second try'));
    const second = new Client(undefined, { 'last-event-id': first.messages.at(-1)?.id ?? '' });
    await second.has(1);
    expect(second.messages).toMatchObject([{ data: { message: 'second try' } }]);
    second.leave();
  });

  it('filters by level and step', async () => {
    await log.write(run, { level: 'info', step: 'gate', message: 'low' });
    await log.write(run, { level: 'warning', step: 'gate', message: 'high' });
    await log.write(run, { level: 'warning', step: 'locate', message: 'elsewhere' });
    await end();
    const client = new Client(`/v1/runs/${run}/events/stream?level=warning&step=gate`);
    await client.closed;
    expect(client.messages.map(({ data }) => data['message'])).toEqual(['high', undefined]);
  });

  it.each([
    ['level=loud', {}, 400, 'REQUEST_INVALID'],
    ['', { 'last-event-id': 'x' }, 400, 'REQUEST_INVALID'],
  ])('refuses %j %j before it begins', async (query, headers, status, code) => {
    const client = new Client(`/v1/runs/${run}/events/stream?${query}`, headers);
    await client.closed;
    expect(client.response?.statusCode).toBe(status);
    expect(JSON.parse(client.text)).toMatchObject({ code });
  });

  it('does not know a run that never was', async () => {
    const client = new Client('/v1/runs/999999/events/stream');
    await client.closed;
    expect(JSON.parse(client.text)).toMatchObject({ status: 404, code: 'RUN_UNKNOWN' });
  });

  it('shows that it lives while nothing happens', async () => {
    streams.heartbeatMs = 20;
    const client = new Client();
    await waitUntil('three heartbeats came', async () => client.text.split(': still here\n\n').length > 3);
    streams.heartbeatMs = 15_000;
    client.leave();
  });

  it.each([
    ['its key is revoked', `UPDATE api_key SET revoked_at = clock_timestamp() WHERE public_id = $1`],
    [
      'the owner of its key is disabled',
      `UPDATE user_account SET state = 'disabled' WHERE id = (SELECT user_id FROM api_key WHERE public_id = $1)`,
    ],
    ['its key loses the scope', `UPDATE api_key SET scopes = '{}' WHERE public_id = $1`],
  ])('ends when %s', async (_, change) => {
    streams.heartbeatMs = 20;
    try {
      const { text, key } = await addKey(house.app, await addUser(house.app, `${run}@test.example`, 'admin'));
      const client = new Client(undefined, { authorization: `Bearer ${text}` });
      await waitUntil('heartbeats came', async () => client.text.includes(': still here'));
      await database.query(change, [key.publicId]);
      await client.closed;
      expect(client.messages).toEqual([]);
    } finally {
      streams.heartbeatMs = 15_000;
    }
  });

  it('keeps no place for who hung up while it was found out who they are', async () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.destroy();
    for (let at = 0; at < 3; at += 1) await log.write(run, info(`line ${at}`));
    await streams.send(
      response as never,
      run,
      { after: 0, hasSeenEnd: false },
      {},
      {
        holder: 'gone',
        reader: new Reader({ kind: 'anonymous', permissions: new Set() }),
        mayStay: async () => true,
      },
    );
    expect(streams.size).toBe(0);
  });

  it('lets nobody take all places with one key', async () => {
    streams.mostOfOne = 1;
    try {
      const { text } = await addKey(house.app, await addUser(house.app, 'other@test.example', 'admin'));
      const first = new Client();
      await waitUntil('one follows', async () => streams.size === 1);
      const second = new Client();
      await second.closed;
      expect(JSON.parse(second.text)).toMatchObject({ status: 503, code: 'STREAMS_TOO_MANY' });
      const other = new Client(undefined, { authorization: `Bearer ${text}` });
      await waitUntil('another follows', async () => streams.size === 2);
      for (const client of [first, other]) client.leave();
      await nobodyFollows();
    } finally {
      streams.mostOfOne = 10;
    }
  });

  it('refuses more than so many at once, and frees the place of whoever leaves', async () => {
    streams.most = 2;
    try {
      const clients = [new Client(), new Client()];
      await waitUntil('two follow', async () => streams.size === 2);
      const third = new Client();
      await third.closed;
      expect(JSON.parse(third.text)).toMatchObject({ status: 503, code: 'STREAMS_TOO_MANY' });
      expect(third.response?.headers['retry-after']).toMatch(/^\d+$/);
      for (const client of clients) client.leave();
      await nobodyFollows();
      const fourth = new Client();
      await waitUntil('the fourth follows', async () => streams.size === 1);
      fourth.leave();
    } finally {
      streams.most = 100;
    }
  });

  it('does not keep the process from stopping', async () => {
    const other = await openTestHouse();
    await other.app.listen(0, '127.0.0.1');
    const port = portOf(other);
    const headers = await fullAccess(other.app);
    await other.db.database.query(`INSERT INTO run (source_id, trigger) VALUES ($1, 'cli')`, [SOURCE]);
    const closed = new Promise<void>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/v1/runs/1/events/stream', headers }, (response) => {
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
    await waitUntil('it follows', async () => other.app.get(EventStreams).size === 1);
    const since = performance.now();
    await other.close();
    await closed;
    expect(performance.now() - since).toBeLessThan(5_000);
  });
});
