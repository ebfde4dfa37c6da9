import { GREATER_THAN, LESS_THAN, SLASH } from './bytes.js';
import { NameList } from './name-list.js';
import { characterLength } from './utf8.js';
import { notWellFormed, XmlFlaw } from './xml-error.js';

/** One path of element names; created once per distinct path, shared by all elements there. */
export class XmlNode {
  /** Name without its prefix. */
  readonly localName: string;
  /** The root element's is 1, the document's 0. */
  readonly depth: number;
  /** Local names from the root, joined by `/`. */
  readonly path: string;
  /** Room for the sink's own mark; -1 until the sink sets it. A node is created before its first `open()`. */
  slot = -1;

  /** @internal Which child came first last time: it will most likely do so again. */
  firstChild: XmlNode | null = null;
  /** @internal Which sibling came next last time. */
  nextSibling: XmlNode | null = null;
  /** @internal */
  readonly children = new NameList<XmlNode>();
  /** @internal */
  readonly attributes = new NameList<XmlAttribute>();
  /** @internal Length of `<name>`. */
  readonly openLength: number;

  /** @internal */
  constructor(
    /** The element around; null for the document itself. */
    readonly parent: XmlNode | null,
    /** Qualified, as written. */
    readonly name: string,
    /** @internal */
    readonly nameBytes: Uint8Array,
    /** @internal Where `<name></name>` stands in {@link XmlNames.tags}. */
    readonly tagsAt: number,
  ) {
    this.localName = localNameOf(name);
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.path = parent === null || parent.depth === 0 ? this.localName : `${parent.path}/${this.localName}`;
    this.openLength = nameBytes.length + 2;
  }
}

/** An attribute of the elements of one path. */
export class XmlAttribute {
  /** Name without its prefix. */
  readonly localName: string;
  /** Room for the sink's own mark; -1 until the sink sets it. */
  slot = -1;
  /** @internal Number of the tag it was last seen in, which tells the second of two in one tag. */
  seenInTag = 0;

  /** @internal */
  constructor(
    readonly node: XmlNode,
    /** Qualified, as written: `xmlns:xsi`. */
    readonly name: string,
    /** @internal */
    readonly nameBytes: Uint8Array,
  ) {
    this.localName = localNameOf(name);
  }
}

/** Bounds of what is remembered of names. */
export interface NameLimits {
  readonly maxDepth: number;
  /** Distinct paths of elements and attributes. */
  readonly maxNames: number;
  /** Of a tag; leaves a name room to be closed again. */
  readonly maxTokenBytes: number;
}

/** Together, so that endless new names cannot fill the memory either. */
const MAX_TAGS_BYTES = 4 * 1024 * 1024;

/** `Name` of XML 1.0, fifth edition, §2.3. */
const NAME_START =
  ':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}' +
  '\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const NAME = new RegExp(
  `^[${NAME_START}][\\u{300}-\\u{36F}${NAME_START}\\-.0-9\\u{B7}\\u{203F}-\\u{2040}]*$`,
  'u',
);

/** The names a document has used so far, as a tree. What is in it is known to be a valid name. */
export class XmlNames {
  readonly document = new XmlNode(null, '', new Uint8Array(), 0);
  /** The tags of all nodes one after the other, to compare a file with several bytes at a time. */
  tags = new DataView(new ArrayBuffer(4096));
  private tagsEnd = 0;
  private count = 0;

  constructor(private readonly limits: NameLimits) {}

  /**
   * The child of this name, which is created if there is none yet.
   * @throws XmlFlaw when it is no name, or one too many.
   */
  childOf(parent: XmlNode, bytes: Buffer, start: number, end: number): XmlNode {
    return parent.children.find(bytes, start, end) ?? this.addChild(parent, bytes, start, end);
  }

  /** Like {@link childOf}, for an attribute. */
  attributeOf(node: XmlNode, bytes: Buffer, start: number, end: number): XmlAttribute {
    const known = node.attributes.find(bytes, start, end);
    if (known !== undefined) return known;
    const name = readName(bytes, start, end);
    this.countName(start);
    const attribute = new XmlAttribute(node, name, Uint8Array.from(bytes.subarray(start, end)));
    node.attributes.add(attribute);
    return attribute;
  }

  private addChild(parent: XmlNode, bytes: Buffer, start: number, end: number): XmlNode {
    const name = readName(bytes, start, end);
    const length = end - start;
    if (parent.depth >= this.limits.maxDepth) {
      throw new XmlFlaw('XML_LIMIT', `elements nested more than ${this.limits.maxDepth} deep`, start);
    }
    if (length + '</>'.length > this.limits.maxTokenBytes) {
      throw new XmlFlaw('XML_LIMIT', `tag longer than ${this.limits.maxTokenBytes} bytes`, start);
    }
    this.countName(start);
    this.makeRoom(2 * length + '<></>'.length, start);
    const nameBytes = Uint8Array.from(bytes.subarray(start, end));
    const node = new XmlNode(parent, name, nameBytes, this.tagsEnd);
    const tags = new Uint8Array(this.tags.buffer);
    for (const part of [
      [LESS_THAN],
      nameBytes,
      [GREATER_THAN, LESS_THAN, SLASH],
      nameBytes,
      [GREATER_THAN],
    ]) {
      tags.set(part, this.tagsEnd);
      this.tagsEnd += part.length;
    }
    parent.children.add(node);
    return node;
  }

  private countName(position: number): void {
    if (this.count >= this.limits.maxNames) {
      throw new XmlFlaw('XML_LIMIT', `more than ${this.limits.maxNames} different names`, position);
    }
    this.count++;
  }

  private makeRoom(sizeBytes: number, position: number): void {
    const needed = this.tagsEnd + sizeBytes;
    if (needed <= this.tags.byteLength) return;
    if (needed > MAX_TAGS_BYTES) {
      throw new XmlFlaw('XML_LIMIT', 'too many long names', position);
    }
    const larger = new Uint8Array(Math.max(2 * this.tags.byteLength, needed));
    larger.set(new Uint8Array(this.tags.buffer));
    this.tags = new DataView(larger.buffer);
  }
}

/**
 * The name that the bytes from `start` to `end` say.
 * @throws XmlFlaw when they say none.
 */
export function readName(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end;) {
    const length = characterLength(bytes, at, end);
    // The name ends within a character, but not the document.
    if (length === 0) throw new XmlFlaw('XML_ENCODING', 'bytes that are no UTF-8', at);
    at += length;
  }
  const name = bytes.toString('utf8', start, end);
  if (!NAME.test(name)) throw notWellFormed('name with a character that is not allowed there', start);
  return name;
}

function localNameOf(name: string): string {
  return name.slice(name.indexOf(':') + 1) || name;
}
