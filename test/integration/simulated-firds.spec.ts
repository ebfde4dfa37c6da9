import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';

import { type Entry, fromBuffer } from 'yauzl';

import { FIRDS_FAULT_NAMES } from '../../src/demo/firds/firds-faults.js';
import {
  type SimulatedPublisher,
  type SimulatedPublisherOptions,
  startSimulatedPublisher,
} from '../../src/demo/simulated-publisher.js';
import { isIsin } from '../../src/domain/isin.js';

const SOLR = 'registers.esma.europa.eu/solr/esma_registers_firds_files/select';
const ELASTIC = 'api.data.fca.org.uk/fca_data_firds_files';
const FILES = 'firds.esma.europa.eu/firds';
const FCA_FILES = 'data.fca.org.uk/artefacts/FIRDS';
const SORT = 'publication_date asc,file_name asc';

interface Doc {
  readonly id: string;
  readonly file_name: string;
  readonly file_type: string;
  readonly publication_date: string;
  readonly download_link: string;
  readonly checksum?: string;
}
interface Solr {
  readonly response: { readonly numFound: number; readonly docs: readonly Doc[] };
}
interface Elastic {
  readonly hits: {
    readonly total: number | { readonly value: number };
    readonly hits: readonly { readonly _source: Doc }[];
  };
}

let publisher: SimulatedPublisher;

const options: SimulatedPublisherOptions = { instruments: 1_600, firdsInstruments: 300, firdsPartSize: 100 };
const get = (address: string, headers: Record<string, string> = {}) =>
  fetch(`${publisher.url}/${address}`, { headers });
const bytesOf = async (address: string) => Buffer.from(await (await get(address)).arrayBuffer());
const query = (parameters: readonly (readonly [string, string])[]) =>
  new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
const solrText = async (...parameters: (readonly [string, string])[]) =>
  (await get(`${SOLR}?${query(parameters)}`)).text();
const solr = async (...parameters: (readonly [string, string])[]) =>
  JSON.parse(await solrText(['q', '*'], ['wt', 'json'], ...parameters)) as Solr;
const on = (date: string): [string, string] => [
  'fq',
  `publication_date:[${date}T00:00:00Z TO ${date}T23:59:59Z]`,
];
const files = async (...parameters: (readonly [string, string])[]) =>
  (await solr(['rows', '1000'], ['sort', SORT], ...parameters)).response.docs.filter(
    ({ file_name }) => file_name !== '',
  );
const elastic = async (q: string, more = '') =>
  (await (await get(`${ELASTIC}?q=${encodeURIComponent(q)}${more}`)).json()) as Elastic;
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

/** The entries of a zip by the central directory, without unpacking them. */
const entriesOf = (zip: Buffer) =>
  new Promise<Entry[]>((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: false, decodeStrings: false }, (error, file) => {
      if (error) return reject(error);
      const entries: Entry[] = [];
      file.on('entry', (entry: Entry) => entries.push(entry));
      file.on('end', () => resolve(entries));
      file.on('error', reject);
    });
  });
/** The XML of a zip's first entry, read by position, so that no reader's guards get in the way. */
const unpack = (zip: Buffer): string => {
  const nameLength = zip.readUInt16LE(26);
  return inflateRawSync(zip.subarray(30 + nameLength)).toString();
};
const xmlOf = async (address: string) => unpack(await bytesOf(address));
const idsOf = (xml: string) =>
  [...xml.matchAll(/<FinInstrmGnlAttrbts><Id>(\w+)<\/Id>/g)].map(([, isin = '']) => isin);
/** The first file of a type and date, and its listed check sum. */
const first = async (prefix: string, date = '2026-01-03') => {
  const doc = (await files(on(date))).find(({ file_name }) => file_name.startsWith(prefix));
  if (!doc) throw new Error(`no ${prefix} on ${date}`);
  return { ...doc, address: `${FILES}/${doc.file_name}` };
};

beforeAll(async () => {
  publisher = await startSimulatedPublisher(options);
});

afterEach(() => publisher.setFault(null));

afterAll(() => publisher.close());

describe('the listing of ESMA', () => {
  it('has a full set of ten letters and a delta for every date since', async () => {
    const docs = await files();
    expect([...new Set(docs.map((doc) => doc.publication_date))]).toEqual([
      '2026-01-03T00:00:00Z',
      '2026-01-04T00:00:00Z',
      '2026-01-05T00:00:00Z',
    ]);
    const letters = docs.flatMap((doc) => /^FULINS_(\w)_20260103_01of/.exec(doc.file_name)?.[1] ?? []);
    expect(letters.join('')).toBe('CDEFHIJORS');
    expect(docs.filter(({ file_type }) => file_type === 'FULCAN')).toHaveLength(1);
    for (const doc of docs) expect(doc.download_link).toMatch(/^https?:\/\/firds\.esma\.europa\.eu\/firds\//);
    expect(new Set(docs.map((doc) => doc.download_link.split(':')[0])).size).toBe(2);
    // Numbers of parts are those of the set.
    expect(docs.some(({ file_name }) => /_02of\d\d\.zip$/.test(file_name))).toBe(true);
  });

  it('filters by date and type, as often as it is asked', async () => {
    const deltas = await files(['fq', 'file_type:DLTINS']);
    expect(deltas.map((doc) => doc.file_name.slice(0, 15))).toEqual([
      'DLTINS_20260103',
      'DLTINS_20260104',
      'DLTINS_20260105',
    ]);
    expect(await files(on('2026-01-04'), ['fq', 'file_type:DLTINS'])).toHaveLength(1);
    expect(await files(on('2026-01-04'), ['fq', 'file_type:FULINS'])).toHaveLength(0);
    expect(await files(['fq', 'file_type:(DLTINS OR FULCAN)'], on('2026-01-03'))).toHaveLength(2);
    expect((await files(['fq', 'file_name:FULINS_R_*'])).length).toBeGreaterThan(1);
  });

  it('pages, ten documents at a time unless asked, in a stable order only when asked for one', async () => {
    const all = (await files()).length;
    const plain = await solr();
    expect(plain.response.docs).toHaveLength(10);
    // One more than there are files: the document that is none.
    expect(plain.response.numFound).toBe(all + 1);
    const page = (start: number) => solr(['sort', SORT], ['rows', '5'], ['start', String(start)]);
    const names = [];
    for (let start = 0; start < all + 1; start += 5)
      names.push(...(await page(start)).response.docs.map(({ id }) => id));
    expect(new Set(names).size).toBe(all + 1);
    const unsorted = async () => (await solr(['rows', '1000'])).response.docs.map(({ id }) => id).join();
    expect(await unsorted()).not.toBe(await unsorted());
  });

  it('has a document that is no file, and numbers that no double holds', async () => {
    const text = await solrText(['q', '*:*'], ['rows', '100'], ['wt', 'json']);
    expect(text).toContain('"id":"lastModification"');
    const [, version = ''] = /"_version_":(\d+)/.exec(text) ?? [];
    expect(Number(version)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    expect(text).toMatch(/"timestamp":"2026-01-05T01:44:13\.\d{3}Z"/);
  });

  it('speaks XML too', async () => {
    const text = await solrText(['q', '*'], ['wt', 'xml'], ['sort', SORT], ['fq', 'file_type:DLTINS']);
    expect(text).toContain('<result name="response" numFound="3" start="0">');
    expect(text).toMatch(/<str name="checksum">[0-9a-f]{32}<\/str>/);
    expect(text).toContain('<date name="publication_date">2026-01-03T00:00:00Z</date>');
  });

  it.each([
    [['fq', 'colour:red']],
    [['fq', 'publication_date:[yesterday TO today]']],
    [['rows', 'many']],
    [['sort', 'file_name']],
  ] as const)('refuses %j with 400', async (parameter) => {
    const response = await get(`${SOLR}?${query([['q', '*'], parameter])}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 400 } });
  });

  it('gives the check sum of the zip, and the zip the promises of its name', async () => {
    for (const doc of await files()) {
      const zip = await bytesOf(`${FILES}/${doc.file_name}`);
      expect(md5(zip)).toBe(doc.checksum);
      const [entry, ...others] = await entriesOf(zip);
      const stem = doc.file_name.replace('.zip', '');
      expect([String(entry?.fileName), others.length]).toEqual([`${stem}.xml`, 0]);
      expect(entry?.generalPurposeBitFlag).toBe(0x0808);
      // The local header knows no sizes.
      expect([zip.readUInt32LE(14), zip.readUInt32LE(18), zip.readUInt32LE(22)]).toEqual([0, 0, 0]);
      const xml = unpack(zip);
      expect(Buffer.byteLength(xml)).toBe(entry?.uncompressedSize);
      expect(xml.split('\n')).toHaveLength(2);
      expect(xml).toContain(`<BizMsgIdr>${stem}</BizMsgIdr>`);
      expect(xml).toContain(`<RptgPrd><Dt>${doc.publication_date.slice(0, 10)}</Dt></RptgPrd>`);
      expect(idsOf(xml).length).toBeLessThanOrEqual(100);
      expect(idsOf(xml).filter((isin) => !isIsin(isin))).toEqual([]);
    }
  });

  it('goes on with the days: a week later there is a second full set', async () => {
    publisher.setDay(5);
    try {
      expect(await files(on('2026-01-10'), ['fq', 'file_type:FULINS'])).not.toHaveLength(0);
      expect(await files(['fq', 'file_type:DLTINS'])).toHaveLength(10);
      const old = await first('FULINS_D');
      expect((await get(old.address)).status).toBe(200);
    } finally {
      publisher.setDay(0);
    }
    expect((await get(`${FILES}/DLTINS_20260106_01of01.zip`)).status).toBe(404);
    expect((await get(`${FILES}/DLTINS_20260102_01of01.zip`)).status).toBe(404);
    expect((await get(`${FILES}/README`)).status).toBe(404);
  });

  it('serves files as file servers do: HEAD, ETag, ranges', async () => {
    const { address } = await first('FULINS_S');
    const whole = await bytesOf(address);
    const asked = await fetch(`${publisher.url}/${address}`, { method: 'HEAD' });
    expect(asked.headers.get('content-length')).toBe(String(whole.length));
    const etag = asked.headers.get('etag') ?? '';
    expect((await get(address, { 'if-none-match': etag })).status).toBe(304);
    const rest = await get(address, { range: 'bytes=100-', 'if-range': etag });
    expect(rest.status).toBe(206);
    expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(100))).toBe(true);
  });
});

describe('the listing of the FCA', () => {
  it('finds files by type, name and date', async () => {
    const { hits } = await elastic(
      '((file_type:FULINS) AND (publication_date:[2026-01-03 TO 2026-01-03]) AND (file_name:FULINS_R_*))',
      '&size=100&sort=file_name:asc',
    );
    expect(hits.hits.length).toBeGreaterThan(0);
    for (const { _source } of hits.hits) {
      expect(_source.file_name).toMatch(/^FULINS_R_20260103_\d\dof\d\d\.zip$/);
      expect(_source.download_link).toBe(`https://${FCA_FILES}/${_source.file_name}`);
      expect(_source).not.toHaveProperty('checksum');
    }
  });

  it('counts in two ways, and writes dates in two', async () => {
    const totals = [await elastic('*'), await elastic('*')].map(({ hits }) => hits.total);
    expect(totals.map((total) => typeof total).sort()).toEqual(['number', 'object']);
    const { hits } = await elastic('*', '&size=1000');
    const lengths = new Set(hits.hits.map(({ _source }) => _source.publication_date.length));
    expect([...lengths].sort()).toEqual([10, 24]);
    expect((await elastic('*')).hits.hits).toHaveLength(10);
  });

  it('has no other index, and no deep pages', async () => {
    const other = await get('api.data.fca.org.uk/fca_data_firds');
    expect([other.status, await other.json()]).toEqual([403, { message: 'Missing Authentication Token' }]);
    expect((await get(`${ELASTIC}?q=*&from=9995&size=10`)).status).toBe(400);
    expect((await get(`${ELASTIC}?q=nothing`)).status).toBe(400);
  });

  it('is another world that overlaps: the same ISINs, other authorities, dates with a Z', async () => {
    const name = (await elastic('file_name:FULINS_E_*')).hits.hits[0]?._source.file_name ?? '';
    const xml = await xmlOf(`${FCA_FILES}/${name}`);
    expect(new Set(xml.match(/<RlvntCmptntAuthrty>\w\w/g))).toEqual(new Set(['<RlvntCmptntAuthrty>GB']));
    expect(xml).toMatch(/<FrDt>\d{4}-\d\d-\d\dZ<\/FrDt>/);
    expect(xml).toMatch(/<FrDt>\d{4}-\d\d-\d\d<\/FrDt>/);
    const european = idsOf(await xmlOf((await first('FULINS_E')).address));
    const shared = idsOf(xml).filter((isin) => european.includes(isin));
    expect(shared.length).toBeGreaterThan(0);
  });
});

describe('a fault of a listing', () => {
  it('missing-part leaves the last part out and does not serve it', async () => {
    const before = await files(['fq', 'file_name:FULINS_R_*']);
    publisher.setFault({ name: 'missing-part', match: 'FULINS_R_' });
    expect(await files(['fq', 'file_name:FULINS_R_*'])).toEqual(before.slice(0, -1));
    expect((await get(`${FILES}/${before.at(-1)?.file_name}`)).status).toBe(404);
    expect(await files(['fq', 'file_name:FULINS_D_*'])).not.toHaveLength(0);
  });

  it('disagreeing-totals gives the last part another total, and serves it under that name', async () => {
    const before = await files(['fq', 'file_name:FULINS_R_*']);
    publisher.setFault({ name: 'disagreeing-totals', match: 'FULINS_R_' });
    const after = await files(['fq', 'file_name:FULINS_R_*']);
    const totals = (docs: readonly Doc[]) => new Set(docs.map((doc) => doc.file_name.slice(-6, -4)));
    expect([totals(before).size, totals(after).size]).toEqual([1, 2]);
    expect((await get(`${FILES}/${after.at(-1)?.file_name}`)).status).toBe(200);
  });

  it('wrong-checksum is another MD5 for the same bytes, as often as it is told', async () => {
    const { checksum, address } = await first('DLTINS', '2026-01-05');
    publisher.setFault({ name: 'wrong-checksum', match: 'DLTINS_20260105', times: 1 });
    const wrong = await first('DLTINS', '2026-01-05');
    expect(wrong.checksum).toMatch(/^[0-9a-f]{32}$/);
    expect(wrong.checksum).not.toBe(checksum);
    expect(md5(await bytesOf(address))).toBe(checksum);
    expect(publisher.fault).toBeNull();
  });

  it('missing-delta and delta-twice take a day away and give it twice', async () => {
    publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260104' });
    expect(await files(on('2026-01-04'))).toHaveLength(0);
    expect((await get(`${FILES}/DLTINS_20260104_01of01.zip`)).status).toBe(404);
    publisher.setFault({ name: 'delta-twice', match: 'DLTINS_20260104' });
    const [one, other] = await files(on('2026-01-04'));
    expect([one?.file_name, one?.checksum]).toEqual([other?.file_name, other?.checksum]);
    expect(one?.id).not.toBe(other?.id);
  });

  it('is one of the FCA’s too', async () => {
    publisher.setFault({ name: 'missing-delta', match: `${FCA_FILES}/DLTINS_20260104` });
    expect((await elastic('publication_date:2026-01-04')).hits.hits).toHaveLength(0);
    expect(await files(on('2026-01-04'))).toHaveLength(1);
  });
});

describe('a fault of a file', () => {
  const struck = async (name: (typeof FIRDS_FAULT_NAMES)[number], prefix = 'FULINS_D_') => {
    const before = await first(prefix);
    const sound = await bytesOf(before.address);
    publisher.setFault({ name, match: prefix });
    const after = await first(prefix);
    const zip = await bytesOf(after.address);
    return { before, sound, after, zip };
  };

  it.each([
    'two-entries',
    'path-traversal',
    'entity-bomb',
    'broken-xml',
    'wrong-letter',
    'republished',
  ] as const)(
    '%s is no accident on the way: the listing has the check sum of the wrong file',
    async (name) => {
      const { sound, after, zip } = await struck(name);
      expect(zip.equals(sound)).toBe(false);
      expect(md5(zip)).toBe(after.checksum);
      publisher.setFault(null);
      expect((await bytesOf(after.address)).equals(sound)).toBe(true);
    },
  );

  it('truncated-zip is half a zip with a fitting length, under the check sum of the whole', async () => {
    const { sound, after, zip } = await struck('truncated-zip');
    expect(zip.equals(sound.subarray(0, Math.floor(sound.length / 2)))).toBe(true);
    expect(after.checksum).toBe(md5(sound));
    await expect(entriesOf(zip)).rejects.toThrow();
  });

  it('republished corrects one name', async () => {
    const { sound, zip } = await struck('republished');
    expect(unpack(zip).replace(' CORRECTED', '')).toBe(unpack(sound));
    expect(unpack(zip)).not.toBe(unpack(sound));
  });

  it('two-entries and path-traversal are in the directory of the zip', async () => {
    const { zip } = await struck('two-entries');
    expect((await entriesOf(zip)).map(({ fileName }) => String(fileName))).toEqual([
      expect.stringMatching(/of\d\d\.xml$/),
      expect.stringMatching(/_bis\.xml$/),
    ]);
    publisher.setFault(null);
    const traversal = await struck('path-traversal');
    expect(traversal.zip.toString('latin1')).toContain('../../../../FULINS_D_20260103');
  });

  it.each([
    ['zip-bomb', 3_000_000_000],
    ['lying-zip-bomb', 1_000_000],
  ] as const)('%s is small and says it has %i bytes or a little more', async (name, declared) => {
    const { zip } = await struck(name, 'FULINS_I_');
    const [entry] = await entriesOf(zip);
    expect(zip.length).toBeLessThan(10_000_000);
    expect(entry?.uncompressedSize).toBeGreaterThanOrEqual(declared);
    expect(entry?.uncompressedSize).toBeLessThan(declared * 1.1);
    expect(() =>
      inflateRawSync(zip.subarray(30 + zip.readUInt16LE(26)), { maxOutputLength: 1 << 24 }),
    ).toThrow('larger than');
  });

  it('entity-bomb and external-entity declare entities and use them', async () => {
    const bomb = unpack((await struck('entity-bomb')).zip);
    expect(bomb).toMatch(/^<\?xml[^>]*>\n<!DOCTYPE BizData \[<!ENTITY e0 /);
    expect(bomb).toContain('<FullNm>&e8;</FullNm>');
    publisher.setFault(null);
    const external = unpack((await struck('external-entity')).zip);
    expect(external).toContain('SYSTEM "file:///etc/passwd"');
    expect(external).toContain('<FullNm>&file;</FullNm>');
  });

  it('broken-xml breaks one tag in the middle', async () => {
    const { zip } = await struck('broken-xml');
    const xml = unpack(zip);
    const at = xml.indexOf('</FinInstrmGnlAttrbt>') / xml.length;
    expect(at).toBeGreaterThan(0.3);
    expect(at).toBeLessThan(0.7);
  });

  it('wrong-header-date and wrong-letter contradict the name', async () => {
    expect(unpack((await struck('wrong-header-date')).zip)).toContain('<RptgPrd><Dt>2026-01-02</Dt>');
    publisher.setFault(null);
    const xml = unpack((await struck('wrong-letter')).zip);
    expect(new Set(xml.match(/<ClssfctnTp>\w/g))).toEqual(new Set(['<ClssfctnTp>E']));
  });

  it('late-records keeps some back and brings them the day after, without a period or dated back', async () => {
    publisher.setDay(4);
    try {
      const [day, next] = [`${FILES}/DLTINS_20260107_01of01.zip`, `${FILES}/DLTINS_20260108_01of01.zip`];
      const [before, beforeNext] = [await xmlOf(day), await xmlOf(next)];
      publisher.setFault({ name: 'late-records', match: 'DLTINS_20260107' });
      const [after, afterNext] = [await xmlOf(day), await xmlOf(next)];
      const keys = (xml: string) => new Set(xml.match(/<FinInstrm>.*?<\/FinInstrm>/g));
      const kept = [...keys(before)].filter((record) => !keys(after).has(record));
      const added = [...keys(afterNext)].filter((record) => !keys(beforeNext).has(record));
      expect(kept.length).toBeGreaterThan(0);
      expect(added.length).toBeGreaterThan(0);
      expect(added.length).toBeLessThanOrEqual(kept.length);
      for (const record of added)
        expect(record).toMatch(/<ModfdRcrd>.*<FrDt>2026-01-07<|<TermntdRcrd>(?!.*PblctnPrd)/);
      expect([...keys(beforeNext)].filter((record) => !keys(afterNext).has(record))).toEqual([]);
    } finally {
      publisher.setDay(0);
    }
  });

  it('that strikes all lists strikes FIRDS where it makes sense', async () => {
    const { address } = await first('FULINS_D_');
    const sound = await bytesOf(address);
    const status = async (where: string) => (await get(where)).status;
    publisher.setFault({ name: 'not-found', match: 'firds' });
    expect([await status(address), await status(SOLR)]).toEqual([404, 404]);
    publisher.setFault({ name: 'block-page', match: 'firds' });
    expect((await bytesOf(address)).toString()).toContain('<html>');
    expect((await bytesOf(SOLR)).toString()).toContain('<html>');
    publisher.setFault({ name: 'empty-file', match: FILES });
    expect(await bytesOf(address)).toHaveLength(0);
    publisher.setFault({ name: 'wrong-content', match: 'FULINS_D_' });
    expect((await bytesOf(address)).equals(sound)).toBe(false);
    publisher.setFault({ name: 'half-file', match: 'FULINS_D_' });
    const [whole, half] = [idsOf(unpack(sound)), idsOf(await xmlOf(address))];
    expect(half).toEqual(whole.slice(0, Math.floor(whole.length / 2)));
    publisher.setFault({ name: 'bad-check-digits', match: 'FULINS_D_' });
    const broken = idsOf(await xmlOf(address)).filter((isin) => !isIsin(isin));
    expect(broken.length / whole.length).toBeCloseTo(0.3, 1);
    publisher.setFault({ name: 'reset', match: address, times: 1 });
    await expect(get(address)).rejects.toThrow();
    publisher.setFault({ name: 'truncation', match: address, times: 1 });
    const response = await get(address);
    expect(response.headers.get('content-length')).toBe(String(sound.length));
    await expect(response.arrayBuffer()).rejects.toThrow();
    publisher.setFault({ name: 'silent-truncation', match: address, times: 1 });
    const cut = await bytesOf(address);
    expect([cut.length > 0, sound.subarray(0, cut.length).equals(cut)]).toEqual([true, true]);
    expect(publisher.fault).toBeNull();
    publisher.setFault({ name: 'stall', match: address, times: 1 });
    const stalled = await get(address);
    const reading = stalled.arrayBuffer().then(
      () => 'all',
      () => 'nothing',
    );
    expect(await Promise.race([reading, setTimeout(50, 'waiting')])).toBe('waiting');
    expect((await bytesOf(address)).equals(sound)).toBe(true);
  });

  it('is explained to a person and set by one', async () => {
    const text = await (await get('')).text();
    for (const name of FIRDS_FAULT_NAMES) expect(text).toContain(`  ${name} `);
    expect(text).toContain(`${publisher.url}/${SOLR}?`);
    const body = '{"fault": "zip-bomb", "match": "FULINS_I", "times": 2}';
    const response = await fetch(`${publisher.url}/_control`, { method: 'POST', body });
    expect([response.status, publisher.fault]).toEqual([
      200,
      { name: 'zip-bomb', match: 'FULINS_I', times: 2 },
    ]);
  });
});

describe('a large world', () => {
  it('lists without check sums until a file was asked for, and leaves nothing on disk', async () => {
    const litter = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`isinglass-firds-${process.pid}-`));
    const other = await startSimulatedPublisher({ instruments: 1_600, firdsInstruments: 201_000 });
    const before = litter();
    const asked = `${other.url}/${SOLR}?${query([['q', '*'], ['rows', '100'], ['fq', 'file_type:DLTINS'], on('2026-01-05')])}`;
    const list = async () => ((await (await fetch(asked)).json()) as Solr).response.docs[0];
    const doc = await list();
    expect(doc).not.toHaveProperty('checksum');
    const zip = Buffer.from(await (await fetch(`${other.url}/${FILES}/${doc?.file_name}`)).arrayBuffer());
    expect((await list())?.checksum).toBe(md5(zip));
    expect(litter().length).toBe(before.length + 1);
    await other.close();
    expect(litter()).toEqual(before);
  });
});
