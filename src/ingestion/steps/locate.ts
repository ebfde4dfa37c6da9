import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { BadRequestError, EditionRefusedError } from '../../common/errors.js';
import type { Database } from '../../database/database.js';
import { daysAfter, dayIn, isDay } from '../../domain/day.js';
import { EVERYTHING, type Profile } from '../../domain/profile.js';
import { incompleteSets } from '../../sources/part-sets.js';
import type { BroughtPart, Edition, Part, Since, Source, Web } from '../../sources/source.js';
import type { RunRequest } from '../run.js';
import { heldBy } from './since.js';

/** A part whose bytes are to be fetched, or were brought by hand and lie in the file store. */
export type LocatedPart = Omit<Part, 'url'> & {
  readonly url: string | null;
  readonly fileName: string;
  readonly given: { readonly sha256: string; readonly sizeBytes: number } | null;
};

export interface LocatedEdition {
  readonly kind: Edition['kind'];
  readonly editionOn: string;
  readonly parts: readonly LocatedPart[];
  /** What of it is taken. */
  readonly profile: Profile;
  /** Nobody said the day, so today was taken. */
  readonly isDayAssumed?: boolean;
  readonly missingDays?: readonly string[];
  readonly waitingScopes?: readonly string[];
  /** Scopes in which a full set is an audit of the deltas before it. */
  readonly auditedScopes?: readonly string[];
  /** The publisher has newer ones too, for runs that follow. */
  readonly hasNewer?: boolean;
}

/** The edition a run is to bring in, or `null` when the publisher has nothing newer. */
export async function locateEdition(
  source: Source,
  requested: RunRequest,
  house: {
    readonly database: Database;
    readonly web: Web;
    readonly clock: Clock;
    /** What the operator wants of lists of millions. */
    readonly profile: Profile;
  },
): Promise<LocatedEdition | null> {
  const profile = requested.profile ?? ('bulk' in source ? house.profile : EVERYTHING);
  const since: Since = {
    ...(await heldBy(house.database, source.id, profile.mics)),
    isApproved: requested.approval !== undefined,
    profile,
    isGapAccepted: requested.isGapAccepted ?? false,
    now: house.clock.now(),
  };
  if (requested.files !== undefined) return editionOfFiles(source, requested, since);
  const [oldest, ...newer] = await source.locate(house.web, since);
  if (oldest === undefined) return null;
  return {
    ...oldest,
    profile: oldest.kind === 'full' ? since.profile : covered(since),
    parts: oldest.parts.map((part) => ({
      ...part,
      fileName: new URL(part.url).pathname.split('/').pop() ?? part.name,
      given: null,
    })),
    auditedScopes: auditedBy(since),
    hasNewer: newer.length > 0,
  };
}

/** A list that is full each time audits nothing: it simply says what is new. */
function auditedBy({ full, deltaOn }: Since): readonly string[] {
  return deltaOn === undefined ? [] : (full?.scopes ?? []);
}

/** A delta says nothing of what no full set has brought: it would be a list with holes. */
function covered({ profile, full }: Since): Profile {
  if (full === undefined) return profile;
  return {
    ...profile,
    letters: full.scopes.filter((scope) => profile.letters === null || profile.letters.includes(scope)),
  };
}

/**
 * The drop-box: files fetched by hand make an edition of their own, of just the parts that are there.
 * Their day is the one asked for, else the one in a file's name, else today where the publisher is.
 */
function editionOfFiles(source: Source, requested: RunRequest, since: Since): LocatedEdition {
  const brought = (requested.files ?? []).map((file): BroughtPart & LocatedPart => {
    const part = source.partOf(file.name);
    if (part === undefined) {
      throw new BadRequestError(
        'FILE_NOT_OF_SOURCE',
        `${source.id}: "${file.name}" is none of its files`,
        `Name the file as the publisher does: ${source.fileNames.join(', ')}.`,
      );
    }
    return {
      ...part,
      url: null,
      fileName: file.name,
      given: { sha256: file.sha256, sizeBytes: file.sizeBytes },
    };
  });
  const kind = requireOneWholeEdition(source, brought);
  const editionOn = dayOfFiles(source, requested, brought, since.now);
  const tomorrow = daysAfter(dayIn(since.now, source.schedule.timeZone), 1);
  if (editionOn > tomorrow) {
    throw new BadRequestError(
      'EDITION_IN_FUTURE',
      `${source.id}: ${editionOn} has not come yet; all later editions would be older than this one`,
      'Say the day the files are really of: --date YYYY-MM-DD.',
    );
  }
  return {
    kind,
    editionOn,
    parts: brought.map(({ kind: _kind, editionOn: _day, ...part }) => part),
    profile: requested.profile ?? EVERYTHING,
    isDayAssumed: isDayAssumed(requested, brought),
    auditedScopes: auditedBy(since),
    missingDays: kind === 'delta' ? missingBefore(source, editionOn, since) : undefined,
  };
}

/** @throws BadRequestError FILE_GIVEN_TWICE, FILES_OF_TWO_KINDS, SET_INCOMPLETE */
function requireOneWholeEdition(
  source: Source,
  parts: readonly (BroughtPart & LocatedPart)[],
): Edition['kind'] {
  const twice = parts.find((part, index) => parts.findIndex(({ name }) => name === part.name) !== index);
  if (twice !== undefined) {
    throw new BadRequestError(
      'FILE_GIVEN_TWICE',
      `${source.id}: two files are both ${twice.name}`,
      'Bring one edition at a time, each list once.',
    );
  }
  const kinds = [...new Set(parts.map(({ kind = 'full' }) => kind))];
  const [kind = 'full'] = kinds;
  if (kinds.length > 1) {
    throw new BadRequestError(
      'FILES_OF_TWO_KINDS',
      `${source.id}: some files are of a ${kinds.join(' and some of a ')} edition`,
      'Bring one edition at a time: full sets, deltas and evidence each by themselves.',
    );
  }
  const incomplete = incompleteSets(parts);
  if (incomplete.length > 0) {
    throw new BadRequestError(
      'SET_INCOMPLETE',
      `${source.id}: ${incomplete.join('; ')}`,
      'Bring all parts of a set together: what is not in a full set counts as gone.',
    );
  }
  return kind;
}

/**
 * The days before a delta that nobody brought.
 * @throws EditionRefusedError DELTA_GAP unless a person accepts it
 */
function missingBefore(source: Source, editionOn: string, since: Since): readonly string[] {
  const { full, deltaOn, isGapAccepted } = since;
  // The delta of a full set's own day may be in it already: see the decisions of the README.
  const reached = [full?.editionOn, deltaOn]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  if (isGapAccepted && reached === undefined) return [];
  const missing: string[] = [];
  for (let day = daysAfter(reached ?? editionOn, 1); day < editionOn; day = daysAfter(day, 1))
    missing.push(day);
  if (reached === undefined || (missing.length > 0 && !isGapAccepted)) {
    const what =
      reached === undefined
        ? 'no full set was ever published, so a delta has nothing to change'
        : `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing before it`;
    throw new EditionRefusedError(
      'DELTA_GAP',
      `${source.id}: the delta of ${editionOn} cannot follow: ${what}`,
      'Bring what is missing first, wait for the next full set, which heals it, or accept the gap: --accept-gap "<why>".',
    );
  }
  return missing;
}

function isDayAssumed(requested: RunRequest, brought: readonly BroughtPart[]): boolean {
  return requested.editionOn === undefined && daysInNames(requested, brought).length === 0;
}

function daysInNames(requested: RunRequest, brought: readonly BroughtPart[]): string[] {
  const told = brought.map(({ editionOn }) => editionOn).filter((day) => day !== undefined);
  if (told.length > 0) return told;
  return (requested.files ?? [])
    .map(({ name }) => /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)/.exec(name)?.slice(1, 4).join('-'))
    .filter((day): day is string => day !== undefined && isDay(day));
}

function dayOfFiles(
  source: Source,
  requested: RunRequest,
  brought: readonly BroughtPart[],
  now: Date,
): string {
  if (requested.editionOn !== undefined) return requested.editionOn;
  const named = daysInNames(requested, brought);
  const days = new Set(named);
  if (days.size > 1) {
    throw new BadRequestError(
      'EDITION_DAY_UNCLEAR',
      `the file names carry different days: ${[...days].join(', ')}`,
      'Say which day the edition is of: --date YYYY-MM-DD.',
    );
  }
  return named[0] ?? dayIn(now, source.schedule.timeZone);
}

/** The same parts with the same bytes are the same edition. */
export function fingerprintOf(parts: readonly { readonly name: string; readonly sha256: string }[]): string {
  const lines = parts.map(({ name, sha256 }) => `${name} ${sha256}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
