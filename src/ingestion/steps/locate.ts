import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { BadRequestError } from '../../common/errors.js';
import type { Database } from '../../database/database.js';
import { dayIn, isDay } from '../../domain/day.js';
import type { Edition, Part, Source, Web } from '../../sources/source.js';
import type { RunRequest } from '../run.js';

const DAY_MS = 86_400_000;

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
  /** Nobody said the day, so today was taken. */
  readonly isDayAssumed?: boolean;
}

/** The edition a run is to bring in, or `null` when the publisher has nothing newer. */
export async function locateEdition(
  source: Source,
  requested: RunRequest,
  house: { readonly database: Database; readonly web: Web; readonly clock: Clock },
): Promise<LocatedEdition | null> {
  if (requested.files !== undefined) return editionOfFiles(source, requested, house.clock);
  const [last] = await house.database.query<{ editionOn: string }>(
    // Files brought by hand may be one list of many, of any day: they do not say how far the publisher was followed.
    `SELECT max(e.edition_on) AS "editionOn" FROM edition e
     WHERE e.source_id = $1 AND e.state = 'published'
       AND EXISTS (SELECT FROM edition_part p WHERE p.edition_id = e.id AND p.url IS NOT NULL)`,
    [source.id],
  );
  const editions = await source.locate(house.web, {
    editionOn: last?.editionOn ?? undefined,
    now: house.clock.now(),
  });
  const oldest = editions[0];
  if (oldest === undefined) return null;
  return {
    ...oldest,
    parts: oldest.parts.map((part) => ({
      ...part,
      fileName: new URL(part.url).pathname.split('/').pop() ?? part.name,
      given: null,
    })),
  };
}

/**
 * The drop-box: files fetched by hand make an edition of their own, of just the parts that are there.
 * Their day is the one asked for, else the one in a file's name, else today where the publisher is.
 */
function editionOfFiles(source: Source, requested: RunRequest, clock: Clock): LocatedEdition {
  const parts = (requested.files ?? []).map((file): LocatedPart => {
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
  const twice = parts.find((part, index) => parts.findIndex(({ name }) => name === part.name) !== index);
  if (twice !== undefined) {
    throw new BadRequestError(
      'FILE_GIVEN_TWICE',
      `${source.id}: two files are both ${twice.name}`,
      'Bring one edition at a time, each list once.',
    );
  }
  const editionOn = dayOfFiles(source, requested, clock);
  const tomorrow = dayIn(new Date(clock.now().getTime() + DAY_MS), source.schedule.timeZone);
  if (editionOn > tomorrow) {
    throw new BadRequestError(
      'EDITION_IN_FUTURE',
      `${source.id}: ${editionOn} has not come yet; all later editions would be older than this one`,
      'Say the day the files are really of: --date YYYY-MM-DD.',
    );
  }
  return { kind: 'full', editionOn, parts, isDayAssumed: isDayAssumed(requested) };
}

function isDayAssumed(requested: RunRequest): boolean {
  return requested.editionOn === undefined && daysInNames(requested).length === 0;
}

function daysInNames(requested: RunRequest): string[] {
  return (requested.files ?? [])
    .map(({ name }) => /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)/.exec(name)?.slice(1, 4).join('-'))
    .filter((day): day is string => day !== undefined && isDay(day));
}

function dayOfFiles(source: Source, requested: RunRequest, clock: Clock): string {
  if (requested.editionOn !== undefined) return requested.editionOn;
  const named = daysInNames(requested);
  const days = new Set(named);
  if (days.size > 1) {
    throw new BadRequestError(
      'EDITION_DAY_UNCLEAR',
      `the file names carry different days: ${[...days].join(', ')}`,
      'Say which day the edition is of: --date YYYY-MM-DD.',
    );
  }
  return named[0] ?? dayIn(clock.now(), source.schedule.timeZone);
}

/** The same parts with the same bytes are the same edition. */
export function fingerprintOf(parts: readonly { readonly name: string; readonly sha256: string }[]): string {
  const lines = parts.map(({ name, sha256 }) => `${name} ${sha256}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
