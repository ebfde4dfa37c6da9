import { EditionRefusedError } from '../../../common/errors.js';
import type { BulkBlock, BulkReject } from '../../source.js';
import { LineBuffer } from './line-buffer.js';

/** A block is given when it has so many bytes. Larger ones leave the processor's nearer caches; smaller ones are many. */
const BLOCK_BYTES = 256 * 1024;
/** So that the line that fills a block seldom needs a larger buffer. */
const ROOM_BYTES = 32 * 1024;

/** A file with more is not the file we think it is, and nobody will read them. */
export const MAX_REJECTS = 50_000;

type Counts = Omit<BulkBlock, 'lines' | 'share'>;

/** Gathers lines and counts, and cuts them into blocks. */
export class BlockBuilder {
  /** Where the next line is written. */
  readonly out = new LineBuffer(BLOCK_BYTES + ROOM_BYTES);

  private rows = 0;
  private items = 0;
  private readonly skipped = new Map<string, number>();
  private readonly odd = new Map<string, number>();
  private rejects: BulkReject[] = [];
  private rejectCount = 0;
  private readonly full: (Counts & Pick<BulkBlock, 'lines'>)[] = [];

  constructor(private readonly label: string) {}

  /** Makes room for a line of at most so many bytes. */
  ensureRoom(sizeBytes: number): void {
    const { at, bytes } = this.out;
    if (at + sizeBytes <= bytes.length) return;
    if (at > 0) this.cut();
    if (sizeBytes > this.out.bytes.length) this.out.renew(sizeBytes);
  }

  /** A line was written. */
  addItem(oddities: readonly string[]): void {
    this.rows++;
    this.items++;
    for (let index = 0; index < oddities.length; index++) add(this.odd, oddities[index]!);
    if (this.out.at >= BLOCK_BYTES) this.cut();
  }

  addSkipped(reason: string): void {
    this.rows++;
    add(this.skipped, reason);
  }

  addReject(reject: BulkReject): void {
    this.rows++;
    this.rejects.push(reject);
    this.rejectCount++;
    if (this.rejectCount <= MAX_REJECTS) return;
    throw new EditionRefusedError(
      'REJECTS_TOO_MANY',
      `${this.label}: more than ${MAX_REJECTS} records could not be read`,
      'The publisher has probably changed the format: compare the file with the source’s fixture.',
    );
  }

  /** Something odd about the file that belongs to no record. */
  addOddity(oddity: string): void {
    add(this.odd, oddity);
  }

  /** Blocks that are full. */
  takeFull(share: number): BulkBlock[] {
    return this.full.splice(0).map((block) => ({ ...block, share }));
  }

  /** All that is left, in one block that may have no lines. */
  takeRest(): BulkBlock {
    this.cut();
    return { ...this.full.pop()!, share: 1 };
  }

  private cut(): void {
    const { bytes, at } = this.out;
    this.full.push({ lines: bytes.subarray(0, at), ...this.takeCounts() });
    this.out.renew(BLOCK_BYTES + ROOM_BYTES);
  }

  private takeCounts(): Counts {
    const { rows, items, rejects } = this;
    const counts = {
      rows,
      items,
      skipped: Object.fromEntries(this.skipped),
      odd: Object.fromEntries(this.odd),
      rejects,
    };
    this.rows = 0;
    this.items = 0;
    this.rejects = [];
    this.skipped.clear();
    this.odd.clear();
    return counts;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
