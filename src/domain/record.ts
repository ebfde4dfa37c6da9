import type { Mic } from './mic.js';

/** Where an instrument or a listing stands in its life, in the words every source is translated into. */
export const STATUSES = ['active', 'pending', 'terminated', 'cancelled', 'missing', 'unknown'] as const;
export type Status = (typeof STATUSES)[number];

/** What an edition does to a record: a list states it anew; a delta tells what became of it. */
export const ACTIONS = ['state', 'new', 'modified', 'terminated', 'cancelled'] as const;
export type Action = (typeof ACTIONS)[number];

/** A calendar day, `YYYY-MM-DD`, in the time zone of whoever said it. Never a JavaScript `Date`. */
export type Day = string;

/** JSON without surprises: what `details` may hold. Decimals are strings, so that no digit is lost. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Details = Readonly<Record<string, Json>>;

/**
 * What one source says about one ISIN on one venue, typed and normalised.
 * A field is `null` when the source does not say; it is never an empty string.
 */
export interface InstrumentRecord {
  readonly isin: string;
  /** ISO 10383; `XXXX` ("no market") where the source names none. */
  readonly mic: Mic;
  readonly status: Status;
  readonly name: string | null;
  /** FISN (ISO 18774), at most 35 characters. */
  readonly shortName: string | null;
  /** ISO 10962, six letters. */
  readonly cfi: string | null;
  /** ISO 4217: the notional currency, or the trading currency of a listing. */
  readonly currency: string | null;
  /** LEI (ISO 17442) of the issuer. */
  readonly issuerLei: string | null;
  /** The venue's own ticker. */
  readonly symbol: string | null;
  readonly firstTradeOn: Day | null;
  readonly terminationOn: Day | null;
  /**
   * Everything else the source says, under readable names. What is true of this listing alone, and not of the instrument,
   * stands under `admission`; what a derivative is derived from under `derivative.underlying.isins` and `….index.isin`.
   */
  readonly details: Details;
}

/** A market of ISO 10383. */
export interface VenueRecord {
  readonly mic: Mic;
  readonly operatingMic: Mic;
  readonly kind: 'operating' | 'segment';
  readonly status: 'active' | 'expired';
  readonly name: string;
  readonly legalName: string | null;
  readonly lei: string | null;
  /** Market category code, for example `RMKT`, `MLTF`, `SINT`; unknown before the layout of 2022. */
  readonly category: string | null;
  readonly acronym: string | null;
  /** ISO 3166 alpha-2; `ZZ` where the registration authority names none. */
  readonly country: string | null;
  readonly city: string | null;
  readonly website: string | null;
  readonly createdOn: Day | null;
  readonly updatedOn: Day | null;
  readonly validatedOn: Day | null;
  readonly expiresOn: Day | null;
  readonly comments: string | null;
}

/** The fields of {@link InstrumentRecord} out of which the golden record is chosen, one by one. */
export const GOLDEN_FIELDS = [
  'name',
  'shortName',
  'cfi',
  'currency',
  'issuerLei',
  'symbol',
  'firstTradeOn',
  'terminationOn',
] as const;
export type GoldenField = (typeof GOLDEN_FIELDS)[number];
