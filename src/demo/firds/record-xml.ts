import { leafAt, LEAVES } from './schema.js';

/** The kinds of record and the elements that hold them. */
export type RecordElement = 'RefData' | 'NewRcrd' | 'ModfdRcrd' | 'TermntdRcrd' | 'CancRcrd' | 'CxlData';

const BEFORE = LEAVES.length;
const AFTER = LEAVES.length + 1;
const WIDTH = LEAVES.length + 2;

/** The tags between the values of two leaves; few of the pairs ever occur. */
const tagsBetween: (string | undefined)[] = new Array<string | undefined>(WIDTH * WIDTH);

/** The leaves of one record with their values, in the order of the schema; reused from record to record for speed. */
export class LeafList {
  readonly leaves: number[] = [];
  readonly values: string[] = [];
  size = 0;

  clear(): this {
    this.size = 0;
    return this;
  }

  /** Values are plain text; `&` and `<` are escaped when they are written. */
  add(leaf: number, value: string): void {
    this.leaves[this.size] = leaf;
    this.values[this.size] = value;
    this.size += 1;
  }

  /** Puts another value in the place of the one that stands there; without one there it does nothing. */
  replace(leaf: number, value: string): void {
    for (let at = 0; at < this.size; at += 1) if (this.leaves[at] === leaf) this.values[at] = value;
  }

  get(leaf: number): string | undefined {
    for (let at = 0; at < this.size; at += 1) if (this.leaves[at] === leaf) return this.values[at];
    return undefined;
  }

  /** Path and value of each leaf, as they are published. */
  entries(): (readonly [path: string, value: string])[] {
    return this.leaves
      .slice(0, this.size)
      .map((leaf, at) => [LEAVES[leaf]?.path ?? '', this.values[at] ?? ''] as const);
  }
}

/** One record as XML, without blanks between elements. */
export function toXml(element: RecordElement, list: LeafList): string {
  let xml = `<${element}>`;
  let last = BEFORE;
  for (let at = 0; at < list.size; at += 1) {
    const leaf = list.leaves[at] ?? 0;
    xml += (tagsBetween[last * WIDTH + leaf] ??= tags(last, leaf)) + escape(list.values[at] ?? '');
    last = leaf;
  }
  return `${xml}${(tagsBetween[last * WIDTH + AFTER] ??= tags(last, AFTER))}</${element}>`;
}

/** The record's element and, in a delta, the one around it. */
export function toItemXml(element: RecordElement, list: LeafList): string {
  const xml = toXml(element, list);
  return element === 'RefData' || element === 'CxlData' ? xml : `<FinInstrm>${xml}</FinInstrm>`;
}

function escape(value: string): string {
  if (!value.includes('&') && !value.includes('<') && !value.includes('>')) return value;
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function tags(from: number, to: number): string {
  const [open, next] = [elementsOf(from), elementsOf(to)];
  const opensAttribute = isAttribute(to);
  if (isAttribute(from)) {
    if (LEAVES[from]?.path !== `${LEAVES[to]?.path}/@Ccy`)
      throw new RangeError('a currency without an amount');
    return '">';
  }
  let shared = 0;
  while (shared < open.length && shared < next.length && open[shared] === next[shared]) shared += 1;
  // The same leaf once more, as the members of a basket, is another element.
  if (from === to) shared -= 1;
  const closing = open
    .slice(shared)
    .reverse()
    .map((name) => `</${name}>`);
  const opening = next.slice(shared).map((name) => `<${name}>`);
  const xml = closing.join('') + opening.join('');
  return opensAttribute ? `${xml.slice(0, -1)} Ccy="` : xml;
}

function isAttribute(leaf: number): boolean {
  return LEAVES[leaf]?.path.endsWith('/@Ccy') ?? false;
}

/** The elements that are open around a leaf's value. */
function elementsOf(leaf: number): string[] {
  const path = LEAVES[leaf]?.path.replace('/@Ccy', '');
  return path === undefined ? [] : path.split('/');
}

/** The leaves that the simulator itself asks for by name. */
export const ISIN = leafAt('FinInstrmGnlAttrbts/Id');
export const MIC = leafAt('TradgVnRltdAttrbts/Id');
