import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { Database, type Queries } from '../database/database.js';
import { sqlFile } from '../database/sql-file.js';
import { GOLDEN_FIELDS, type Action, type Details, type GoldenField, type Status } from '../domain/record.js';
import { attributesOf, underlyingIsinsOf } from './attributes.js';

const LISTINGS = sqlFile(import.meta.url, './sql/listings-of.sql');

const GOLDEN_COLUMNS = `isin, status, name, short_name AS "shortName", cfi, currency, issuer_lei AS "issuerLei", symbol,
  first_trade_on AS "firstTradeOn", termination_on AS "terminationOn", valid_from AS "validFrom",
  recorded_at AS "recordedAt", publication`;

/**
 * Whoever may not receive what hidden sources say sees of ISINs that one of them has what follows from the other sources alone.
 * Each half is asked by itself, so that each is found by its own indexes.
 * @param half SQL of what is asked of one table of golden records, which is called `i` there
 * @param hidden SQL of the ids of the hidden sources
 */
function ofRedistributable(half: (from: string, condition: string) => string, hidden: string): string {
  const isUntouched = `NOT EXISTS (SELECT FROM record r WHERE r.isin = i.isin AND r.source_id = ANY (${hidden}))`;
  return `(${half('instrument i', isUntouched)}) UNION ALL (${half('instrument_redistributable i', 'true')})`;
}

const GOLDEN = `SELECT ${GOLDEN_COLUMNS}, provenance AS origins FROM instrument WHERE isin = $1`;
const GOLDEN_REDISTRIBUTABLE = ofRedistributable(
  (from, condition) =>
    `SELECT ${GOLDEN_COLUMNS}, provenance AS origins FROM ${from} WHERE isin = $1 AND ${condition}`,
  '$2',
);

/** What one ISIN is looked up with: the ISIN is `$1`, the hidden sources are `$2`. */
export const LOOKUP_QUERIES: readonly string[] = [GOLDEN, GOLDEN_REDISTRIBUTABLE, LISTINGS];

/** The golden record of one ISIN. */
export interface Instrument extends Record<GoldenField, string | null> {
  readonly isin: string;
  readonly status: Status;
  /** The publishers' clock: the day since which this holds. */
  readonly validFrom: string;
  /** Our clock: when we came to know it. */
  readonly recordedAt: Date;
  readonly publication: number;
}

/** What one source says of the instrument on one venue. */
export interface Listing extends Record<GoldenField, string | null> {
  readonly mic: string;
  readonly venue: string | null;
  readonly source: string;
  readonly status: Status;
  /** The venue whose record speaks for the instrument, where the publisher names one. */
  readonly relevantMic: string | null;
  readonly details: Details;
  /** The event by which it became as it is. */
  readonly action: Action;
  /** False once the publisher terminated or cancelled it. */
  readonly isOpen: boolean;
  /** Day of the edition that said so. */
  readonly statedOn: string;
  readonly validFrom: string;
  /** Last day of a version that the publisher ended. */
  readonly validTo: string | null;
  readonly recordedAt: Date;
  readonly publication: number;
  readonly edition: string;
  readonly file: { readonly name: string; readonly sha256: string } | null;
}

/** Where a golden value comes from, and what else was said. */
export interface Provenance {
  readonly source: string;
  readonly mic: string;
  readonly edition: string | null;
  readonly file: { readonly name: string; readonly sha256: string } | null;
  readonly losing: readonly { readonly source: string; readonly mic: string; readonly value: string }[];
}

/** An instrument that another one is derived from; unknown ones have no name and no status. */
export interface Underlying {
  readonly isin: string;
  readonly name: string | null;
  readonly status: Status | null;
}

export interface InstrumentWithListings extends Instrument {
  /** What the record that speaks for the instrument says beyond the golden fields. */
  readonly attributes: Details;
  readonly underlyings: readonly Underlying[];
  readonly listings: readonly Listing[];
  readonly provenance: Partial<Record<GoldenField, Provenance>>;
}

export interface InstrumentFilter {
  /** Begins with. */
  readonly isin?: string;
  /** Contains, after case and blanks are evened out; begins with, when it ends in `*`. */
  readonly name?: string;
  readonly status?: Status;
  /** Begins with. */
  readonly cfi?: string;
  readonly currency?: string;
  readonly symbol?: string;
  readonly issuerLei?: string;
  readonly mic?: string;
  readonly source?: string;
  /** Only ISINs after this one. */
  readonly after?: string;
  /** Sources of which the reader may see nothing: see {@link InstrumentReader.find}. */
  readonly hidden?: readonly string[];
  readonly limit: number;
}

/** Golden records as doors and commands read them. */
@Injectable()
export class InstrumentReader {
  constructor(private readonly database: Database) {}

  /** @param hidden as of {@link find}. @throws NotFoundError INSTRUMENT_UNKNOWN */
  async get(isin: string, db?: Queries, hidden: readonly string[] = []): Promise<InstrumentWithListings> {
    const found = await this.find(isin, db, hidden);
    if (found !== undefined) return found;
    throw new NotFoundError(
      'INSTRUMENT_UNKNOWN',
      hidden.length === 0
        ? `${isin} is a valid ISIN, and no source we read has it`
        : `${isin} is a valid ISIN, and no source has it of which you may see something`,
      // The same for what is hidden and for what is not there.
      hidden.length === 0
        ? 'See which sources are on and how fresh they are: GET /v1/sources'
        : `See which sources are on: GET /v1/sources. Nothing is shown here of ${hidden.join(', ')}: only keys made for “all fields” receive it.`,
    );
  }

  /**
   * @param hidden sources whose values the reader may not receive: all is then as if they had never been there, so that nothing tells
   *   which ISINs they have
   */
  async find(
    isin: string,
    db?: Queries,
    hidden: readonly string[] = [],
  ): Promise<InstrumentWithListings | undefined> {
    if (db === undefined) return this.database.snapshot((snapshot) => this.find(isin, snapshot, hidden));
    const [row] =
      hidden.length === 0
        ? await db.query<Instrument & { origins: Origins }>(GOLDEN, [isin])
        : await db.query<Instrument & { origins: Origins }>(GOLDEN_REDISTRIBUTABLE, [isin, hidden]);
    if (row === undefined) return undefined;
    const said = await db.query<Listing & Record<string, unknown>>(LISTINGS, [isin]);
    const listings = said.filter(({ source }) => !hidden.includes(source));
    const { origins, ...instrument } = row;
    const attributes = attributesOf(listings, origins['*'] ?? origins.name);
    return {
      ...instrument,
      attributes,
      underlyings: await this.underlyings(underlyingIsinsOf(attributes), db, hidden),
      listings,
      provenance: provenanceOf(instrument, origins, listings),
    };
  }

  private async underlyings(
    isins: readonly string[],
    db: Queries,
    hidden: readonly string[],
  ): Promise<readonly Underlying[]> {
    if (isins.length === 0) return [];
    const half = (from: string, condition: string): string =>
      `SELECT i.name, i.status FROM ${from} WHERE i.isin = u.isin AND ${condition}`;
    const isRestricted = hidden.length > 0;
    return db.query<Underlying & Record<string, unknown>>(
      `SELECT u.isin, i.name, i.status
       FROM unnest($1::text[]) WITH ORDINALITY AS u (isin, place)
       LEFT JOIN LATERAL (${isRestricted ? ofRedistributable(half, '$2::text[]') : half('instrument i', 'true')}) i ON true
       ORDER BY u.place`,
      isRestricted ? [isins, hidden] : [isins],
    );
  }

  /** Golden records in the order of their ISINs, from a place on: never a count, never an offset. */
  async list(filter: InstrumentFilter, db: Queries = this.database): Promise<readonly Instrument[]> {
    const { sql, values } = listQuery(filter);
    return db.query<Instrument & Record<string, unknown>>(sql, values);
  }

  /** How much there is. Counts exactly, so not for hot paths. */
  async count(): Promise<{
    readonly instruments: number;
    readonly listings: number;
    readonly venues: number;
  }> {
    const rows = await this.database.query<{ instruments: number; listings: number; venues: number }>(
      `SELECT (SELECT count(*) FROM instrument) AS instruments,
              (SELECT count(*) FROM (SELECT DISTINCT isin, mic FROM record) listing) AS listings,
              (SELECT count(*) FROM venue) AS venues`,
    );
    const [counts] = rows;
    if (counts === undefined) throw new Error('an aggregate without a row');
    return counts;
  }

  /** Number and time of the newest publication: which state of the house an answer is from. */
  async newestPublication(
    db: Queries = this.database,
  ): Promise<{ readonly number: number; readonly publishedAt: Date } | null> {
    const rows = await db.query<{ number: number; publishedAt: Date }>(
      `SELECT number, published_at AS "publishedAt" FROM publication ORDER BY number DESC LIMIT 1`,
    );
    return rows[0] ?? null;
  }
}

/** The query behind {@link InstrumentReader.list}. Pure, so that its plans can be looked at. */
export function listQuery(filter: InstrumentFilter): {
  readonly sql: string;
  readonly values: readonly unknown[];
} {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const isRestricted = filter.hidden !== undefined && filter.hidden.length > 0;
  if (isRestricted) values.push(filter.hidden);
  const ofRecord = isRestricted ? 'AND r.source_id <> ALL ($1)' : '';
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where((p) => `isin > ${p}`, filter.after);
  where((p) => `isin LIKE ${p}`, filter.isin && beginsWith(filter.isin));
  const name = filter.name?.replace(/\*$/, '');
  const isPrefix = name !== filter.name;
  where((p) => `search_name LIKE ${isPrefix ? '' : `'%' || `}${likeLiterally(p)} || '%'`, name);
  where((p) => `status = ${p}`, filter.status);
  where((p) => `cfi LIKE ${p}`, filter.cfi && beginsWith(filter.cfi));
  where((p) => `currency = ${p}`, filter.currency);
  where((p) => `symbol = ${p}`, filter.symbol);
  where((p) => `issuer_lei = ${p}`, filter.issuerLei);
  where(
    (p) => `EXISTS (SELECT FROM record r WHERE r.isin = i.isin AND r.mic = ${p} ${ofRecord})`,
    filter.mic,
  );
  where(
    (p) => `EXISTS (SELECT FROM record r WHERE r.isin = i.isin AND r.source_id = ${p} ${ofRecord})`,
    filter.source,
  );
  values.push(filter.limit);
  const order = `ORDER BY isin LIMIT $${values.length}`;
  const half = (from: string, condition: string): string =>
    `SELECT ${GOLDEN_COLUMNS} FROM ${from} WHERE ${[condition, ...conditions].join(' AND ')} ${order}`;
  return {
    sql: isRestricted ? `${ofRedistributable(half, '$1')} ${order}` : half('instrument i', 'true'),
    values,
  };
}

/** By field; `*` where one record gave all of them. */
type Origins = Partial<Record<GoldenField | '*', Origin>>;

interface Origin {
  readonly source: string;
  readonly mic: string;
}

function provenanceOf(
  golden: Record<GoldenField, string | null>,
  origins: Origins,
  listings: readonly Listing[],
): Partial<Record<GoldenField, Provenance>> {
  const provenance: Partial<Record<GoldenField, Provenance>> = {};
  for (const field of GOLDEN_FIELDS) {
    const origin = origins[field] ?? origins['*'];
    if (origin === undefined || golden[field] === null) continue;
    const winner = listings.find(({ source, mic }) => source === origin.source && mic === origin.mic);
    provenance[field] = {
      ...origin,
      edition: winner?.edition ?? null,
      file: winner?.file ?? null,
      losing: listings.flatMap((listing) => {
        const value = listing[field];
        return value === null || value === golden[field]
          ? []
          : [{ source: listing.source, mic: listing.mic, value }];
      }),
    };
  }
  return provenance;
}

/** SQL: the evened-out form of a parameter, with what is special to LIKE made ordinary. */
const likeLiterally = (parameter: string): string =>
  `regexp_replace(search_form(${parameter}), '([\\\\%_])', '\\\\\\1', 'g')`;

function beginsWith(text: string): string {
  return `${escapeLike(text.toUpperCase())}%`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
