import { PublisherChangedError, TryLaterError } from '../../../common/errors.js';
import { excerpt } from '../../formats/excerpt.js';
import type { Web } from '../../source.js';
import type { ListingWindow } from './editions-window.js';
import { listedFile, type ListedFile } from './set.js';

/** What of a publisher's files there is. */
export interface Listing {
  readonly files: readonly ListedFile[];
  /** Documents that name no file of FIRDS. */
  readonly ignoredCount: number;
}

/** Asks a publisher for its list. */
export type ReadListing = (web: Web, window: ListingWindow, sourceId: string) => Promise<Listing>;

/** One document of a search engine's answer, as far as it matters. A field is `undefined` when it is absent or empty. */
export interface ListedDocument {
  readonly fileName: string | undefined;
  readonly link: string | undefined;
  readonly checksum?: string | undefined;
  /** Rises with time. */
  readonly id?: string | undefined;
}

export interface ListingPage {
  /** How many documents all pages have together. */
  readonly total: number;
  readonly documents: readonly ListedDocument[];
  /** The engine says itself that it could not look everywhere. */
  readonly isPartial: boolean;
}

/** A page of 1,000 documents has some 600 kB. */
export const MAX_PAGE_BYTES = 5_000_000;

/**
 * All pages of a list that does not change meanwhile; when it does, it is read once more.
 * @throws TryLaterError LISTING_UNSTABLE
 */
export async function readAllPages(
  readPage: (start: number) => Promise<ListingPage>,
  pageSize: number,
  sourceId: string,
): Promise<ListedDocument[]> {
  let flaw = '';
  for (let attempt = 1; attempt <= 2; attempt++) {
    const documents: ListedDocument[] = [];
    flaw = '';
    let total = 0;
    do {
      const start = documents.length;
      const page = await readPage(start);
      if (start === 0) total = page.total;
      const promised = Math.min(pageSize, Math.max(total - start, 0));
      if (page.isPartial) flaw = 'says that its answer is only a part';
      else if (page.total !== total) flaw = `had ${total} documents, and then ${page.total}`;
      else if (page.documents.length !== promised) {
        flaw = `promised ${promised} documents from number ${start} on, and gave ${page.documents.length}`;
      }
      documents.push(...page.documents);
    } while (flaw === '' && documents.length < total);
    if (flaw === '') return documents;
  }
  throw new TryLaterError(
    'LISTING_UNSTABLE',
    `${sourceId}: the list of files ${flaw}; read twice`,
    'Nothing at first: the publisher is probably changing it right now, and is asked again later.',
  );
}

/**
 * The files that documents name, each once. A file that is listed twice counts once; of two checksums the one with the later
 * `id` counts.
 * @throws PublisherChangedError LISTING_UNKNOWN, LISTING_LINK
 */
export function filesOf(documents: readonly ListedDocument[], sourceId: string): Listing {
  const latest = new Map<string, { readonly id: string | undefined; readonly file: ListedFile }>();
  let ignoredCount = 0;
  for (const document of documents) {
    const file = fileOf(document, sourceId);
    if (file === undefined) {
      // In July 2026 ESMA listed `{"id": "lastModification", "file_name": "", …}`; texts of 2017 name a type INVINS.
      ignoredCount++;
      continue;
    }
    const known = latest.get(file.fileName);
    if (known === undefined || !isLater(known.id, document.id)) {
      latest.set(file.fileName, { id: document.id, file });
    }
  }
  // One odd document is a habit, a list of nothing else is another format.
  if (latest.size === 0 && ignoredCount > 1) {
    throw listingUnknown(
      sourceId,
      `none of its ${ignoredCount} documents names a file of FIRDS`,
      JSON.stringify(documents.slice(0, 3)),
    );
  }
  return { files: [...latest.values()].map(({ file }) => file), ignoredCount };
}

/** An answer that is not understood. */
export function listingUnknown(
  sourceId: string,
  reason: string,
  text: string,
  cause?: unknown,
): PublisherChangedError {
  return new PublisherChangedError(
    'LISTING_UNKNOWN',
    `${sourceId}: the list of files is not understood: ${reason}. It begins: ${excerpt(text.trim().replace(/\s+/g, ' '), 200)}`,
    'Open the list in a browser and compare it with what src/sources/families/firds expects. Until then bring files by ' +
      'hand with --file.',
    { cause },
  );
}

/** A value of JSON as an object; `undefined` when it is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A value of JSON as text; `undefined` when it is none, or says nothing. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** JSON, or `undefined` when a text is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fileOf({ fileName, link, checksum }: ListedDocument, sourceId: string): ListedFile | undefined {
  if (fileName === undefined || listedFile(fileName, '') === undefined) return undefined;
  const md5 = checksum?.toLowerCase();
  if (md5 !== undefined && !/^[0-9a-f]{32}$/.test(md5)) {
    throw listingUnknown(sourceId, `the checksum of ${fileName} is no MD5`, md5);
  }
  return listedFile(fileName, addressOf(link, fileName, sourceId), md5);
}

function addressOf(link: string | undefined, fileName: string, sourceId: string): string {
  const url = link !== undefined && URL.canParse(link) ? new URL(link) : undefined;
  if (url?.pathname.split('/').pop() !== fileName) {
    throw new PublisherChangedError(
      'LISTING_LINK',
      `${sourceId}: the link of ${fileName} leads somewhere else: ${excerpt(link ?? '(none)', 200)}`,
      'Look at the list in a browser. If the publisher names its files otherwise now, the source must follow; until then ' +
        'bring files by hand with --file.',
    );
  }
  // Answers of 2021 to 2023 say `http://firds.esma.europa.eu/firds/…`; https serves the same.
  if (url.protocol === 'http:') url.protocol = 'https:';
  return url.href;
}

/** Ids are whole numbers, `46015`, and may have any length; whatever else is there comes before all of them. */
function isLater(one: string | undefined, other: string | undefined): boolean {
  return numberOf(one) > numberOf(other);
}

function numberOf(id: string | undefined): bigint {
  return id !== undefined && /^[0-9]+$/.test(id) ? BigInt(id) : -1n;
}
