import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { BadRequestError, EditionRefusedError, NotFoundError } from '../../common/errors.js';
import type { Database } from '../../database/database.js';
import { daysAfter, dayIn, isDay } from '../../domain/day.js';
import { EVERYTHING, type Profile } from '../../domain/profile.js';
import { SOURCES } from '../../sources/index.js';
import { incompleteSets } from '../../sources/part-sets.js';
import type { BroughtPart, Edition, Part, Since, Source, Web } from '../../sources/source.js';
import type { RunRequest } from '../run.js';
import { fileNameOf, isRejected, refuseHeld } from './left-aside.js';
import { heldBy } from './since.js';

/** Of several editions of one day the one that says most. */
const KINDS_BY_WEIGHT: readonly Edition['kind'][] = ['full', 'delta', 'evidence'];

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
  if (requested.editionId !== undefined) {
    return keptEdition(house.database, source, requested.editionId, since);
  }
  if (requested.files !== undefined) return editionOfFiles(source, requested, since);
  if (requested.edition !== undefined) return archivedEdition(source, requested.edition, house.web, since);
  const [oldest, ...newer] = await source.locate(house.web, since);
  if (oldest?.kind === 'delta' && !since.isApproved && requested.force !== true)
    await refuseHeld(house.database, source, oldest, house.web);
  if (oldest !== undefined && !(await isRejected(oldest, since, house.web))) {
    return { ...located(oldest, since), hasNewer: newer.length > 0 };
  }
  const again = requested.force === true ? await newestFetched(house.database, source) : undefined;
  return again === undefined ? null : archivedEdition(source, again, house.web, since);
}

function located(edition: Edition, since: Since): LocatedEdition {
  return {
    ...edition,
    profile: edition.kind === 'full' ? since.profile : covered(since),
    parts: edition.parts.map((part) => ({ ...part, fileName: fileNameOf(part), given: null })),
    auditedScopes: auditedBy(since),
  };
}

/** What was published last and came from the publisher, if its archive can bring it again. */
async function newestFetched(
  database: Database,
  source: Source,
): Promise<NonNullable<RunRequest['edition']> | undefined> {
  if (source.editionsBetween === undefined) return undefined;
  const [newest] = await database.query<{ kind: Edition['kind']; editionOn: string }>(
    `SELECT e.kind, e.edition_on AS "editionOn" FROM edition e
     WHERE e.source_id = $1 AND e.state = 'published'
       AND EXISTS (SELECT FROM edition_part p WHERE p.edition_id = e.id AND p.url IS NOT NULL)
     ORDER BY e.edition_on DESC, e.kind = 'full' DESC LIMIT 1`,
    [source.id],
  );
  return newest;
}

/**
 * One edition of the publisher's archive, whatever comes next.
 * @throws BadRequestError BACKFILL_UNSUPPORTED; NotFoundError EDITION_NOT_LISTED; EditionRefusedError DELTA_GAP
 */
async function archivedEdition(
  source: Source,
  { kind, editionOn }: NonNullable<RunRequest['edition']>,
  web: Web,
  since: Since,
): Promise<LocatedEdition> {
  requireArchive(source);
  const range = { from: editionOn, to: editionOn, profile: since.profile };
  const editions = await source.editionsBetween(web, range);
  const edition = (kind === undefined ? KINDS_BY_WEIGHT : [kind])
    .map((wanted) => editions.find((each) => each.kind === wanted))
    .find((found) => found !== undefined);
  if (edition === undefined) {
    throw new NotFoundError(
      'EDITION_NOT_LISTED',
      `${source.id}: the publisher lists no whole ${kind ?? 'edition'} of ${editionOn}`,
      'Look at the publisher’s list: the day may have none, or parts of it are missing. Bring it by hand with --file if you have it.',
    );
  }
  const isDelta = edition.kind === 'delta';
  return {
    ...located(edition, since),
    missingDays: isDelta ? missingBefore(source, editionOn, since) : undefined,
  };
}

/** @throws BadRequestError BACKFILL_UNSUPPORTED */
export function requireArchive(
  source: Source,
): asserts source is Source & Required<Pick<Source, 'editionsBetween'>> {
  if (source.editionsBetween !== undefined) return;
  const able = SOURCES.filter((each) => each.editionsBetween !== undefined).map(({ id }) => id);
  throw new BadRequestError(
    'BACKFILL_UNSUPPORTED',
    `${source.id}: its publisher shows the newest edition only, so days of the past cannot be fetched`,
    `Bring their files by hand: npx isinglass ingest ${source.id} --file <path> --date <day>. Sources with an archive: ${able.join(', ')}.`,
  );
}

/** @throws BadRequestError PROFILE_UNSUPPORTED */
export function requireProfile(source: Source): void {
  if ('bulk' in source) return;
  throw new BadRequestError(
    'PROFILE_UNSUPPORTED',
    `${source.id}: its lists are short and always taken whole: it has no profile`,
    'Leave the profile out.',
  );
}

/**
 * An edition out of the file store, exactly as an earlier run brought it, and with what that run knew about it: this is
 * what a person looked at. What the publisher shows meanwhile does not matter.
 */
async function keptEdition(
  database: Database,
  source: Source,
  editionId: number,
  since: Since,
): Promise<LocatedEdition> {
  const [edition] = await database.query<{
    kind: Edition['kind'];
    editionOn: string;
    scopes: readonly string[];
    mics: readonly string[] | null;
    parts: readonly Pick<LocatedPart, 'name' | 'scope' | 'fileName' | 'maxBytes' | 'given'>[];
    known: Partial<LocatedEdition> | null;
  }>(
    `SELECT e.kind, e.edition_on AS "editionOn", e.scopes, e.mics,
            (SELECT jsonb_agg(jsonb_build_object(
               'name', p.name, 'scope', p.scope, 'fileName', p.file_name, 'maxBytes', f.size_bytes,
               'given', jsonb_build_object('sha256', f.sha256, 'sizeBytes', f.size_bytes)) ORDER BY p.name)
             FROM edition_part p JOIN file f ON f.sha256 = p.file_sha256 WHERE p.edition_id = e.id) AS parts,
            (SELECT s.result FROM run r JOIN run_step s ON s.run_id = r.id AND s.name = 'locate' AND s.state = 'done'
             WHERE r.edition_id = e.id ORDER BY r.id LIMIT 1) AS known
     FROM edition e WHERE e.id = $1 AND e.source_id = $2`,
    [editionId, source.id],
  );
  if (edition === undefined) throw new Error(`${source.id}: there is no edition ${editionId}`);
  const { kind, editionOn, scopes, mics, parts, known } = edition;
  const letters = 'bulk' in source && !scopes.includes('*') ? scopes : null;
  return {
    kind,
    editionOn,
    parts: parts.map((part) => ({ ...part, url: null })),
    profile: known?.profile ?? { letters, mics },
    isDayAssumed: known?.isDayAssumed,
    missingDays: known?.missingDays,
    waitingScopes: known?.waitingScopes,
    auditedScopes: auditedBy(since),
    hasNewer: known?.hasNewer,
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
