import { FAULT_NAMES } from '../../src/demo/faults.js';
import {
  type SimulatedPublisher,
  type SimulatedPublisherOptions,
  startSimulatedPublisher,
} from '../../src/demo/simulated-publisher.js';
import { isIsin } from '../../src/domain/isin.js';

const EQUITIES = 'nsearchives.nseindia.com/content/equities/EQUITY_L.csv';
const SME = 'nsearchives.nseindia.com/emerge/corporates/content/SME_EQUITY_L.csv';
const FUNDS = 'nsearchives.nseindia.com/content/equities/eq_etfseclist.csv';
const MICS = 'www.iso20022.org/sites/default/files/ISO10383_MIC/ISO10383_MIC.csv';

let publisher: SimulatedPublisher;
let others: SimulatedPublisher[] = [];

const start = async (options: SimulatedPublisherOptions = {}) => {
  const other = await startSimulatedPublisher({ instruments: 1_600, ...options });
  others.push(other);
  return other;
};
const get = (address: string, headers: Record<string, string> = {}, from = publisher) =>
  fetch(`${from.url}/${address}`, { headers });
const head = (address: string) => fetch(`${publisher.url}/${address}`, { method: 'HEAD' });
const textOf = async (address: string, from = publisher) => (await get(address, {}, from)).text();
const bytesOf = async (address: string, from = publisher) =>
  Buffer.from(await (await get(address, {}, from)).arrayBuffer());
const control = (body: string) => fetch(`${publisher.url}/_control`, { method: 'POST', body });

/** Reads until the body ends or breaks, and says which. */
async function readBody(response: Response): Promise<{ text: string; broke: boolean }> {
  const chunks: Uint8Array[] = [];
  let broke = false;
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk as Uint8Array);
  } catch {
    broke = true;
  }
  return { text: Buffer.concat(chunks).toString(), broke };
}

beforeEach(async () => {
  publisher = await start();
});

afterEach(async () => {
  for (const other of others) await other.close();
  others = [];
});

describe('the simulated publisher', () => {
  it('serves every list at its host and path, with the headers of a file server', async () => {
    expect(publisher.publications).toHaveLength(10);
    for (const { address, bytesOn, publishedAt } of publisher.publications) {
      const response = await get(address);
      const body = Buffer.from(await response.arrayBuffer());
      expect([response.status, body.equals(bytesOn(0))]).toEqual([200, true]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/csv',
        'content-length': String(body.length),
        'accept-ranges': 'bytes',
        'last-modified': publishedAt(0).toUTCString(),
        etag: expect.stringMatching(/^"[0-9a-f]+"$/) as string,
      });
    }
    expect((await head(EQUITIES)).headers.get('last-modified')).toBe('Mon, 05 Jan 2026 13:00:00 GMT');
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const [asked, got] = [await head(EQUITIES), await get(EQUITIES)];
    // These are of the connection and the moment, not of the file.
    const passing = ['connection', 'date', 'keep-alive'];
    const headers = (response: Response) => [...response.headers].filter(([name]) => !passing.includes(name));
    expect(headers(asked)).toEqual(headers(got));
    expect(await asked.text()).toBe('');
  });

  it('has no other addresses and no other methods', async () => {
    expect((await get('nsearchives.nseindia.com/content/equities/DEBT.csv')).status).toBe(404);
    expect((await get(`${EQUITIES}/`)).status).toBe(404);
    expect((await fetch(`${publisher.url}/${EQUITIES}`, { method: 'DELETE' })).status).toBe(405);
    expect((await get('_control')).status).toBe(405);
  });

  it('answers 304 to whoever has the file already', async () => {
    const etag = (await head(EQUITIES)).headers.get('etag') ?? '';
    const unchanged = await get(EQUITIES, { 'if-none-match': etag });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    expect((await get(EQUITIES, { 'if-modified-since': 'Mon, 05 Jan 2026 13:00:00 GMT' })).status).toBe(304);
    publisher.advance();
    expect((await get(EQUITIES, { 'if-none-match': etag })).status).toBe(200);
  });

  it('continues where a download broke off, but not with another day’s bytes', async () => {
    const whole = await bytesOf(EQUITIES);
    const etag = (await head(EQUITIES)).headers.get('etag') ?? '';
    const rest = await get(EQUITIES, { range: 'bytes=1000-', 'if-range': etag });
    expect([rest.status, rest.headers.get('content-range')]).toEqual([
      206,
      `bytes 1000-${whole.length - 1}/${whole.length}`,
    ]);
    expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(1_000))).toBe(true);
    expect((await get(EQUITIES, { range: `bytes=${whole.length}-` })).status).toBe(416);

    publisher.advance();
    const anew = await get(EQUITIES, { range: 'bytes=1000-', 'if-range': etag });
    expect([anew.status, await anew.text()]).toEqual([200, await textOf(EQUITIES)]);
  });

  it('moves from day to day, and back', async () => {
    const first = await bytesOf(EQUITIES);
    publisher.setDay(3);
    expect(publisher.day).toBe(3);
    expect((await head(EQUITIES)).headers.get('last-modified')).toBe('Thu, 08 Jan 2026 13:00:00 GMT');
    expect((await bytesOf(EQUITIES)).equals(first)).toBe(false);
    publisher.advance(-3);
    expect((await bytesOf(EQUITIES)).equals(first)).toBe(true);
    expect(() => publisher.setDay(250)).toThrow('the days are 0 to 249');
    expect(publisher.day).toBe(0);
  });

  it('publishes the MIC list monthly', async () => {
    const etagOn = async (day: number) => {
      publisher.setDay(day);
      return (await head(MICS)).headers.get('etag');
    };
    expect(await etagOn(4)).toBe(await etagOn(0));
    expect(await etagOn(5)).not.toBe(await etagOn(4));
  });

  it('counts requests for files, and nothing else', async () => {
    await get(EQUITIES);
    await head(SME);
    await get('somewhere/else.csv');
    await get('');
    await control('{}');
    expect(publisher.requests).toBe(3);
  });

  it('is not disturbed by another publisher, and gives the same bytes for the same seed', async () => {
    const [twin, stranger] = [await start(), await start({ seed: 2 })];
    publisher.setDay(9);
    publisher.setFault({ name: 'not-found' });
    expect([twin.day, twin.fault, twin.requests]).toEqual([0, null, 0]);
    expect((await get(EQUITIES, {}, twin)).status).toBe(200);
    expect((await bytesOf(EQUITIES, stranger)).equals(await bytesOf(EQUITIES, twin))).toBe(false);
    publisher.setFault(null);
    for (const day of [5, 2, 9]) twin.setDay(day);
    for (const { address } of publisher.publications) {
      expect((await bytesOf(address)).equals(await bytesOf(address, twin))).toBe(true);
    }
  });

  it('listens at the port it is told, and refuses one that is taken', async () => {
    const port = Number(new URL(publisher.url).port);
    await expect(startSimulatedPublisher({ instruments: 1_600, port })).rejects.toThrow('EADDRINUSE');
    await publisher.close();
    others = [];
    publisher = await start({ port });
    expect(publisher.url).toBe(`http://127.0.0.1:${port}`);
  });
});

describe('its knobs for a person', () => {
  it('explain themselves at /', async () => {
    publisher.setDay(4);
    publisher.setFault({ name: 'busy', match: 'PREF', times: 2 });
    const response = await get('');
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    for (const { address } of publisher.publications) expect(text).toContain(`${publisher.url}/${address}\n`);
    for (const name of FAULT_NAMES) expect(text).toContain(`  ${name} `);
    expect(text).toContain('Day 4 of 0 to 249: 2026-01-09');
    expect(text).toContain('busy for PREF, 2 more times');
    expect(text).toContain(`${publisher.url}/_control`);
    expect(text).toContain('1600 instruments');
  });

  it('go to a day, on by some days, and set and take away a fault', async () => {
    const response = await control('{"day": 3}');
    expect(await response.json()).toEqual({ day: 3, date: '2026-01-08', lastDay: 249, fault: null });
    const fault = { name: 'truncation', match: 'EQUITY_L', times: 1 };
    const second = await control('{"advance": 2, "fault": "truncation", "match": "EQUITY_L", "times": 1}');
    expect(await second.json()).toEqual({ day: 5, date: '2026-01-12', lastDay: 249, fault });
    expect(publisher.fault).toEqual(fault);
    await control('{"fault": null}');
    expect([publisher.day, publisher.fault]).toEqual([5, null]);
  });

  it.each([
    ['{"day": 250}', 'day 250 is not simulated'],
    ['{"day": "3"}', 'day must be a number'],
    ['{"advance": -1}', 'day -1 is not simulated'],
    ['{"day": 1, "advance": 1}', 'either day or advance'],
    ['{"day": 1, "fault": "truncated"}', 'there is no fault "truncated"'],
    ['{"day": 1, "fault": "busy", "times": 0}', 'times must be a whole number'],
    ['{"match": "PREF"}', 'match and times need a fault'],
    ['{"day": 1, "faults": null}', 'unknown: faults'],
    ['[]', 'JSON object'],
    ['null', 'JSON object'],
    ['day 3', 'JSON'],
  ])('stay where they are when asked for %j, which is refused: %s', async (body, message) => {
    const response = await control(body);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(message)]);
    expect([publisher.day, publisher.fault]).toEqual([0, null]);
  });

  it('refuse what is too long to be meant', async () => {
    const response = await control(`{"day": 1}${' '.repeat(70_000)}`);
    expect([response.status, await response.text()]).toEqual([400, 'send at most 65536 bytes\n']);
    expect(publisher.day).toBe(0);
  });
});

describe('a fault', () => {
  it('strikes only addresses that match, in any case', async () => {
    publisher.setFault({ name: 'not-found', match: '/equity_l' });
    expect((await get(EQUITIES)).status).toBe(404);
    expect((await get(SME)).status).toBe(200);
    publisher.setFault({ name: 'not-found', match: 'EQUITY_L' });
    expect((await get(SME)).status).toBe(404);
    expect((await get(MICS)).status).toBe(200);
  });

  it('strikes as often as it is told, and then no more', async () => {
    publisher.setFault({ name: 'server-error', match: 'EQUITY_L', times: 2 });
    await get(MICS);
    const statuses = [(await head(EQUITIES)).status, (await get(SME)).status, (await get(EQUITIES)).status];
    expect(statuses).toEqual([500, 500, 200]);
    expect(publisher.fault).toBe(null);
  });

  it('of a file is seen by HEAD and by GET alike, and used up by bodies only', async () => {
    const etag = (await head(EQUITIES)).headers.get('etag');
    publisher.setFault({ name: 'half-file', times: 1 });
    const changed = (await head(EQUITIES)).headers.get('etag') ?? '';
    expect(changed).not.toBe(etag);
    expect((await get(EQUITIES, { 'if-none-match': changed })).status).toBe(304);
    expect((await get(EQUITIES)).headers.get('etag')).toBe(changed);
    expect((await get(EQUITIES)).headers.get('etag')).toBe(etag);
  });

  it('of a delivery leaves HEAD alone', async () => {
    publisher.setFault({ name: 'truncation', times: 1 });
    expect((await head(EQUITIES)).status).toBe(200);
    expect((await readBody(await get(EQUITIES))).broke).toBe(true);
    expect((await readBody(await get(EQUITIES))).broke).toBe(false);
  });

  it('that does not exist is refused', () => {
    expect(() => publisher.setFault({ name: 'gremlins' as 'busy' })).toThrow('there is no fault "gremlins"');
    expect(() => publisher.setFault({ name: 'busy', times: 0 })).toThrow('times');
    expect(publisher.fault).toBe(null);
  });

  it.each([
    ['not-found', 404, 'Not found'],
    ['busy', 429, 'Too many requests'],
    ['server-error', 500, 'Internal server error'],
    ['forbidden-page', 403, '<!DOCTYPE html>'],
    ['block-page', 200, '<!DOCTYPE html>'],
    ['json-content', 200, '{"status":"error"'],
  ] as const)('%s answers %i with other words than the list', async (name, status, start) => {
    publisher.setFault({ name });
    const response = await get(EQUITIES);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(start)]);
    expect(response.headers.get('content-type')).not.toBe('text/csv');
    publisher.setFault(null);
    expect(await textOf(EQUITIES)).toContain('RELIANCE');
  });

  it('busy says when to come again', async () => {
    publisher.setFault({ name: 'busy' });
    expect((await get(EQUITIES)).headers.get('retry-after')).toBe('2');
  });

  it('block-page has no validators to be recognised by', async () => {
    publisher.setFault({ name: 'block-page' });
    const { headers } = await get(EQUITIES);
    expect([headers.get('etag'), headers.get('last-modified')]).toEqual([null, null]);
  });

  it('reset breaks the connection before any answer', async () => {
    publisher.setFault({ name: 'reset', times: 1 });
    await expect(get(EQUITIES)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect((await get(EQUITIES)).status).toBe(200);
  });

  it('stall sends headers and then nothing, until the publisher closes', async () => {
    publisher.setFault({ name: 'stall' });
    const response = await get(EQUITIES);
    expect([response.status, Number(response.headers.get('content-length')) > 0]).toEqual([200, true]);
    const reading = readBody(response);
    // Others are served meanwhile; only the end of the connection ends the wait.
    publisher.setFault(null);
    expect(await textOf(EQUITIES)).toContain('RELIANCE');
    await publisher.close();
    others = [];
    expect(await reading).toEqual({ text: '', broke: true });
  });

  it('truncation announces more bytes than it sends', async () => {
    const whole = await textOf(EQUITIES);
    publisher.setFault({ name: 'truncation' });
    const response = await get(EQUITIES);
    expect(response.headers.get('content-length')).toBe(String(whole.length));
    const { text, broke } = await readBody(response);
    expect(broke).toBe(true);
    expect(text.length).toBeGreaterThan(whole.length * 0.5);
    expect(text.length).toBeLessThan(whole.length * 0.7);
    expect(whole.startsWith(text)).toBe(true);
  });

  it('truncation can be healed by asking for the rest', async () => {
    const whole = await textOf(EQUITIES);
    publisher.setFault({ name: 'truncation', times: 1 });
    const response = await get(EQUITIES);
    const { text } = await readBody(response);
    const headers = { range: `bytes=${text.length}-`, 'if-range': response.headers.get('etag') ?? '' };
    const rest = await get(EQUITIES, headers);
    expect([rest.status, text + (await rest.text())]).toEqual([206, whole]);
  });

  it.each([EQUITIES, FUNDS, MICS])(
    'silent-truncation ends %s in the middle of a row without a word',
    async (address) => {
      const whole = await textOf(address);
      publisher.setFault({ name: 'silent-truncation' });
      const response = await get(address);
      expect(response.headers.get('content-length')).toBe(null);
      const { text, broke } = await readBody(response);
      expect(broke).toBe(false);
      expect(text).not.toMatch(/\n$/);
      expect(whole.length).toBeGreaterThan(text.length);
      expect(text.length).toBeGreaterThan(whole.length * 0.5);
    },
  );

  it('wrong-content is another list under this name', async () => {
    publisher.setFault({ name: 'wrong-content', match: '/EQUITY_L' });
    const wrong = await textOf(EQUITIES);
    expect(wrong).toBe(await textOf(SME));
    publisher.setFault({ name: 'wrong-content', match: 'MIC' });
    expect((await textOf(MICS)).slice(0, 20)).toBe('SYMBOL,NAME OF COMPA');
  });

  it('changed-bytes is a small correction later on the same day', async () => {
    const [before, rows] = [await head(EQUITIES), (await textOf(EQUITIES)).split('\n')];
    publisher.setFault({ name: 'changed-bytes' });
    const response = await get(EQUITIES);
    const changed = (await response.text()).split('\n');
    expect(changed.filter((row, place) => row !== rows[place])).toHaveLength(1);
    expect(response.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(response.headers.get('last-modified')).toBe('Mon, 05 Jan 2026 13:35:00 GMT');
  });

  it('empty-file has no bytes and says so', async () => {
    publisher.setFault({ name: 'empty-file' });
    const response = await get(EQUITIES);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '0',
      '',
    ]);
  });

  it('half-file has exactly half of the rows, all of them whole', async () => {
    const rows = (await textOf(EQUITIES)).split('\n');
    publisher.setFault({ name: 'half-file' });
    const half = (await textOf(EQUITIES)).split('\n');
    // The header and the empty text after the last line end are no rows.
    expect(half.length - 2).toBe((rows.length - 2) / 2);
    expect(half.slice(0, -1)).toEqual(rows.slice(0, half.length - 1));
    expect(half.at(-1)).toBe('');
  });

  it('shuffled-columns and renamed-columns change the header', async () => {
    publisher.setFault({ name: 'shuffled-columns' });
    expect(await textOf(EQUITIES)).toMatch(/^ FACE VALUE, ISIN NUMBER, MARKET LOT,.*,SYMBOL\n/);
    publisher.setFault({ name: 'renamed-columns' });
    expect(await textOf(EQUITIES)).toMatch(/^SYMBOL \(NEW\),NAME OF COMPANY \(NEW\), SERIES \(NEW\),/);
    expect(await textOf(MICS)).toMatch(/^"MIC \(NEW\)","OPERATING MIC \(NEW\)",/);
  });

  it('wrong-encoding is UTF-16', async () => {
    const expected = await textOf(EQUITIES);
    publisher.setFault({ name: 'wrong-encoding' });
    expect(new TextDecoder('utf-16le').decode(await bytesOf(EQUITIES))).toBe(expected);
  });

  it('bad-check-digits breaks three of ten ISINs', async () => {
    publisher.setFault({ name: 'bad-check-digits' });
    const isins = (await textOf(EQUITIES))
      .split('\n')
      .slice(1, -1)
      .map((row) => row.split(',')[6] ?? '');
    expect(isins.filter((isin) => !isIsin(isin)).length / isins.length).toBeCloseTo(0.3, 2);
  });
});
