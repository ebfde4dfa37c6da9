import type { BulkFile } from '../../source.js';
import { CANCELLED, type Action } from './action.js';
import type { AsideValues } from './aside-values.js';
import type { BlockBuilder } from './block-builder.js';
import { NO_LETTER, ProfileFilter } from './profile-filter.js';
import { RecordLines } from './record-lines.js';
import type { RecordNotes } from './record-notes.js';
import type { RecordValues } from './record-values.js';
import { rejectStrange, rejectStray, rejectUnkeyed } from './rejection.js';
import { slotOf, TYPE } from './slots.js';
import { ABSENT, judge, READ } from './value-checks.js';

const ISIN = slotOf('isin');
const MIC = slotOf('mic');
const CFI = slotOf('cfi');
const NAME = slotOf('name');
const NOTHING = new Uint8Array(0);

/** Decides what becomes of each record: a line, a reject, or nothing. */
export class RecordWriter {
  private readonly profile: ProfileFilter;
  private readonly lines: RecordLines;
  /** The letter that all records of a full set's file have. */
  private readonly letterOfFile: number | undefined;
  /** Number of the record that was read last. */
  private line = 0;

  constructor(
    file: BulkFile,
    private readonly values: RecordValues,
    private readonly aside: AsideValues,
    private readonly notes: RecordNotes,
    private readonly builder: BlockBuilder,
  ) {
    this.profile = new ProfileFilter(file.profile);
    this.letterOfFile = file.kind === 'full' ? file.part.scope.charCodeAt(0) : undefined;
    this.lines = new RecordLines(file, builder.out, values, notes);
  }

  /** Takes a record all of which was read. */
  take(action: Action): void {
    const { values, builder, notes, profile } = this;
    const line = ++this.line;
    const hasLetter = judge(values, CFI, TYPE.cfi) === READ;
    const letter = hasLetter ? values.bytes[values.starts[CFI]!]! : NO_LETTER;
    if (hasLetter && this.letterOfFile !== undefined && letter !== this.letterOfFile) {
      builder.addReject(rejectStray(line, values, this.aside));
      return;
    }
    const hasMic = judge(values, MIC, TYPE.mic) === READ;
    if (!profile.takesLetter(letter) || (hasMic && !profile.takesMic(values.bytes, values.starts[MIC]!))) {
      builder.addSkipped('outside-profile');
      return;
    }
    if (!hasMic || judge(values, ISIN, TYPE.isin) !== READ) {
      builder.addReject(rejectUnkeyed(line, values, this.aside));
      return;
    }
    if (action !== CANCELLED && judge(values, NAME, TYPE.text) === ABSENT)
      notes.addOddity('NAME_MISSING name');
    const unknown = this.unknownJson();
    builder.ensureRoom(this.lines.maxBytes(unknown));
    this.lines.write(action, line, letter, unknown);
    builder.addItem(notes.oddities);
  }

  /** Takes what stands in a record's place and is none. */
  takeStrange(name: string): void {
    this.builder.addReject(rejectStrange(++this.line, name, this.values, this.aside));
  }

  private unknownJson(): Uint8Array {
    const { values } = this.aside;
    return values.size === 0 ? NOTHING : Buffer.from(JSON.stringify(Object.fromEntries(values)));
  }
}
