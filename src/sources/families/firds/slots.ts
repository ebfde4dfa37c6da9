import { FIELDS, type FieldType, type FirdsField } from './fields.js';

/** The place of a field in the arrays that hold a record's values: its position in {@link FIELDS}. */
export type Slot = number;

export const FIELD_COUNT = FIELDS.length;

const SLOT_OF_NAME = new Map(FIELDS.map(({ name }, slot) => [name, slot]));
const SLOT_OF_PATH = new Map(FIELDS.flatMap(({ paths }, slot) => paths.map((path) => [path, slot] as const)));

/** Elements around the values, by path; their slots follow those of the fields. */
const CONTAINERS = [
  ...new Set(
    FIELDS.flatMap(({ paths }) => paths)
      .filter((path) => !path.includes('/@'))
      .flatMap((path) => ancestorsOf(path)),
  ),
];
const SLOT_OF_CONTAINER = new Map(CONTAINERS.map((path, index) => [path, FIELD_COUNT + index]));

/** Fields and containers: what may stand once in a record. */
export const SLOT_COUNT = FIELD_COUNT + CONTAINERS.length;

/** By slot: may several values stand there? */
export const IS_LIST = Uint8Array.from(FIELDS, ({ isList }) => (isList ? 1 : 0));

/** @throws Error for a name that no field has */
export function slotOf(name: string): Slot {
  const slot = SLOT_OF_NAME.get(name);
  if (slot === undefined) throw new Error(`FIRDS has no field ${name}`);
  return slot;
}

export function fieldAt(slot: Slot): FirdsField {
  const field = FIELDS[slot];
  if (field === undefined) throw new Error(`FIRDS has no field number ${slot}`);
  return field;
}

/** Slot of a value by its path below the record: `DebtInstrmAttrbts/TtlIssdNmnlAmt/@Ccy`. */
export function slotOfPath(path: string): Slot | undefined {
  return SLOT_OF_PATH.get(path);
}

/** Slot of an element that only holds others, by its path below the record. */
export function slotOfContainer(path: string): Slot | undefined {
  return SLOT_OF_CONTAINER.get(path);
}

/** Types as numbers, for the loops over a record's values. */
export const TYPE: Readonly<Record<FieldType, number>> = {
  text: 0,
  code: 1,
  isin: 2,
  lei: 3,
  mic: 4,
  cfi: 5,
  currency: 6,
  country: 7,
  decimal: 8,
  boolean: 9,
  day: 10,
  moment: 11,
};

export const TYPE_OF_SLOT = Uint8Array.from(FIELDS, ({ type }) => TYPE[type]);

/** `A/B/C`: `A`, `A/B`. */
function ancestorsOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
}
