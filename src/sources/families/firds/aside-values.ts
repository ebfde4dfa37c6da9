import { EditionRefusedError } from '../../../common/errors.js';
import { slotOfPath } from './slots.js';

/** What one record may say in elements nobody knows, in bytes. */
const MAX_ASIDE_BYTES = 1024 * 1024;

interface OpenElement {
  readonly path: string;
  text: string;
  hasChildren: boolean;
}

/**
 * Values of a record that have no place of their own: of elements and attributes nobody knows, and of ones that stand
 * there a second time. Rare, so they are strings.
 */
export class AsideValues {
  /** By path below the record; what stands there again has a number: `TradgVnRltdAttrbts/Id#2`. */
  readonly values = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  private readonly elements: OpenElement[] = [];
  private sizeBytes = 0;

  /** @param label What the file is, for messages. */
  constructor(private readonly label: string) {}

  /** Forgets the record before. */
  begin(): void {
    if (this.sizeBytes === 0) return;
    this.values.clear();
    this.counts.clear();
    this.elements.length = 0;
    this.sizeBytes = 0;
  }

  open(path: string): void {
    const parent = this.elements.at(-1);
    if (parent !== undefined) parent.hasChildren = true;
    this.elements.push({ path, text: '', hasChildren: false });
    this.grow(path.length);
  }

  /** A piece of text of the element that was opened last. */
  text(text: string): void {
    const element = this.elements.at(-1);
    if (element === undefined) return;
    element.text += text;
    this.grow(text.length);
  }

  /** @returns the path of the value that the element was; none when it only held others */
  close(): string | undefined {
    const element = this.elements.pop();
    if (element === undefined) return undefined;
    const hasText = element.text.trim() !== '';
    if (element.hasChildren && !hasText) return undefined;
    this.add(element.path, element.text);
    return element.path;
  }

  add(path: string, value: string): void {
    this.grow(path.length + value.length);
    // A value that has a place comes here only when another stands in that place.
    const number = (this.counts.get(path) ?? (slotOfPath(path) === undefined ? 0 : 1)) + 1;
    this.counts.set(path, number);
    this.values.set(number === 1 ? path : `${path}#${number}`, value);
  }

  private grow(sizeBytes: number): void {
    this.sizeBytes += sizeBytes + 1;
    if (this.sizeBytes <= MAX_ASIDE_BYTES) return;
    throw new EditionRefusedError(
      'FIRDS_RECORD_TOO_LONG',
      `${this.label}: a record has more than ${MAX_ASIDE_BYTES} bytes in elements that the source does not know`,
      'Look at the file: an element that holds others may have been taken for a record. Fetch the edition again.',
    );
  }
}
