import { IsinglassError } from '../../../common/errors.js';
import type { Web } from '../../source.js';
import type { Listing } from './family-listing.js';
import { readSolrListing, solrQuery } from './solr-listing.js';

const ADDRESS = 'https://registers.esma.europa.eu/solr/esma_registers_firds_files/select';
const WINDOW = { from: '2026-08-07', to: '2026-08-15' };
const MD5 = '4c6875eedb76c683d823c6c0568f3218';

type Document = Readonly<Record<string, unknown>>;

function document(fileName: string, more: Document = {}): Document {
  return {
    checksum: MD5,
    download_link: `https://firds.esma.europa.eu/firds/${fileName}`,
    publication_date: '2026-08-08T00:00:00Z',
    published_instrument_file_id: '114500',
    id: '114500',
    _root_: '114500',
    file_name: fileName,
    file_type: fileName.slice(0, 6),
    timestamp: '2026-08-09T01:00:00Z',
    ...more,
  };
}

const DELTA = document('DLTINS_20260808_01of01.zip');
const SHARES = document('FULINS_E_20260808_01of02.zip');

/** As Solr writes it: `_version_` is more than a number of JavaScript can hold. */
function json(documents: readonly Document[], numFound = documents.length, header: Document = {}): string {
  const docs = documents.map((fields) =>
    JSON.stringify(fields).replace(/}$/, ',"_version_":1870000000000000123}'),
  );
  const responseHeader = JSON.stringify({ status: 0, QTime: 1, ...header });
  return `{"responseHeader":${responseHeader},"response":{"numFound":${numFound},"start":0,"docs":[${docs.join()}]}}`;
}

const escaped = (value: unknown): string => String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function xml(documents: readonly Document[], numFound = documents.length, header = ''): string {
  const docs = documents.map((fields) => {
    const lines = Object.entries(fields).map(
      ([name, value]) => `<str name="${name}">${escaped(value)}</str>`,
    );
    return `  <doc>\n    ${lines.join('\n    ')}\n    <long name="_version_">1763929493108424722</long></doc>\n`;
  });
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<response>\n\n<lst name="responseHeader">\n  <int name="status">0</int>\n' +
    `  ${header}<lst name="params"><str name="q">*</str></lst></lst>\n` +
    `<result name="response" numFound="${numFound}" start="0">\n${docs.join('')}</result>\n</response>\n`
  );
}

/** A publisher that gives these answers one after the other. */
function fakeWeb(...answers: string[]): { web: Web; asked: URL[] } {
  const asked: URL[] = [];
  return {
    asked,
    web: {
      head: () => Promise.reject(new Error('nobody asks for headers')),
      text: async (url) => {
        asked.push(new URL(url));
        const answer = answers[asked.length - 1];
        if (answer === undefined) throw new Error(`asked once too often: ${url}`);
        return answer;
      },
    },
  };
}

const read = (...answers: string[]): Promise<Listing> =>
  readSolrListing(ADDRESS, fakeWeb(...answers).web, WINDOW, 'eu-esma-firds');

async function refusal(...answers: string[]): Promise<IsinglassError> {
  try {
    await read(...answers);
  } catch (error) {
    if (error instanceof IsinglassError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

describe('the question to Solr', () => {
  it('names days, types, order and page, each encoded once', () => {
    const url = new URL(solrQuery(ADDRESS, WINDOW, 1_000));
    expect(url.origin + url.pathname).toBe(ADDRESS);
    expect([...url.searchParams]).toEqual([
      ['q', '*'],
      ['fq', 'publication_date:[2026-08-07T00:00:00Z TO 2026-08-15T23:59:59Z]'],
      ['fq', 'file_type:(FULINS OR DLTINS OR FULCAN)'],
      ['sort', 'publication_date asc,file_name asc'],
      ['start', '1000'],
      ['rows', '1000'],
      ['wt', 'json'],
    ]);
    expect(url.search).not.toContain('%25');
  });
});

describe('a list of Solr', () => {
  it.each([
    ['JSON', json],
    ['XML, although JSON was asked for', xml],
  ])('is read as %s', async (_format, write) => {
    expect(await read(write([DELTA, SHARES]))).toEqual({
      ignoredCount: 0,
      files: [
        {
          type: 'DLTINS',
          letter: null,
          on: '2026-08-08',
          name: 'DLTINS_01of01',
          set: { name: 'DLTINS', number: 1, of: 1 },
          fileName: 'DLTINS_20260808_01of01.zip',
          url: 'https://firds.esma.europa.eu/firds/DLTINS_20260808_01of01.zip',
          md5: MD5,
        },
        expect.objectContaining({ letter: 'E', fileName: 'FULINS_E_20260808_01of02.zip' }),
      ],
    });
    expect(await read(write([]))).toEqual({ files: [], ignoredCount: 0 });
  });

  it.each([
    ['JSON', json],
    ['XML', xml],
  ])('is read without documents that name no file, in %s', async (_format, write) => {
    const junk = { ...document(''), id: 'lastModification', download_link: '', file_type: '' };
    const { file_name: _, ...nameless } = DELTA;
    const others = [
      junk,
      nameless,
      document('INVINS_20260808_01of01.zip'),
      document('FULINS_E_20260808_01of02 (1).zip'),
      document('FULINS_E_20260808_01of02.xml'),
    ];
    const listing = await read(write([...others, DELTA]));
    expect(listing.files.map(({ fileName }) => fileName)).toEqual(['DLTINS_20260808_01of01.zip']);
    expect(listing.ignoredCount).toBe(others.length);
    expect(await read(write([junk]))).toEqual({ files: [], ignoredCount: 1 });
  });

  it.each([
    ['JSON', json],
    ['XML', xml],
  ])('is another format when no document names a file, in %s', async (_format, write) => {
    const renamed = [1, 2].map((number) => ({ id: String(number), fileName: 'DLTINS_20260808_01of01.zip' }));
    expect(await refusal(write(renamed))).toMatchObject({
      code: 'LISTING_UNKNOWN',
      message: expect.stringContaining('none of its 2 documents names a file of FIRDS') as string,
    });
  });

  it('is asked for page by page until there is no more', async () => {
    const documents = daysOf(1_500);
    const { web, asked } = fakeWeb(
      json(documents.slice(0, 1_000), 1_500),
      json(documents.slice(1_000), 1_500),
    );
    const { files } = await readSolrListing(ADDRESS, web, WINDOW, 'eu-esma-firds');
    expect(files).toHaveLength(1_500);
    expect(asked.map((url) => url.searchParams.get('start'))).toEqual(['0', '1000']);
  });

  it('is read once more when it changed between two pages', async () => {
    const documents = daysOf(1_001);
    const [first, second] = [documents.slice(0, 1_000), documents.slice(1_000)];
    const pages = [json(first, 1_001), json(second, 1_002), json(first, 1_001), json(second, 1_001)];
    expect((await read(...pages)).files).toHaveLength(1_001);
  });

  it.each([
    [
      'changes each time',
      () => json(daysOf(1_000), 1_001),
      () => json([DELTA, SHARES], 1_002),
      /had 1001 documents, and then 1002/,
    ],
    [
      'has short pages',
      () => json(daysOf(1_000), 1_001),
      () => json([], 1_001),
      /promised 1 documents from number 1000 on, and gave 0/,
    ],
  ])('is asked for again later when it %s', async (_case, first, second, message) => {
    expect(await refusal(first(), second(), first(), second())).toMatchObject({
      code: 'LISTING_UNSTABLE',
      mayRetry: true,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    ['fewer documents than promised', json([DELTA], 2)],
    ['more documents than promised', json([DELTA, SHARES], 1)],
    ['only what Solr found in time, in JSON', json([DELTA], 1, { partialResults: true })],
    ['only what Solr found in time, in XML', xml([DELTA], 1, '<bool name="partialResults">true</bool>')],
  ])('is not taken with %s', async (_case, answer) => {
    expect((await refusal(answer, answer)).code).toBe('LISTING_UNSTABLE');
  });

  it('has each file once, with the checksum of the document that came last into the index', async () => {
    const [older, newer] = ['a', 'b'].map((digit, index) => ({
      ...DELTA,
      checksum: digit.repeat(32),
      // Compared as numbers: as text "99999" would be the later one.
      id: index === 0 ? '99999' : '100000',
    }));
    for (const documents of [
      [older!, newer!],
      [newer!, older!],
    ]) {
      const { files } = await read(json(documents));
      expect(files.map(({ md5 }) => md5)).toEqual(['b'.repeat(32)]);
    }
    expect((await read(json([DELTA, DELTA]))).files).toHaveLength(1);
  });

  it('may come without checksums, or with them in capitals', async () => {
    const { checksum: _, ...silent } = DELTA;
    expect((await read(json([silent]))).files[0]).not.toHaveProperty('md5');
    expect((await read(json([{ ...DELTA, checksum: MD5.toUpperCase() }]))).files[0]?.md5).toBe(MD5);
  });

  it('has links of http raised to https', async () => {
    const link = 'http://firds.esma.europa.eu/firds/DLTINS_20260808_01of01.zip';
    expect((await read(xml([{ ...DELTA, download_link: link }]))).files[0]?.url).toBe(
      link.replace('http:', 'https:'),
    );
  });

  it.each([
    ['another file', 'https://firds.esma.europa.eu/firds/DLTINS_20260807_01of01.zip'],
    [
      'a page that names it in its query',
      'https://firds.esma.europa.eu/firds?file=DLTINS_20260808_01of01.zip',
    ],
    ['no address', 'DLTINS_20260808_01of01.zip'],
    ['nothing', ''],
  ])('is refused when a link leads to %s', async (_case, link) => {
    expect(await refusal(json([{ ...DELTA, download_link: link }]))).toMatchObject({
      code: 'LISTING_LINK',
      message: expect.stringContaining('DLTINS_20260808_01of01.zip') as string,
    });
  });

  it('leaves it to the web client to refuse hosts', async () => {
    const link = 'https://elsewhere.example/firds/DLTINS_20260808_01of01.zip';
    expect((await read(json([{ ...DELTA, download_link: link }]))).files[0]?.url).toBe(link);
  });

  it.each([
    ['is a web page', '<!DOCTYPE html><html><body>Just a moment</body></html>'],
    ['is XHTML', '<html><body>Just a moment</body></html>'],
    ['is cut XML', xml([DELTA]).slice(0, 400)],
    [
      'is an error in XML',
      '<response><lst name="error"><str name="msg">no such field</str></lst></response>',
    ],
    ['is an error in JSON', '{"responseHeader":{"status":400},"error":{"msg":"no such field"}}'],
    ['is cut JSON', json([DELTA]).slice(0, 100)],
    ['counts in words', '{"response":{"numFound":"4","docs":[]}}'],
    ['is no object', '[]'],
    ['is empty', ' '],
    ['has a checksum that is none', json([{ ...DELTA, checksum: 'deadbeef' }])],
  ])('is not understood when it %s', async (_case, answer) => {
    const error = await refusal(answer);
    expect(error).toMatchObject({ code: 'LISTING_UNKNOWN', mayRetry: false });
    expect(error.message).toMatch(/^eu-esma-firds: the list of files is not understood: /);
  });

  it('that is not understood is shown, but not all of it', async () => {
    const { message } = await refusal(`{"oops": "${'very long '.repeat(100)}"}`);
    expect(message).toContain('{"oops": "very long');
    expect(message.length).toBeLessThan(400);
  });
});

/** As many different files. */
function daysOf(count: number): Document[] {
  return Array.from({ length: count }, (_, index) =>
    document(`DLTINS_20260808_${String(index + 1).padStart(4, '0')}of${count}.zip`),
  );
}
