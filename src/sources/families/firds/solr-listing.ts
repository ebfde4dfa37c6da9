import type { Web } from '../../source.js';
import type { ListingWindow } from './editions-window.js';
import {
  filesOf,
  jsonOf,
  listingUnknown,
  MAX_PAGE_BYTES,
  objectOf,
  readAllPages,
  textOf,
  type Listing,
  type ListingPage,
} from './family-listing.js';
import { readXmlAnswer } from './solr-listing-xml.js';

const PAGE_SIZE = 1_000;

/** The list of an Apache Solr (ESMA65-8-5014 §3.4). Letters are not asked for: a week is one page as it is. */
export async function readSolrListing(
  address: string,
  web: Web,
  window: ListingWindow,
  sourceId: string,
): Promise<Listing> {
  const documents = await readAllPages(
    async (start) =>
      readSolrAnswer(await web.text(solrQuery(address, window, start), MAX_PAGE_BYTES), sourceId),
    PAGE_SIZE,
    sourceId,
  );
  return filesOf(documents, sourceId);
}

/** The address of one page. Without `sort` pages overlap: Solr's own order changes from answer to answer. */
export function solrQuery(address: string, { from, to }: ListingWindow, start: number): string {
  const query = new URLSearchParams([
    ['q', '*'],
    ['fq', `publication_date:[${from}T00:00:00Z TO ${to}T23:59:59Z]`],
    ['fq', 'file_type:(FULINS OR DLTINS OR FULCAN)'],
    ['sort', 'publication_date asc,file_name asc'],
    ['start', String(start)],
    ['rows', String(PAGE_SIZE)],
    ['wt', 'json'],
  ]);
  return `${address}?${query.toString()}`;
}

/**
 * Reads an answer by what it is, not by what was asked for: the same handler has answered in XML and in JSON.
 * @throws PublisherChangedError LISTING_UNKNOWN
 */
export function readSolrAnswer(text: string, sourceId: string): ListingPage {
  return text.trimStart().startsWith('<') ? readXmlAnswer(text, sourceId) : readJsonAnswer(text, sourceId);
}

function readJsonAnswer(text: string, sourceId: string): ListingPage {
  const answer = objectOf(jsonOf(text));
  const response = objectOf(answer?.response);
  const { numFound, docs } = response ?? {};
  if (
    typeof numFound !== 'number' ||
    !Number.isSafeInteger(numFound) ||
    numFound < 0 ||
    !Array.isArray(docs)
  ) {
    throw listingUnknown(sourceId, 'no JSON of Solr with "numFound" and "docs"', text);
  }
  return {
    total: numFound,
    isPartial: objectOf(answer?.responseHeader)?.partialResults === true,
    documents: docs.map((value: unknown) => {
      // `_version_` is beyond what a number can hold, and nobody reads it; `timestamp` is that of a nightly new index.
      const document = objectOf(value);
      return {
        fileName: textOf(document?.file_name),
        link: textOf(document?.download_link),
        checksum: textOf(document?.checksum),
        id: textOf(document?.id),
      };
    }),
  };
}
