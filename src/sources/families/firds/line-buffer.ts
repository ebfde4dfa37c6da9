const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The longest a byte can become: `\\u001f`, a control character in JSON in COPY. */
export const MAX_GROWTH = 7;
/** Bytes are written some at once, and so up to so many beyond the last; what comes next is written over them. */
export const OVERHANG_BYTES = 8;

/** 1 for bytes that COPY does not take as they are. */
const ESCAPED_IN_COPY = classOf((byte) => [TAB, LINE_FEED, CARRIAGE_RETURN, BACKSLASH].includes(byte));
/** 1 for bytes that JSON or COPY does not take as they are. */
const ESCAPED_IN_JSON = classOf((byte) => byte < 0x20 || byte === QUOTE || byte === BACKSLASH);

/** Letters of escapes: `\t`, `\n`, `\r`. */
const ESCAPE_LETTER: Readonly<Record<number, number>> = {
  [TAB]: 0x74,
  [LINE_FEED]: 0x6e,
  [CARRIAGE_RETURN]: 0x72,
};

function classOf(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
}

/** A constant text, laid out to be written eight bytes at once. */
export interface PackedText {
  readonly words: Float64Array;
  readonly length: number;
}

/** @param text ASCII, escaped as COPY wants it */
export function packed(text: string): PackedText {
  // No ASCII byte makes a word that is no number, whose bits would not survive.
  if (!/^[\t\n\x20-\x7e]*$/.test(text)) throw new Error(`${JSON.stringify(text)} is not plain`);
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
  bytes.set(Buffer.from(text, 'latin1'));
  const view = new DataView(bytes.buffer);
  const words = Float64Array.from({ length: bytes.length / 8 }, (_, at) => view.getFloat64(8 * at, true));
  return { words, length: text.length };
}

/**
 * Where lines of PostgreSQL's COPY text format are put together, byte by byte and without strings. Whoever writes has made
 * sure that there is room.
 */
export class LineBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where the next byte goes. */
  at = 0;
  private view: DataView;

  constructor(sizeBytes: number) {
    this.bytes = newBytes(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Goes on in new bytes, and leaves the old ones to whoever has them. */
  renew(sizeBytes: number): void {
    this.bytes = newBytes(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  put(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  putPacked({ words, length }: PackedText): void {
    const { view, at } = this;
    for (let index = 0; index < words.length; index++) view.setFloat64(at + 8 * index, words[index]!, true);
    this.at = at + length;
  }

  /** Bytes that need no escape; there must be three more behind them. */
  putPlain(from: DataView, start: number, end: number): void {
    const { view, at } = this;
    for (let index = start; index < end; index += 4) {
      view.setInt32(at + index - start, from.getInt32(index, true), true);
    }
    this.at = at + end - start;
  }

  /** A column's text. */
  putText(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let { at } = this;
    for (let index = start; index < end; index++) {
      const byte = from[index]!;
      if (ESCAPED_IN_COPY[byte] === 0) {
        bytes[at++] = byte;
      } else {
        bytes[at++] = BACKSLASH;
        bytes[at++] = ESCAPE_LETTER[byte] ?? byte;
      }
    }
    this.at = at;
  }

  /** What stands between the quotes of a string of JSON in a column: `"` becomes `\"` in JSON and `\\"` in COPY. */
  putJson(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let { at } = this;
    for (let index = start; index < end; index++) {
      const byte = from[index]!;
      if (ESCAPED_IN_JSON[byte] === 0) bytes[at++] = byte;
      else at = writeJsonEscape(bytes, at, byte);
    }
    this.at = at;
  }

  /** A number from 0 on. */
  putNumber(number: number): void {
    let end = this.at + 1;
    for (let bound = 10; number >= bound; bound *= 10) end++;
    let rest = number;
    for (let at = end - 1; at >= this.at; at--) {
      const quotient = Math.trunc(rest / 10);
      this.bytes[at] = 0x30 + rest - quotient * 10;
      rest = quotient;
    }
    this.at = end;
  }
}

function writeJsonEscape(bytes: Uint8Array, at: number, byte: number): number {
  bytes[at++] = BACKSLASH;
  bytes[at++] = BACKSLASH;
  if (byte === BACKSLASH) {
    bytes[at++] = BACKSLASH;
    bytes[at++] = BACKSLASH;
    return at;
  }
  const letter = byte === QUOTE ? QUOTE : ESCAPE_LETTER[byte];
  if (letter !== undefined) {
    bytes[at++] = letter;
    return at;
  }
  for (const character of `u${byte.toString(16).padStart(4, '0')}`) bytes[at++] = character.charCodeAt(0);
  return at;
}

/** An ArrayBuffer of its own, which may be transferred; not filled with zeros, for only what was written is given. */
function newBytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}
