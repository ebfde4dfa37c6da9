import { NOTHING_HELD } from '../../../test/support/nothing-held.js';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome, PartFile, RawRow, SourceItem, Web } from '../source.js';
import { xxIsoMic } from './source.js';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const NEW = join(FIXTURES, 'ISO10383_MIC.csv');
const OLD = join(FIXTURES, 'ISO10383_MIC_2019.csv');

type ReadRow = { readonly row: RawRow; readonly outcome: Outcome<SourceItem> };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isinglass-mic-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readPath(path: string): Promise<ReadRow[]> {
  const file: PartFile = {
    path,
    part: { name: 'ISO10383_MIC', scope: 'ISO10383_MIC' },
    editionOn: '2025-05-20',
  };
  const rows: ReadRow[] = [];
  for await (const row of xxIsoMic.read(file)) rows.push({ row, outcome: xxIsoMic.toItem(row, file) });
  return rows;
}

async function readContent(content: string | Buffer): Promise<Outcome<SourceItem>[]> {
  const path = join(folder, 'list.csv');
  await writeFile(path, content);
  return outcomes(await readPath(path));
}

/** The list with one text of its first row replaced. */
async function withChange(from: string, to: string): Promise<Outcome<SourceItem>[]> {
  const text = await readFile(NEW, 'utf8');
  expect(text).toContain(from);
  return readContent(text.replace(from, to));
}

const outcomes = (rows: ReadRow[]): Outcome<SourceItem>[] => rows.map(({ outcome }) => outcome);
const codes = (outcome: Outcome<SourceItem> | undefined): string[] =>
  outcome !== undefined && 'rejected' in outcome ? outcome.rejected.map(({ code }) => code) : [];

describe('the market identifier codes', () => {
  it.each([
    ['of today', NEW],
    ['before 2022', OLD],
  ])('%s become these venues', async (_layout, path) => {
    const rows = await readPath(path);
    expect(rows.map(({ row, outcome }) => ({ line: row.line, ...outcome }))).toMatchSnapshot();
    expect(await readPath(path)).toEqual(rows);
  });

  it('say the same in windows-1252 with CRLF, as the list before 2022 really came', async () => {
    const text = (await readFile(OLD, 'utf8')).replaceAll('\n', '\r\n');
    const bytes = Buffer.from(text.replace('–', '\x96').replace('‘', '\x91').replace('’', '\x92'), 'latin1');
    expect(await readContent(bytes)).toEqual(outcomes(await readPath(OLD)));
  });

  it('say the same without quotes, with their columns turned round', async () => {
    const plain = (await readFile(OLD, 'utf8')).replaceAll('"', '').trimEnd();
    const turned = plain.split('\n').map((line) => line.split(',').reverse().join(','));
    expect(await readContent(`${turned.join('\n')}\n`)).toEqual(outcomes(await readPath(OLD)));
  });

  it('are refused when a column is renamed', async () => {
    await expect(withChange('"OPRT/SGMT"', '"LEVEL"')).rejects.toMatchObject({
      code: 'HEADER_INCOMPLETE',
      message: expect.stringMatching(/^xx-iso-mic: ISO10383_MIC of 2025-05-20: .*"LEVEL"/) as unknown,
    });
  });

  it.each([
    ['MIC_SHAPE', '"XALP","XALP"', '"XALPHA","XALP"'],
    ['MIC_SHAPE', '"XALP","XALP"', '"XALP",""'],
    ['KIND_UNKNOWN', '"OPRT","ALPHA', '"LEVEL 1","ALPHA'],
    ['STATUS_UNKNOWN', '"ACTIVE"', '"DORMANT"'],
    ['STATUS_UNKNOWN', '"ACTIVE"', '"constructor"'],
    ['NAME_MISSING', '"ALPHA STOCK  EXCHANGE"', '""'],
    ['ROW_LENGTH', '"XALP","XALP"', '"XALP"'],
  ])('are rejected with %s when %s is %s', async (code, from, to) => {
    const [first, ...others] = await withChange(from, to);
    expect(codes(first)).toEqual([code]);
    expect(others.every((outcome) => 'item' in outcome)).toBe(true);
  });

  it.each([
    ['LEI_CHECK_DIGITS', 'lei', '549300ALPHAMARKETS59', '549300ALPHAMARKETS58', null],
    ['LEI_LENGTH', 'lei', '549300ALPHAMARKETS59', '549300ALPHA', null],
    ['CATEGORY_SHAPE', 'category', '"RMKT"', '"REGULATED"', null],
    ['COUNTRY_SHAPE', 'country', '"GB"', '"GBR"', null],
    ['DATE_UNREADABLE', 'createdOn', '"20050627"', '"20050631"', null],
  ])('are kept without what cannot be read: %s', async (code, field, from, to, expected) => {
    const [first] = await withChange(from, to);
    expect(first).toMatchObject({
      item: { value: { mic: 'XALP', [field]: expected } },
      oddities: [{ code, field }],
    });
  });

  it('are kept with a column nobody knows, which is counted', async () => {
    const text = (await readFile(NEW, 'utf8')).trimEnd().split('\n');
    const [first] = await readContent(
      `${text.map((line, index) => `${line},${index === 0 ? 'TIER' : 'x'}`).join('\n')}\n`,
    );
    expect(first).toMatchObject({ oddities: [{ code: 'COLUMN_UNKNOWN', field: 'TIER', value: 'x' }] });
  });

  it('skip blank lines', async () => {
    const found = await readContent(`${await readFile(NEW, 'utf8')}\n\r\n`);
    expect(found.slice(-2)).toEqual([{ skipped: 'blank' }, { skipped: 'blank' }]);
  });

  it('prefer the open market where a code stands twice', async () => {
    const precedences = outcomes(await readPath(NEW)).map((outcome) =>
      'item' in outcome ? outcome.precedence : undefined,
    );
    expect(precedences).toEqual([0, 0, 1]);
  });

  it('never become a silently wrong venue when the list is cut, quoted or not', async () => {
    const whole = outcomes(await readPath(OLD));
    const quoted = await readFile(OLD, 'utf8');
    for (const text of [quoted, quoted.replaceAll('"', '')]) {
      // From the end of the first row; cuts in one row are as good as in another.
      for (let end = text.indexOf('\n', text.indexOf('\n') + 1) + 2; end < text.length; end += 1) {
        if (text[end - 1] === '\n') continue;
        const found = await readContent(text.slice(0, end)).catch((error: unknown) => error);
        if (!Array.isArray(found)) {
          expect(found).toMatchObject({ code: 'CSV_BROKEN' });
          continue;
        }
        const last = found.at(-1) as Outcome<SourceItem>;
        expect(found.slice(0, -1)).toEqual(whole.slice(0, found.length - 1));
        const isTold =
          'rejected' in last ||
          ('item' in last && last.oddities?.some(({ code }) => code === 'ROW_UNFINISHED'));
        expect(isTold).toBe(true);
      }
    }
  });
});

describe('the file of the codes', () => {
  it.each([
    ['ISO10383_MIC.csv', true],
    ['ISO10383_MIC_NewFormat.csv', true],
    ['mic/ISO10383_MIC_2019-10-17_oldformat.csv', true],
    ['iso10383_mic (2).CSV', true],
    ['ISO10383_MIC.xml', false],
    ['ISO10383_MICS.csv', false],
    ['EQUITY_L.csv', false],
  ])('is known by its name: %s', (fileName, isKnown) => {
    expect(xxIsoMic.partOf(fileName) !== undefined).toBe(isKnown);
  });
});

describe('locating editions', () => {
  const web = (lastModified: string | undefined): Web => ({
    text: async () => '',
    head: async () => ({
      lastModified: lastModified === undefined ? undefined : new Date(lastModified),
      etag: undefined,
    }),
  });
  const now = new Date('2026-09-23T05:00:00Z');

  it.each([
    ['dates the edition by the day of the file', '2026-09-14T23:30:00Z', undefined, '2026-09-14'],
    ['takes today where the publisher does not say', undefined, undefined, '2026-09-23'],
    ['never dates it into the future', '2031-01-01T00:00:00Z', undefined, '2026-09-23'],
    [
      'gives the same day again, for it may be a correction',
      '2026-09-14T10:00:00Z',
      '2026-09-14',
      '2026-09-14',
    ],
    ['gives nothing older than what the house has', '2026-08-10T10:00:00Z', '2026-09-14', undefined],
  ])('%s', async (_promise, lastModified, editionOn, expected) => {
    const editions = await xxIsoMic.locate(web(lastModified), { ...NOTHING_HELD, editionOn, now });
    expect(editions.map((edition) => edition.editionOn)).toEqual(expected === undefined ? [] : [expected]);
  });
});
