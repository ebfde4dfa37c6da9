import { hash } from 'node:crypto';
import type { Day } from '../../../domain/day.js';
import type { Status } from '../../../domain/record.js';
import type { BulkFile } from '../../source.js';
import { ACTIONS, CANCELLED, TERMINATED, type Action } from './action.js';
import { daysBefore } from './days-before.js';
import { DetailsWriter } from './details-writer.js';
import { MAX_GROWTH, packed, type LineBuffer, type PackedText } from './line-buffer.js';
import type { RecordNotes } from './record-notes.js';
import type { RecordValues } from './record-values.js';
import { slotOf, TYPE, TYPE_OF_SLOT, type Slot } from './slots.js';
import { ABSENT, dayNumber, judge, READ, SENTINEL, UNREAD } from './value-checks.js';

/**
 * A termination is reported two days after it happened (`TermntnDt` of `DLTINS_20210117`: 2021-01-15), so only an
 * instrument whose termination is longer ago, and that is still in the list, is taken for ended.
 */
export const TERMINATION_GRACE_DAYS = 2;

/** More than all keys, words and separators of a line. */
const FIXED_BYTES = 16 * 1024;
const LENGTH_OF_DAY = 'YYYY-MM-DD'.length;
const HASH_LENGTH = 32;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const NO_DAY = 0;

const ISIN = slotOf('isin');
const MIC = slotOf('mic');
const VALID_FROM = slotOf('validFrom');
const VALID_TO = slotOf('validTo');
const PUBLISHED_ON = slotOf('publication.on');
const NAME = slotOf('name');
const SHORT_NAME = slotOf('shortName');
const CFI = slotOf('cfi');
const CURRENCY = slotOf('currency');
const ISSUER_LEI = slotOf('issuerLei');
const FIRST_TRADE_ON = slotOf('firstTradeOn');
const TERMINATION_ON = slotOf('terminationOn');
const RELEVANT_MIC = slotOf('relevantMic');
/** What `PblctnPrd` may hold. */
const PERIOD_SLOTS = [VALID_FROM, VALID_TO, PUBLISHED_ON, slotOf('publication.until')];

const NULL = packed('\\N\t');
const ONE_OF_ONE = packed('\t0\t');

/** `status`, `action` and `is_open`, by action. */
function wordsOf(status: Status): readonly PackedText[] {
  return ACTIONS.map((name, action) => {
    const isOpen = action !== TERMINATED && action !== CANCELLED;
    return packed(`${status}\t${name}\t${isOpen ? 't' : 'f'}\t`);
  });
}

const ACTIVE_WORDS = wordsOf('active');
const PENDING_WORDS = wordsOf('pending');
const TERMINATED_WORDS = wordsOf('terminated');
const CANCELLED_WORDS = wordsOf('cancelled');

/** Writes records as lines of COPY text, in the order of `RECORD_COLUMNS`. */
export class RecordLines {
  private readonly details: DetailsWriter;
  private readonly part: PackedText;
  private readonly editionOn: PackedText;
  private readonly dayBefore: PackedText;
  private readonly editionDay: number;
  private readonly graceDay: number;

  constructor(
    file: BulkFile,
    private readonly out: LineBuffer,
    private readonly values: RecordValues,
    private readonly notes: RecordNotes,
  ) {
    this.details = new DetailsWriter(out, values, notes);
    this.part = packed(`${file.part.name}\t`);
    this.editionOn = packed(`${file.editionOn}\t`);
    this.dayBefore = packed(`${daysBefore(file.editionOn, 1)}\t`);
    this.editionDay = numberOf(file.editionOn);
    this.graceDay = numberOf(daysBefore(file.editionOn, TERMINATION_GRACE_DAYS));
  }

  /** The most bytes that the line of the record read last can have. */
  maxBytes(unknown: Uint8Array): number {
    // Quotes and comma of a list's items on top.
    return (MAX_GROWTH + 3) * this.values.end + 2 * unknown.length + this.part.length + FIXED_BYTES;
  }

  /**
   * Writes one line: ISIN and MIC were judged.
   * @param letter first letter of the CFI, or `?`
   * @param unknown JSON of values that have no place, empty for none
   */
  write(action: Action, line: number, letter: number, unknown: Uint8Array): void {
    const { out, values } = this;
    const firstTradeDay = this.dayOf(FIRST_TRADE_ON);
    const terminationDay = this.dayOf(TERMINATION_ON);
    out.putPacked(this.part);
    out.putNumber(line);
    out.putPacked(ONE_OF_ONE);
    out.putPlain(values.view, values.starts[ISIN]!, values.ends[ISIN]!);
    out.put(TAB);
    out.putPlain(values.view, values.starts[MIC]!, values.ends[MIC]!);
    out.put(TAB);
    out.put(letter);
    out.put(TAB);
    out.putPacked(this.wordsFor(action, firstTradeDay, terminationDay));
    this.writePeriod(action);

    const contentStart = out.at;
    this.writeText(NAME);
    this.writeText(SHORT_NAME);
    this.writeCode(CFI);
    this.writeCode(CURRENCY);
    this.writeCode(ISSUER_LEI);
    // There is no ticker in FIRDS.
    out.putPacked(NULL);
    this.writeDay(FIRST_TRADE_ON, firstTradeDay);
    this.writeDay(TERMINATION_ON, terminationDay);
    this.writeCode(RELEVANT_MIC);
    this.details.write(unknown);
    writeHashes(out, contentStart, this.details.contentEnd);
  }

  private wordsFor(action: Action, firstTradeDay: number, terminationDay: number): PackedText {
    if (action === TERMINATED) return TERMINATED_WORDS[action]!;
    if (action === CANCELLED) return CANCELLED_WORDS[action]!;
    if (firstTradeDay > this.editionDay) return PENDING_WORDS[action]!;
    const hasEnded = terminationDay !== NO_DAY && terminationDay < this.graceDay;
    return hasEnded ? TERMINATED_WORDS[action]! : ACTIVE_WORDS[action]!;
  }

  /** `valid_from` and `valid_to`. */
  private writePeriod(action: Action): void {
    const { out, values, notes } = this;
    let fromSlot = VALID_FROM;
    let from = this.dayOf(VALID_FROM);
    if (from === NO_DAY && judge(values, PUBLISHED_ON, TYPE.day) === READ) {
      fromSlot = PUBLISHED_ON;
      from = dayNumber(values.bytes, values.starts[PUBLISHED_ON]!);
    }
    const to = this.dayOf(VALID_TO);
    if (from === NO_DAY) out.putPacked(this.editionOn);
    else this.writeDay(fromSlot, from);
    if (to !== NO_DAY) {
      this.writeDay(VALID_TO, to);
      // Terminated on the day it was first published: 917 of 10,500 in DLTINS_20171027.
      notes.endsBeforeItBegins = to < (from === NO_DAY ? this.editionDay : from);
    } else if (action === TERMINATED) {
      out.putPacked(this.dayBefore);
      // Reported long after its end, or never published before: 12,654 of 101,648 in DLTINS_20210117.
      notes.isLate = PERIOD_SLOTS.every((slot) => !values.has(slot));
    } else {
      out.putPacked(NULL);
    }
  }

  private writeText(slot: Slot): void {
    const { bytes, starts, ends } = this.values;
    if (judge(this.values, slot, TYPE.text) === ABSENT) {
      this.out.putPacked(NULL);
    } else {
      this.out.putText(bytes, starts[slot]!, ends[slot]!);
      this.out.put(TAB);
    }
  }

  private writeCode(slot: Slot): void {
    const { values } = this;
    const verdict = judge(values, slot, TYPE_OF_SLOT[slot]!);
    if (verdict === READ) {
      this.out.putPlain(values.view, values.starts[slot]!, values.ends[slot]!);
      this.out.put(TAB);
    } else {
      if (verdict === UNREAD) this.notes.addUnread(slot, values.textAt(slot));
      this.out.putPacked(NULL);
    }
  }

  /** The day of a column as a number, {@link NO_DAY} when there is none; notes why. */
  private dayOf(slot: Slot): number {
    const verdict = judge(this.values, slot, TYPE_OF_SLOT[slot]!);
    if (verdict === READ) return dayNumber(this.values.bytes, this.values.starts[slot]!);
    if (verdict === SENTINEL) this.notes.sentinels.push(slot);
    else if (verdict === UNREAD) this.notes.addUnread(slot, this.values.textAt(slot));
    return NO_DAY;
  }

  private writeDay(slot: Slot, day: number): void {
    if (day === NO_DAY) {
      this.out.putPacked(NULL);
    } else {
      const start = this.values.starts[slot]!;
      this.out.putPlain(this.values.view, start, start + LENGTH_OF_DAY);
      this.out.put(TAB);
    }
  }
}

/** `content_hash` and `exact_hash`, which are the same: no difference in FIRDS is known to be cosmetic. */
function writeHashes(out: LineBuffer, start: number, end: number): void {
  const { bytes, at } = out;
  const digest = hash('sha256', bytes.subarray(start, end), 'hex');
  const first = at + 1;
  const second = first + HASH_LENGTH + 1;
  for (let index = 0; index < HASH_LENGTH; index++) {
    const character = digest.charCodeAt(index);
    bytes[first + index] = character;
    bytes[second + index] = character;
  }
  bytes[at] = TAB;
  bytes[second - 1] = TAB;
  bytes[second + HASH_LENGTH] = LINE_FEED;
  out.at = second + HASH_LENGTH + 1;
}

/** `2021-01-17`: 20210117. */
function numberOf(day: Day): number {
  return Number(day.replaceAll('-', ''));
}
