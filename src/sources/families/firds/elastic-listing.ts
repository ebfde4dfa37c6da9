import { daysAfter } from '../../../domain/day.js';
import type { Web } from '../../source.js';
import { daysBetween, type ListingWindow } from './editions-window.js';
import {
  filesOf,
  jsonOf,
  listingUnknown,
  MAX_PAGE_BYTES,
  objectOf,
  readAllPages,
  textOf,
  type ListedDocument,
  type Listing,
  type ListingPage,
} from './family-listing.js';

const PAGE_SIZE = 100;

/** Elasticsearch answers no deeper (`index.max_result_window`). */
const MAX_DEPTH = 10_000;

/** The list of an Elasticsearch 6 behind a gateway (FCA FIRDS technical specification, July 2020). It has no checksums. */
export async function readElasticListing(
  address: string,
  web: Web,
  window: ListingWindow,
  sourceId: string,
): Promise<Listing> {
  return filesOf(await documentsIn(address, web, window, sourceId), sourceId);
}

/** The address of one page. */
export function elasticQuery(address: string, { from, to }: ListingWindow, start: number): string {
  const types = ['FULINS', 'DLTINS', 'FULCAN'].map((type) => `file_type:${type}`).join(' OR ');
  const query = new URLSearchParams({
    q: `((${types}) AND (publication_date:[${from} TO ${to}]))`,
    from: String(start),
    size: String(PAGE_SIZE),
    sort: 'file_name:asc',
  });
  // The gateway's documentation and all its users write blanks as %20.
  return `${address}?${query.toString().replaceAll('+', '%20')}`;
}

/** @throws PublisherChangedError LISTING_UNKNOWN */
function readElasticAnswer(text: string, sourceId: string): ListingPage {
  const answer = objectOf(jsonOf(text));
  const hits = objectOf(answer?.hits);
  const total = totalOf(hits?.total);
  if (total === undefined || !Array.isArray(hits?.hits)) {
    throw listingUnknown(sourceId, 'no JSON of Elasticsearch with "hits" and their "total"', text);
  }
  const failedShards = objectOf(answer?._shards)?.failed;
  return {
    total,
    isPartial: answer?.timed_out === true || (typeof failedShards === 'number' && failedShards > 0),
    documents: hits.hits.map((hit: unknown) => {
      // The day is read in the file's name: `publication_date` is sometimes an instant, `last_refreshed` that of the index.
      const document = objectOf(objectOf(hit)?._source);
      return { fileName: textOf(document?.file_name), link: textOf(document?.download_link) };
    }),
  };
}

async function documentsIn(
  address: string,
  web: Web,
  window: ListingWindow,
  sourceId: string,
): Promise<ListedDocument[]> {
  const readPage = async (start: number) =>
    readElasticAnswer(await web.text(elasticQuery(address, window, start), MAX_PAGE_BYTES), sourceId);
  const first = await readPage(0);
  if (first.total <= MAX_DEPTH) {
    let isFirstKnown = true;
    return readAllPages(
      async (start) => {
        if (!isFirstKnown) return readPage(start);
        isFirstKnown = false;
        return first;
      },
      PAGE_SIZE,
      sourceId,
    );
  }
  const days = daysBetween(window.from, window.to);
  if (days.length === 0) {
    throw listingUnknown(
      sourceId,
      `more than ${MAX_DEPTH} files of ${window.from}`,
      JSON.stringify(first.documents.slice(0, 3)),
    );
  }
  const middle = daysAfter(window.from, Math.floor(days.length / 2));
  return [
    ...(await documentsIn(address, web, { from: window.from, to: middle }, sourceId)),
    ...(await documentsIn(address, web, { from: daysAfter(middle, 1), to: window.to }, sourceId)),
  ];
}

/** `3` (Elasticsearch 6), `{"value": 3, "relation": "eq"}` (7), `{"value": 10000, "relation": "gte"}`: nobody counted on. */
function totalOf(total: unknown): number | undefined {
  const object = objectOf(total);
  const value = object === undefined ? total : object.value;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined;
  return object?.relation === 'gte' ? Math.max(value, MAX_DEPTH + 1) : value;
}
