import { ByteWindow } from './byte-window.js';
import {
  CUT,
  EXCLAMATION_MARK,
  GREATER_THAN,
  IN_NAME,
  IN_TEXT,
  LESS_THAN,
  QUESTION_MARK,
  skip,
  skipWhiteSpace,
  SLASH,
  startsWith,
} from './bytes.js';
import { CharacterDataReader } from './character-data.js';
import { isSame } from './name-list.js';
import { skipComment, skipInstruction } from './skipped-markup.js';
import { StartTagReader } from './start-tag.js';
import { characterLength } from './utf8.js';
import { readBeginning } from './xml-declaration.js';
import { notWellFormed, XmlError, XmlFlaw } from './xml-error.js';
import { XmlAttribute, XmlNames, XmlNode } from './xml-names.js';
import { DEFAULT_LIMITS, type XmlLimits, type XmlSink } from './xml-sink.js';

export { XmlAttribute, XmlError, XmlNode };
export type { XmlLimits, XmlSink };

/**
 * Reads XML 1.0 (fifth edition) in UTF-8 without a DTD, as it comes in, in constant memory and without making strings.
 * Namespaces are not understood: a name is what is written.
 *
 * A tag that came last time at the same place is recognised by comparing it, eight bytes at once, with how it was
 * written then; only others are read byte by byte. The sink gets the same, and the same is found wrong at the same
 * byte, however a document is cut into chunks.
 */
export class XmlScanner {
  private readonly maxTextBytes: number;
  private readonly window: ByteWindow;
  private readonly names: XmlNames;
  private readonly startTag: StartTagReader;
  private readonly text: CharacterDataReader;

  private stage: 'start' | 'prolog' | 'content' | 'epilog' | 'ended' = 'start';
  private node: XmlNode;
  /** The last child of {@link node} that was closed. After it, most likely the same comes as last time. */
  private previous: XmlNode | null = null;
  /** Is markup begun, of which no `>` has been seen so far? Reading it again is of no use before. */
  private isMarkupCut = false;
  private failure: Error | undefined;

  constructor(
    private readonly sink: XmlSink,
    limits: Partial<XmlLimits> = {},
  ) {
    const all = { ...DEFAULT_LIMITS, ...limits };
    this.maxTextBytes = all.maxTextBytes;
    this.window = new ByteWindow(all.maxTokenBytes);
    this.names = new XmlNames(all);
    this.startTag = new StartTagReader(this.names, this.window.bytes, all.maxTokenBytes);
    this.node = this.names.document;
    this.text = new CharacterDataReader(this.node, this.window, sink, all.maxTextBytes);
  }

  /** Where the scanner is in the file: during `open()` the tag's `<`, during `close()` the byte after the element. */
  get byteOffset(): number {
    return this.window.base + this.window.at;
  }

  /**
   * Reads on. The chunk is copied: it may be used again after the call.
   * @throws XmlError for a document that breaks a rule or a bound; whatever the sink throws. Every further call throws
   *   the same again.
   */
  write(chunk: Uint8Array): void {
    this.guard(() => {
      if (this.stage === 'ended') throw new Error('The document was ended.');
      for (let from = 0; from < chunk.length;) {
        const taken = this.window.take(chunk, from);
        from += taken;
        if (!this.isMarkupCut || this.mayGoOn(taken)) this.scan();
      }
    });
  }

  /**
   * Says that the last chunk was the last.
   * @throws XmlError when the document is not complete.
   */
  end(): void {
    this.guard(() => {
      if (this.stage === 'ended') return;
      this.scan();
      const { at, end } = this.window;
      if (this.node.depth > 0) throw notWellFormed(`end of the file within <${this.node.name}>`, end);
      if (at < end) throw notWellFormed('end of the file within markup', end);
      if (this.stage !== 'epilog') throw notWellFormed('end of the file without an element', end);
      this.stage = 'ended';
    });
  }

  private guard(action: () => void): void {
    if (this.failure !== undefined) throw this.failure;
    try {
      action();
    } catch (error) {
      this.failure = this.failureFrom(error);
      throw this.failure;
    }
  }

  private failureFrom(error: unknown): Error {
    if (error instanceof XmlFlaw) {
      return new XmlError(error.code, error.reason, this.window.base + error.position);
    }
    return error instanceof Error ? error : new Error('The sink failed.', { cause: error });
  }

  /** Could the last so many bytes end the markup that is begun, or make it too long? */
  private mayGoOn(taken: number): boolean {
    const { bytes, at, end } = this.window;
    return this.window.tokenEnd(at) < end || bytes.subarray(end - taken, end).includes(GREATER_THAN);
  }

  /** Reads as far as the bytes allow. */
  private scan(): void {
    this.isMarkupCut = false;
    let goesOn = true;
    while (goesOn) {
      if (this.stage === 'start') goesOn = this.scanBeginning();
      else if (this.stage === 'content') goesOn = this.scanContent();
      else goesOn = this.scanOutside();
    }
  }

  private scanBeginning(): boolean {
    const after = readBeginning(this.window);
    if (after === CUT) return false;
    this.window.at = after;
    this.stage = 'prolog';
    return true;
  }

  /** Before and after the root element: white space, comments and processing instructions. */
  private scanOutside(): boolean {
    const { bytes, end } = this.window;
    const at = skipWhiteSpace(bytes, this.window.at, end);
    this.window.at = at;
    if (at >= end) return false;
    if (bytes[at] === LESS_THAN) return this.readMarkup(at);
    if (characterLength(bytes, at, end) === 0) return false;
    throw notWellFormed('text outside of the root element', at);
  }

  /** Everything within the root element. */
  private scanContent(): boolean {
    const { window, sink, text, maxTextBytes } = this;
    if (text.isInCdata && !text.readCdata(this.node)) return false;
    const { bytes, view } = window;
    let { tags } = this.names;
    let { node, previous } = this;
    let { at } = window;
    let textBytes = text.sizeBytes;
    for (;;) {
      const start = at;
      while (IN_TEXT[bytes[at]!] === 0) at++;
      if (bytes[at] !== LESS_THAN) {
        text.sizeBytes = textBytes;
        if (!text.readText(node, start, at)) {
          this.node = node;
          this.previous = previous;
          return false;
        }
        textBytes = text.sizeBytes;
        ({ at } = window);
      } else if (at !== start) {
        if (textBytes + at - start > maxTextBytes) throw text.tooLong(start, textBytes);
        textBytes += at - start;
        sink.text(node, bytes, start, at);
      }

      if (bytes[at + 1] === SLASH) {
        const length = node.openLength + 1;
        if (isTag(view, at, tags, node.tagsAt + node.openLength, length)) {
          at += length;
          window.at = at;
          sink.close(node);
          textBytes = 0;
          previous = node;
          node = node.parent!;
          if (node.depth > 0) continue;
          this.node = node;
          this.stage = 'epilog';
          return true;
        }
      } else {
        const expected = previous === null ? node.firstChild : previous.nextSibling;
        if (expected !== null && isTag(view, at, tags, expected.tagsAt, expected.openLength)) {
          window.at = at;
          at += expected.openLength;
          node = expected;
          previous = null;
          textBytes = 0;
          sink.open(node);
          continue;
        }
      }

      this.node = node;
      this.previous = previous;
      text.sizeBytes = textBytes;
      if (!this.readMarkup(at)) return false;
      if (this.stage !== 'content') return true;
      ({ node, previous } = this);
      ({ at } = window);
      textBytes = text.sizeBytes;
      ({ tags } = this.names);
    }
  }

  /** What begins with a `<` and was not expected. False: the bytes end before it does. */
  private readMarkup(at: number): boolean {
    const { bytes } = this.window;
    const end = this.window.tokenEnd(at);
    if (at + 1 >= end) return this.goOn(at, CUT);
    switch (bytes[at + 1]) {
      case SLASH:
        return this.goOn(at, this.readEndTag(at, end));
      case EXCLAMATION_MARK:
        return this.readExclamation(at, end);
      case QUESTION_MARK:
        return this.goOn(at, skipInstruction(bytes, at, end));
      default:
        return this.goOn(at, this.readStartTag(at, end));
    }
  }

  private readExclamation(at: number, end: number): boolean {
    const { bytes } = this.window;
    const isComment = startsWith(bytes, at, end, '<!--');
    if (isComment) return this.goOn(at, skipComment(bytes, at, end));
    const isDoctype = startsWith(bytes, at, end, '<!DOCTYPE');
    if (isDoctype) throw new XmlFlaw('XML_DOCTYPE', 'document type declaration', at);
    const isCdata = startsWith(bytes, at, end, '<![CDATA[');
    if (isCdata && this.stage === 'content') {
      this.window.at = at + '<![CDATA['.length;
      return this.text.readCdata(this.node);
    }
    if (isComment === false && isDoctype === false && isCdata !== undefined) {
      throw notWellFormed('"<!" that begins nothing allowed here', at);
    }
    return this.goOn(at, CUT);
  }

  private readStartTag(at: number, end: number): number {
    if (this.stage === 'epilog') throw notWellFormed('second root element', at);
    const { startTag, sink } = this;
    const after = startTag.read(this.node, at, end);
    if (after === CUT) return CUT;
    const { node } = startTag;
    if (this.previous === null) this.node.firstChild = node;
    else this.previous.nextSibling = node;
    this.stage = 'content';
    this.node = node;
    this.previous = null;
    this.text.sizeBytes = 0;
    this.window.at = at;
    sink.open(node);
    for (let index = 0; index < startTag.attributeCount; index++) {
      const { attribute, bytes, start, end } = startTag.attributes[index]!;
      sink.attribute(attribute, bytes, start, end);
    }
    if (startTag.isEmpty) this.closeNode(after);
    return after;
  }

  private readEndTag(at: number, end: number): number {
    const { node } = this;
    const { bytes } = this.window;
    if (this.stage !== 'content') throw notWellFormed('end tag without a start tag', at);
    const nameEnd = skip(bytes, at + 2, IN_NAME);
    if (nameEnd >= end) return CUT;
    if (!isSame(node.nameBytes, bytes, at + 2, nameEnd)) {
      throw notWellFormed(`end tag that does not close <${node.name}>`, at);
    }
    const last = skipWhiteSpace(bytes, nameEnd, end);
    if (last >= end) return CUT;
    if (bytes[last] !== GREATER_THAN) {
      throw notWellFormed('character in an end tag that is not allowed there', last);
    }
    this.closeNode(last + 1);
    return last + 1;
  }

  private closeNode(after: number): void {
    const { node } = this;
    this.window.at = after;
    this.sink.close(node);
    this.text.sizeBytes = 0;
    this.previous = node;
    this.node = node.parent!;
    if (this.node.depth === 0) this.stage = 'epilog';
  }

  /** Goes on after markup; or leaves it at `at`, to be read again when there is more of it. */
  private goOn(at: number, after: number): boolean {
    if (after !== CUT) {
      this.window.at = after;
      return true;
    }
    this.window.checkTokenLength(at);
    this.window.at = at;
    this.isMarkupCut = true;
    return false;
  }
}

/**
 * Does this tag stand at `at`? Eight bytes are compared as one number: no tag's bytes say NaN, for which a byte 0x7F or
 * 0xFF would be needed, or zero, and other numbers are equal only if their bytes are.
 */
function isTag(view: DataView, at: number, tags: DataView, first: number, length: number): boolean {
  if (length >= 8) {
    const last = length - 8;
    for (let index = 0; index < last; index += 8) {
      if (view.getFloat64(at + index, true) !== tags.getFloat64(first + index, true)) return false;
    }
    return view.getFloat64(at + last, true) === tags.getFloat64(first + last, true);
  }
  if (length >= 4) {
    const last = length - 4;
    return (
      view.getInt32(at, true) === tags.getInt32(first, true) &&
      view.getInt32(at + last, true) === tags.getInt32(first + last, true)
    );
  }
  return ((view.getInt32(at, true) ^ tags.getInt32(first, true)) & 0xffffff) === 0;
}
