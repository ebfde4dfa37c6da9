import { EditionRefusedError, PublisherChangedError } from '../../common/errors.js';
import { failPoint } from '../../common/fail-point.js';
import { copyInto, copyLine } from '../../database/copy.js';
import type { Client, Database } from '../../database/database.js';
import type { Store } from '../../instruments/store.js';
import type { PartFile, RawRow, Reason, Source, SourceItem } from '../../sources/source.js';
import type { FileStore } from '../file-store.js';
import type { Progress } from '../run.js';
import type { WebClient } from '../web/web-client.js';
import type { LocatedPart } from './locate.js';

/** So many rejects fit into memory; a file with more is not the file we think it is. */
const MAX_REJECTS = 50_000;
/** What a row looks like that a transfer cut off: too few fields, or an end without a line end. */
const CUT_SHORT_REASONS: readonly string[] = ['ROW_LENGTH', 'ROW_UNFINISHED'];
const ROWS_PER_PROGRESS = 1_000;

/** What loading one part came to. */
export interface LoadedPart {
  readonly name: string;
  readonly scope: string;
  /** `absent`: an optional part the publisher does not have; `same`: the bytes that are published already. */
  readonly state: 'staged' | 'same' | 'absent';
  readonly file: StoredFile | null;
  readonly counts: PartCounts;
}

export interface StoredFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fileName: string;
  readonly url: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface PartCounts {
  /** Physical rows: items, rejects and skipped ones together. */
  readonly rows: number;
  readonly items: number;
  readonly rejected: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Items that were kept although something about them is odd, by code and field: `DATE_UNREADABLE firstTradeOn`. */
  readonly odd: Readonly<Record<string, number>>;
  /** The last row looks cut off: the file may end in the middle of it. */
  readonly endsInCutRow: boolean;
}

export const NO_COUNTS: PartCounts = {
  rows: 0,
  items: 0,
  rejected: 0,
  skipped: {},
  odd: {},
  endsInCutRow: false,
};

export interface LoadTools {
  readonly database: Database;
  readonly files: FileStore;
  readonly web: WebClient;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Brings the bytes of one part into the file store: given by hand, unchanged since they were last published, or
 * downloaded and verified.
 * @returns `null` when the part is optional and the publisher does not have it
 */
export async function fetchPart(
  source: Source,
  part: LocatedPart,
  tools: LoadTools,
): Promise<(StoredFile & { readonly isSame: boolean }) | null> {
  if (part.given !== null) {
    return {
      ...part.given,
      fileName: part.fileName,
      url: null,
      etag: null,
      lastModified: null,
      isSame: false,
    };
  }
  if (part.url === null) throw new Error(`${part.name}: neither a file nor a URL`);
  const published = await lastPublished(tools.database, source.id, part.name);
  const known =
    published !== undefined && (await tools.files.verify(published.sha256)) ? published : undefined;
  const partPath = tools.files.partPath(part.name);
  try {
    const download = await tools.web.download(
      {
        url: part.url,
        headers: part.headers,
        maxBytes: part.maxBytes,
        hosts: source.hosts,
        pauseMs: source.pauseMs,
        partPath,
        // Only what came from this very address may vouch for it.
        ...(known?.url === part.url && {
          etag: known.etag ?? undefined,
          lastModified: known.lastModified ?? undefined,
        }),
      },
      tools.signal,
      ({ sizeBytes, totalBytes }) =>
        tools.onProgress({ step: `load ${part.name}`, done: sizeBytes, total: totalBytes, unit: 'bytes' }),
    );
    if (download.state === 'unchanged') {
      if (known === undefined) throw new Error(`${part.url}: 304 without a condition`);
      return { ...known, isSame: true };
    }
    await tools.files.keep(partPath, download.sha256);
    await failPoint(`load ${part.name}:kept`);
    return {
      sha256: download.sha256,
      sizeBytes: download.sizeBytes,
      fileName: part.fileName,
      url: part.url,
      etag: download.etag ?? null,
      lastModified: download.lastModified ?? null,
      isSame: download.sha256 === published?.sha256,
    };
  } catch (error) {
    if (part.isOptional && error instanceof PublisherChangedError && error.code === 'PUBLISHER_NOT_FOUND')
      return null;
    throw error;
  }
}

/** Parses a stored part and copies it into a staging table of its own, inside the caller's transaction. */
export async function stagePart<Item extends SourceItem>(
  source: Source<Item>,
  store: Store<Item['value']>,
  file: PartFile,
  place: {
    readonly client: Client;
    readonly runId: number;
    readonly staging: string;
    readonly parent: string;
  },
  tools: Pick<LoadTools, 'signal' | 'onProgress'>,
): Promise<PartCounts> {
  const { client, staging } = place;
  const sorter = new Sorter(file.part.name);
  async function* lines(): AsyncIterable<string> {
    for await (const row of source.read(file)) {
      const outcome = source.toItem(row, file);
      sorter.count(row, outcome);
      if (sorter.rows % ROWS_PER_PROGRESS === 0) {
        tools.onProgress({ step: `load ${file.part.name}`, done: sorter.rows, unit: 'rows' });
        await failPoint(`load ${file.part.name}:mid-copy`);
      }
      if (!('item' in outcome)) continue;
      yield copyLine(
        store.stagedRow(outcome.item.value, {
          part: file.part.name,
          scope: file.part.scope,
          line: row.line,
          precedence: outcome.precedence ?? 0,
        }),
      );
    }
  }
  // A table made in the transaction that fills it: PostgreSQL may skip the write-ahead log, and a killed COPY
  // leaves nothing behind that anybody can see.
  await client.query(`CREATE TABLE ${staging} () INHERITS (${place.parent})`);
  await copyInto(client, staging, store.stagingColumns, lines(), tools.signal);
  await writeRejects(client, place.runId, file.part.name, sorter.rejects);
  return sorter.counts();
}

/** Counts what each row became, so that none is dropped unseen. */
class Sorter {
  rows = 0;
  readonly rejects: { line: number; reasons: readonly Reason[]; raw: string }[] = [];
  private items = 0;
  private rejectedRows = 0;
  private endsInCutRow = false;
  private readonly skipped: Record<string, number> = {};
  private readonly odd: Record<string, number> = {};

  constructor(private readonly partName: string) {}

  count(row: RawRow, outcome: ReturnType<Source['toItem']>): void {
    this.rows += row.rows;
    this.endsInCutRow =
      'rejected' in outcome && outcome.rejected.some(({ code }) => CUT_SHORT_REASONS.includes(code));
    if ('skipped' in outcome) {
      add(this.skipped, outcome.skipped, row.rows);
    } else if ('rejected' in outcome) {
      this.rejectedRows += row.rows;
      this.rejects.push({ line: row.line, reasons: outcome.rejected, raw: row.raw });
      if (this.rejects.length > MAX_REJECTS) throw this.tooManyRejects();
    } else {
      this.items += 1;
      for (const { code, field } of outcome.oddities ?? []) add(this.odd, `${code} ${field}`, 1);
    }
  }

  counts(): PartCounts {
    return {
      rows: this.rows,
      items: this.items,
      rejected: this.rejectedRows,
      skipped: this.skipped,
      odd: this.odd,
      endsInCutRow: this.endsInCutRow,
    };
  }

  private tooManyRejects(): EditionRefusedError {
    return new EditionRefusedError(
      'REJECTS_TOO_MANY',
      `${this.partName}: more than ${MAX_REJECTS} rows could not be read`,
      'The publisher has probably changed the format: compare the file with the source’s fixture.',
    );
  }
}

function add(counts: Record<string, number>, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

async function writeRejects(
  client: Client,
  runId: number,
  part: string,
  rejects: Sorter['rejects'],
): Promise<void> {
  await client.query(
    `INSERT INTO reject (run_id, part, line, reasons, raw)
     SELECT $1, $2, line, reasons, raw
     FROM jsonb_to_recordset($3::jsonb) AS rejects (line bigint, reasons jsonb, raw text)`,
    [runId, part, JSON.stringify(rejects)],
  );
}

async function lastPublished(
  database: Database,
  sourceId: string,
  part: string,
): Promise<StoredFile | undefined> {
  const rows = await database.query<{ [Key in keyof StoredFile]: StoredFile[Key] }>(
    `SELECT p.file_sha256 AS sha256, f.size_bytes AS "sizeBytes", p.file_name AS "fileName", p.url, p.etag,
            p.last_modified AS "lastModified"
     FROM edition_part p
     JOIN edition e ON e.id = p.edition_id AND e.source_id = $1 AND e.state = 'published'
     JOIN publication n ON n.edition_id = e.id
     JOIN file f ON f.sha256 = p.file_sha256
     WHERE p.name = $2
     ORDER BY n.number DESC
     LIMIT 1`,
    [sourceId, part],
  );
  return rows[0];
}
