import { setImmediate } from 'node:timers/promises';

import type { Day } from '../../domain/day.js';
import { FIRDS_FILE_TYPES, fileStem, type FirdsFileType } from './file-name.js';
import type { FirdsWorld, Question } from './firds-world.js';
import { type Letter, LETTERS } from './identity.js';
import { dateOf, dayNumber } from './timeline.js';

/** One file of one publisher. */
export interface FirdsFile {
  readonly type: FirdsFileType;
  /** The letter of a full set. */
  readonly letter?: Letter;
  readonly date: Day;
  readonly part: number;
  readonly parts: number;
  /** `FULINS_C_20260103_01of01`; the zip has `.zip` after it and the entry in it `.xml`. */
  readonly stem: string;
  readonly name: string;
  readonly records: number;
  /** From this place, without its first so many records … */
  readonly from: Cut;
  /** … to this place, with no more than so many of its records. */
  readonly to: Cut;
}

interface Cut {
  readonly place: number;
  readonly records: number;
}

const QUESTIONS: Readonly<Record<FirdsFileType, Question>> = {
  FULINS: 'full',
  DLTINS: 'delta',
  FULCAN: 'cancelled',
};

export function questionOf(type: FirdsFileType): Question {
  return QUESTIONS[type];
}

/** So many places are looked at before others may use the processor. */
export const PLACES_AT_ONCE = 20_000;

const listed = new WeakMap<FirdsWorld, Map<string, Promise<readonly FirdsFile[]>>>();

/**
 * The files of one date: a delta; on Saturdays full sets and cancellations too; none before the first full set. How many
 * parts there are follows from counting all records: about two seconds for ten million instruments, a date and a type.
 */
export async function listFirdsFiles(
  world: FirdsWorld,
  date: Day,
  types: readonly FirdsFileType[] = FIRDS_FILE_TYPES,
): Promise<readonly FirdsFile[]> {
  const files: FirdsFile[] = [];
  for (const type of types) files.push(...(await listType(world, date, type)));
  return files;
}

function listType(world: FirdsWorld, date: Day, type: FirdsFileType): Promise<readonly FirdsFile[]> {
  const day = dayNumber(date);
  if (day < world.firstDay || (type !== 'DLTINS' && !world.isFullDay(day))) return Promise.resolve([]);
  let ofWorld = listed.get(world);
  if (!ofWorld) listed.set(world, (ofWorld = new Map<string, Promise<readonly FirdsFile[]>>()));
  const key = `${type} ${date}`;
  let files = ofWorld.get(key);
  if (!files) ofWorld.set(key, (files = countSets(world, day, type)));
  return files;
}

async function countSets(world: FirdsWorld, day: number, type: FirdsFileType): Promise<readonly FirdsFile[]> {
  const question = QUESTIONS[type];
  const sets = new Map<Letter | undefined, { records: number; starts: Cut[] }>();
  const setOf = (letter: Letter | undefined) => {
    let set = sets.get(letter);
    if (!set) sets.set(letter, (set = { records: 0, starts: [{ place: 0, records: 0 }] }));
    return set;
  };
  if (type !== 'FULINS') setOf(undefined);
  for (let place = 0; place < world.places; place += 1) {
    if (place % PLACES_AT_ONCE === 0) await setImmediate();
    const count = world.ask(place, day, question);
    if (count === 0) continue;
    const set = setOf(type === 'FULINS' ? world.found(0).letter : undefined);
    for (let record = 0; record < count; record += 1) {
      if (set.records > 0 && set.records % world.partSize === 0) set.starts.push({ place, records: record });
      set.records += 1;
    }
  }
  const end = { place: world.places - 1, records: Infinity };
  const date = dateOf(day);
  const letters = type === 'FULINS' ? LETTERS.filter((letter) => sets.has(letter)) : [undefined];
  return letters.flatMap((letter) => {
    const { records, starts } = setOf(letter);
    return starts.map((from, at): FirdsFile => {
      const stem = fileStem(type, letter, date, at + 1, starts.length);
      return {
        type,
        ...(letter && { letter }),
        date,
        part: at + 1,
        parts: starts.length,
        stem,
        name: `${stem}.zip`,
        records: Math.min(world.partSize, records - at * world.partSize),
        from,
        to: starts[at + 1] ?? end,
      };
    });
  });
}
