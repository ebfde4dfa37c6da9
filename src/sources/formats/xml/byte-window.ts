import { XmlFlaw } from './xml-error.js';

/** How much of a chunk is looked at at once; small enough to stay in the processor's nearer caches. */
const WINDOW_BYTES = 64 * 1024;

/** Zeros after the last byte. No loop passes a zero, so that none has to ask at each byte whether it was the last. */
const PADDING_BYTES = 8;

/** The part of a file that is being read. What a chunk leaves unfinished is moved to its front before the next. */
export class ByteWindow {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Position in the file of the first byte. */
  base = 0;
  /** What is still to be read. */
  at = 0;
  end = 0;

  constructor(private readonly maxTokenBytes: number) {
    this.bytes = Buffer.alloc(maxTokenBytes + WINDOW_BYTES + PADDING_BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Takes in as much of a chunk as there is room for, and answers how much. */
  take(chunk: Uint8Array, from: number): number {
    const { bytes } = this;
    if (this.at > 0) {
      bytes.copyWithin(0, this.at, this.end);
      this.base += this.at;
      this.end -= this.at;
      this.at = 0;
    }
    const size = Math.min(chunk.length - from, bytes.length - PADDING_BYTES - this.end);
    bytes.set(size === chunk.length ? chunk : chunk.subarray(from, from + size), this.end);
    this.end += size;
    bytes.fill(0, this.end, this.end + PADDING_BYTES);
    return size;
  }

  /** No token may need to see further than this: then it does not matter in which chunks it comes. */
  tokenEnd(at: number): number {
    return Math.min(this.end, at + this.maxTokenBytes);
  }

  /**
   * For a token that is not complete.
   * @throws XmlFlaw when it never will be.
   */
  checkTokenLength(at: number): void {
    if (this.end - at >= this.maxTokenBytes) {
      throw new XmlFlaw('XML_LIMIT', `tag or other markup longer than ${this.maxTokenBytes} bytes`, at);
    }
  }
}
