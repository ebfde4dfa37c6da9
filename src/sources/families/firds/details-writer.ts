import {
  CONTENT_PLAN,
  ENDINGS,
  ENDS_BEFORE_KEY,
  FLAG,
  LATE_KEY,
  leadTo,
  LIST,
  NOTHING,
  SENTINEL_KEYS,
  TIME_OF_DAY,
  UNKNOWN_KEY,
  UNREAD_KEYS,
  VERSION_PLAN,
  type DetailsKey,
  type DetailsPlan,
} from './details-plan.js';
import { packed, type LineBuffer } from './line-buffer.js';
import type { RecordNotes } from './record-notes.js';
import type { RecordValues } from './record-values.js';
import { IS_LIST, TYPE, TYPE_OF_SLOT, type Slot } from './slots.js';
import { hasTimeOfDay, judge, judgeItem, READ, SENTINEL, truthOf, UNREAD } from './value-checks.js';

const QUOTE = 0x22;
const LENGTH_OF_DAY = 'YYYY-MM-DD'.length;

const TRUE = packed('true');
const FALSE = packed('false');
const BEGIN_LIST = packed('["');
const NEXT_ITEM = packed('","');
const END_LIST = packed('"]');

/** Writes the column `details`: JSON within COPY text. */
export class DetailsWriter {
  /** Where the last one's content ended, and what belongs to the version alone began. */
  contentEnd = 0;
  /** The object that was written into last. */
  private group = NOTHING;

  constructor(
    private readonly out: LineBuffer,
    private readonly values: RecordValues,
    private readonly notes: RecordNotes,
  ) {}

  /** @param unknown JSON of values that have no place, empty for none */
  write(unknown: Uint8Array): void {
    const { notes, out } = this;
    this.group = NOTHING;
    this.writePlan(CONTENT_PLAN);
    this.noteVersion();
    for (let index = 0; index < notes.sentinels.length; index++) this.writeSentinel(notes.sentinels[index]!);
    for (let index = 0; index < notes.unread.length; index++) this.writeUnread(notes.unread[index]!);
    if (unknown.length > 0) {
      this.writeKey(UNKNOWN_KEY);
      out.putText(unknown, 0, unknown.length);
    }
    this.contentEnd = out.at;
    this.writePlan(VERSION_PLAN);
    if (notes.isLate) this.writeTrue(LATE_KEY);
    if (notes.endsBeforeItBegins) this.writeTrue(ENDS_BEFORE_KEY);
    out.putPacked(ENDINGS[this.group]!);
  }

  private writePlan(plan: DetailsPlan): void {
    const { stamps, stamp } = this.values;
    const { slots, whats } = plan;
    for (let step = 0; step < slots.length; step++) {
      const slot = slots[step]!;
      if (stamps[slot] !== stamp) continue;
      const what = whats[step]!;
      if (what === LIST) this.writeList(plan, step, slot);
      else if (what === FLAG) this.writeTrue(plan.keys[step]!);
      else this.writeValue(plan, step, slot, what);
    }
  }

  private writeValue(plan: DetailsPlan, step: number, slot: Slot, what: number): void {
    const { out, values } = this;
    const type = plan.types[step]!;
    const verdict = judge(values, slot, type);
    if (verdict === READ) {
      const { bytes, view, starts, ends } = values;
      const start = starts[slot]!;
      const end = ends[slot]!;
      if (what === TIME_OF_DAY && !hasTimeOfDay(bytes, start, end)) return;
      this.writeKey(plan.keys[step]!);
      if (type === TYPE.boolean) {
        out.putPacked(truthOf(bytes, start, end) === 1 ? TRUE : FALSE);
        return;
      }
      if (type <= TYPE.code) out.putJson(bytes, start, end);
      else out.putPlain(view, start, type === TYPE.day ? start + LENGTH_OF_DAY : end);
      out.put(QUOTE);
    } else if (what !== TIME_OF_DAY && plan !== VERSION_PLAN) {
      // Of a column it is noted where the column is written, of a version before anything that is noted is.
      this.note(slot, verdict);
    }
  }

  private note(slot: Slot, verdict: number): void {
    if (verdict === SENTINEL) this.notes.sentinels.push(slot);
    else if (verdict === UNREAD) this.notes.addUnread(slot, this.values.textAt(slot));
  }

  private noteVersion(): void {
    const { slots, types } = VERSION_PLAN;
    for (let step = 0; step < slots.length; step++) {
      const slot = slots[step]!;
      if (this.values.has(slot)) this.note(slot, judge(this.values, slot, types[step]!));
    }
  }

  private writeTrue(key: DetailsKey): void {
    this.writeKey(key);
    this.out.putPacked(TRUE);
  }

  private writeList(plan: DetailsPlan, step: number, slot: Slot): void {
    const { out, values, notes } = this;
    let isBegun = false;
    for (let item = 0; item < values.itemsEnd; item += 3) {
      if (values.items[item] !== slot) continue;
      const verdict = judgeItem(values, item, plan.types[step]!);
      const start = values.items[item + 1]!;
      const end = values.items[item + 2]!;
      if (verdict === READ) {
        if (!isBegun) this.writeKey(plan.keys[step]!);
        out.putPacked(isBegun ? NEXT_ITEM : BEGIN_LIST);
        out.putPlain(values.view, start, end);
        isBegun = true;
      } else if (verdict === UNREAD) {
        notes.addUnread(slot, values.textFrom(start, end));
      }
    }
    if (isBegun) out.putPacked(END_LIST);
  }

  /** As it was written, by the name of its field. */
  private writeSentinel(slot: Slot): void {
    this.writeKey(SENTINEL_KEYS[slot]!);
    this.writeRaw(slot);
  }

  private writeUnread(slot: Slot): void {
    this.writeKey(UNREAD_KEYS[slot]!);
    if (IS_LIST[slot] === 1) this.writeUnreadItems(slot);
    else this.writeRaw(slot);
  }

  private writeRaw(slot: Slot): void {
    const { bytes, starts, ends } = this.values;
    this.out.putJson(bytes, starts[slot]!, ends[slot]!);
    this.out.put(QUOTE);
  }

  private writeUnreadItems(slot: Slot): void {
    const { out, values } = this;
    const { items } = values;
    let isBegun = false;
    for (let item = 0; item < values.itemsEnd; item += 3) {
      if (items[item] !== slot || judgeItem(values, item, TYPE_OF_SLOT[slot]!) !== UNREAD) continue;
      out.putPacked(isBegun ? NEXT_ITEM : BEGIN_LIST);
      out.putJson(values.bytes, items[item + 1]!, items[item + 2]!);
      isBegun = true;
    }
    out.putPacked(END_LIST);
  }

  private writeKey(key: DetailsKey): void {
    this.out.putPacked(key.leads[this.group] ?? leadTo(key, this.group));
    this.group = key.group;
  }
}
