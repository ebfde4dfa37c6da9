import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openPromise } from 'yauzl';
import { chunksOf, randomFrom, saxesOf, scannerOf, type XmlEventLine } from '../support/xml-events.js';

const DATA = fileURLToPath(new URL('../../../shared/data/esma/', import.meta.url));
const isThere = existsSync(DATA);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

/** Of a file that is 143 MB: what the slower reader manages in a few seconds. */
const MAX_BYTES = 20 * 1024 * 1024;

/** All events as one hash, and how many they were. */
class EventDigest {
  private readonly hash = createHash('sha256');
  private pending: string[] = [];
  private count = 0;

  readonly add = (line: XmlEventLine): void => {
    this.pending.push(line);
    this.count++;
    if (this.pending.length === 10_000) this.flush();
  };

  private flush(): void {
    // No event contains a zero, which XML does not allow.
    this.hash.update(`${this.pending.join('\0')}\0`);
    this.pending = [];
  }

  finish(): { count: number; hash: string } {
    this.flush();
    return { count: this.count, hash: this.hash.digest('hex') };
  }
}

async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const zip = await openPromise(path);
  for await (const entry of zip.eachEntry()) {
    yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
  }
}

async function firstBytesOf(stream: AsyncIterable<Buffer> | Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES);
}

describeIfThere(`the scanner and saxes${why}`, () => {
  it.each([
    ['EXTRACT_DLTINS_20210117.xml', (path: string) => createReadStream(path)],
    ['solr_answer_2022-11-14.xml', (path: string) => createReadStream(path)],
    ['solr_answer_2021-01_registers.xml', (path: string) => createReadStream(path)],
    ['DLTINS_20210117_01of01.zip', unzipped],
  ])('read the same from %s', async (fileName, open) => {
    const bytes = await firstBytesOf(open(DATA + fileName));
    const isWhole = bytes.length < MAX_BYTES;

    const expected = new EventDigest();
    const parser = saxesOf(expected.add);
    parser.write(new TextDecoder().decode(bytes, { stream: !isWhole }));
    if (isWhole) parser.close();
    const expectedDigest = expected.finish();
    expect(expectedDigest.count).toBeGreaterThan(50);

    for (const maxChunkBytes of [300, 200_000]) {
      const digest = new EventDigest();
      const scanner = scannerOf(digest.add);
      for (const chunk of chunksOf(bytes, randomFrom(maxChunkBytes), maxChunkBytes)) scanner.write(chunk);
      if (isWhole) scanner.end();
      expect(digest.finish()).toEqual(expectedDigest);
    }
  });
});
