import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createInflateRaw } from 'node:zlib';
import { CFI_CATEGORIES } from '../../src/domain/cfi-table.js';
import { decodeCfi } from '../../src/domain/cfi.js';

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const TABLE = `${DATA}cfi/cfi_2019-10-01.json`;
const DELTA = `${DATA}esma/DLTINS_20210117_01of01.zip`;

interface PublishedAttribute {
  attributeName: string;
  attributeValues: { code: string }[];
}
type AttributeKey = `attribute${1 | 2 | 3 | 4}`;
type PublishedGroup = { code: string; name: string } & Record<AttributeKey, PublishedAttribute>;
interface Published {
  categories: { code: string; name: string; groups: PublishedGroup[] }[];
}

const isThere = existsSync(TABLE) && existsSync(DELTA);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

describeIfThere(`the CFI table, against the published one${why}`, () => {
  it('has the same categories and groups, in the same order', () => {
    const ours = CFI_CATEGORIES.map(({ code, name, groups }) => [
      code,
      name,
      groups.map((g) => [g.code, g.name]),
    ]);
    const theirs = published().categories.map(({ code, name, groups }) => [
      code,
      name,
      groups.map((group) => [group.code, group.name]),
    ]);
    expect(ours).toEqual(theirs);
  });

  it('has the same attributes and letters, but for those that regulators use beyond it', () => {
    const differences: string[] = [];
    for (const category of published().categories) {
      const ourGroups = CFI_CATEGORIES.find((row) => row.code === category.code)?.groups;
      for (const group of category.groups) {
        for (const number of [1, 2, 3, 4] as const) {
          const theirs = group[`attribute${number}`];
          const ours = ourGroups?.find((row) => row.code === group.code)?.attributes[number - 1];
          const letters = theirs.attributeValues
            .map((value) => value.code)
            .filter((letter) => letter !== 'X');
          if (letters.length > 0) expect(ours?.name).toBe(theirs.attributeName.trim());
          const ourLetters = [...(ours?.values.keys() ?? [])];
          const where = `${category.code}${group.code} attribute ${number}`;
          differences.push(
            ...letters.filter((x) => !ourLetters.includes(x)).map((x) => `${where} lacks ${x}`),
          );
          differences.push(
            ...ourLetters.filter((x) => !letters.includes(x)).map((x) => `${where} adds ${x}`),
          );
        }
      }
    }
    expect(differences).toEqual([
      'DE attribute 2 adds F',
      'DE attribute 2 adds V',
      ...[...'ABCDEFGHI'].map((letter) => `HF attribute 2 adds ${letter}`),
    ]);
  });
});

describeIfThere(`CFI codes of a real FIRDS delta${why}`, () => {
  it('are all decodable, with a known group, and have only few letters without a meaning', async () => {
    const codes = await codesIn(DELTA);
    expect(codes.size).toBeGreaterThan(100);
    const unknown = new Set<string>();
    for (const code of codes) {
      const decoded = decodeCfi(code);
      if (decoded === null || decoded.group.name === null) throw new Error(`${code} has no known group`);
      for (const attribute of decoded.attributes) {
        if (!attribute.isKnown) unknown.add(`${code.slice(0, 2)} ${attribute.position} ${attribute.code}`);
      }
    }
    expect([...unknown].sort()).toEqual(['SC 6 P', 'SF 6 N', 'SR 6 C', 'SR 6 P']);
  });
});

function published(): Published {
  return JSON.parse(readFileSync(TABLE, 'utf8')) as Published;
}

/** The distinct codes in the one file of a zip, read as a stream: it has 143 MB. */
async function codesIn(zip: string): Promise<Set<string>> {
  const file = await open(zip);
  const { buffer: header } = await file.read(Buffer.alloc(30), 0, 30, 0);
  await file.close();
  // Local file header: lengths of name and extra field stand at 26 and 28; the compressed bytes follow.
  const start = 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const codes = new Set<string>();
  let rest = '';
  for await (const chunk of createReadStream(zip, { start }).pipe(createInflateRaw())) {
    const text = rest + (chunk as Buffer).toString('latin1');
    for (const match of text.matchAll(/<ClssfctnTp>([^<]*)<\/ClssfctnTp>/g)) codes.add(match[1] ?? '');
    rest = text.slice(-64);
  }
  return codes;
}
