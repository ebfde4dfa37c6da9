import type { CopyValue } from '../database/copy.js';
import type { Client } from '../database/database.js';

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
  takeDuplicates(client: Client, staging: string): Promise<readonly Duplicate[]>;

  /** What would happen if the staged edition were published, per scope; changes nothing. */
  compare(client: Client, staging: string, edition: EditionInHand): Promise<readonly ScopeComparison[]>;

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
  readonly kind: 'full' | 'delta';
  readonly editionOn: string;
  /** Scopes the edition speaks for: what it covers and does not name is missing. */
  readonly scopes: readonly string[];
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
}

export interface MergeCounts {
  readonly records: { new: number; changed: number; unchanged: number; ended: number };
  readonly instruments: { new: number; changed: number; ended: number };
}
