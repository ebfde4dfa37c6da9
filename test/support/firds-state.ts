import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Database } from '../../src/database/database.js';

/** The house's living records of a source, without what depends on when and by which edition it came to know them. */
export async function livingRecords(database: Database, source: string): Promise<readonly unknown[]> {
  const rows = await database.query<{ row: unknown }>(
    `SELECT to_jsonb(r) - ARRAY['recorded_at', 'publication', 'edition_id', 'stated_on', 'action', 'part'] AS row
     FROM record r WHERE source_id = $1 AND is_open AND status <> 'missing' ORDER BY isin, mic`,
    [source],
  );
  return rows.map(({ row }) => row);
}

/** Fetches files as a person would, with a browser. @returns their paths */
export async function download(urls: readonly string[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'isinglass-brought-'));
  return Promise.all(
    urls.map(async (url) => {
      const path = join(directory, basename(new URL(url).pathname));
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      await writeFile(path, Buffer.from(await answer.arrayBuffer()));
      return path;
    }),
  );
}

/** Addresses of the files that a simulated ESMA lists of one day and kind. */
export async function esmaFiles(publisherUrl: string, type: string, day: string): Promise<readonly string[]> {
  const query = new URLSearchParams({
    q: '*',
    fq: `publication_date:[${day}T00:00:00Z TO ${day}T23:59:59Z]`,
    wt: 'json',
    rows: '1000',
    sort: 'publication_date asc,file_name asc',
  });
  const answer = await fetch(
    `${publisherUrl}/registers.esma.europa.eu/solr/esma_registers_firds_files/select?${query.toString()}`,
  );
  const { response } = (await answer.json()) as { response: { docs: { file_name: string }[] } };
  return response.docs
    .filter(({ file_name }) => file_name.startsWith(type))
    .map(({ file_name }) => `${publisherUrl}/firds.esma.europa.eu/firds/${file_name}`);
}
