import type { XmlAttribute, XmlNode } from '../../formats/xml/xml-scanner.js';
import { EditionRefusedError } from '../../../common/errors.js';
import { OVERHANG_BYTES } from './line-buffer.js';
import { FIELD_COUNT, SLOT_COUNT, type Slot } from './slots.js';

/** Far above any honest record: one with 20,000 constituents has 240 kB. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/**
 * The values of one record as bytes, one after the other in a store that all records share, so that reading one makes
 * nothing. A value is there when its slot's stamp is the record's.
 */
export class RecordValues {
  bytes = new Uint8Array(64 * 1024);
  view = new DataView(this.bytes.buffer);
  end = 0;
  stamp = 0;
  readonly stamps = new Int32Array(SLOT_COUNT);
  readonly starts = new Int32Array(FIELD_COUNT);
  readonly ends = new Int32Array(FIELD_COUNT);
  /** Where each value stood; several paths may share a slot. */
  readonly nodes: (XmlNode | XmlAttribute | undefined)[] = new Array<undefined>(FIELD_COUNT).fill(undefined);
  /** Values of slots that are lists: slot, start and end of each. */
  items = new Int32Array(3 * 64);
  itemsEnd = 0;

  /** @param label What the file is, for messages. */
  constructor(private readonly label: string) {}

  /** Forgets the record before. */
  begin(): void {
    this.stamp++;
    this.end = 0;
    this.itemsEnd = 0;
  }

  /** Says that a value or a container is there, so far without text. */
  open(slot: Slot, node: XmlNode | XmlAttribute): void {
    this.stamps[slot] = this.stamp;
    this.starts[slot] = this.end;
    this.ends[slot] = this.end;
    this.nodes[slot] = node;
  }

  openItem(slot: Slot, node: XmlNode): void {
    this.open(slot, node);
    if (this.itemsEnd === this.items.length) {
      const larger = new Int32Array(2 * this.items.length);
      larger.set(this.items);
      this.items = larger;
    }
    const at = this.itemsEnd;
    this.items[at] = slot;
    this.items[at + 1] = this.end;
    this.items[at + 2] = this.end;
    this.itemsEnd = at + 3;
  }

  /** Adds a piece of text to the value that was opened last. */
  append(slot: Slot, from: Uint8Array, start: number, end: number): void {
    let at = this.end;
    if (at + end - start + OVERHANG_BYTES > this.bytes.length) this.grow(at + end - start + OVERHANG_BYTES);
    const { bytes } = this;
    for (let index = start; index < end; index++) bytes[at++] = from[index]!;
    this.end = at;
    this.ends[slot] = at;
  }

  /** Says that what was appended last belongs to the list's last value. */
  extendItem(): void {
    this.items[this.itemsEnd - 1] = this.end;
  }

  /** Lets a value begin after its attribute's, which came first. */
  restart(slot: Slot): void {
    this.starts[slot] = this.end;
    this.ends[slot] = this.end;
  }

  has(slot: Slot): boolean {
    return this.stamps[slot] === this.stamp;
  }

  /** The value as it stands; empty when there is none. */
  textAt(slot: Slot): string {
    return this.stamps[slot] === this.stamp ? this.textFrom(this.starts[slot]!, this.ends[slot]!) : '';
  }

  textFrom(start: number, end: number): string {
    return Buffer.from(this.bytes.buffer, start, end - start).toString('utf8');
  }

  private grow(needed: number): void {
    if (needed > MAX_RECORD_BYTES) {
      throw new EditionRefusedError(
        'FIRDS_RECORD_TOO_LONG',
        `${this.label}: a record has more than ${MAX_RECORD_BYTES} bytes of text`,
        'Look at the file: an element that holds others may have been taken for a record. Fetch the edition again.',
      );
    }
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
