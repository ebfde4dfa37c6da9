import type { Profile } from '../domain/profile.js';
import type { Day, GoldenField, InstrumentRecord, VenueRecord } from '../domain/record.js';

/**
 * A public list we read. A source is a value in its own folder and one line in `index.ts`: no module, no migration, no
 * environment variable. It knows its publisher's formats and nothing of the house: no database, no Nest, no other source.
 */
export type Source = RowSource | BulkSource;

/** A list of up to some 100,000 rows: each becomes an object on its way. */
export interface RowSource<Item extends SourceItem = SourceItem> extends Declaration {
  /** What its items are, and so which store they go to. */
  readonly fills: Item['fills'];

  /**
   * The raw rows of one file, in file order, every physical row in exactly one of them.
   * @throws PublisherChangedError when the header is not understood; EditionRefusedError when the bytes are broken.
   */
  read(file: PartFile): AsyncIterable<RawRow>;

  /** Pure: the same row gives the same outcome. */
  toItem(row: RawRow, file: PartFile): Outcome<Item>;
}

/** A list of millions of records: a worker thread turns its files into lines for the database, without objects between. */
export interface BulkSource extends Declaration {
  readonly fills: 'record';
  readonly bulk: BulkReader;
}

/** What every source says of itself. */
export interface Declaration {
  /** `<country>-<publisher>-<list>`, for example `in-nse-equities`; `xx` for the world. Never changes. */
  readonly id: string;
  readonly title: string;
  readonly publisher: string;
  readonly licence: Licence;
  readonly schedule: Schedule;
  readonly bounds: Bounds;
  /** Golden fields on which this source is believed before all sources that do not name them. */
  readonly authoritativeFor: readonly GoldenField[];
  /** Among equally authoritative sources the lower number is believed. */
  readonly priority: number;
  /** Fetched without being asked for. Off where the publisher's terms leave automated download unclear. */
  readonly onByDefault: boolean;
  /** Hosts that downloads may reach, redirects included. */
  readonly hosts: readonly string[];
  /** Least time between two downloads, where the publisher counts requests. */
  readonly pauseMs?: number;

  /**
   * Editions newer than the last published one, oldest first, each with all its parts.
   * The only method that touches the network, and only through `web`.
   */
  locate(web: Web, since: Since): Promise<readonly Edition[]>;

  /**
   * All whole editions that the publisher's archive has of some days, the oldest first, and of one day in the order in
   * which they are to be applied. Absent where a publisher shows nothing but its newest edition.
   */
  editionsBetween?(web: Web, range: EditionRange): Promise<readonly Edition[]>;

  /**
   * Which part of an edition a file brought by hand is, judged by its name.
   * @returns `undefined` when it is none of this source's files.
   */
  partOf(fileName: string): BroughtPart | undefined;

  /** File name patterns as a person would type them, for messages: `EQUITY_L.csv`. */
  readonly fileNames: readonly string[];
}

/** What a row becomes: a record of an instrument, or a venue. */
export type SourceItem =
  | { readonly fills: 'record'; readonly value: InstrumentRecord }
  | { readonly fills: 'venue'; readonly value: VenueRecord };

export interface Licence {
  readonly name: string;
  readonly url: string;
  /** Text to show with the data. */
  readonly attribution: string;
  readonly mayRedistribute: boolean;
}

export interface Schedule {
  /** Five-field cron expression, in `timeZone`. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** What becomes of due times that nobody was there for: one run for the latest, a run for each, or none. */
  readonly catchUp: 'latest' | 'all' | 'skip';
  /** With `all`: how many of the latest get a run. Default: 14. */
  readonly catchUpMost?: number;
  /**
   * Sources that come first: a slot waits until each was confirmed since its own latest due time. Those that are switched
   * off or paused are not waited for.
   */
  readonly after?: readonly string[];
  /** For so long they are waited for; then the run begins without them, and an alert is given. Default: 120. */
  readonly patienceMinutes?: number;
  /** A slot is not over until the edition of its day was published. */
  readonly until?: Until;
}

/** The publisher is asked again and again until the list of the day is there. */
export interface Until {
  /** From one run to the next. */
  readonly everyMinutes: number;
  /** `HH:MM` in the zone of the schedule: then an alert is given. A slot that is due later that day has one run. */
  readonly giveUpAt: string;
  /** How many days the edition of a day is dated before it. Default: 0. */
  readonly lagDays?: number;
}

/**
 * A healthy edition. Outside of this the edition is held for a person, not published. Shares are 0 to 1; what a source
 * leaves out is in `ingestion/steps/limits.ts`.
 */
export interface Bounds {
  /** Fewest and most records of one scope; scopes not named here have no bounds of their own. */
  readonly records: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  /** Rejected rows among all rows of the edition. */
  readonly maxRejectShare: number;
  /** How much smaller a full set of a scope may be than what is held, and than the median of the last good ones. */
  readonly maxShrinkShare?: number;
  /** How much larger it may be than that median, and how many new records it may bring. */
  readonly maxGrowthShare?: number;
  /** Records of the last good edition that may be absent from this one. */
  readonly maxMissingShare?: number;
  /** Records that may have gone within thirty days, one edition after the other. */
  readonly maxMonthlyLossShare?: number;
  /** Records whose content may differ from the last good edition. */
  readonly maxChangedShare: number;
  /** Records whose status may change at once. */
  readonly maxStatusShare?: number;
  /** Records whose name may change at once. */
  readonly maxRenamedShare?: number;
  /** How much of a country, a CFI category, a venue or a currency may go at once, in a scope. */
  readonly maxGroupShrinkShare?: number;
  /** By how much such a group may grow at once: 1 is twice as many. */
  readonly maxGroupGrowthShare?: number;
  /** By how much the share of empty cells of a column may differ from the median. */
  readonly maxEmptyJump?: number;
  /** Values of a field that cannot be what it holds: check digits, shapes, unknown currencies and venues. */
  readonly maxInvalidShare?: number;
  /** Keys (ISIN or MIC) that a sane edition always has, by scope. */
  readonly sentinels: Readonly<Record<string, readonly string[]>>;
}

/**
 * `full`: all there is, and what it does not name has gone. `delta`: what happened since the day before. `evidence`: keys
 * that are compared with what we hold, and change nothing.
 */
export const EDITION_KINDS = ['full', 'delta', 'evidence'] as const;
export type EditionKind = (typeof EDITION_KINDS)[number];

/** Days of editions, both included, and what of them is wanted. */
export interface EditionRange {
  readonly from: Day;
  readonly to: Day;
  readonly profile: Profile;
}

/** One dated issue of a source. */
export interface Edition {
  readonly kind: EditionKind;
  readonly editionOn: Day;
  readonly parts: readonly Part[];
  /** Days whose deltas are not there: a full set heals that, or a person accepts it. */
  readonly missingDays?: readonly Day[];
  /** Scopes a widened profile asks for, and that no full set has brought yet. */
  readonly waitingScopes?: readonly string[];
}

export interface Part {
  /** Stable name within the source, for example `SME_EQUITY_L`. */
  readonly name: string;
  /**
   * What this part speaks for. A full edition ends only records of scopes it covers, so an edition that holds
   * the share list alone says nothing about the funds.
   */
  readonly scope: string;
  readonly url: string;
  /** Without it the edition may still be published; its scope is then not covered. */
  readonly isOptional?: boolean;
  /** Request headers the publisher insists on. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Refuse bodies larger than this. */
  readonly maxBytes: number;
  /** MD5 of the bytes, lower-case hex, where the publisher says it. */
  readonly md5?: string;
  /** Its place in a numbered set, all of whose parts belong to the edition: `{ name: 'DLTINS', number: 1, of: 2 }`. */
  readonly set?: { readonly name: string; readonly number: number; readonly of: number };
}

/** A part as its file's name tells it. */
export interface BroughtPart extends Omit<Part, 'url' | 'md5'> {
  /** Default: `full`. */
  readonly kind?: EditionKind;
  readonly editionOn?: Day;
}

/** A part whose bytes lie on the local disk. */
export interface PartFile {
  readonly path: string;
  readonly part: Pick<Part, 'name' | 'scope'>;
  readonly editionOn: Day;
}

/** What the house already has and wants, for {@link Declaration.locate}. */
export interface Since {
  /** Day of the last published edition that was fetched from the publisher. */
  readonly editionOn: Day | undefined;
  /** The newest full set that was published, and the scopes it covered. */
  readonly full: { readonly editionOn: Day; readonly scopes: readonly string[] } | undefined;
  /** Day of the newest delta that was published on top of it. */
  readonly deltaOn: Day | undefined;
  /** Day of the newest evidence that was compared. */
  readonly evidenceOn: Day | undefined;
  /** Days of full sets that the gate held: they are left aside, and what follows goes on, until somebody approves them. */
  readonly heldFullSets: readonly Day[];
  /** Editions that a person rejected: they are left aside until their files change, see `rejected.ts`. */
  readonly rejected: readonly RejectedEdition[];
  readonly isApproved: boolean;
  /** MD5 by file name of what was published lately: the same name with other bytes is a correction. */
  readonly checksums: ReadonlyMap<string, string>;
  readonly profile: Profile;
  /** A person accepts that deltas are missing. */
  readonly isGapAccepted: boolean;
  readonly now: Date;
}

/** An edition that a person rejected, and what its files looked like. */
export interface RejectedEdition {
  readonly kind: EditionKind;
  readonly editionOn: Day;
  readonly files: readonly RejectedFile[];
}

export interface RejectedFile {
  readonly fileName: string;
  readonly md5: string | null;
  readonly etag: string | null;
  /** As the publisher wrote it. */
  readonly lastModified: string | null;
}

/** The network as a source sees it. Every refusal is a coded error. */
export interface Web {
  /** Headers of a resource without its body. */
  head(url: string, headers?: Readonly<Record<string, string>>): Promise<WebHead>;
  /** A small answer as text (UTF-8). @throws PublisherChangedError PUBLISHER_TOO_LARGE beyond `maxBytes` */
  text(url: string, maxBytes: number): Promise<string>;
}

export interface WebHead {
  readonly lastModified: Date | undefined;
  readonly etag: string | undefined;
  /** Of the body that GET would bring, where the publisher says it. */
  readonly sizeBytes?: number;
}

export interface RawRow {
  /** First physical line, counted from 1. */
  readonly line: number;
  /** Physical rows it is made of: more than one where a publisher spreads one record over several. */
  readonly rows: number;
  /** By the source's own column names; a missing column is absent. */
  readonly cells: Readonly<Record<string, string>>;
  /** As the publisher wrote it, shortened to 2,000 characters. Kept with a reject. */
  readonly raw: string;
}

export type Outcome<Item> =
  | {
      readonly item: Item;
      /** Of two items with one key the lower is kept. */
      readonly precedence?: number;
      /** What the item had to do without: cells that cannot be read, columns nobody knows. Counted by code and field. */
      readonly oddities?: readonly Reason[];
    }
  | { readonly rejected: readonly Reason[] }
  /** Not data by the publisher's own habit: `blank`, `footnote`. Counted by reason. */
  | { readonly skipped: string };

/** Why a row could not become a record. */
export interface Reason {
  /** Stable, for example `ISIN_CHECK_DIGIT`. */
  readonly code: string;
  readonly field: string;
  /** The offending text, shortened to 200 characters. */
  readonly value: string;
  readonly message: string;
}

/** Reads files of millions of records. Runs in a worker thread, so it holds no state between files. */
export interface BulkReader {
  /**
   * One file as blocks of lines, in constant memory: a block is made when it is asked for.
   * @throws EditionRefusedError when the bytes are broken; PublisherChangedError when the file is not what its name says
   */
  readBlocks(file: BulkFile): AsyncIterable<BulkBlock>;
}

/** A file to be read, and what of it is wanted. */
export interface BulkFile extends PartFile {
  readonly kind: EditionKind;
  readonly profile: Profile;
}

/** Some hundred kilobytes of records. The last block of a file may have no lines. Counts are of this block alone. */
export interface BulkBlock {
  /** Lines of PostgreSQL's COPY text format with the columns of `domain/record-columns.ts`; its buffer is its own and may be transferred. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Records seen: items, rejects and skipped ones together. */
  readonly rows: number;
  readonly items: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Items with something odd about them, by code and field: `ELEMENT_UNKNOWN FinInstrmGnlAttrbts/Xyz`. */
  readonly odd: Readonly<Record<string, number>>;
  readonly rejects: readonly BulkReject[];
  /** How far into the file, 0 to 1. */
  readonly share: number;
}

export interface BulkReject {
  /** Number of the record in its file, from 1. */
  readonly line: number;
  readonly reasons: readonly Reason[];
  /** What was read of the record, shortened to 2,000 characters. */
  readonly raw: string;
}
