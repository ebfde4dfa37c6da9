import { PublisherChangedError } from '../../../common/errors.js';
import type { BulkFile, EditionKind } from '../../source.js';
import { excerpt } from '../../formats/excerpt.js';
import { fileStem } from './stem.js';

const KIND_WORDS: Readonly<Record<EditionKind, string>> = {
  full: 'all that is live (FULINS, FinInstrmRptgRefDataRpt)',
  delta: 'what happened in a day (DLTINS, FinInstrmRptgRefDataDltaRpt)',
  evidence: 'what was cancelled (FULCAN, FinInstrmRptgCxlRpt)',
};

const NEXT_STEP =
  'Compare the name of the file with what is in it: it may have been renamed, or hold another edition. Bring the right one.';

/** What a file says of itself, which must be what its name says. */
export class ReportHeader {
  /** `BizMsgIdr`: the file's name without its ending. */
  messageId = '';
  /** `RptgPrd/Dt`. */
  day = '';
  rootName = '';
  private isConfirmed = false;
  private kind: EditionKind | undefined;
  private readonly stem: string | undefined;

  constructor(
    private readonly file: BulkFile,
    private readonly label: string,
  ) {
    this.stem = fileStem(file.part.name, file.editionOn);
  }

  /** @throws PublisherChangedError FIRDS_KIND_MISMATCH when this is another kind of report than the file's name says */
  confirmKind(kind: EditionKind): void {
    this.kind = kind;
    if (kind === this.file.kind) return;
    throw new PublisherChangedError(
      'FIRDS_KIND_MISMATCH',
      `${this.label}: the file should hold ${KIND_WORDS[this.file.kind]}, and holds ${KIND_WORDS[kind]}.`,
      NEXT_STEP,
    );
  }

  /** Called before each record. @throws PublisherChangedError FIRDS_HEADER_MISMATCH when the file is of another name or day */
  confirm(): void {
    if (this.isConfirmed) return;
    this.isConfirmed = true;
    const { stem, file } = this;
    if (stem !== undefined) this.confirmValue('BizMsgIdr', this.messageId, stem);
    // A list of cancelled records may be of a period, which the schema writes in other ways.
    if (file.kind === 'evidence' && this.day === '') return;
    this.confirmValue('RptgPrd/Dt', this.day, file.editionOn);
  }

  /** Called at the end. @throws PublisherChangedError FIRDS_KIND_MISMATCH when there was no report at all */
  confirmReport(): void {
    if (this.kind !== undefined) return;
    throw new PublisherChangedError(
      'FIRDS_KIND_MISMATCH',
      `${this.label}: the file should hold ${KIND_WORDS[this.file.kind]}, and holds no report of FIRDS; its root element is <${excerpt(this.rootName, 80)}>.`,
      NEXT_STEP,
    );
  }

  private confirmValue(element: string, written: string, expected: string): void {
    const found = written.trim();
    // The FCA's days may have a `Z`.
    if (found === expected || (element === 'RptgPrd/Dt' && found === `${expected}Z`)) return;
    const what = found === '' ? 'is absent' : `is "${excerpt(found, 80)}"`;
    throw new PublisherChangedError(
      'FIRDS_HEADER_MISMATCH',
      `${this.label}: ${element} in the file's header ${what}, and should be "${expected}".`,
      NEXT_STEP,
    );
  }
}
