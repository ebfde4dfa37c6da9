import { CFI_CATEGORIES, type CfiCategoryRow, type CfiGroupRow } from './cfi-table.js';

/** What a CFI code (ISO 10962) says, letter by letter. */
export interface DecodedCfi {
  readonly code: string;
  readonly category: { readonly code: string; readonly name: string };
  /** `name` is `null` for a group the table does not know. */
  readonly group: { readonly code: string; readonly name: string | null };
  /** The four attributes in order. */
  readonly attributes: readonly CfiAttribute[];
  /** For people: `Equities, common/ordinary shares: voting, free, fully paid, registered`. */
  readonly words: string;
}

export interface CfiAttribute {
  readonly position: 3 | 4 | 5 | 6;
  /** What the position stands for in this group; `null` where the group has no such attribute or is not known. */
  readonly name: string | null;
  readonly code: string;
  /** The letter's meaning; `null` where the table has none. */
  readonly value: string | null;
  readonly isKnown: boolean;
}

const CATEGORIES: ReadonlyMap<string, CfiCategoryRow> = new Map(CFI_CATEGORIES.map((row) => [row.code, row]));

const GROUPS: ReadonlyMap<string, CfiGroupRow> = new Map(
  CFI_CATEGORIES.flatMap((category) => category.groups.map((group) => [category.code + group.code, group])),
);

const UNDEFINED = 'Not applicable/undefined';

/**
 * Says whether a text is a CFI code: six letters A to Z of which the first is a known category. More is not asked,
 * because regulators publish letters that the standard's table does not have (`SRCCSC` in FIRDS, 2021).
 */
export function isCfi(text: string): boolean {
  return /^[A-Z]{6}$/.test(text) && CATEGORIES.has(text.charAt(0));
}

/** Decodes a CFI code; `null` for what is none. Letters the table does not know are passed on without a meaning. */
export function decodeCfi(text: string): DecodedCfi | null {
  if (!isCfi(text)) return null;
  const category = CATEGORIES.get(text.charAt(0));
  if (category === undefined) return null;
  const group = GROUPS.get(text.slice(0, 2));
  const attributes = ([3, 4, 5, 6] as const).map((position): CfiAttribute => {
    const code = text.charAt(position - 1);
    const row = group?.attributes[position - 3];
    const value = code === 'X' ? UNDEFINED : (row?.values.get(code) ?? null);
    return { position, name: row?.name ?? null, code, value, isKnown: value !== null };
  });
  return {
    code: text,
    category: { code: category.code, name: category.name },
    group: { code: text.charAt(1), name: group?.name ?? null },
    attributes,
    words: wordsFor(category.name, text.charAt(1), group?.name ?? null, attributes),
  };
}

function wordsFor(
  category: string,
  groupCode: string,
  group: string | null,
  attributes: readonly CfiAttribute[],
): string {
  const head = `${category}, ${group === null ? `unknown group ${groupCode}` : uncapitalise(group)}`;
  const said = attributes.filter((attribute) => attribute.code !== 'X').map(attributeWords);
  return said.length === 0 ? head : `${head}: ${said.join(', ')}`;
}

function attributeWords({ name, code, value }: CfiAttribute): string {
  const subject = name === null ? 'attribute' : uncapitalise(name);
  if (value === null) return `unknown ${subject} ${code}`;
  // "Others" alone would leave open: other what?
  return value === 'Others' ? `other ${subject}` : uncapitalise(value);
}

/** Makes the first letter small, but for abbreviations (`CDS on an index`) and proper adjectives (`European-Call`). */
function uncapitalise(text: string): string {
  if (/^(?:[A-Z]{2}|American|Asian|Bermudan|European)/.test(text)) return text;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
