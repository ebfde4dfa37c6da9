import { ConfigurationError, EditionRefusedError, PublisherChangedError } from '../../common/errors.js';
import { failPoint } from '../../common/fail-point.js';
import { copyBlocks, copyInto, copyLine } from '../../database/copy.js';
import type { Client, Database } from '../../database/database.js';
import type { Store } from '../../instruments/store.js';
import { RECORD_COLUMNS } from '../../domain/record-columns.js';
import type {
  BulkBlock,
  BulkFile,
  Outcome,
  RawRow,
  Reason,
  RowSource,
  Source,
  SourceItem,
} from '../../sources/source.js';
import { readInThread } from '../bulk-thread.js';
import type { FileStore } from '../file-store.js';
import type { Progress } from '../run.js';
import type { WebClient } from '../web/web-client.js';
import type { LocatedPart } from './locate.js';

/** So many rejects fit into memory; a file with more is not the file we think it is. */
const MAX_REJECTS = 50_000;
/** A few megabytes of JSON. */
const REJECTS_AT_ONCE = 1_000;
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
  /** Table its items were staged in. */
  readonly staging?: string;
  readonly counts: PartCounts;
}

export interface StoredFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fileName: string;
  readonly url: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Where the publisher says it. */
  readonly md5: string | null;
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

/** The file that an earlier attempt of the same run brought into the store, if it is still sound. */
export async function fetchedBefore(
  earlier: LoadedPart | undefined,
  files: FileStore,
): Promise<(StoredFile & { readonly isSame: boolean }) | undefined> {
  const file = earlier?.file ?? null;
  if (file === null || !(await files.verify(file.sha256))) return undefined;
  return { ...file, isSame: earlier?.state === 'same' };
}

/**
 * Brings the bytes of one part into the file store: given by hand, unchanged since they were last published, or
 * downloaded and verified.
 * @param isForced download it and take it for news, whatever it holds
 * @returns `null` when the part is optional and the publisher does not have it
 */
export async function fetchPart(
  source: Source,
  part: LocatedPart,
  isForced: boolean,
  tools: LoadTools,
): Promise<(StoredFile & { readonly isSame: boolean }) | null> {
  if (part.given !== null) {
    if (!(await tools.files.verify(part.given.sha256, tools.signal))) throw fileGone(source, part);
    return {
      ...part.given,
      fileName: part.fileName,
      url: null,
      etag: null,
      lastModified: null,
      md5: null,
      isSame: false,
    };
  }
  if (part.url === null) throw new Error(`${part.name}: neither a file nor a URL`);
  const published = await lastPublished(tools.database, source.id, part.name);
  const known =
    !isForced && published !== undefined && (await tools.files.verify(published.sha256))
      ? published
      : undefined;
  const partPath = tools.files.partPath(part.name);
  try {
    const download = await tools.web.download(
      {
        url: part.url,
        headers: part.headers,
        maxBytes: part.maxBytes,
        md5: part.md5,
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
      md5: part.md5 ?? null,
      isSame: !isForced && download.sha256 === published?.sha256,
    };
  } catch (error) {
    if (part.isOptional && error instanceof PublisherChangedError && error.code === 'PUBLISHER_NOT_FOUND')
      return null;
    throw error;
  }
}

function fileGone(source: Source, part: LocatedPart): ConfigurationError {
  return new ConfigurationError(
    'EDITION_FILES_GONE',
    `${source.id}: the file of ${part.name} is not in the store of this machine, or damaged there`,
    'Let all workers use one directory, ISINGLASS_FILES; then: npx isinglass retry <run>. Or bring the file again.',
  );
}

/**
 * Notes that a file is in the store.
 * @param isSame it is the file of a published edition, of which the list may say another MD5 than before
 */
export async function rememberFile(client: Client, file: StoredFile, isSame: boolean): Promise<void> {
  await client.query(
    `INSERT INTO file (sha256, size_bytes) VALUES ($1, $2) ON CONFLICT (sha256) DO UPDATE SET removed_at = NULL`,
    [file.sha256, file.sizeBytes],
  );
  if (!isSame || file.md5 === null) return;
  await client.query(
    `WITH part AS (
       UPDATE edition_part SET md5 = $3 WHERE file_sha256 = $1 AND file_name = $2 RETURNING edition_id
     )
     UPDATE edition SET last_seen_at = clock_timestamp() WHERE id IN (SELECT edition_id FROM part)`,
    [file.sha256, file.fileName, file.md5],
  );
}

/** Where a part is staged, and by which step. */
export interface StagingPlace {
  readonly client: Client;
  readonly runId: number;
  readonly step: string;
  readonly staging: string;
}

/** Parses a stored part and copies it into a staging table of its own, inside the caller's transaction. */
export async function stagePart(
  source: Source,
  store: Store<SourceItem['value']>,
  file: BulkFile,
  place: StagingPlace,
  tools: Pick<LoadTools, 'signal' | 'onProgress'>,
): Promise<PartCounts> {
  const { client, staging } = place;
  // A table made in the transaction that fills it: a killed COPY leaves nothing behind that anybody can see. Unlogged: when
  // PostgreSQL crashes the table is empty, which the gate notices, and the part is staged again.
  await client.query(`CREATE UNLOGGED TABLE ${staging} (LIKE ${store.stagingTemplate})`);
  const sorter = new Sorter(file.part.name);
  const { step } = place;
  if ('bulk' in source) {
    const blocks = readInThread(source.id, file, tools.signal);
    const counted = countedBlocks(blocks, sorter, ({ share }) => {
      tools.onProgress({ step, done: Math.round(share * 100), total: 100, unit: '%' });
      return failPoint(`${step}:mid-copy`);
    });
    await copyBlocks(client, staging, RECORD_COLUMNS, counted, tools.signal);
  } else {
    const onRows = (): Promise<void> => {
      tools.onProgress({ step, done: sorter.rows, unit: 'rows' });
      return failPoint(`${step}:mid-copy`);
    };
    await copyInto(
      client,
      staging,
      store.stagingColumns,
      linesOf(source, store, file, sorter, onRows),
      tools.signal,
    );
  }
  await writeRejects(client, place.runId, file.part.name, sorter.rejects);
  return sorter.counts();
}

async function* linesOf(
  source: RowSource,
  store: Store<SourceItem['value']>,
  file: BulkFile,
  sorter: Sorter,
  onRows: () => Promise<void>,
): AsyncIterable<string> {
  for await (const row of source.read(file)) {
    const outcome = source.toItem(row, file);
    sorter.count(row, outcome);
    if (sorter.rows % ROWS_PER_PROGRESS === 0) await onRows();
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

async function* countedBlocks(
  blocks: AsyncIterable<BulkBlock>,
  sorter: Sorter,
  onBlock: (block: BulkBlock) => Promise<void>,
): AsyncIterable<Uint8Array> {
  for await (const block of blocks) {
    sorter.countBlock(block);
    await onBlock(block);
    if (block.lines.length > 0) yield block.lines;
  }
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

  countBlock(block: BulkBlock): void {
    this.rows += block.rows;
    this.items += block.items;
    this.rejectedRows += block.rejects.length;
    this.rejects.push(...block.rejects);
    if (this.rejects.length > MAX_REJECTS) throw this.tooManyRejects();
    for (const [reason, rows] of Object.entries(block.skipped)) add(this.skipped, reason, rows);
    for (const [kind, items] of Object.entries(block.odd)) add(this.odd, kind, items);
  }

  count(row: RawRow, outcome: Outcome<SourceItem>): void {
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
  for (let from = 0; from < rejects.length; from += REJECTS_AT_ONCE) {
    await client.query(
      `INSERT INTO reject (run_id, part, line, reasons, raw)
       SELECT $1, $2, line, reasons, raw
       FROM jsonb_to_recordset($3::jsonb) AS rejects (line bigint, reasons jsonb, raw text)`,
      [runId, part, JSON.stringify(rejects.slice(from, from + REJECTS_AT_ONCE))],
    );
  }
}

async function lastPublished(
  database: Database,
  sourceId: string,
  part: string,
): Promise<StoredFile | undefined> {
  const rows = await database.query<{ [Key in keyof StoredFile]: StoredFile[Key] }>(
    `SELECT p.file_sha256 AS sha256, f.size_bytes AS "sizeBytes", p.file_name AS "fileName", p.url, p.etag,
            p.last_modified AS "lastModified", p.md5
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
