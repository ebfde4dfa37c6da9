import fc from 'fast-check';
import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { fullAccess } from '../support/house-key.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { undeclared, type ApiDocument } from '../support/open-api.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { workOff } from '../support/work-off.js';

const EQUITIES = 'in-nse-equities';
const VENUES = 'xx-iso-mic';
const ESMA = 'eu-esma-firds';

let house: TestHouse;
let publisher: SimulatedPublisher;
let url: string;
let api: ApiDocument;
let access: { authorization: string };
beforeAll(async () => {
  publisher = await startSimulatedPublisher({ firdsInstruments: 200 });
  publisher.setDay(1);
  house = await openTestHouse({ mirrorUrl: publisher.url });
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  access = await fullAccess(house.app);
  api = (await (await fetch(`${url}/docs/openapi.json`, { headers: access })).json()) as ApiDocument;
});
afterAll(async () => {
  await house.close();
  await publisher.close();
});

/** What these tests look at of all that may be answered. */
interface Body {
  readonly run: number;
  readonly state: string;
  readonly changed: boolean;
  readonly code: string;
  readonly nextStep: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string }[];
  readonly items: readonly { readonly id: number; readonly action: string; readonly runId: number | null }[];
  readonly next: string | null;
}

/** Asks, and holds the answer against the OpenAPI document. */
async function ask(
  method: string,
  path: string,
  sent?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; body: Body }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...access, ...(sent !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: sent === undefined ? undefined : JSON.stringify(sent),
  });
  const body = JSON.parse(await response.text()) as Body;
  expect(undeclared(api, method, new URL(`${url}${path}`).pathname, response.status, body)).toEqual([]);
  if (response.status >= 400) {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body.nextStep).not.toBe('');
  }
  return { status: response.status, headers: response.headers, body };
}

const logged = async (query: string): Promise<string[]> =>
  (await ask('GET', `/v1/log?${query}`)).body.items.map(({ action }) => action);

describe('pausing and resuming', () => {
  it('takes a source or all, once, and lists what is paused', async () => {
    const paused = await ask('POST', `/v1/sources/${VENUES}/pause`, { reason: 'maintenance' });
    expect(paused).toMatchObject({
      status: 200,
      body: {
        changed: true,
        pauses: [
          {
            source: VENUES,
            pausedBy: expect.stringMatching(/^key \w{8} 127\.0\.0\.1$/) as string,
            reason: 'maintenance',
          },
        ],
      },
    });
    expect((await ask('POST', `/v1/sources/${VENUES}/pause`)).body).toMatchObject({ changed: false });
    expect((await ask('POST', '/v1/sources/all/pause')).body).toMatchObject({ changed: true });
    expect((await ask('GET', '/v1/pauses')).body.items).toMatchObject([
      { source: 'all' },
      { source: VENUES },
    ]);
    expect((await ask('POST', '/v1/sources/all/resume')).body).toMatchObject({ changed: true, pauses: [] });
    expect((await ask('POST', `/v1/sources/${VENUES}/resume`)).body).toMatchObject({ changed: true });
    expect((await ask('POST', `/v1/sources/${VENUES}/resume`)).body).toMatchObject({ changed: false });
    expect(await logged(`source=${VENUES}`)).toEqual(['resume', 'pause']);
  });

  it.each(['xx-nothing', '*', '%00', '__proto__'])('does not know %s', async (id) => {
    for (const action of ['pause', 'resume']) {
      expect(await ask('POST', `/v1/sources/${id}/${action}`)).toMatchObject({
        status: 404,
        body: { code: 'SOURCE_UNKNOWN' },
      });
    }
  });
});

describe('a run', () => {
  it('is one for twenty concurrent requests with the same key, and is cancelled and retried once', async () => {
    const order = () =>
      ask('POST', `/v1/sources/${VENUES}/runs`, { force: true }, { 'Idempotency-Key': 'morning-1' });
    const answers = await Promise.all(Array.from({ length: 20 }, order));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const runs = new Set(answers.map(({ body }) => body.run));
    expect(runs.size).toBe(1);
    expect(answers.filter(({ body }) => body.changed)).toHaveLength(1);
    const [run = 0] = runs;
    expect(answers[0]?.headers.get('location')).toBe(`/v1/runs/${run}`);

    const other = await ask('POST', `/v1/sources/${VENUES}/runs`, {}, { 'Idempotency-Key': 'morning-1' });
    expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await ask('POST', `/v1/sources/${VENUES}/runs`)).toMatchObject({
      status: 409,
      body: { code: 'RUN_IN_PROGRESS' },
    });

    const cancel = () => ask('POST', `/v1/runs/${run}/cancel`, { reason: 'not now' });
    expect(await cancel()).toMatchObject({ status: 200, body: { state: 'cancelled', changed: true } });
    expect(await cancel()).toMatchObject({ status: 200, body: { state: 'cancelled', changed: false } });
    expect((await order()).body).toMatchObject({ run, state: 'cancelled', changed: false });
    expect((await ask('POST', `/v1/runs/${run}/retry`)).body).toMatchObject({
      state: 'queued',
      changed: true,
    });
    expect((await ask('POST', `/v1/runs/${run}/retry`)).body).toMatchObject({ changed: false });
    await workOff(house);
    expect((await ask('POST', `/v1/runs/${run}/retry`)).body).toMatchObject({
      state: 'published',
      changed: false,
    });
    expect(await logged(`run=${run}`)).toEqual(['retry', 'cancel', 'run']);
  });

  it.each([
    [{ date: '2026-02-30' }, 'date'],
    [{ date: 5 }, 'date'],
    [{ kind: 'half', date: '2026-01-05' }, 'kind'],
    [{ profile: 'houses' }, 'profile'],
    [{ profile: ['shares'] }, 'profile'],
    [{ force: 'yes' }, 'force'],
    [{ acceptGap: ' ' }, 'acceptGap'],
    [{ acceptGap: true }, 'acceptGap'],
    [{ reason: 'two\nlines' }, 'reason'],
    [{ reason: '\ud800' }, 'reason'],
    [{ reason: 'a\u0000b' }, 'reason'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
    [{ trigger: 'schedule' }, 'trigger'],
  ])('is not made of %j', async (sent, field) => {
    const { status, body } = await ask('POST', `/v1/sources/${ESMA}/runs`, sent);
    expect([status, body.code, body.errors?.[0]?.field]).toEqual([400, 'REQUEST_INVALID', field]);
  });

  it.each(['', ' ', 'x'.repeat(201), 'grün'])('has no key "%s"', async (key) => {
    const encoded = Buffer.from(key).toString('latin1');
    const { status, body } = await ask(
      'POST',
      `/v1/sources/${ESMA}/runs`,
      {},
      { 'Idempotency-Key': encoded },
    );
    expect([status, body.errors?.[0]?.field]).toEqual([400, 'Idempotency-Key']);
  });

  it('of a day needs a publisher with an archive', async () => {
    expect(await ask('POST', `/v1/sources/${VENUES}/runs`, { date: '2026-01-05' })).toMatchObject({
      status: 400,
      body: { code: 'BACKFILL_UNSUPPORTED' },
    });
  });
});

describe('a held edition', () => {
  it('is rejected, then approved after all, each with a reason', async () => {
    const rows = equityRows();
    const bring = async (day: string, list: typeof rows) =>
      house.ingest(EQUITIES, { files: [await writeEquityList(house.home, day, list)] });
    await bring('2026-01-05', rows);
    const { id } = await bring('2026-01-06', rows.slice(0, 500));
    for (const action of ['approve', 'reject', 'cancel']) {
      for (const sent of [{}, { reason: '' }, { reason: ' ' }, { reason: 7 }, undefined]) {
        const { status, body } = await ask('POST', `/v1/runs/${id}/${action}`, sent);
        expect([status, body.code, body.errors?.[0]?.field]).toEqual([400, 'REQUEST_INVALID', 'reason']);
      }
    }
    const because = { reason: 'half a file' };
    expect((await ask('POST', `/v1/runs/${id}/reject`, because)).body).toMatchObject({
      run: id,
      state: 'refused',
      changed: true,
    });
    expect((await ask('POST', `/v1/runs/${id}/reject`, because)).body).toMatchObject({ changed: false });
    const { body } = await ask('POST', `/v1/runs/${id}/approve`, because);
    expect(body).toMatchObject({ state: 'queued', changed: true });
    await workOff(house);
    expect((await ask('POST', `/v1/runs/${id}/approve`, because)).body).toMatchObject({
      run: body.run,
      state: 'published',
      changed: false,
    });
    expect(await ask('POST', `/v1/runs/${body.run}/approve`, because)).toMatchObject({
      status: 409,
      body: { code: 'RUN_NOT_HELD' },
    });
    expect(await logged(`run=${id}`)).toEqual(['approve', 'reject']);
  });

  it('is not what a run has that never was', async () => {
    for (const action of ['approve', 'reject', 'cancel', 'retry']) {
      const because = { reason: 'x' };
      expect(await ask('POST', `/v1/runs/999999999/${action}`, because)).toMatchObject({
        status: 404,
        body: { code: 'RUN_UNKNOWN' },
      });
      expect((await ask('POST', `/v1/runs/0/${action}`, because)).status).toBe(400);
    }
  });
});

describe('a backfill', () => {
  it('says what it would bring, then queues each edition once', async () => {
    const range = { from: '2026-01-03', to: '2026-01-06' };
    const dry = await ask('POST', `/v1/sources/${ESMA}/backfills`, { ...range, dryRun: true });
    expect(dry).toMatchObject({
      status: 202,
      body: {
        isDryRun: true,
        editions: [{ kind: 'delta', leftOut: 'DELTA_GAP' }, { kind: 'full', run: null }, {}, {}, {}],
        totals: { editions: 4, leftOut: 1, queued: 0, sizeBytes: expect.any(Number) as number },
      },
    });
    const first = await ask('POST', `/v1/sources/${ESMA}/backfills`, range);
    expect(first.body).toMatchObject({ totals: { queued: 4, leftOut: 1 } });
    const second = await ask('POST', `/v1/sources/${ESMA}/backfills`, range);
    expect(second.body).toMatchObject({ totals: { queued: 0, editions: 4 } });
    expect(await logged(`source=${ESMA}`)).toEqual(['backfill']);
    const { body } = await ask('GET', `/v1/runs?source=${ESMA}`);
    expect(body.items).toHaveLength(4);
  });

  it.each([
    [{}, 'REQUEST_INVALID'],
    [{ from: '2026-01-03' }, 'REQUEST_INVALID'],
    [{ from: '2026-01-03', to: 'today' }, 'REQUEST_INVALID'],
    [{ from: '2026-01-03', to: '2026-01-04', mode: 'most' }, 'REQUEST_INVALID'],
    [{ from: '2026-01-03', to: '2026-01-04', dryRun: 1 }, 'REQUEST_INVALID'],
    [{ from: '2026-01-03', to: '2026-01-02' }, 'BACKFILL_RANGE'],
    [{ from: '2020-01-03', to: '2026-01-02' }, 'BACKFILL_TOO_LARGE'],
  ])('is not made of %j', async (sent, code) => {
    expect(await ask('POST', `/v1/sources/${ESMA}/backfills`, sent)).toMatchObject({
      status: 400,
      body: { code },
    });
  });
});

describe('limits', () => {
  it('are put, listed and deleted', async () => {
    const put = (most: unknown) => ask('PUT', '/v1/limits/overall', { most });
    expect((await put(4)).body).toMatchObject({ kind: 'overall', most: 4, changed: true });
    expect((await put(4)).body).toMatchObject({ changed: false });
    expect(
      (await ask('PUT', `/v1/limits/sources/${ESMA}`, { most: 2, reason: 'small machine' })).status,
    ).toBe(200);
    expect((await ask('PUT', '/v1/limits/hosts/firds.esma.europa.eu', { most: 1 })).status).toBe(200);
    expect((await ask('GET', '/v1/limits')).body.items).toEqual([
      { kind: 'overall', name: '', most: 4 },
      { kind: 'source', name: ESMA, most: 2 },
      { kind: 'host', name: 'firds.esma.europa.eu', most: 1 },
    ]);
    const gone = { most: null, changed: true };
    expect((await ask('DELETE', '/v1/limits/overall')).body).toMatchObject(gone);
    expect((await ask('DELETE', '/v1/limits/overall')).body).toMatchObject({ changed: false });
    expect((await ask('DELETE', `/v1/limits/sources/${ESMA}`)).body).toMatchObject(gone);
    expect((await ask('DELETE', '/v1/limits/hosts/firds.esma.europa.eu')).body).toMatchObject(gone);
    for (const most of [0, -1, 1.5, '4', null, 1_001]) expect((await put(most)).status).toBe(400);
    expect((await ask('PUT', '/v1/limits/sources/xx-nothing', { most: 1 })).body.code).toBe('SOURCE_UNKNOWN');
    expect((await ask('PUT', '/v1/limits/hosts/example.org', { most: 1 })).body.code).toBe('HOST_UNKNOWN');
  });
});

describe('the log', () => {
  it('is paged, the newest line first', async () => {
    const all: number[] = (await ask('GET', '/v1/log?limit=500')).body.items.map(({ id }) => id);
    expect(all.length).toBeGreaterThan(10);
    const seen: number[] = [];
    let next: string | null = '/v1/log?limit=4';
    while (next !== null) {
      const { body }: { body: Body } = await ask('GET', next);
      seen.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(seen).toEqual(all);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  it.each(['run=0', 'run=x', 'before=0', 'limit=0', 'limit=501', 'source=%00', 'actor=me'])(
    'refuses ?%s',
    async (query) => {
      expect(await ask('GET', `/v1/log?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'REQUEST_INVALID' },
      });
    },
  );
});

describe('whatever is sent', () => {
  it.each([
    ['POST', `/v1/sources/xx-nothing/runs`],
    ['POST', '/v1/sources/xx-nothing/backfills'],
    ['POST', '/v1/sources/xx-nothing/pause'],
    ['POST', '/v1/runs/999999/approve'],
    ['PUT', '/v1/limits/sources/xx-nothing'],
  ])('to %s %s is answered, or refused with a reason: it never breaks', async (method, path) => {
    const names = [
      'date',
      'kind',
      'profile',
      'force',
      'acceptGap',
      'reason',
      'from',
      'to',
      'most',
      '__proto__',
    ];
    const sent = fc.oneof(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }))),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(sent, async (body) => {
        const { status } = await ask(method, path, body);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });
});
