import { explainIsin } from '../../../domain/isin.js';
import { explainLei } from '../../../domain/lei.js';
import type { FieldType } from './fields.js';
import { fieldAt, type Slot } from './slots.js';

/** What is noted about one record while its line is written. */
export class RecordNotes {
  /** Days that mean "never". */
  readonly sentinels: Slot[] = [];
  /** Values that are not what their field holds. */
  readonly unread: Slot[] = [];
  /** By code and field: `LEI_CHECK_DIGITS issuerLei`. */
  readonly oddities: string[] = [];
  /** Reported after its end, without the days on which it was valid. */
  isLate = false;
  endsBeforeItBegins = false;

  /** Forgets the record before. */
  begin(): void {
    if (this.sentinels.length > 0) this.sentinels.length = 0;
    if (this.unread.length > 0) this.unread.length = 0;
    if (this.oddities.length > 0) this.oddities.length = 0;
    this.isLate = false;
    this.endsBeforeItBegins = false;
  }

  addUnread(slot: Slot, value: string): void {
    const { name, type } = fieldAt(slot);
    if (!this.unread.includes(slot)) this.unread.push(slot);
    this.addOddity(`${codeOf(type, value.trim())} ${name}`);
  }

  addOddity(oddity: string): void {
    if (!this.oddities.includes(oddity)) this.oddities.push(oddity);
  }
}

const CODES: Readonly<Partial<Record<FieldType, string>>> = {
  mic: 'MIC_SHAPE',
  cfi: 'CFI_SHAPE',
  currency: 'CURRENCY_SHAPE',
  country: 'COUNTRY_SHAPE',
  decimal: 'NUMBER_UNREADABLE',
  boolean: 'BOOLEAN_UNREADABLE',
  day: 'DATE_UNREADABLE',
  moment: 'DATE_UNREADABLE',
};

/** What is wrong with a value that its field cannot hold. */
function codeOf(type: FieldType, value: string): string {
  const reasons =
    type === 'isin'
      ? explainIsin(value).reasons.filter(({ code }) => code !== 'ISIN_PREFIX_UNKNOWN')
      : type === 'lei'
        ? explainLei(value).reasons
        : [];
  // A person may write small letters and blanks into an identifier; a publisher's file may not.
  return reasons[0]?.code ?? CODES[type] ?? (type === 'isin' ? 'ISIN_CHARACTERS' : 'LEI_CHARACTERS');
}
