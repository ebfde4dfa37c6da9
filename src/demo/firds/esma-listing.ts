import type { Day } from '../../domain/day.js';
import type { ServedFile } from '../http-answer.js';
import type { FirdsWorld } from './firds-world.js';
import { mix } from './hash.js';
import { findFiles, type ListedFile, type ListingChange, sortFiles } from './listing.js';
import { type Fields, parseQuery } from './query.js';

/** What a listing needs to know of its server. */
export interface ListingContext {
  readonly world: FirdsWorld;
  readonly today: Day;
  /** How many listings were asked for before: what is unstable changes with it. */
  readonly request: number;
  readonly change: ListingChange;
  /** The MD5 of a file's zip, where it is given. */
  readonly checksumOf: (listed: ListedFile) => Promise<string | undefined>;
}

/** Answers are files without validators, and their status. */
export interface ListingAnswer {
  readonly status: number;
  readonly file: ServedFile;
}

const KNOWN = [
  'id',
  'file_name',
  'file_type',
  'publication_date',
  'checksum',
  'download_link',
  'published_instrument_file_id',
  '_root_',
  'timestamp',
];

type Document = Record<string, string>;

/** What Apache Solr answers to `/select` of the core of FIRDS files. @throws nothing: a bad question is a 400. */
export async function answerEsmaListing(
  asked: URLSearchParams,
  context: ListingContext,
): Promise<ListingAnswer> {
  try {
    return await select(asked, context);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const body = { responseHeader: { status: 400, QTime: 0 }, error: { msg: error.message, code: 400 } };
    return { status: 400, file: jsonFile(JSON.stringify(body)) };
  }
}

async function select(asked: URLSearchParams, context: ListingContext): Promise<ListingAnswer> {
  const { world, today, request } = context;
  const filters = [asked.get('q') ?? '*', ...asked.getAll('fq')].map((text) => parseQuery(text, KNOWN));
  const condition = (fields: Fields): boolean | undefined => {
    const results = filters.map((filter) => filter(fields));
    return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
  };
  const [start, rows] = [wholeNumber(asked, 'start', 0), wholeNumber(asked, 'rows', 10)];
  const files = await findFiles(world, today, condition, context.change);
  const junk = junkDocument(today);
  const found: (ListedFile | Document)[] = [...files];
  // The index has a document that is no file. It has a date, and nothing else to be found by.
  if (condition({ ...junk, file_name: '', file_type: '' }) === true) found.push(junk);
  const page = sortFiles(found, parseSort(asked.get('sort')), request).slice(start, start + rows);
  const docs: Document[] = [];
  for (const item of page) docs.push('file' in item ? await documentOf(item as ListedFile, context) : item);
  const wt = asked.get('wt') ?? 'json';
  if (wt !== 'json' && wt !== 'xml') throw new RangeError(`unknown response writer ${wt}`);
  const answer = { asked, start, numFound: found.length, docs };
  return { status: 200, file: wt === 'json' ? jsonFile(toJson(answer)) : xmlFile(toXml(answer)) };
}

async function documentOf(listed: ListedFile, context: ListingContext): Promise<Document> {
  const checksum = await context.checksumOf(listed);
  const id = String(listed.id);
  // Older documents still have the address of before 2024.
  const scheme = mix(listed.id, 1) % 4 === 0 ? 'http' : 'https';
  return {
    ...(checksum !== undefined && { checksum }),
    download_link: `${scheme}://${listed.address}`,
    publication_date: `${listed.file.date}T00:00:00Z`,
    published_instrument_file_id: id,
    id,
    _root_: id,
    file_name: listed.name,
    file_type: listed.file.type,
    _version_: versionOf(listed.id),
    // The night of the last re-index of everything, not the time of publication.
    timestamp: `${context.today}T01:44:13.${String(mix(listed.id, 2) % 1_000).padStart(3, '0')}Z`,
  };
}

function junkDocument(today: Day): Document {
  return {
    id: 'lastModification',
    publication_date: `${today}T00:00:00Z`,
    file_name: '',
    file_type: '',
    download_link: '',
    _version_: versionOf(0),
    timestamp: `${today}T01:44:12.001Z`,
  };
}

/** Beyond 2^53: a program that reads it as a double gets another number. */
function versionOf(id: number): string {
  return String(1_870_000_000_000_000_001n + BigInt(id) * 2n);
}

function parseSort(text: string | null): (readonly [(item: ListedFile | Document) => string, boolean])[] {
  if (text === null || text.trim() === '') return [];
  return text.split(',').map((clause) => {
    const [, field = '', order] = /^\s*(\S+)\s+(asc|desc)\s*$/i.exec(clause) ?? [];
    if (!KNOWN.includes(field))
      throw new RangeError(`Can't determine a Sort Order (asc or desc) in sort spec '${text}'`);
    return [(item) => fieldOf(item, field), order?.toLowerCase() === 'desc'] as const;
  });
}

function fieldOf(item: ListedFile | Document, field: string): string {
  if (!('file' in item)) return item[field] ?? '';
  const { file, name, id } = item as ListedFile;
  switch (field) {
    case 'file_name':
      return name;
    case 'file_type':
      return file.type;
    case 'publication_date':
      return `${file.date}T00:00:00Z`;
    default:
      return String(id);
  }
}

function wholeNumber(asked: URLSearchParams, name: string, usual: number): number {
  const text = asked.get(name);
  if (text === null || text === '') return usual;
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`For input string: "${text}"`);
  return Number(text);
}

interface SolrAnswer {
  readonly asked: URLSearchParams;
  readonly start: number;
  readonly numFound: number;
  readonly docs: readonly Document[];
}

function parametersOf(asked: URLSearchParams): [string, string | string[]][] {
  return [...new Set(asked.keys())].map((name) => {
    const values = asked.getAll(name);
    return [name, values.length === 1 ? (values[0] ?? '') : values];
  });
}

function toJson({ asked, start, numFound, docs }: SolrAnswer): string {
  const body = {
    responseHeader: { status: 0, QTime: 1, params: Object.fromEntries(parametersOf(asked)) },
    response: { numFound, start, numFoundExact: true, docs },
  };
  const indent = asked.get('indent') === 'true' ? 2 : undefined;
  // Longs are written as numbers, which JSON.stringify cannot do for these.
  return JSON.stringify(body, null, indent).replaceAll(/"_version_":( ?)"(\d+)"/g, '"_version_":$1$2');
}

function toXml({ asked, start, numFound, docs }: SolrAnswer): string {
  const types: Readonly<Record<string, string>> = {
    publication_date: 'date',
    timestamp: 'date',
    _version_: 'long',
  };
  const leaf = (name: string, value: string): string => {
    const type = types[name] ?? 'str';
    return `<${type} name="${name}">${escape(value)}</${type}>`;
  };
  const parameters = parametersOf(asked).map(([name, value]) =>
    typeof value === 'string'
      ? `<str name="${escape(name)}">${escape(value)}</str>`
      : `<arr name="${escape(name)}">${value.map((one) => `<str>${escape(one)}</str>`).join('')}</arr>`,
  );
  const documents = docs.map(
    (doc) =>
      `  <doc>\n${Object.entries(doc)
        .map(([name, value]) => `    ${leaf(name, value)}`)
        .join('\n')}</doc>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<response>',
    '',
    '<lst name="responseHeader">',
    '  <int name="status">0</int>',
    '  <int name="QTime">1</int>',
    `  <lst name="params">${parameters.join('')}</lst>`,
    '</lst>',
    `<result name="response" numFound="${numFound}" start="${start}">`,
    ...documents,
    '</result>',
    '</response>',
    '',
  ].join('\n');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function jsonFile(text: string): ServedFile {
  return { bytes: Buffer.from(text), contentType: 'application/json;charset=utf-8', modifiedAt: undefined };
}

function xmlFile(text: string): ServedFile {
  return { bytes: Buffer.from(text), contentType: 'application/xml; charset=UTF-8', modifiedAt: undefined };
}
