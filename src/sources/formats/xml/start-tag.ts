import {
  AMPERSAND,
  APOSTROPHE,
  CARRIAGE_RETURN,
  CUT,
  EQUALS,
  GREATER_THAN,
  IN_NAME,
  IN_VALUE,
  LESS_THAN,
  LINE_FEED,
  QUOTE,
  skip,
  skipWhiteSpace,
  SLASH,
  SPACE,
  TAB,
} from './bytes.js';
import { readReference } from './references.js';
import { characterLength, writeCharacter } from './utf8.js';
import { notWellFormed } from './xml-error.js';
import type { XmlAttribute, XmlNames, XmlNode } from './xml-names.js';

/** An attribute of the tag that was read last; its value are the bytes from `start` to `end`. */
interface FoundAttribute {
  attribute: XmlAttribute;
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Reads start tags with all they may hold: attributes, white space, the slash of an empty element. */
export class StartTagReader {
  /** The element it opens. */
  node: XmlNode;
  isEmpty = false;
  /** How many of {@link attributes} belong to this tag. */
  attributeCount = 0;
  readonly attributes: FoundAttribute[] = [];

  private tagNumber = 0;
  /** Values that are not what the file says byte by byte. */
  private readonly decoded: Uint8Array;
  private decodedEnd = 0;

  constructor(
    private readonly names: XmlNames,
    private readonly bytes: Buffer,
    maxTokenBytes: number,
  ) {
    this.node = names.document;
    this.decoded = new Uint8Array(maxTokenBytes);
  }

  /**
   * Reads the tag whose `<` stands at `at`, and answers the position after its `>`, or {@link CUT} when `end` cuts it:
   * then nothing of what was found counts, and it is read again when there is more.
   */
  read(parent: XmlNode, at: number, end: number): number {
    const { bytes } = this;
    const nameEnd = skip(bytes, at + 1, IN_NAME);
    if (nameEnd >= end) return CUT;
    if (nameEnd === at + 1) throw notWellFormed('"<" that begins no tag', at);
    this.node = this.names.childOf(parent, bytes, at + 1, nameEnd);
    this.isEmpty = false;
    this.attributeCount = 0;
    this.decodedEnd = 0;
    this.tagNumber++;

    let next = nameEnd;
    for (;;) {
      const blankAt = next;
      next = skipWhiteSpace(bytes, next, end);
      if (next >= end) return CUT;
      if (bytes[next] === GREATER_THAN) return next + 1;
      if (bytes[next] === SLASH) return this.readSlash(next, end);
      if (next === blankAt) throw notWellFormed('character in a tag that is not allowed there', next);
      next = this.readAttribute(next, end);
      if (next === CUT) return CUT;
    }
  }

  private readSlash(at: number, end: number): number {
    if (at + 1 >= end) return CUT;
    if (this.bytes[at + 1] !== GREATER_THAN) throw notWellFormed('"/" that does not end its tag', at);
    this.isEmpty = true;
    return at + 2;
  }

  private readAttribute(at: number, end: number): number {
    const { bytes } = this;
    const nameEnd = skip(bytes, at, IN_NAME);
    if (nameEnd >= end) return CUT;
    if (nameEnd === at) throw notWellFormed('character in a tag that is not allowed there', at);
    const attribute = this.names.attributeOf(this.node, bytes, at, nameEnd);
    if (attribute.seenInTag === this.tagNumber) {
      throw notWellFormed(`second attribute ${attribute.name} in one tag`, at);
    }
    attribute.seenInTag = this.tagNumber;

    const equalsAt = skipWhiteSpace(bytes, nameEnd, end);
    if (equalsAt >= end) return CUT;
    if (bytes[equalsAt] !== EQUALS) throw notWellFormed('attribute without "="', equalsAt);
    const quoteAt = skipWhiteSpace(bytes, equalsAt + 1, end);
    if (quoteAt >= end) return CUT;
    const quote = bytes[quoteAt]!;
    if (quote !== QUOTE && quote !== APOSTROPHE) throw notWellFormed('value without quotes', quoteAt);
    return this.readValue(attribute, quote, quoteAt + 1, end);
  }

  /** A value without anything to decode stays where it is; of any other, what was passed goes to {@link decoded}. */
  private readValue(attribute: XmlAttribute, quote: number, start: number, end: number): number {
    const { bytes } = this;
    const decodedStart = this.decodedEnd;
    let isDecoded = false;
    let pieceStart = start;
    let at = start;
    for (;;) {
      at = skip(bytes, at, IN_VALUE);
      if (at >= end) return CUT;
      const byte = bytes[at]!;
      let character: number;
      let next: number;
      if (byte === quote) break;
      switch (byte) {
        case QUOTE:
        case APOSTROPHE:
          at++;
          continue;
        case LESS_THAN:
          throw notWellFormed('"<" in the value of an attribute', at);
        case AMPERSAND: {
          const reference = readReference(bytes, at, end);
          if (reference === undefined) return CUT;
          character = reference.codePoint;
          next = reference.end;
          break;
        }
        case CARRIAGE_RETURN:
          if (at + 1 >= end) return CUT;
          character = SPACE;
          next = bytes[at + 1] === LINE_FEED ? at + 2 : at + 1;
          break;
        case TAB:
        case LINE_FEED:
          character = SPACE;
          next = at + 1;
          break;
        default: {
          const length = characterLength(bytes, at, end);
          if (length === 0) return CUT;
          at += length;
          continue;
        }
      }
      isDecoded = true;
      this.decodePiece(pieceStart, at);
      this.decodedEnd = writeCharacter(character, this.decoded, this.decodedEnd);
      at = pieceStart = next;
    }
    if (isDecoded) {
      this.decodePiece(pieceStart, at);
      this.add(attribute, this.decoded, decodedStart, this.decodedEnd);
    } else {
      this.add(attribute, bytes, start, at);
    }
    return at + 1;
  }

  private decodePiece(start: number, end: number): void {
    this.decoded.set(this.bytes.subarray(start, end), this.decodedEnd);
    this.decodedEnd += end - start;
  }

  private add(attribute: XmlAttribute, bytes: Uint8Array, start: number, end: number): void {
    const found = this.attributes[this.attributeCount++];
    if (found === undefined) {
      this.attributes.push({ attribute, bytes, start, end });
      return;
    }
    found.attribute = attribute;
    found.bytes = bytes;
    found.start = start;
    found.end = end;
  }
}
