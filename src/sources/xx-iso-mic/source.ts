import { dayIn } from '../../domain/day.js';
import type { VenueRecord } from '../../domain/record.js';
import { tableRows } from '../formats/csv-table.js';
import type { Edition, Part, Since, RowSource, Web } from '../source.js';
import { MIC_COLUMNS } from './columns.js';
import { micVenue } from './venue.js';

const URL = 'https://www.iso20022.org/sites/default/files/ISO10383_MIC/ISO10383_MIC.csv';

const PART: Omit<Part, 'url'> = {
  name: 'ISO10383_MIC',
  scope: 'ISO10383_MIC',
  // Thirty times the list of 2026.
  maxBytes: 20_000_000,
};

/** The market identifier codes of the world (ISO 10383). */
export const xxIsoMic: RowSource<{ readonly fills: 'venue'; readonly value: VenueRecord }> = {
  id: 'xx-iso-mic',
  title: 'ISO 10383 market identifier codes',
  publisher: 'SWIFT, registration authority of ISO 10383',
  licence: {
    name: 'ISO 10383, free of charge',
    url: 'https://www.iso20022.org/market-identifier-codes',
    attribution: 'ISO 10383 MIC, SWIFT as registration authority',
    mayRedistribute: true,
  },
  // Published once a month, on its second Monday as a rule; corrections and holidays move it. Asking each morning costs one
  // HEAD request and at most 600 kB, and needs no calendar of exceptions. The time zone is the registration authority's.
  schedule: { cron: '0 6 * * *', timeZone: 'Europe/Brussels', catchUp: 'latest' },
  fills: 'venue',
  bounds: {
    // 1,911 rows in 2019, 2,883 in September 2026.
    records: { [PART.scope]: { min: 1_500, max: 10_000 } },
    maxRejectShare: 0.01,
    maxChangedShare: 0.5,
    sentinels: { [PART.scope]: ['XNYS', 'XLON', 'XETR', 'XPAR', 'XNSE'] },
  },
  authoritativeFor: [],
  priority: 100,
  onByDefault: true,
  hosts: ['iso20022.org'],
  fileNames: ['ISO10383_MIC.csv', 'ISO10383_MIC_NewFormat.csv'],

  async locate(web: Web, since: Since): Promise<readonly Edition[]> {
    const { lastModified } = await web.head(URL);
    const today = dayIn(since.now, 'UTC');
    const modifiedOn = lastModified === undefined ? today : dayIn(lastModified, 'UTC');
    // A clock that is wrong over there must not date an edition into the future, or no later one would count as newer.
    const editionOn = modifiedOn < today ? modifiedOn : today;
    // The same day again is no mistake: a list that is published anew is a correction, and unchanged bytes are recognised.
    if (since.editionOn !== undefined && editionOn < since.editionOn) return [];
    return [{ kind: 'full', editionOn, parts: [{ ...PART, url: URL }] }];
  },

  partOf(fileName) {
    // `ISO10383_MIC.csv`, `ISO10383_MIC_NewFormat.csv`, `ISO10383_MIC_2024-10-31.csv`, `mic/ISO10383_MIC (1).csv`.
    return /(?:^|[/\\])ISO10383_MIC(?:[ _.(-][^/\\]*)?\.csv$/i.test(fileName) ? PART : undefined;
  },

  read(file) {
    return tableRows(file.path, MIC_COLUMNS, { label: `xx-iso-mic: ${file.part.name} of ${file.editionOn}` });
  },

  toItem: (row) => micVenue(row),
};
