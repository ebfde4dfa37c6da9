import { EVERYTHING } from '../../domain/profile.js';
import type { Since, Web } from '../source.js';
import { euEsmaFirds } from './source.js';

const SINCE: Since = {
  editionOn: undefined,
  full: undefined,
  deltaOn: undefined,
  evidenceOn: undefined,
  heldFullSets: [],
  rejected: [],
  isApproved: false,
  checksums: new Map(),
  profile: { letters: ['E', 'C'], mics: null },
  isGapAccepted: false,
  now: new Date('2026-08-09T10:00:00Z'),
};

const NAMES = [
  'FULINS_C_20260808_01of01.zip',
  'FULINS_E_20260808_01of02.zip',
  'FULINS_E_20260808_02of02.zip',
  'FULINS_R_20260808_01of18.zip',
  'DLTINS_20260808_01of01.zip',
];

function fakeWeb(asked: URL[] = []): Web {
  return {
    head: () => Promise.reject(new Error('nobody asks for headers')),
    text: async (url) => {
      asked.push(new URL(url));
      const docs = NAMES.map((name, index) => ({
        checksum: String(index).repeat(32),
        download_link: `http://firds.esma.europa.eu/firds/${name}`,
        id: String(index),
        file_name: name,
        file_type: name.slice(0, 6),
      }));
      return JSON.stringify({ response: { numFound: docs.length, start: 0, docs } });
    },
  };
}

describe('ESMA FIRDS', () => {
  it('finds the editions of a list: addresses on its hosts, checksums, and no letter that nobody wants', async () => {
    const asked: URL[] = [];
    const [full, delta, ...more] = await euEsmaFirds.locate(fakeWeb(asked), SINCE);
    expect(more).toEqual([]);
    expect(full).toMatchObject({ kind: 'full', editionOn: '2026-08-08' });
    expect(full?.parts.map(({ name, scope, md5 }) => [name, scope, md5])).toEqual([
      ['FULINS_C_01of01', 'C', '0'.repeat(32)],
      ['FULINS_E_01of02', 'E', '1'.repeat(32)],
      ['FULINS_E_02of02', 'E', '2'.repeat(32)],
    ]);
    expect(delta).toMatchObject({ kind: 'delta', editionOn: '2026-08-08', parts: [{ scope: '*' }] });
    const addresses = [
      ...asked,
      ...[full, delta].flatMap((edition) => edition?.parts.map(({ url }) => new URL(url)) ?? []),
    ];
    for (const { protocol, hostname } of addresses) {
      expect(protocol).toBe('https:');
      expect(euEsmaFirds.hosts).toContain(hostname);
    }
  });

  it('asks for the days that can matter, once', async () => {
    const asked: URL[] = [];
    await euEsmaFirds.locate(fakeWeb(asked), {
      ...SINCE,
      full: { editionOn: '2026-08-01', scopes: ['C', 'E'] },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.searchParams.getAll('fq')[0]).toBe(
      'publication_date:[2026-07-31T00:00:00Z TO 2026-08-10T23:59:59Z]',
    );
  });

  it('says so under its own name when there is nothing to begin with', async () => {
    await expect(euEsmaFirds.locate(fakeWeb(), { ...SINCE, profile: EVERYTHING })).rejects.toMatchObject({
      code: 'FULL_SET_INCOMPLETE',
      message: expect.stringMatching(/^eu-esma-firds: .*FULINS_D: no part is listed/) as string,
    });
  });

  it('knows its files by their names', () => {
    for (const fileName of euEsmaFirds.fileNames) expect(euEsmaFirds.partOf(fileName)).toBeDefined();
    expect(euEsmaFirds.partOf('EQUITY_L.csv')).toBeUndefined();
  });

  it('carries the disclaimer that ESMA asks for', () => {
    expect(euEsmaFirds.licence.attribution).toMatch(
      /drafted using material downloaded from ESMA's website\. ESMA does not/,
    );
  });
});
