import type { XmlAttribute, XmlNode } from './xml-names.js';

/** Who is told what a document holds, in its order. */
export interface XmlSink {
  /** An element begins. */
  open(node: XmlNode): void;
  /**
   * A complete value, decoded and normalised: UTF-8 from `start` to `end`, valid only during the call. Comes after
   * `open()` of its element and before anything else of it. Declarations of namespaces are attributes too.
   */
  attribute(attribute: XmlAttribute, bytes: Uint8Array, start: number, end: number): void;
  /**
   * A piece of character data, decoded: references, CDATA and line ends. One text may come in several pieces, of whole
   * characters each. White space between tags is text too.
   */
  text(node: XmlNode, bytes: Uint8Array, start: number, end: number): void;
  /** An element ends. */
  close(node: XmlNode): void;
}

/** Bounds of what one document may ask of the memory. */
export interface XmlLimits {
  /** Elements around one another: 64. */
  readonly maxDepth: number;
  /** Decoded text of one element without children in between: 64 KiB. */
  readonly maxTextBytes: number;
  /** One tag, reference, comment, processing instruction or declaration: 64 KiB. */
  readonly maxTokenBytes: number;
  /** Distinct paths of elements and attributes: 4096. */
  readonly maxNames: number;
}

export const DEFAULT_LIMITS: XmlLimits = {
  maxDepth: 64,
  maxTextBytes: 64 * 1024,
  maxTokenBytes: 64 * 1024,
  maxNames: 4096,
};
