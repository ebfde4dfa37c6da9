/** Beyond so many, a hash is quicker than looking at one after the other. */
const MAX_COMPARED = 12;

/** Things by their names as bytes: children of one element, or its attributes. */
export class NameList<T extends { readonly nameBytes: Uint8Array }> {
  private readonly first: T[] = [];
  /** All that are not among the first, by their bytes as Latin-1. */
  private readonly others = new Map<string, T>();

  find(bytes: Buffer, start: number, end: number): T | undefined {
    for (const thing of this.first) {
      if (isSame(thing.nameBytes, bytes, start, end)) return thing;
    }
    return this.others.size === 0 ? undefined : this.others.get(bytes.toString('latin1', start, end));
  }

  add(thing: T): void {
    if (this.first.length < MAX_COMPARED) this.first.push(thing);
    else this.others.set(Buffer.from(thing.nameBytes).toString('latin1'), thing);
  }
}

/** Do the bytes from `start` to `end` say this name? */
export function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
