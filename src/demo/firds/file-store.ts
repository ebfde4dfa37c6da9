import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file that was made once and lies on disk until the store is closed. */
export interface StoredBytes {
  readonly path: string;
  readonly sizeBytes: number;
  /** 32 lower-case hex digits. */
  readonly md5: string;
}

/** Keeps what the publisher makes in a temporary directory, each thing made once, one after the other. */
export class FileStore {
  readonly #made = new Map<string, Promise<StoredBytes>>();
  #directory: Promise<string> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  readonly #closing = new AbortController();

  /** The file of this key; `make` is only asked when there is none yet. */
  get(key: string, make: () => AsyncIterable<Buffer>): Promise<StoredBytes> {
    let file = this.#made.get(key);
    if (!file) {
      file = this.#last.then(
        () => this.#write(make()),
        () => this.#write(make()),
      );
      this.#made.set(key, file);
      this.#last = file;
      // A failure is told to whoever asked; the next one tries again.
      file.catch(() => this.#made.delete(key));
    }
    return file;
  }

  has(key: string): boolean {
    return this.#made.has(key);
  }

  /** Breaks off what is being made, and leaves nothing on disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last.catch(() => undefined);
    if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
  }

  async #write(content: AsyncIterable<Buffer>): Promise<StoredBytes> {
    this.#closing.signal.throwIfAborted();
    this.#directory ??= mkdtemp(join(tmpdir(), `isinglass-firds-${process.pid}-`));
    this.#count += 1;
    const path = join(await this.#directory, `${this.#count}.zip`);
    const hash = createHash('md5');
    let sizeBytes = 0;
    async function* measure(): AsyncGenerator<Buffer> {
      for await (const chunk of content) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    }
    await pipeline(Readable.from(measure()), createWriteStream(path), { signal: this.#closing.signal });
    return { path, sizeBytes, md5: hash.digest('hex') };
  }
}
