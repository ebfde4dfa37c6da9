/** What is wrong with a document, by what follows from it. */
export type XmlErrorCode = 'XML_NOT_WELL_FORMED' | 'XML_DOCTYPE' | 'XML_LIMIT' | 'XML_ENCODING';

/** A document that is not read any further. */
export class XmlError extends Error {
  constructor(
    readonly code: XmlErrorCode,
    reason: string,
    /** Where in the file, counted from 0. */
    readonly byteOffset: number,
    options?: { cause?: unknown },
  ) {
    super(`${reason} at byte ${byteOffset}`, options);
    this.name = 'XmlError';
  }
}

/**
 * What the parts of the scanner throw: they see a window of the file and know positions within it. The scanner makes an
 * {@link XmlError} of it, which knows the place in the file.
 */
export class XmlFlaw extends Error {
  constructor(
    readonly code: XmlErrorCode,
    readonly reason: string,
    /** Index into the bytes that were looked at. */
    readonly position: number,
  ) {
    super(reason);
  }
}

/** The commonest flaw: a rule of XML is broken. */
export function notWellFormed(reason: string, position: number): XmlFlaw {
  return new XmlFlaw('XML_NOT_WELL_FORMED', reason, position);
}
