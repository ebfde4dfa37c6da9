import { FIELDS } from './fields.js';
import { packed, type PackedText } from './line-buffer.js';
import { IS_LIST, slotOf, slotOfContainer, TYPE, TYPE_OF_SLOT, type Slot } from './slots.js';

/** What one step of a {@link DetailsPlan} writes. */
export const VALUE = 0;
export const LIST = 1;
/** Of a column that has its day already, the time of day. */
export const TIME_OF_DAY = 2;
/** `true`, where the element is there. */
export const FLAG = 3;

/** What of a record is written to `details`, in this order. */
export interface DetailsPlan {
  readonly slots: Int32Array;
  readonly whats: Uint8Array;
  readonly types: Uint8Array;
  /** `"maturityDate":`, with the quote that begins its value if it has one. */
  readonly keys: readonly DetailsKey[];
}

/** A key of `details`. */
export interface DetailsKey {
  /** The object it stands in, by its number. */
  readonly group: number;
  /** As it is written, and how its value begins: `"fixedRate":"`. */
  readonly text: string;
  /** With what stands before it, by the object that was written into last; as far as asked for by now. */
  readonly leads: (PackedText | undefined)[];
}

interface Place {
  readonly name: string;
  readonly slot: Slot;
  readonly what: number;
}

/** Facts about a version of a record, not about its instrument: they come last, and are no part of its content. */
const OF_VERSION = 'publication.';

function placesOfFields(): Place[] {
  return FIELDS.flatMap(({ name, isColumn, momentName }, slot): Place[] => {
    const what = IS_LIST[slot] === 1 ? LIST : VALUE;
    if (!isColumn) return [{ name, slot, what }];
    return momentName === undefined ? [] : [{ name: momentName, slot, what: TIME_OF_DAY }];
  });
}

function basketPlace(): Place {
  const slot = slotOfContainer('DerivInstrmAttrbts/UndrlygInstrm/Bskt');
  if (slot === undefined) throw new Error('FIRDS has no basket');
  return { name: 'derivative.underlying.isBasket', slot, what: FLAG };
}

function allPlaces(): Place[] {
  const places = placesOfFields();
  const leis = slotOf('derivative.underlying.leis');
  places.splice(places.findIndex(({ slot }) => slot === leis) + 1, 0, basketPlace());
  return places;
}

const PLACES = allPlaces();

/** Names of the objects in `details`; '' is `details` itself, `null` the moment before it is begun. */
const GROUPS: readonly (string | null)[] = [
  null,
  '',
  ...new Set([...PLACES.map(({ name }) => groupOf(name)).filter(Boolean), 'sentinels', 'unread']),
];

/** Before `details` is begun. */
export const NOTHING = 0;

function planWhere(isOfVersion: boolean): DetailsPlan {
  const places = PLACES.filter(({ name }) => name.startsWith(OF_VERSION) === isOfVersion);
  return {
    slots: Int32Array.from(places, ({ slot }) => slot),
    whats: Uint8Array.from(places, ({ what }) => what),
    types: Uint8Array.from(places, ({ slot }) => TYPE_OF_SLOT[slot] ?? 0),
    keys: places.map(({ name, slot, what }) => {
      const isQuoted = what !== FLAG && what !== LIST && TYPE_OF_SLOT[slot] !== TYPE.boolean;
      return keyIn(groupOf(name), `"${name.slice(name.lastIndexOf('.') + 1)}":${isQuoted ? '"' : ''}`);
    }),
  };
}

/** @param group name of the object the key stands in, '' for `details` itself */
function keyIn(group: string, text: string): DetailsKey {
  const number = GROUPS.indexOf(group);
  if (number < 0) throw new Error(`details have no object ${group}`);
  return { group: number, text, leads: GROUPS.map(() => undefined) };
}

/**
 * A key with what stands before it: what ends and begins the objects in between. After a value in `debt.floatingRate` it
 * is `},"seniority":"`, after nothing it is `{"debt":{"fixedRate":"`.
 * @param from the object that was written into last
 */
export function leadTo({ group, text, leads }: DetailsKey, from: number): PackedText {
  return (leads[from] ??= packed(connector(GROUPS[from] ?? null, GROUPS[group] ?? '') + text));
}

export const CONTENT_PLAN = planWhere(false);
export const VERSION_PLAN = planWhere(true);

export const UNKNOWN_KEY = keyIn('', '"unknown":');
export const LATE_KEY = keyIn('', '"isLate":');
export const ENDS_BEFORE_KEY = keyIn('', '"endsBeforeItBegins":');
/** By slot: `"debt.maturityDate":"`. */
export const SENTINEL_KEYS = FIELDS.map(({ name }) => keyIn('sentinels', `"${name}":"`));
export const UNREAD_KEYS = FIELDS.map(({ name, isList }) =>
  keyIn('unread', `"${name}":${isList ? '' : '"'}`),
);

/** What ends `details` after a value in an object; after nothing, all of it. */
export const ENDINGS: readonly PackedText[] = GROUPS.map((group) =>
  packed(group === null ? '{}' : '}'.repeat(namesIn(group).length + 1)),
);

function connector(from: string | null, to: string): string {
  const opened = namesIn(to);
  if (from === null) return `{${opened.map((name) => `"${name}":{`).join('')}`;
  const left = namesIn(from);
  let shared = 0;
  while (shared < left.length && left[shared] === opened[shared]) shared++;
  const begun = opened.slice(shared).map((name) => `"${name}":{`);
  return `${'}'.repeat(left.length - shared)},${begun.join('')}`;
}

function namesIn(group: string): string[] {
  return group === '' ? [] : group.split('.');
}

/** `debt.floatingRate.code` is in `debt.floatingRate`. */
function groupOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

assertTogether();

/** What is in one object stands together, or the object would be written twice. */
function assertTogether(): void {
  const left = new Set<string>();
  let open: string[] = [];
  for (const { name } of PLACES) {
    const groups = namesIn(groupOf(name)).map((_, index, names) => names.slice(0, index + 1).join('.'));
    for (const group of open) if (!groups.includes(group)) left.add(group);
    const again = groups.find((group) => left.has(group));
    if (again !== undefined) throw new Error(`fields of ${again} do not stand together`);
    open = groups;
  }
}
