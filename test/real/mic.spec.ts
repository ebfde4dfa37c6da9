import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { VenueRecord } from '../../src/domain/record.js';
import type { PartFile, Reason } from '../../src/sources/source.js';
import { xxIsoMic } from '../../src/sources/xx-iso-mic/source.js';

const DATA = fileURLToPath(new URL('../../../shared/data/mic/', import.meta.url));
const isThere = existsSync(DATA);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

async function readReal(fileName: string) {
  const part = xxIsoMic.partOf(fileName);
  if (part === undefined) throw new Error(`${fileName} is no list.`);
  const file: PartFile = { path: DATA + fileName, part, editionOn: '2024-10-31' };
  const venues: VenueRecord[] = [];
  const notVenues: unknown[] = [];
  const oddities: Reason[] = [];
  let rows = 0;
  for await (const row of xxIsoMic.read(file)) {
    rows += row.rows;
    const outcome = xxIsoMic.toItem(row, file);
    if ('item' in outcome) {
      venues.push(outcome.item.value);
      oddities.push(...(outcome.oddities ?? []));
    } else {
      notVenues.push(outcome);
    }
  }
  return { venues, rows, notVenues, oddities };
}

function countBy(venues: readonly VenueRecord[], field: 'kind' | 'status'): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const venue of venues) counts[venue[field]] = (counts[venue[field]] ?? 0) + 1;
  return counts;
}

describeIfThere(`the real lists of market identifier codes${why}`, () => {
  it('reads all 2,701 rows of October 2024', async () => {
    const { venues, ...rest } = await readReal('ISO10383_MIC_2024-10-31.csv');
    expect(rest).toEqual({ rows: 2_701, notVenues: [], oddities: [] });
    expect(new Set(venues.map(({ mic }) => mic)).size).toBe(2_701);
    expect(countBy(venues, 'kind')).toEqual({ operating: 1_502, segment: 1_199 });
    expect(countBy(venues, 'status')).toEqual({ active: 2_200, expired: 501 });
    expect(venues.filter(({ expiresOn }) => expiresOn !== null)).toHaveLength(501);
    expect(venues.find(({ mic }) => mic === 'DRSP')).toMatchObject({
      name: 'EURONEXT  UK - REPORTING SERVICES',
      lei: '969500HMVSZ0TCV65D58',
      category: 'APPA',
      country: 'GB',
      createdOn: '2021-09-27',
    });
  });

  it('reads all 1,911 rows of the layout of 2019', async () => {
    const { venues, ...rest } = await readReal('ISO10383_MIC_2019-10-17_oldformat.csv');
    expect(rest).toEqual({ rows: 1_911, notVenues: [], oddities: [] });
    expect(new Set(venues.map(({ mic }) => mic)).size).toBe(1_911);
    expect(countBy(venues, 'kind')).toEqual({ operating: 1_086, segment: 825 });
    expect(countBy(venues, 'status')).toEqual({ active: 1_911 });
    // BEFORE JUNE 2005, once.
    expect(venues.filter(({ createdOn }) => createdOn === null)).toHaveLength(1);
    expect(venues.find(({ mic }) => mic === 'BARD')?.name).toBe('BARCLAYS FX – TRADING');
    expect(venues.find(({ mic }) => mic === 'BCMM')?.name).toBe('BOLSA DE CEREAIS E MERCADORIAS DE MARINGÁ');
  });

  it.each(['ISO10383_MIC_2024-10-31.csv', 'ISO10383_MIC_2019-10-17_oldformat.csv'])(
    'has %s within its bounds and with its sentinels',
    async (fileName) => {
      const { venues } = await readReal(fileName);
      const { min, max } = xxIsoMic.bounds.records.ISO10383_MIC ?? { min: NaN, max: NaN };
      expect(venues.length).toBeGreaterThanOrEqual(min);
      expect(venues.length).toBeLessThanOrEqual(max);
      const mics = new Set(venues.map(({ mic }) => mic));
      const sentinels = xxIsoMic.bounds.sentinels.ISO10383_MIC ?? [];
      expect(sentinels).toHaveLength(5);
      expect(sentinels.filter((mic) => !mics.has(mic))).toEqual([]);
    },
  );
});
