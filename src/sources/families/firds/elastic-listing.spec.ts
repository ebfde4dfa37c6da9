import { IsinglassError, PublisherChangedError } from '../../../common/errors.js';
import type { Web } from '../../source.js';
import { elasticQuery, readElasticListing } from './elastic-listing.js';
import type { Listing } from './family-listing.js';

const ADDRESS = 'https://api.data.fca.org.uk/fca_data_firds_files';
const WINDOW = { from: '2026-08-07', to: '2026-08-15' };

function hit(fileName: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    _index: 'fca-firds-downloadfiles',
    _type: '_doc',
    _id: fileName,
    _score: null,
    _source: {
      download_link: `https://data.fca.org.uk/artefacts/FIRDS/${fileName}`,
      file_type: fileName.slice(0, 6),
      file_name: fileName,
      publication_date: '2026-08-08',
      last_refreshed: '2026-08-08T09:00:00Z',
      ...more,
    },
    sort: [fileName],
  };
}

type Hit = ReturnType<typeof hit>;

function answer(hits: readonly Hit[], total: unknown = hits.length, more: object = {}): string {
  const _shards = { total: 5, successful: 5, skipped: 0, failed: 0 };
  return JSON.stringify({
    took: 4,
    timed_out: false,
    _shards,
    hits: { total, max_score: null, hits },
    ...more,
  });
}

const DELTA = hit('DLTINS_20260808_01of01.zip');
const SHARES = hit('FULINS_E_20260808_01of02.zip');

function fakeWeb(answerTo: (url: URL, number: number) => string): { web: Web; asked: URL[] } {
  const asked: URL[] = [];
  return {
    asked,
    web: {
      head: () => Promise.reject(new Error('nobody asks for headers')),
      text: async (url) => {
        asked.push(new URL(url));
        return answerTo(new URL(url), asked.length);
      },
    },
  };
}

const read = (...answers: string[]): Promise<Listing> =>
  readElasticListing(
    ADDRESS,
    fakeWeb((_url, number) => answers[number - 1] ?? '').web,
    WINDOW,
    'gb-fca-firds',
  );

async function refusal(reading: Promise<Listing>): Promise<IsinglassError> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof IsinglassError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

const manyHits = (count: number): Hit[] =>
  Array.from({ length: count }, (_, index) => hit(`DLTINS_20260808_${index + 1}of${count}.zip`));

describe('the question to Elasticsearch', () => {
  it('names types, days, order and page, with blanks as the gateway knows them', () => {
    const url = elasticQuery(ADDRESS, WINDOW, 100);
    expect(url).not.toContain('+');
    expect([...new URL(url).searchParams]).toEqual([
      [
        'q',
        '((file_type:FULINS OR file_type:DLTINS OR file_type:FULCAN) AND (publication_date:[2026-08-07 TO 2026-08-15]))',
      ],
      ['from', '100'],
      ['size', '100'],
      ['sort', 'file_name:asc'],
    ]);
  });
});

describe('a list of Elasticsearch', () => {
  it.each([
    ['a number', 2],
    ['an object', { value: 2, relation: 'eq' }],
  ])('is read with its total as %s, and without checksums', async (_case, total) => {
    const listing = await read(answer([DELTA, SHARES], total));
    expect(listing.ignoredCount).toBe(0);
    expect(listing.files).toEqual([
      {
        type: 'DLTINS',
        letter: null,
        on: '2026-08-08',
        name: 'DLTINS_01of01',
        set: { name: 'DLTINS', number: 1, of: 1 },
        fileName: 'DLTINS_20260808_01of01.zip',
        url: 'https://data.fca.org.uk/artefacts/FIRDS/DLTINS_20260808_01of01.zip',
      },
      expect.objectContaining({ letter: 'E' }),
    ]);
  });

  it('may be empty', async () => {
    expect(await read(answer([]))).toEqual({ files: [], ignoredCount: 0 });
  });

  it('takes the day from the name: publication_date is sometimes an instant', async () => {
    const { files } = await read(
      answer([hit('DLTINS_20260808_01of01.zip', { publication_date: '2026-08-08T07:00:00Z' })]),
    );
    expect(files[0]?.on).toBe('2026-08-08');
  });

  it('is read without documents that name no file', async () => {
    const odd = { ...DELTA, _source: undefined as never };
    expect(await read(answer([odd, hit('INVINS_20260808_01of01.zip'), SHARES]))).toMatchObject({
      ignoredCount: 2,
      files: [{ fileName: 'FULINS_E_20260808_01of02.zip' }],
    });
  });

  it('is asked for in pages of 100', async () => {
    const hits = manyHits(250);
    const { web, asked } = fakeWeb((url) => {
      const from = Number(url.searchParams.get('from'));
      return answer(hits.slice(from, from + 100), 250);
    });
    expect((await readElasticListing(ADDRESS, web, WINDOW, 'gb-fca-firds')).files).toHaveLength(250);
    expect(asked.map((url) => url.searchParams.get('from'))).toEqual(['0', '100', '200']);
  });

  it('is read once more when it changed between two pages, first page included', async () => {
    const hits = manyHits(101);
    const [first, second] = [hits.slice(0, 100), hits.slice(100)];
    const grown = answer(second, 102);
    expect(
      (await read(answer(first, 101), grown, answer(first, 101), answer(second, 101))).files,
    ).toHaveLength(101);
    expect(await refusal(read(answer(first, 101), grown, answer(first, 101), grown))).toMatchObject({
      code: 'LISTING_UNSTABLE',
      mayRetry: true,
    });
  });

  it.each([
    ['timed out', { timed_out: true }],
    ['lacks a shard', { _shards: { total: 5, successful: 4, failed: 1 } }],
  ])('is not taken when it %s', async (_case, more) => {
    const part = answer([DELTA], 1, more);
    expect((await refusal(read(part, part))).code).toBe('LISTING_UNSTABLE');
  });

  it.each([
    ['a total', () => 10_001],
    ['a total that nobody counted', () => ({ value: 10_000, relation: 'gte' })],
  ])('is never asked for deeper than 10,000: its days are divided (%s)', async (_case, tooMany) => {
    const { web, asked } = fakeWeb((url) => {
      const [from = '', to = ''] = daysAsked(url);
      // One file a day; a question for more than two days at once finds too many.
      const days = DAYS.filter((day) => day >= from && day <= to);
      if (days.length > 2) return answer([DELTA], tooMany());
      return answer(days.map((day) => hit(`DLTINS_${day.replaceAll('-', '')}_01of01.zip`)));
    });
    const { files } = await readElasticListing(ADDRESS, web, WINDOW, 'gb-fca-firds');
    expect(files.map(({ on }) => on)).toEqual(DAYS);
    expect(asked.every((url) => Number(url.searchParams.get('from')) === 0)).toBe(true);
  });

  it('of one day cannot be divided', async () => {
    const { web } = fakeWeb(() => answer([], 10_001));
    expect(await refusal(readElasticListing(ADDRESS, web, WINDOW, 'gb-fca-firds'))).toMatchObject({
      code: 'LISTING_UNKNOWN',
      message: expect.stringContaining('more than 10000 files of 2026-08-07') as string,
    });
  });

  it.each([
    ['is a web page', '<html></html>'],
    ['has no hits', '{"took":1}'],
    ['has no total', '{"hits":{"hits":[]}}'],
    ['has a total below zero', answer([], -1)],
    ['is empty', ''],
  ])('is not understood when it %s', async (_case, text) => {
    expect(await refusal(read(text))).toMatchObject({ code: 'LISTING_UNKNOWN', mayRetry: false });
  });

  it('is refused when a link leads to another file', async () => {
    const astray = hit('DLTINS_20260808_01of01.zip', {
      download_link: 'https://data.fca.org.uk/artefacts/FIRDS/',
    });
    expect((await refusal(read(answer([astray])))).code).toBe('LISTING_LINK');
  });

  it('lets refusals of the web client pass', async () => {
    const forbidden = new PublisherChangedError(
      'PUBLISHER_FORBIDDEN',
      'Missing Authentication Token',
      'Look.',
    );
    const { web } = fakeWeb(() => {
      throw forbidden;
    });
    expect(await refusal(readElasticListing(ADDRESS, web, WINDOW, 'gb-fca-firds'))).toBe(forbidden);
  });
});

const DAYS = ['07', '08', '09', '10', '11', '12', '13', '14', '15'].map((day) => `2026-08-${day}`);

function daysAsked(url: URL): string[] {
  return /\[(\S+) TO (\S+)\]/.exec(url.searchParams.get('q') ?? '')?.slice(1) ?? [];
}
