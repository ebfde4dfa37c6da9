import type { Day } from '../../domain/day.js';
import { FIRDS_FILE_TYPES } from './file-name.js';
import { type FirdsFile, listFirdsFiles } from './files.js';
import type { FirdsWorld } from './firds-world.js';
import { LETTERS } from './identity.js';
import { mix } from './hash.js';
import type { Condition } from './query.js';
import { dateOf, dayNumber } from './timeline.js';

/** Where each publisher's files lie. */
export const FILES_AT = {
  esma: 'firds.esma.europa.eu/firds',
  fca: 'data.fca.org.uk/artefacts/FIRDS',
} as const;

/** A file as a listing shows it. */
export interface ListedFile {
  readonly file: FirdsFile;
  /** At times not the file's own. */
  readonly name: string;
  /** Host and path. */
  readonly address: string;
  /** The publisher's number of the document; it rises with time. */
  readonly id: number;
}

/** Leaves files out, lists them twice or under other names. */
export type ListingChange = (files: readonly ListedFile[]) => readonly ListedFile[];

/** All files of one date and the types given, as they are listed. */
export async function filesOn(
  world: FirdsWorld,
  date: Day,
  change: ListingChange,
  types = FIRDS_FILE_TYPES.filter(() => true),
): Promise<readonly ListedFile[]> {
  const files = await listFirdsFiles(world, date, types);
  return change(files.map((file) => listed(world, file)));
}

/** The files of every date until `until` that meet the condition. Dates and types that cannot meet it cost nothing. */
export async function findFiles(
  world: FirdsWorld,
  until: Day,
  condition: Condition,
  change: ListingChange,
): Promise<ListedFile[]> {
  const found: ListedFile[] = [];
  for (let day = world.firstDay; day <= dayNumber(until); day += 1) {
    const date = dateOf(day);
    const publication_date = `${date}T00:00:00Z`;
    const types = FIRDS_FILE_TYPES.filter(
      (file_type) => condition({ publication_date, file_type }) !== false,
    );
    if (types.length === 0) continue;
    for (const one of await filesOn(world, date, change, types)) {
      const fields = { publication_date, file_type: one.file.type, file_name: one.name, id: String(one.id) };
      // What is asked of fields that nobody searches by is not met.
      if (condition(fields) === true) found.push(one);
    }
  }
  return found;
}

/** Orders documents by what is asked, or, when nothing is, in an order that is another one each time. */
export function sortFiles<Item>(
  items: readonly Item[],
  sort: readonly (readonly [fieldOf: (item: Item) => string, isDescending: boolean])[],
  request: number,
): Item[] {
  if (sort.length === 0) {
    const place = new Map(items.map((item, at) => [item, mix(mix(request, 5), at)]));
    return [...items].sort((one, other) => (place.get(one) ?? 0) - (place.get(other) ?? 0));
  }
  return [...items].sort((one, other) => {
    for (const [fieldOf, isDescending] of sort) {
      const [a, b] = [fieldOf(one), fieldOf(other)];
      if (a !== b) return a < b === isDescending ? 1 : -1;
    }
    return 0;
  });
}

function listed(world: FirdsWorld, file: FirdsFile): ListedFile {
  const inDay = { DLTINS: 0, FULCAN: 100, FULINS: 200 + LETTERS.indexOf(file.letter ?? 'C') * 70 }[file.type];
  const id = 40_000 + (dayNumber(file.date) - world.firstDay) * 1_000 + inDay + file.part;
  return { file, name: file.name, address: `${FILES_AT[world.publisher]}/${file.name}`, id };
}
