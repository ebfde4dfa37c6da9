import { parseDay, type Day } from '../../../domain/day.js';
import type { BroughtPart, EditionKind } from '../../source.js';

/** `FULINS`: what is live, by first letter of the CFI. `DLTINS`: what happened in a day. `FULCAN`: what was ever cancelled. */
export type FirdsType = 'FULINS' | 'DLTINS' | 'FULCAN';

/** What a file's name says. */
export interface FirdsFileName {
  readonly type: FirdsType;
  /** First letter of the CFI; full files alone have one. */
  readonly letter: string | null;
  readonly on: Day;
  /**
   * Without the day, so that it stays the same from edition to edition: `FULINS_E_01of02`, `DLTINS_01of01`. Digits are as
   * written, for the message within the file is named so too.
   */
  readonly name: string;
  /** `FULINS_E`, `DLTINS`, `FULCAN` with the part's number and the number of parts. */
  readonly set: { readonly name: string; readonly number: number; readonly of: number };
}

export const KIND_OF_TYPE: Readonly<Record<FirdsType, EditionKind>> = {
  FULINS: 'full',
  DLTINS: 'delta',
  FULCAN: 'evidence',
};

/** Scope of parts whose records carry their own: one file mixes all letters. */
export const EVERY_SCOPE = '*';

/** A part holds at most 500,000 records: 9 to 20 MB zipped, 365 to 480 MB as XML (2025 and 2026). */
const MAX_BYTES = { zip: 200_000_000, xml: 2_000_000_000 };

/**
 * `FULINS_E_20260808_01of02.zip`, also in a folder, as unpacked by hand, in small letters, or as a browser names a second
 * copy: `Downloads/DLTINS_20260808_01of01 (1).xml`. Up to 9,999 parts.
 */
const PATTERN =
  /(?:^|[/\\])(?:(?:(?<full>FULINS)_(?<letter>[A-Z]))|(?<other>DLTINS|FULCAN))_(?<on>[0-9]{8})_(?<number>[0-9]{1,4})of(?<of>[0-9]{1,4})(?: ?\([0-9]+\))?\.(?<ending>zip|xml)$/i;

/** Reads a file's name; `undefined` when it is none of FIRDS. Numbers may be senseless: `03of02` is read as it stands. */
export function parseFirdsFileName(fileName: string): FirdsFileName | undefined {
  const groups = PATTERN.exec(fileName)?.groups;
  if (groups === undefined) return undefined;
  const on = parseDay(groups.on ?? '', 'YYYYMMDD');
  if (on === null) return undefined;
  const type = (groups.full ?? groups.other ?? '').toUpperCase() as FirdsType;
  const letter = groups.letter?.toUpperCase() ?? null;
  const number = Number(groups.number);
  const of = Number(groups.of);
  const setName = letter === null ? type : `${type}_${letter}`;
  return {
    type,
    letter,
    on,
    name: `${setName}_${groups.number}of${groups.of}`,
    set: { name: setName, number, of },
  };
}

/** The part that a file of this name is, wherever it comes from. */
export function partOfFirdsFile(fileName: string): BroughtPart | undefined {
  const file = parseFirdsFileName(fileName);
  if (file === undefined) return undefined;
  return {
    name: file.name,
    scope: file.letter ?? EVERY_SCOPE,
    maxBytes: /\.xml$/i.test(fileName) ? MAX_BYTES.xml : MAX_BYTES.zip,
    set: file.set,
    kind: KIND_OF_TYPE[file.type],
    editionOn: file.on,
  };
}
