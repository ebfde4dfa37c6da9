import {
  AMPERSAND,
  CARRIAGE_RETURN,
  CUT,
  IN_CDATA,
  IN_TEXT,
  LESS_THAN,
  LINE_FEED,
  RIGHT_BRACKET,
  skip,
  startsWith,
} from './bytes.js';
import type { ByteWindow } from './byte-window.js';
import { readReference } from './references.js';
import { characterLength, writeCharacter } from './utf8.js';
import { notWellFormed, XmlFlaw } from './xml-error.js';
import type { XmlNode } from './xml-names.js';
import type { XmlSink } from './xml-sink.js';

/** Reads text that is more than plain ASCII, and CDATA sections, and gives them to the sink. */
export class CharacterDataReader {
  /** Since the last tag. */
  sizeBytes = 0;
  /** Did the bytes end within a CDATA section? */
  isInCdata = false;

  constructor(
    /** Whose text it is. */
    private node: XmlNode,
    private readonly window: ByteWindow,
    private readonly sink: XmlSink,
    private readonly maxTextBytes: number,
  ) {}

  /**
   * Text up to the next `<`; false: the bytes end before. Those from `start` to `at` are known to be plain. What is
   * decoded is written over what it was decoded from, which is never shorter.
   */
  readText(node: XmlNode, start: number, at: number): boolean {
    this.node = node;
    const { bytes, end } = this.window;
    for (;;) {
      at = skip(bytes, at, IN_TEXT);
      if (at >= end) return this.leaveText(start, at);
      switch (bytes[at]) {
        case LESS_THAN:
          this.giveText(start, at);
          this.window.at = at;
          return true;
        case RIGHT_BRACKET: {
          const isEnd = startsWith(bytes, at, end, ']]>');
          if (isEnd === undefined) return this.leaveText(start, at);
          if (isEnd) {
            this.giveText(start, at);
            throw notWellFormed('"]]>" in text', at);
          }
          at++;
          break;
        }
        case CARRIAGE_RETURN: {
          const next = this.readLineEnd(start, at);
          if (next === CUT) return false;
          start = at = next;
          break;
        }
        case AMPERSAND: {
          this.giveText(start, at);
          const reference = readReference(bytes, at, this.window.tokenEnd(at));
          if (reference === undefined) {
            this.window.at = at;
            this.window.checkTokenLength(at);
            return false;
          }
          this.giveText(at, writeCharacter(reference.codePoint, bytes, at));
          start = at = reference.end;
          break;
        }
        default: {
          const length = this.characterLength(start, at);
          if (length === 0) return this.leaveText(start, at);
          at += length;
        }
      }
    }
  }

  /** The CDATA section that the window stands in, to its end; false: the bytes end before. */
  readCdata(node: XmlNode): boolean {
    this.node = node;
    this.isInCdata = true;
    const { bytes, end } = this.window;
    let start = this.window.at;
    let at = start;
    for (;;) {
      at = skip(bytes, at, IN_CDATA);
      if (at >= end) return this.leaveText(start, at);
      if (bytes[at] === RIGHT_BRACKET) {
        const isEnd = startsWith(bytes, at, end, ']]>');
        if (isEnd === undefined) return this.leaveText(start, at);
        if (isEnd) {
          this.giveText(start, at);
          this.window.at = at + ']]>'.length;
          this.isInCdata = false;
          return true;
        }
        at++;
      } else if (bytes[at] === CARRIAGE_RETURN) {
        const next = this.readLineEnd(start, at);
        if (next === CUT) return false;
        start = at = next;
      } else {
        const length = this.characterLength(start, at);
        if (length === 0) return this.leaveText(start, at);
        at += length;
      }
    }
  }

  /** Gives the text before a CR, and a line feed for it and an LF that may follow. */
  private readLineEnd(start: number, at: number): number {
    if (at + 1 >= this.window.end) {
      this.leaveText(start, at);
      return CUT;
    }
    this.window.bytes[at] = LINE_FEED;
    this.giveText(start, at + 1);
    return this.window.bytes[at + 1] === LINE_FEED ? at + 2 : at + 1;
  }

  private characterLength(start: number, at: number): number {
    try {
      return characterLength(this.window.bytes, at, this.window.end);
    } catch (flaw) {
      // A text that is too long ends before what else is wrong with it.
      this.giveText(start, at);
      throw flaw;
    }
  }

  /** Gives what there is of a text, and waits for more. */
  private leaveText(start: number, end: number): false {
    this.giveText(start, end);
    this.window.at = end;
    return false;
  }

  private giveText(start: number, end: number): void {
    if (start === end) return;
    if (this.sizeBytes + end - start > this.maxTextBytes) throw this.tooLong(start, this.sizeBytes);
    this.sizeBytes += end - start;
    this.sink.text(this.node, this.window.bytes, start, end);
  }

  /** The text began with so many bytes already when it came to `start`. */
  tooLong(start: number, sizeBytes: number): XmlFlaw {
    const { maxTextBytes } = this;
    return new XmlFlaw(
      'XML_LIMIT',
      `text longer than ${maxTextBytes} bytes`,
      start + maxTextBytes - sizeBytes,
    );
  }
}
