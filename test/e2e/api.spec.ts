import { request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { openDoors } from '../../src/api/open-doors.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/settings.js';
import { isIsin } from '../../src/domain/isin.js';
import { fullAccess } from '../support/house-key.js';
import { equityRows, writeEquityList, type EquityRow } from '../support/nse-file.js';
import { undeclared, type ApiDocument } from '../support/open-api.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'in-nse-equities';
const RELIANCE = 'INE002A01018';

/** Names with what is special to LIKE, to SQL and to people. */
const ODD_NAMES: Record<number, Partial<EquityRow>> = {
  100: { name: 'Hundred 100% Cotton Limited' },
  101: { name: 'Under_score Limited' },
  102: { name: 'Back\\slash Limited' },
  103: { name: 'Steel  Works\u00a0of India Limited' },
  104: { name: "O'Brien; DROP TABLE instrument Limited" },
};

const rows = equityRows().map((row, index): EquityRow => ({ ...row, ...ODD_NAMES[index] }));

let house: TestHouse;
let url: string;
let api: ApiDocument;
let access: { authorization: string };
let firstRun: number;

beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  access = await fullAccess(house.app);
  api = (await (await fetch(`${url}/docs/openapi.json`, { headers: access })).json()) as ApiDocument;
  firstRun = (await bring('2026-01-05', rows)).id;
});
afterAll(() => house.close());

async function bring(day: string, list: readonly EquityRow[]) {
  return house.ingest(SOURCE, { files: [await writeEquityList(house.home, day, list)] });
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What these tests look at of all that may be answered; the OpenAPI document says which answer holds what. */
interface Body {
  readonly isin: string;
  readonly cfi: { readonly attributes: readonly unknown[] };
  readonly freshness: {
    readonly publication: number;
    readonly sources: readonly { readonly attribution: string }[];
  };
  readonly items: readonly {
    readonly isin: string;
    readonly id: number;
    readonly input: string;
    readonly isValid: boolean;
    readonly suggestions: readonly string[];
    readonly nextDueAt: readonly string[];
  }[];
  readonly next: string | null;
  readonly run: number;
  readonly steps: readonly { readonly name: string }[];
  readonly events: readonly unknown[];
  readonly status: unknown;
  readonly publication: number;
  readonly code: string;
  readonly detail: string;
  readonly nextStep: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** Asks, and holds the answer against the OpenAPI document. */
async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    ...init,
    headers: { ...access, ...(init?.headers as Record<string, string> | undefined) },
  });
  const text = await response.text();
  const body = JSON.parse(text) as Body;
  const { pathname } = new URL(`${url}${path}`);
  expect(undeclared(api, init?.method ?? 'GET', pathname, response.status, body)).toEqual([]);
  if (response.status >= 400) {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({
      status: response.status,
      code: expect.stringMatching(/^[A-Z_]+$/) as string,
    });
    expect(body.nextStep).not.toBe('');
    expect(text).not.toMatch(/SELECT |INSERT |FROM instrument|node_modules|\.[jt]s:\d|at \w+ \(/);
  }
  return { status: response.status, headers: response.headers, body };
}

const post = (path: string, body: string, type = 'application/json'): Promise<Answer> =>
  ask(path, { method: 'POST', body, headers: { 'content-type': type } });

/** Headers that `fetch` does not let one set. */
function statusWithHeaders(
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { headers: { ...access, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject).end();
  });
}

const isinsOf = ({ body }: Answer): string[] => body.items.map(({ isin }) => isin);
const listed = async (query: string): Promise<string[]> => isinsOf(await ask(`/v1/instruments?${query}`));
const isinOf = (index: number): string => rows[index]?.isin ?? '';

describe('GET /v1/instruments/{isin}', () => {
  it('answers the golden record, its listings, and where each value comes from', async () => {
    const { status, body } = await ask(`/v1/instruments/${RELIANCE}`);
    const file = {
      name: 'EQUITY_L_2026-01-05.csv',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    };
    expect(status).toBe(200);
    expect(body).toMatchObject({
      isin: RELIANCE,
      status: 'active',
      name: 'Reliance Industries Limited',
      currency: 'INR',
      symbol: 'RELIANCE',
      firstTradeOn: '2008-10-06',
      cfi: {
        code: expect.stringMatching(/^ES/) as string,
        words: expect.stringMatching(/^Equities, common/) as string,
      },
      validFrom: '2026-01-05',
      publication: 1,
      listings: [{ mic: 'XNSE', source: SOURCE, edition: '2026-01-05', file, details: { series: 'EQ' } }],
      provenance: { name: { source: SOURCE, mic: 'XNSE', edition: '2026-01-05', file, losing: [] } },
      freshness: { sources: [{ id: SOURCE, edition: '2026-01-05' }] },
    });
    expect(body.cfi.attributes).toHaveLength(4);
    expect(body.freshness.sources[0]?.attribution).toContain('National Stock Exchange of India');
  });

  it.each(['ine002a01018', ' INE002A01018 ', 'INE 002A 01018', 'INE-002A01018', 'ＩＮＥ002A01018'])(
    'understands %j',
    async (text) => {
      expect((await ask(`/v1/instruments/${encodeURIComponent(text)}`)).body.isin).toBe(RELIANCE);
    },
  );

  it('says why a text is no ISIN, and what may have been meant', async () => {
    const { status, body } = await ask('/v1/instruments/INE002A01019');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'ISIN_INVALID', instance: '/v1/instruments/INE002A01019' });
    expect(body.detail).toContain('check digit should be 8');
    expect(body.nextStep).toContain(RELIANCE);
  });

  it.each(['x', '%00', 'constructor', '__proto__', '%F0%9F%98%80', 'a'.repeat(60), '..%2F..%2Fetc%2Fpasswd'])(
    'refuses %s as an ISIN',
    async (text) => {
      expect(await ask(`/v1/instruments/${text}`)).toMatchObject({
        status: 400,
        body: { code: 'ISIN_INVALID' },
      });
    },
  );

  it('refuses a path that is no UTF-8', async () => {
    expect(await ask('/v1/instruments/%ff')).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    });
  });

  it('does not know a valid ISIN that no source has', async () => {
    const { status, body } = await ask('/v1/instruments/US0378331005');
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'INSTRUMENT_UNKNOWN' });
    expect(body.nextStep).toContain('/v1/sources');
  });
});

describe('GET /v1/instruments', () => {
  it.each([
    ['isin=INE002', [RELIANCE]],
    ['isin=ine002a', [RELIANCE]],
    ['symbol=TCS', ['INE467B01029']],
    ['symbol=tcs', []],
    ['name=RELIANCE+industries', [RELIANCE]],
    ['status=terminated', []],
    ['currency=EUR', []],
    ['cfi=D', []],
    ['mic=XBOM', []],
    ['source=xx-iso-mic', []],
    ['issuerLei=5493006MHB84DD0ZWV18', []],
    [
      'isin=INE&name=infosys&status=active&cfi=es&currency=inr&symbol=INFY&mic=xnse&source=in-nse-equities',
      ['INE009A01021'],
    ],
    ['symbol=INFY&status=missing', []],
  ])('filters by %s', async (query, isins) => {
    expect(await listed(query)).toEqual(isins);
  });

  it.each(['status=active', 'currency=INR', 'cfi=ES', 'mic=XNSE', 'source=in-nse-equities', 'isin=I'])(
    'answers everything that matches %s',
    async (query) => {
      expect(await listed(`${query}&limit=1000`)).toHaveLength(1000);
    },
  );

  it('shows what is no longer on a list as missing', async () => {
    const own = await openTestHouse();
    try {
      await own.ingest(SOURCE, { files: [await writeEquityList(own.home, '2026-01-05', rows)] });
      await own.ingest(SOURCE, { files: [await writeEquityList(own.home, '2026-01-06', rows.slice(0, -2))] });
      await own.app.listen(0, '127.0.0.1');
      const response = await fetch(`${await own.app.getUrl()}/v1/instruments?status=missing`, {
        headers: await fullAccess(own.app),
      });
      expect(((await response.json()) as { items: unknown[] }).items).toMatchObject([
        { isin: isinOf(1198), status: 'missing' },
        { isin: isinOf(1199), status: 'missing' },
      ]);
    } finally {
      await own.close();
    }
  });

  it.each([
    ['contains', '100% cotton', 100],
    ['a percent sign as itself', '0%', 100],
    ['an underscore as itself', 'r_s', 101],
    ['a backslash as itself', 'k\\s', 102],
    ['runs of blanks as one', 'steel works of', 103],
    ['no-break spaces as blanks', 'STEEL\u00a0 works', 103],
    ['full-width letters as letters', 'ＳＴＥＥＬ', 103],
    ['quotes as themselves', "o'brien; drop", 104],
    ['the beginning, with a *', 'under_*', 101],
    ['blanks around as nothing', '  under_score  ', 101],
  ])('searches names: %s', async (_what, name, index) => {
    expect(await listed(`name=${encodeURIComponent(name)}`)).toEqual([isinOf(index)]);
  });

  it.each(['score*', '_%', 'n_e', 'In%ted', 'a*d', '\u200bsteel'])('finds no name by %s', async (name) => {
    expect(await listed(`name=${encodeURIComponent(name)}`)).toEqual([]);
  });

  it.each([
    'a',
    ' a ',
    'a*',
    '*',
    '**',
    'ab**',
    '',
    '%20%20',
    '%C2%A0%C2%A0',
    '%00%00',
    'a%00b',
    'x'.repeat(201),
  ])('refuses "%s" as a name', async (name) => {
    const { status, body } = await ask(`/v1/instruments?name=${name}`);
    expect([status, body.code, body.errors?.[0]?.field]).toEqual([400, 'REQUEST_INVALID', 'name']);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1.5',
    'limit=abc',
    'limit=',
    'limit=1&limit=2',
    'status=alive',
    'cfi=12',
    'cfi=ESVUFRX',
    'currency=ZZZ',
    'mic=XNS',
    'isin=1',
    'isin=INE002A010188',
    'issuerLei=X',
    'source=A_B',
    'source=%00',
    'symbol=',
    'symbol=A%00',
    `symbol=${'x'.repeat(51)}`,
    'after=INE002A01018X',
    'page=2',
    'name[]=steel',
    'NAME=steel',
  ])('refuses ?%s, naming the field', async (query) => {
    const { status, body } = await ask(`/v1/instruments?${query}`);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(body.errors?.[0]?.field).toBe(query.split('=')[0]);
    expect(body.detail).toContain(body.errors?.[0]?.message);
  });

  it('takes a limit from 1 to 1000, 100 by default', async () => {
    expect(await listed('limit=1')).toHaveLength(1);
    expect(await listed('limit=1000')).toHaveLength(1000);
    expect(await listed('')).toHaveLength(100);
  });

  it('keeps the filter in the address of the next page', async () => {
    const { body } = await ask('/v1/instruments?name=invented+company*&limit=3');
    expect(body.next).toBe(`/v1/instruments?name=invented+company*&limit=3&after=${body.items[2]?.isin}`);
    expect((await ask('/v1/instruments?symbol=TCS&limit=1')).body.next).toBeNull();
  });

  it('never changes while an edition is published between pages: each ISIN once, in order', async () => {
    const before = new Set(rows.map(({ isin }) => isin));
    const seen: string[] = [];
    const publications = new Set<number>();
    let next: string | null = '/v1/instruments?limit=7';
    for (let page = 0; next !== null; page += 1) {
      const answer: Answer = await ask(next);
      seen.push(...isinsOf(answer));
      publications.add(answer.body.freshness.publication);
      next = answer.body.next;
      if (page === 60) {
        const renamed = rows.map((row) =>
          row.symbol.endsWith('5') ? { ...row, name: `New ${row.name}` } : row,
        );
        expect(await bring('2026-01-06', [...renamed, ...equityRows(1_210).slice(1_200)])).toMatchObject({
          state: 'published',
        });
      }
    }
    expect(publications.size).toBe(2);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen.filter((isin) => before.has(isin))).toHaveLength(rows.length);
  });
});

describe('POST /v1/isins/validate', () => {
  it('answers in the order of the questions', async () => {
    const { status, body } = await post(
      '/v1/isins/validate',
      JSON.stringify({ isins: ['US0378331003', 'ine002a01018', '', 'XF0000000000', 'US0378331005'] }),
    );
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { input: 'US0378331003', isin: null, isValid: false, reasons: [{ code: 'ISIN_CHECK_DIGIT' }] },
      { input: 'ine002a01018', isin: RELIANCE, isValid: true, reasons: [], prefix: { name: 'India' } },
      { input: '', isValid: false, prefix: null },
      { prefix: { isQuarantined: true }, warnings: [{ code: 'ISIN_QUARANTINED_PREFIX' }] },
      { isin: 'US0378331005', isValid: true },
    ]);
    expect(body.items[0]?.suggestions).toContain('US0378331005');
  });

  it('takes 1000 and no more', async () => {
    const isins = Array.from({ length: 1_001 }, () => RELIANCE);
    const most = await post('/v1/isins/validate', JSON.stringify({ isins: isins.slice(1) }));
    expect([most.status, most.body.items.length]).toEqual([200, 1_000]);
    const more = await post('/v1/isins/validate', JSON.stringify({ isins }));
    expect(more).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID', errors: [{ field: 'isins' }] },
    });
  });

  it('takes any text as a question, lone surrogates and NUL too', async () => {
    const { status, body } = await post(
      '/v1/isins/validate',
      '{"isins":["\\ud800","US0378331005\\u0000","\\u0000"]}',
    );
    expect(status).toBe(200);
    expect(body.items.map(({ isValid }) => isValid)).toEqual([false, false, false]);
    expect(body.items[0]?.input).toBe('\ud800');
  });

  it.each([
    ['broken JSON', '{"isins":['],
    ['no JSON at all', 'isins=US0378331005'],
    ['nothing', ''],
    ['a list', '["US0378331005"]'],
    ['null', 'null'],
    ['a number', '7'],
    ['numbers', '{"isins":[1,2]}'],
    ['objects', '{"isins":[{"toString":1}]}'],
    ['nested lists', '{"isins":[["US0378331005"]]}'],
    ['null among them', '{"isins":[null]}'],
    ['one text', '{"isins":"US0378331005"}'],
    ['an object', '{"isins":{"length":1}}'],
    ['something else', '{"isin":["US0378331005"]}'],
    ['something more', '{"isins":[],"more":1}'],
    ['a long text', JSON.stringify({ isins: ['x'.repeat(201)] })],
  ])('refuses %s', async (_what, text) => {
    expect(await post('/v1/isins/validate', text)).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    });
  });

  it('is not led astray by __proto__', async () => {
    const answer = await post('/v1/isins/validate', '{"isins":[],"__proto__":{"isAdmin":true}}');
    expect(answer.status).toBeLessThan(500);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('refuses other kinds of body', async () => {
    const answer = await post('/v1/isins/validate', '<isins/>', 'application/xml');
    expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    const latin = await post('/v1/isins/validate', '{}', 'application/json; charset=x-unknown');
    expect(latin).toMatchObject({ status: 415, body: { code: 'REQUEST_INVALID' } });
  });

  it('takes 200 kB and refuses what is larger than 256 kB', async () => {
    const body = (kilobytes: number): string =>
      JSON.stringify({
        isins: Array.from({ length: kilobytes }, () => 'x'.repeat(200)),
        x: ' '.repeat(kilobytes * 800),
      });
    expect((await post('/v1/isins/validate', body(200))).body.code).toBe('REQUEST_INVALID');
    expect(await post('/v1/isins/validate', body(300))).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE' },
    });
  });
});

describe('/v1/sources', () => {
  it('shows every source, how fresh it is, and its last run', async () => {
    const { status, body } = await ask('/v1/sources');
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { id: 'xx-iso-mic', isOn: true, lastEdition: null, lastRun: null, licence: { mayRedistribute: true } },
      { id: 'eu-esma-firds', isOn: true, lastRun: null, licence: { mayRedistribute: true } },
      { id: 'gb-fca-firds', isOn: true, lastRun: null, licence: { mayRedistribute: true } },
      { id: SOURCE, isOn: false, nextDueAt: [], lastRun: { state: 'published', code: null } },
    ]);
    expect(body.items[0]?.nextDueAt).toHaveLength(3);
  });

  it('starts a run of a source, one at a time', async () => {
    const started = await ask('/v1/sources/xx-iso-mic/runs', { method: 'POST' });
    expect(started.status).toBe(202);
    expect(started.headers.get('location')).toBe(`/v1/runs/${started.body.run}`);
    const run = await ask(started.headers.get('location') ?? '');
    expect(run.body).toMatchObject({
      id: started.body.run,
      source: 'xx-iso-mic',
      trigger: 'api',
      state: 'queued',
    });

    const second = await ask('/v1/sources/xx-iso-mic/runs', { method: 'POST' });
    expect(second).toMatchObject({ status: 409, body: { code: 'RUN_IN_PROGRESS' } });
    expect(second.body.detail).toContain(`run ${started.body.run}`);
  });

  it.each(['xx-nothing', '__proto__', 'constructor', '%00', 'x'.repeat(60)])(
    'does not know %s',
    async (id) => {
      const answer = await ask(`/v1/sources/${id}/runs`, { method: 'POST' });
      expect(answer).toMatchObject({ status: 404, body: { code: 'SOURCE_UNKNOWN' } });
    },
  );
});

describe('/v1/runs', () => {
  it('lists runs, the newest first, by source and state', async () => {
    const { body } = await ask('/v1/runs');
    const ids: number[] = body.items.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(body.next).toBeNull();
    expect((await ask(`/v1/runs?source=${SOURCE}&state=published`)).body.items.at(-1)).toMatchObject({
      id: firstRun,
      totals: { rows: 1200, records: { new: 1200 } },
    });
    expect((await ask('/v1/runs?state=cancelled')).body.items).toEqual([]);
    expect(await ask('/v1/runs?source=xx-nothing')).toMatchObject({
      status: 404,
      body: { code: 'SOURCE_UNKNOWN' },
    });
  });

  it('pages through them', async () => {
    const all: number[] = (await ask('/v1/runs?limit=500')).body.items.map(({ id }) => id);
    const seen: number[] = [];
    let next: string | null = '/v1/runs?limit=1';
    while (next !== null) {
      const { body }: Answer = await ask(next);
      seen.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(all);
  });

  it('tells the story of one', async () => {
    const { body } = await ask(`/v1/runs/${firstRun}`);
    expect(body.steps.map(({ name }) => name)).toEqual(['locate', 'load EQUITY_L', 'gate', 'publish']);
    expect(body).toMatchObject({
      id: firstRun,
      edition: '2026-01-05',
      publication: 1,
      findings: [],
      rejects: [],
    });
    expect(body.events.length).toBeGreaterThan(0);
  });

  it.each(['0', '-1', 'abc', '1.5', '1e3', '99999999999999999999', '%00', '0x1', '__proto__'])(
    'refuses %s as the number of a run',
    async (id) => {
      expect(await ask(`/v1/runs/${id}`)).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    },
  );

  it('does not know a run that never was', async () => {
    expect(await ask('/v1/runs/999999999')).toMatchObject({ status: 404, body: { code: 'RUN_UNKNOWN' } });
  });

  it.each([
    'before=0',
    'before=99999999999999999999',
    'before=x',
    'limit=501',
    'state=dead',
    'source=%00',
    'x=1',
  ])('refuses ?%s', async (query) => {
    expect(await ask(`/v1/runs?${query}`)).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  });
});

describe('whatever is asked', () => {
  const NAMES = [
    ...[
      'isin',
      'name',
      'status',
      'cfi',
      'currency',
      'symbol',
      'issuerLei',
      'mic',
      'source',
      'after',
      'limit',
    ],
    ...[
      'before',
      'state',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
      'then',
      'name[]',
      'name[x]',
      '',
    ],
  ];
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.constantFrom(
      '\0',
      'a\0b',
      '__proto__',
      'null',
      'NaN',
      '1e999',
      '-0',
      '%',
      '\\',
      "'",
      '*',
      'INE',
      'ES',
      '9'.repeat(30),
    ),
    fc.constantFrom('active', 'INR', 'XNSE', SOURCE, 'steel', 'steel*', RELIANCE, '5', 'x'.repeat(4_000)),
  );
  const query = fc
    .array(fc.tuple(fc.constantFrom(...NAMES), odd), { maxLength: 4 })
    .map((pairs) =>
      pairs
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`)
        .join('&'),
    );
  // Not UTF-8, cut escapes, surrogates as CESU-8: what no encoder makes.
  const broken = fc.constantFrom(
    'name=%ff%fe',
    'name=%',
    'name=%ED%A0%80',
    'symbol=%ED%A0%80',
    'name=%E2%82',
    '&&=&',
    '?=?',
  );

  it.each(['/v1/instruments', '/v1/runs', `/v1/instruments/${RELIANCE}`, '/v1/sources', '/health/ready'])(
    '%s answers, or says what is wrong: it never breaks',
    async (path) => {
      await fc.assert(
        fc.asyncProperty(fc.oneof({ arbitrary: query, weight: 9 }, broken), async (text) => {
          expect((await ask(`${path}?${text}`)).status).toBeLessThan(500);
        }),
        { numRuns: 250 },
      );
    },
  );

  it('validates any JSON, or says what is wrong with it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.json().map((text) => `{"isins":${text}}`),
          fc.string(),
        ),
        async (text) => {
          expect((await post('/v1/isins/validate', text)).status).toBeLessThan(500);
        },
      ),
      { numRuns: 250 },
    );
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/v1'],
    ['DELETE', '/v1/instruments'],
    ['PUT', `/v1/instruments/${RELIANCE}`],
    ['GET', '/v1/isins/validate'],
    ['GET', '/v1/sources/xx-iso-mic/runs'],
    ['POST', '/v1/sources/xx-iso-mic'],
  ])('%s %s is unknown, and says where to look', async (method, path) => {
    const { status, body } = await ask(path, { method });
    expect([status, body.code]).toEqual([404, 'ROUTE_UNKNOWN']);
    expect(body.detail).toBe(`Cannot ${method} ${path}`);
    expect(body.nextStep).toContain('/docs');
  });
});

describe('asked under another name, or by a page of another site', () => {
  const PATHS = [
    '/v1/sources',
    '/docs',
    '/docs/',
    '/docs/openapi.json',
    '/docs/swagger-ui.css',
    '/health/live',
    '/nothing',
  ];

  it.each(PATHS)('%s is refused', async (path) => {
    const port = new URL(url).port;
    const foreign: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: 'localhost.evil.example' },
      { host: '127.0.0.1.evil.example' },
      { host: `127.0.0.1:${port}`, origin: 'http://evil.example' },
      { host: `127.0.0.1:${port}`, origin: 'null' },
      { host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1:1' },
      { host: `127.0.0.1:${port}`, origin: `http://localhost:${port}` },
    ];
    for (const headers of foreign) {
      const { status, text } = await statusWithHeaders(path, headers);
      expect([headers, status]).toEqual([headers, 403]);
      const code = headers['origin'] === undefined ? 'HOST_REFUSED' : 'ORIGIN_REFUSED';
      expect(JSON.parse(text)).toMatchObject({ code, status: 403 });
    }
  });

  it('the house answers under every name of this machine, and to its own pages', async () => {
    const port = new URL(url).port;
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      '127.0.0.1',
      '[::1]:3000',
    ]) {
      expect((await statusWithHeaders('/health/live', { host })).status).toBe(200);
      expect((await statusWithHeaders('/health/live', { host, origin: `http://${host}` })).status).toBe(200);
    }
  });
});

describe('/docs', () => {
  it('shows the API to people', async () => {
    const response = await fetch(`${url}/docs`, { headers: access });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('swagger-ui');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('describes it to programs, as reviewed', () => {
    expect(api).toMatchSnapshot();
  });

  it('names every operation once, with a summary, and describes each of its answers', () => {
    const operations = Object.values(api.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, summary, responses } of operations) {
      expect([operationId, summary]).not.toContain(undefined);
      for (const response of Object.values(responses)) expect(response.content).toBeDefined();
    }
  });

  it('refers to nothing that it does not define', () => {
    const references = JSON.stringify(api).match(/#\/components\/schemas\/\w+/g) ?? [];
    const defined = Object.keys(api.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(references)].sort()).toEqual(defined.sort());
  });
});

describe('/health', () => {
  it('is alive, and ready with the newest publication', async () => {
    expect((await ask('/health/live')).body).toEqual({ status: 'live' });
    const { body } = await ask('/health/ready');
    expect(body.status).toBe('ready');
    expect(body.publication).toBeGreaterThan(0);
  });
});

describe('without its database', () => {
  it('stays alive, asks everybody to come again later, and recovers by itself', async () => {
    const wire = await openWire(house.db.url);
    const config = { ...readConfig({ ISINGLASS_HOME: house.home }), roles: [] };
    const module = await Test.createTestingModule({
      imports: [AppModule.forHouse(config, wire.url)],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    openDoors(app);
    await app.listen(0, '127.0.0.1');
    try {
      const ownUrl = await app.getUrl();
      const asking = [
        '/health/ready',
        '/v1/sources',
        '/v1/instruments',
        `/v1/instruments/${RELIANCE}`,
        '/v1/runs/1',
      ];
      wire.cut();
      expect((await fetch(`${ownUrl}/health/live`)).status).toBe(200);
      for (const path of asking) {
        const response = await fetch(ownUrl + path, { headers: access });
        expect([path, response.status]).toEqual([path, 503]);
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await response.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
      }
      await wire.mend();
      for (const path of asking) expect((await fetch(ownUrl + path, { headers: access })).status).toBe(200);
    } finally {
      await app.close();
      wire.cut();
    }
  });
});

/** A way to the database that can be cut. */
async function openWire(databaseUrl: string): Promise<{ url: string; cut(): void; mend(): Promise<void> }> {
  const { port, hostname } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => socket.destroy())
        .on('close', () => [near, far].forEach((end) => end.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    mend: () => listen(Number(url.port)),
  };
}

it('every ISIN of these tests is one', () => {
  expect(rows.every(({ isin }) => isIsin(isin))).toBe(true);
});
