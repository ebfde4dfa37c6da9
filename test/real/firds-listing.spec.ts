import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EVERYTHING } from '../../src/domain/profile.js';
import { planEditions } from '../../src/sources/families/firds/editions.js';
import { filesOf, readAllPages, type Listing } from '../../src/sources/families/firds/family-listing.js';
import { readSolrAnswer } from '../../src/sources/families/firds/solr-listing.js';
import type { Since } from '../../src/sources/source.js';

const DATA = fileURLToPath(new URL('../../../shared/data/esma/', import.meta.url));
const JANUARY = `${DATA}solr_answer_2021-01_registers.xml`;
const TWO_YEARS = `${DATA}solr_answer_2022-11-14.xml`;
const isThere = existsSync(JANUARY) && existsSync(TWO_YEARS);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

const SINCE: Since = {
  editionOn: '2021-01-16',
  full: { editionOn: '2021-01-16', scopes: ['E'] },
  deltaOn: '2021-01-16',
  evidenceOn: undefined,
  heldFullSets: [],
  rejected: [],
  isApproved: false,
  checksums: new Map(),
  profile: EVERYTHING,
  isGapAccepted: false,
  now: new Date('2021-01-19T10:00:00Z'),
};

const listed = (path: string): Listing =>
  filesOf(readSolrAnswer(readFileSync(path, 'utf8'), 'eu-esma-firds').documents, 'eu-esma-firds');

describeIfThere(`real answers of ESMA’s index${why}`, () => {
  it('lists the four files of three days in 2021, with checksums, and links raised to https', async () => {
    const page = readSolrAnswer(readFileSync(JANUARY, 'utf8'), 'eu-esma-firds');
    expect(page).toMatchObject({ total: 4, isPartial: false });
    await expect(readAllPages(() => Promise.resolve(page), 1_000, 'eu-esma-firds')).resolves.toHaveLength(4);
    const { files, ignoredCount } = listed(JANUARY);
    expect(ignoredCount).toBe(0);
    expect(files[0]).toMatchObject({
      fileName: 'DLTINS_20210117_01of01.zip',
      url: 'https://firds.esma.europa.eu/firds/DLTINS_20210117_01of01.zip',
      md5: '852b2dde71cf114289ad95ada2a4e406',
    });
  });

  it('puts them in order, although the index did not', () => {
    const { files } = listed(JANUARY);
    expect(files.map(({ on }) => on)).toEqual(['2021-01-17', '2021-01-19', '2021-01-19', '2021-01-18']);
    const editions = planEditions(files, SINCE, 'eu-esma-firds');
    expect(editions.map(({ editionOn, parts }) => [editionOn, parts.length])).toEqual([
      ['2021-01-17', 1],
      ['2021-01-18', 1],
      ['2021-01-19', 2],
    ]);
  });

  it('reads the first page of two years, and knows that it is not all', async () => {
    const page = readSolrAnswer(readFileSync(TWO_YEARS, 'utf8'), 'eu-esma-firds');
    expect(page.total).toBe(3_632);
    expect(page.documents).toHaveLength(100);
    expect(listed(TWO_YEARS)).toMatchObject({ ignoredCount: 0, files: { length: 100 } });
    await expect(readAllPages(() => Promise.resolve(page), 1_000, 'eu-esma-firds')).rejects.toMatchObject({
      code: 'LISTING_UNSTABLE',
    });
  });

  it('begins with the whole set of November 2020, not with the three letters of 12 December', () => {
    const { files } = listed(TWO_YEARS);
    const atFirst = { ...SINCE, full: undefined, deltaOn: undefined, now: new Date('2020-12-20T10:00:00Z') };
    const [full] = planEditions(files, atFirst, 'eu-esma-firds');
    expect(full).toMatchObject({ kind: 'full', editionOn: '2020-11-14' });
    expect(new Set(full?.parts.map(({ scope }) => scope)).size).toBe(10);
  });
});
