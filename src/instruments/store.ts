import type { CopyValue } from '../database/copy.js';
import type { Client, Database } from '../database/database.js';

/**
 * Where items of one kind end up: records of instruments, or venues. The pipeline stages, checks and merges through
 * this, and knows no table.
 */
export interface Store<Value> {
  /** Table whose shape every staging table of this store has. */
  readonly stagingTemplate: string;
  readonly stagingColumns: readonly string[];

  /** One line of staging, in the order of {@link stagingColumns}. */
  stagedRow(value: Value, place: StagedPlace): CopyValue[];

  /**
   * Takes items out of staging whose key stands there twice, all but the one with the lowest precedence.
   * @returns those taken out
   */
  takeDuplicates(client: Client, staging: string, kind: EditionInHand['kind']): Promise<readonly Duplicate[]>;

  /**
   * What would happen if the staged edition were published; changes nothing that readers see. What it finds may be kept
   * beside the staged items, for {@link merge}.
   */
  compare(client: Client, staging: string, edition: EditionInHand): Promise<Comparison>;

  /** Counts what is staged, per scope and per group in it, in one pass. */
  survey(client: Client, staging: string): Promise<readonly GroupCount[]>;

  /** After {@link compare}: what of the living gets another status or name. */
  flips(client: Client, staging: string, edition: EditionInHand): Promise<readonly Flips[]>;

  /** After {@link compare}: up to five keys, for a person to look at. */
  examples(
    client: Client,
    staging: string,
    edition: EditionInHand,
    question: ExampleQuestion,
  ): Promise<readonly string[]>;

  /** After a merge was committed: finishes what {@link prepare} began, where it has to. */
  settle?(database: Database): Promise<void>;

  /** Readies the store for a merge, in a transaction of its own before it; whatever it does is right without the merge too. */
  prepare?(database: Database, comparison: MergeSize): Promise<void>;

  /** Which of these keys are not staged. */
  missingSentinels(client: Client, staging: string, keys: readonly string[]): Promise<readonly string[]>;

  /** Makes the staged edition the state of the house, inside the caller's transaction. Idempotent. */
  merge(client: Client, staging: string, edition: EditionInHand, at: PublicationMoment): Promise<MergeCounts>;
}

export interface StagedPlace {
  readonly part: string;
  readonly scope: string;
  readonly line: number;
  readonly precedence: number;
}

/** The edition that is being brought in. */
export interface EditionInHand {
  readonly id: number;
  readonly sourceId: string;
  readonly kind: 'full' | 'delta' | 'evidence';
  readonly editionOn: string;
  readonly runId: number;
  /** Scopes the edition speaks for: what a full set covers and does not name is missing. */
  readonly scopes: readonly string[];
  /** Venues it speaks for; `null` for all. */
  readonly mics: readonly string[] | null;
  /** Scopes that an earlier full set brought and all deltas since then told of: there a full set is an audit. */
  readonly auditedScopes: readonly string[];
  /** The newest full set of each scope. */
  readonly fullSets: readonly { readonly scope: string; readonly editionOn: string }[];
}

/** What a store found when it compared. */
export interface Comparison {
  readonly scopes: readonly ScopeComparison[];
  /** Differences an audit found, by reason. */
  readonly drift: Readonly<Record<string, number>>;
  /** Events of a delta that do not fit what is held: normal in small numbers. */
  readonly anomalies: Readonly<Record<string, number>>;
}

/** Taken by whoever publishes, until the transaction ends: publications commit in the order of their numbers. */
export const PUBLICATION_LOCK = 771_003;

/** How much a merge will write. */
export interface MergeSize {
  readonly new: number;
}

export interface PublicationMoment {
  readonly number: number;
  /** Later than every earlier publication's. */
  readonly recordedAt: string;
}

export interface Duplicate {
  readonly part: string;
  readonly line: number;
  readonly key: string;
  readonly keptPart: string;
  readonly keptLine: number;
}

/** Counts of one scope, staged against held. */
export interface ScopeComparison {
  readonly scope: string;
  readonly staged: number;
  /** Living items held before. */
  readonly held: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly ended: number;
  /** Among the unchanged: other letter case or blanks. */
  readonly cosmetic: number;
  /** Versions older than the one held: they become history. */
  readonly past: number;
  /** Among the unchanged: a delta of the same day says something else than the full set. */
  readonly boundary: number;
}

/** By what the records of a scope are told apart; `scope` is all of them. */
export type GroupKind = 'scope' | 'country' | 'category' | 'venue' | 'currency';

/** How many staged items are in a group. */
export interface GroupCount {
  readonly scope: string;
  readonly kind: GroupKind;
  /** Country code, first letter of the CFI, MIC, currency; empty for the scope itself, and for items that say none. */
  readonly name: string;
  readonly records: number;
  /** Of a scope: items without a value, by column. */
  readonly empty: Readonly<Record<string, number>> | null;
  /** A venue that is not in the list of venues, where there is one. */
  readonly isUnknownVenue: boolean;
}

/** Of one scope: living items that get another status, and another name; missing ones that are named again. */
export interface Flips {
  readonly scope: string;
  readonly status: number;
  readonly name: number;
  readonly returned: number;
}

/** Which items of a scope a person may want to see. */
export type ExampleQuestion = { readonly scope: string } & (
  | { readonly of: 'ended' | 'new' | 'changed' | 'status' | 'name' }
  | { readonly of: 'emptied'; readonly column: string }
  | { readonly of: 'left' | 'joined'; readonly kind: GroupKind; readonly name: string }
);

export interface MergeCounts {
  readonly records: { new: number; changed: number; unchanged: number; ended: number };
  readonly instruments: { new: number; changed: number; ended: number };
}
