import type { Since, Web } from '../source.js';
import { gbFcaFirds } from './source.js';

const SINCE: Since = {
  editionOn: '2026-08-08',
  full: { editionOn: '2026-08-08', scopes: ['E'] },
  deltaOn: '2026-08-08',
  evidenceOn: undefined,
  heldFullSets: [],
  rejected: [],
  isApproved: false,
  checksums: new Map(),
  profile: { letters: ['E'], mics: null },
  isGapAccepted: false,
  now: new Date('2026-08-09T10:00:00Z'),
};

describe('FCA FIRDS', () => {
  it('finds the editions of a list, on its own hosts and without checksums', async () => {
    const asked: URL[] = [];
    const web: Web = {
      head: () => Promise.reject(new Error('nobody asks for headers')),
      text: async (url) => {
        asked.push(new URL(url));
        const file_name = 'DLTINS_20260809_01of01.zip';
        const _source = { file_name, download_link: `https://data.fca.org.uk/artefacts/FIRDS/${file_name}` };
        return JSON.stringify({ hits: { total: 1, hits: [{ _source }] } });
      },
    };
    const editions = await gbFcaFirds.locate(web, SINCE);
    expect(editions).toEqual([
      {
        kind: 'delta',
        editionOn: '2026-08-09',
        parts: [
          {
            name: 'DLTINS_01of01',
            scope: '*',
            url: 'https://data.fca.org.uk/artefacts/FIRDS/DLTINS_20260809_01of01.zip',
            maxBytes: 200_000_000,
            set: { name: 'DLTINS', number: 1, of: 1 },
          },
        ],
      },
    ]);
    for (const { hostname } of [...asked, new URL(editions[0]?.parts[0]?.url ?? '')]) {
      expect(gbFcaFirds.hosts).toContain(hostname);
    }
  });
});
