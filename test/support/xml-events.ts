import { isUtf8 } from 'node:buffer';
import { SaxesParser } from 'saxes';
import {
  XmlError,
  XmlScanner,
  type XmlAttribute,
  type XmlLimits,
  type XmlNode,
  type XmlSink,
} from '../../src/sources/formats/xml/xml-scanner.js';

/** What was read of a document, a line per event: `<name`, `@name=value`, `"text`, `>name`. */
export type XmlEventLine = string;

/** Puts pieces of text together, so that two readers can be compared who cut them differently. */
class EventLines {
  private text = '';
  constructor(private readonly give: (line: XmlEventLine) => void) {}

  addText(piece: string): void {
    this.text += piece;
  }

  add(line: XmlEventLine): void {
    if (this.text !== '') this.give(`"${this.text}`);
    this.text = '';
    this.give(line);
  }
}

class EventSink implements XmlSink {
  private readonly lines: EventLines;
  constructor(give: (line: XmlEventLine) => void) {
    this.lines = new EventLines(give);
  }

  open(node: XmlNode): void {
    this.lines.add(`<${node.name}`);
  }

  attribute(attribute: XmlAttribute, bytes: Uint8Array, start: number, end: number): void {
    this.lines.add(`@${attribute.name}=${decoded(bytes, start, end)}`);
  }

  text(_node: XmlNode, bytes: Uint8Array, start: number, end: number): void {
    this.lines.addText(decoded(bytes, start, end));
  }

  close(node: XmlNode): void {
    this.lines.add(`>${node.name}`);
  }
}

function decoded(bytes: Uint8Array, start: number, end: number): string {
  const piece = bytes.subarray(start, end);
  if (!isUtf8(piece)) throw new Error('A piece is not of whole characters.');
  return Buffer.from(piece).toString('utf8');
}

/** What our scanner said of a document. */
export interface XmlReading {
  readonly lines: readonly XmlEventLine[];
  readonly error?: XmlError;
}

/** A scanner that gives its events as lines. */
export function scannerOf(give: (line: XmlEventLine) => void, limits?: Partial<XmlLimits>): XmlScanner {
  return new XmlScanner(new EventSink(give), limits);
}

/** Scans a document that comes in these chunks. */
export function scanChunks(chunks: Iterable<Uint8Array>, limits?: Partial<XmlLimits>): XmlReading {
  const lines: XmlEventLine[] = [];
  const scanner = scannerOf((line) => lines.push(line), limits);
  try {
    for (const chunk of chunks) scanner.write(chunk);
    scanner.end();
  } catch (error) {
    if (error instanceof XmlError) return { lines, error };
    throw error;
  }
  return { lines };
}

/** A saxes parser that gives the events of one document as lines. It throws at the first fault. */
export function saxesOf(give: (line: XmlEventLine) => void): SaxesParser {
  // 1.0 is forced because saxes takes "1.1" at its word, and XML 1.0 (fifth edition, §2.8) does not.
  const parser = new SaxesParser({ xmlns: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const lines = new EventLines(give);
  let depth = 0;
  parser.on('opentag', ({ name, attributes }) => {
    depth++;
    lines.add(`<${name}`);
    for (const [attribute, value] of Object.entries(attributes)) lines.add(`@${attribute}=${value}`);
  });
  parser.on('closetag', ({ name }) => {
    depth--;
    lines.add(`>${name}`);
  });
  // White space outside of the root element is given by saxes and not by us.
  parser.on('text', (text) => {
    if (depth > 0) lines.addText(text);
  });
  parser.on('cdata', (text) => lines.addText(text));
  return parser;
}

/** Numbers from 0 up to but not including `below`, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000) * below);
  };
}

/** Cuts bytes into chunks of up to so many, at random. */
export function* chunksOf(
  bytes: Uint8Array,
  random: (below: number) => number,
  maxBytes: number,
): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random(maxBytes);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
