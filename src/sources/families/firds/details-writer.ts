import {
  CONTENT_PLAN,
  ENDINGS,
  FLAG,
  GROUP_COUNT,
  groupNumber,
  leadTo,
  LIST,
  NOTHING,
  ROOT,
  TIME_OF_DAY,
  VERSION_PLAN,
  type DetailsPlan,
} from './details-plan.js';
import { FIELDS } from './fields.js';
import { packed, type LineBuffer, type PackedText } from './line-buffer.js';
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
const SENTINELS = groupNumber('sentinels');
const UNREAD_VALUES = groupNumber('unread');

/** Leads by the object that was written into last, made when they are first asked for. */
type Leads = (PackedText | undefined)[];

/** Writes the column `details`: JSON within COPY text. */
export class DetailsWriter {
  /** Where the last one's content ended, and what belongs to the version alone began. */
  contentEnd = 0;
  /** The object that was written into last. */
  private group = NOTHING;
  private readonly leads = new Map<DetailsPlan, Leads>([
    [CONTENT_PLAN, []],
    [VERSION_PLAN, []],
  ]);

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
    if (notes.sentinels.length > 0) this.writeNamed(SENTINELS, notes.sentinels);
    if (notes.unread.length > 0) this.writeNamed(UNREAD_VALUES, notes.unread);
    if (unknown.length > 0) {
      this.writeKey(ROOT, '"unknown":');
      out.putText(unknown, 0, unknown.length);
    }
    this.contentEnd = out.at;
    this.writePlan(VERSION_PLAN);
    if (notes.isLate) this.writeKey(ROOT, '"isLate":true');
    if (notes.endsBeforeItBegins) this.writeKey(ROOT, '"endsBeforeItBegins":true');
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
      else if (what === FLAG) this.writeFlag(plan, step);
      else this.writeValue(plan, step, slot, what);
    }
  }

  private writeValue(plan: DetailsPlan, step: number, slot: Slot, what: number): void {
    const { out, values, notes } = this;
    const type = plan.types[step]!;
    const verdict = judge(values, slot, type);
    if (verdict === READ) {
      const { bytes, view, starts, ends } = values;
      const start = starts[slot]!;
      const end = ends[slot]!;
      if (what === TIME_OF_DAY && !hasTimeOfDay(bytes, start, end)) return;
      this.writeLead(plan, step);
      if (type === TYPE.boolean) {
        out.putPacked(truthOf(bytes, start, end) === 1 ? TRUE : FALSE);
        return;
      }
      if (type <= TYPE.code) out.putJson(bytes, start, end);
      else out.putPlain(view, start, type === TYPE.day ? start + LENGTH_OF_DAY : end);
      out.put(QUOTE);
    } else if (what !== TIME_OF_DAY) {
      // Of a column it is noted where the column is written.
      if (verdict === SENTINEL) notes.sentinels.push(slot);
      else if (verdict === UNREAD) notes.addUnread(slot, values.textAt(slot));
    }
  }

  private writeFlag(plan: DetailsPlan, step: number): void {
    this.writeLead(plan, step);
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
        if (!isBegun) this.writeLead(plan, step);
        out.putPacked(isBegun ? NEXT_ITEM : BEGIN_LIST);
        out.putPlain(values.view, start, end);
        isBegun = true;
      } else if (verdict === UNREAD) {
        notes.addUnread(slot, values.textFrom(start, end));
      }
    }
    if (isBegun) out.putPacked(END_LIST);
  }

  /** Raw values by the names of their fields. */
  private writeNamed(group: number, slots: readonly Slot[]): void {
    const { out } = this;
    const { bytes, starts, ends } = this.values;
    for (const slot of slots) {
      this.writeKey(group, `"${FIELDS[slot]!.name}":`);
      if (IS_LIST[slot] === 1) {
        this.writeUnreadItems(slot);
      } else {
        out.put(QUOTE);
        out.putJson(bytes, starts[slot]!, ends[slot]!);
        out.put(QUOTE);
      }
    }
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

  private writeLead(plan: DetailsPlan, step: number): void {
    const group = plan.groups[step]!;
    const leads = this.leads.get(plan)!;
    const at = step * GROUP_COUNT + this.group;
    const lead = (leads[at] ??= leadTo(this.group, group, plan.keys[step]!));
    this.group = group;
    this.out.putPacked(lead);
  }

  /** Of keys that are rare. */
  private writeKey(group: number, key: string): void {
    this.out.putPacked(leadTo(this.group, group, key));
    this.group = group;
  }
}
