import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '../../src/config/settings.js';
import { NSE_LISTS } from '../../src/sources/in-nse-equities/lists.js';
import { sectionOf, tableRowsIn } from '../support/readme.js';

const SOURCE_TREE = fileURLToPath(new URL('../../src/', import.meta.url));

/** Quoted words in capitals that look like codes. */
const QUOTED = /(['"])([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\1/g;
/** Codes of a single word, and ids of system checks, where only their place tells what they are. */
const BY_PLACE = /\bcode: '([A-Z]{5,})'|\bid: '([a-z]+\.[a-z-]+)'/g;
/** Codes put together from the kind of identifier: `${kind}_LENGTH`. */
const BY_KIND = /`\$\{kind\}(_[A-Z_]+)`/g;

/** What looks like a code and is none: names of settings, of lists, and codes of other programs. */
const OTHERS = new Set([
  ...Object.values(SETTINGS).map(({ name }) => name),
  ...NSE_LISTS.map(({ name }) => name),
  'ISO10383_MIC',
  'CSV_MAX_RECORD_SIZE',
  'ERR_ENCODING_INVALID_ENCODED_DATA',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'PG_VERSION',
  'ADMIN_JS_TMP_DIR',
  'EAI_AGAIN',
]);

/** Every code of an error, a finding, a reject or a check, with the files that name it. */
async function codesInSource(): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = (await readdir(SOURCE_TREE, { recursive: true })).filter((file) =>
    /(?<!\.spec)\.ts$/.test(file),
  );
  const codes = new Map<string, string[]>();
  for (const file of files.filter((each) => !each.startsWith('demo'))) {
    const text = await readFile(join(SOURCE_TREE, file), 'utf8');
    const found = [...text.matchAll(QUOTED)].map((match) => match[2]);
    const placed = [...text.matchAll(BY_PLACE)].map((match) => match[1] ?? match[2]);
    const ofKinds = [...text.matchAll(BY_KIND)].flatMap(([, end]) => [`ISIN${end}`, `LEI${end}`]);
    for (const code of new Set([...found, ...placed, ...ofKinds])) {
      if (code !== undefined && !OTHERS.has(code)) codes.set(code, [...(codes.get(code) ?? []), file]);
    }
  }
  return codes;
}

async function codesInReadme(): Promise<readonly string[]> {
  const rows = tableRowsIn(await sectionOf('Errors and what to do'));
  return rows.flatMap(([codes = '']) =>
    [...codes.matchAll(/`([A-Z0-9_]+|[a-z]+\.[a-z-]+)`/g)].map((match) => match[1] ?? ''),
  );
}

describe('the codes in the source', () => {
  it('are found, of every kind', async () => {
    const codes = await codesInSource();
    const samples = [
      'SOURCE_UNKNOWN',
      'PUBLISHER_BLOCK_PAGE',
      'EMBEDDED_POSTGRES_PORT_TAKEN',
      'HEADER_UNKNOWN',
      'EDITION_SHRUNK',
      'APPROVED',
      'UNEXPECTED',
      'ISIN_CHECK_DIGIT',
      'LEI_LENGTH',
      'ROW_LENGTH',
      'database.encoding',
    ];
    expect(samples.filter((code) => !codes.has(code))).toEqual([]);
  });

  it('are all in the README, each with what to do', async () => {
    const listed = new Set(await codesInReadme());
    const missing = [...(await codesInSource())].filter(([code]) => !listed.has(code));
    expect(Object.fromEntries(missing)).toEqual({});
  });
});

describe('the codes in the README', () => {
  it('are all in the source', async () => {
    const codes = await codesInSource();
    expect((await codesInReadme()).filter((code) => !codes.has(code))).toEqual([]);
  });

  it('stand there once', async () => {
    const listed = await codesInReadme();
    expect(listed.filter((code, at) => listed.indexOf(code) !== at)).toEqual([]);
  });
});
