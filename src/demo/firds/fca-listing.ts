import type { ServedFile } from '../http-answer.js';
import type { ListingAnswer, ListingContext } from './esma-listing.js';
import { mix } from './hash.js';
import { findFiles, type ListedFile, sortFiles } from './listing.js';
import { parseQuery } from './query.js';

const KNOWN = ['file_name', 'file_type', 'publication_date', 'download_link', 'last_refreshed'];
/** Elasticsearch goes no deeper than this into a result. */
const DEEPEST = 10_000;

/** What the FCA's gateway answers for everything that is not its index of FIRDS files. */
export const MISSING_TOKEN: ListingAnswer = {
  status: 403,
  file: json({ message: 'Missing Authentication Token' }),
};

/** What the FCA's Elasticsearch index of FIRDS files answers. A bad question is a 400. */
export async function answerFcaListing(
  asked: URLSearchParams,
  context: ListingContext,
): Promise<ListingAnswer> {
  try {
    return { status: 200, file: json(await search(asked, context)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = { type: 'search_phase_execution_exception', reason: error.message };
    return { status: 400, file: json({ error: reason, status: 400 }) };
  }
}

async function search(asked: URLSearchParams, context: ListingContext): Promise<unknown> {
  const { world, today, request } = context;
  const condition = parseQuery(asked.get('q') ?? '*', KNOWN);
  const [from, size] = [wholeNumber(asked, 'from', 0), wholeNumber(asked, 'size', 10)];
  if (from + size > DEEPEST)
    throw new RangeError(
      `Result window is too large, from + size must be less than or equal to: [${DEEPEST}]`,
    );
  const files = await findFiles(world, today, condition, context.change);
  const sort = parseSort(asked.get('sort'));
  const page = sortFiles(files, sort, request).slice(from, from + size);
  return {
    took: 4,
    timed_out: false,
    _shards: { total: 5, successful: 5, skipped: 0, failed: 0 },
    hits: {
      // Answers come from servers of different versions.
      total: request % 2 === 0 ? files.length : { value: files.length, relation: 'eq' },
      max_score: sort.length > 0 ? null : 1,
      hits: page.map((listed) => ({
        _index: 'fca-firds-downloadfiles',
        _type: '_doc',
        _id: `fca-${listed.id}`,
        _score: sort.length > 0 ? null : 1,
        _source: {
          download_link: `https://${listed.address}`,
          file_type: listed.file.type,
          file_name: listed.name,
          publication_date:
            mix(listed.id, 3) % 4 === 0 ? `${listed.file.date}T00:00:00.000Z` : listed.file.date,
          last_refreshed: `${today}T06:02:11.000Z`,
        },
        ...(sort.length > 0 && { sort: sort.map(([fieldOf]) => fieldOf(listed)) }),
      })),
    },
  };
}

function parseSort(text: string | null): (readonly [(listed: ListedFile) => string, boolean])[] {
  if (text === null || text === '') return [];
  return text.split(',').map((clause) => {
    const [field = '', order = 'asc'] = clause.split(':');
    const fields: Readonly<Record<string, (listed: ListedFile) => string>> = {
      file_name: ({ name }) => name,
      file_type: ({ file }) => file.type,
      publication_date: ({ file }) => file.date,
    };
    const fieldOf = fields[field];
    if (!fieldOf || (order !== 'asc' && order !== 'desc'))
      throw new RangeError(`No mapping found for [${field}] in order to sort on`);
    return [fieldOf, order === 'desc'] as const;
  });
}

function wholeNumber(asked: URLSearchParams, name: string, usual: number): number {
  const text = asked.get(name);
  if (text === null || text === '') return usual;
  if (!/^\d{1,9}$/.test(text))
    throw new RangeError(`Failed to parse int parameter [${name}] with value [${text}]`);
  return Number(text);
}

function json(body: unknown): ServedFile {
  return { bytes: Buffer.from(JSON.stringify(body)), contentType: 'application/json', modifiedAt: undefined };
}
