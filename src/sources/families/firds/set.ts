import type { Day } from '../../../domain/day.js';
import type { Profile } from '../../../domain/profile.js';
import { incompleteSets } from '../../part-sets.js';
import type { Edition } from '../../source.js';
import {
  KIND_OF_TYPE,
  parseFirdsFileName,
  partOfFirdsFile,
  type FirdsFileName,
  type FirdsType,
} from './file-name.js';

/** A file as a publisher lists it. */
export interface ListedFile extends FirdsFileName {
  readonly fileName: string;
  readonly url: string;
  /** Of the zip's bytes, lower-case hex. The FCA says none. */
  readonly md5?: string;
}

/** All listed files of one type and day that are wanted, by name. */
export interface FirdsSet {
  readonly type: FirdsType;
  readonly on: Day;
  readonly files: readonly ListedFile[];
  /** Why it is not whole, in words; empty when it is. */
  readonly faults: readonly string[];
}

/** The letters that full sets have had every week since 2020. K, L, M and T exist in ISO 10962, and were never published. */
export const PUBLISHED_LETTERS: readonly string[] = ['C', 'D', 'E', 'F', 'H', 'I', 'J', 'O', 'R', 'S'];

/** `undefined` when the name is none of a published file's, which is a zip: `FULINS_E_20260808_01of02.zip`. */
export function listedFile(fileName: string, url: string, md5?: string): ListedFile | undefined {
  if (!/^[A-Z0-9_]+of[0-9]+\.zip$/.test(fileName)) return undefined;
  const file = parseFirdsFileName(fileName);
  return file && { ...file, fileName, url, ...(md5 !== undefined && { md5 }) };
}

/** The sets of deltas or cancellations, oldest first. */
export function setsOf(files: readonly ListedFile[], type: 'DLTINS' | 'FULCAN'): FirdsSet[] {
  return byDay(files, type).map(([on, ofDay]) => ({ type, on, files: ofDay, faults: incompleteSets(ofDay) }));
}

/**
 * The full sets as far as a profile wants them, oldest first. A set is whole when every wanted letter is. A letter that
 * is always published belongs to every day on which any other is; days with nothing that is wanted are left out.
 */
export function fullSetsOf(files: readonly ListedFile[], { letters }: Profile): FirdsSet[] {
  const due =
    letters === null ? PUBLISHED_LETTERS : PUBLISHED_LETTERS.filter((letter) => letters.includes(letter));
  return byDay(files, 'FULINS').flatMap(([on, ofDay]) => {
    const wanted = ofDay.filter(
      ({ letter }) => letter !== null && (letters === null || letters.includes(letter)),
    );
    const absent = due.filter((letter) => !wanted.some((file) => file.letter === letter));
    if (wanted.length === 0 && absent.length === 0) return [];
    const faults = [
      ...absent.map((letter) => `FULINS_${letter}: no part is listed`),
      ...incompleteSets(wanted),
    ];
    return [{ type: 'FULINS' as const, on, files: wanted, faults }];
  });
}

export function isWhole(set: FirdsSet | undefined): set is FirdsSet {
  return set?.faults.length === 0;
}

/** A whole set as an edition: letter by letter, part by part. */
export function editionOf({ type, on, files }: FirdsSet): Edition {
  return {
    kind: KIND_OF_TYPE[type],
    editionOn: on,
    parts: files.flatMap(({ fileName, url, md5 }) => {
      const part = partOfFirdsFile(fileName);
      if (part === undefined) return [];
      const { name, scope, maxBytes, set } = part;
      return [{ name, scope, url, maxBytes, ...(md5 !== undefined && { md5 }), ...(set && { set }) }];
    }),
  };
}

function byDay(files: readonly ListedFile[], type: FirdsType): [Day, ListedFile[]][] {
  const days = new Map<Day, ListedFile[]>();
  for (const file of files) {
    if (file.type === type) days.set(file.on, [...(days.get(file.on) ?? []), file]);
  }
  for (const ofDay of days.values()) ofDay.sort(inOrder);
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1));
}

function inOrder(one: ListedFile, other: ListedFile): number {
  if (one.set.name !== other.set.name) return one.set.name < other.set.name ? -1 : 1;
  return one.set.number - other.set.number;
}
