import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documentWithLeaves, type SampleRecord } from '../../src/demo/firds/sample.js';
import { LEAVES } from '../../src/demo/firds/schema.js';
import { FIELDS, type FirdsField } from '../../src/sources/families/firds/fields.js';
import { fullAccess } from '../support/house-key.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

type Json = Readonly<Record<string, unknown>>;

let house: TestHouse;
let url: string;
let access: { authorization: string };
const { name, xml, records } = documentWithLeaves(LEAVES.map(({ path }) => path));

beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  access = await fullAccess(house.app);
  const path = join(house.home, name);
  await writeFile(path, xml);
  const run = await house.ingest('eu-esma-firds', { files: [path] });
  expect(run).toMatchObject({ state: 'published', totals: { rows: records.length, rejected: 0 } });
  expect(run.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
});
afterAll(() => house.close());

/** A place in nested JSON: `debt.maturityDate`. */
function at(json: unknown, place: string): unknown {
  return place.split('.').reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key], json);
}

/** Where the API gives a field, as text. */
function given(listing: Json, { name: place, isColumn, isList, momentName }: FirdsField): string {
  const details = listing['details'];
  if (momentName !== undefined) return String(at(details, momentName) ?? listing[place]);
  const value = isColumn ? listing[place] : at(details, place);
  return isList ? (value as readonly string[]).join(' ') : String(value);
}

async function listingOf({ leaves }: SampleRecord): Promise<Json> {
  const isin = new Map(leaves).get('FinInstrmGnlAttrbts/Id');
  const answer = await fetch(`${url}/v1/instruments/${isin}`, { headers: access });
  expect(answer.status).toBe(200);
  const { listings } = (await answer.json()) as { listings: readonly [Json & { isin?: string }] };
  return { isin, ...listings[0] };
}

it('every leaf path of the schema is in a record of this test', () => {
  const paths = new Set(records.flatMap(({ leaves }) => leaves.map(([path]) => path)));
  expect(LEAVES.length).toBe(175);
  expect(LEAVES.filter(({ path }) => !paths.has(path))).toEqual([]);
});

it('every value of every path comes back out of the API under its name', async () => {
  const lost: string[] = [];
  for (const record of records) {
    const listing = await listingOf(record);
    for (const [path, value] of record.leaves) {
      const field = FIELDS.find(({ paths }) => paths.includes(path));
      const found = field && given(listing, field);
      if (
        found === undefined ||
        !found.split(' ').includes(value.split(' ')[0] ?? '') ||
        !found.includes(value)
      )
        lost.push(`${path}: ${value} came back as ${field?.name} ${found}`);
    }
  }
  expect(lost).toEqual([]);
});
