import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { FileStore } from './file-store.js';

async function* bytes(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    await setImmediate();
    yield Buffer.alloc(1_000);
  }
}

describe('FileStore', () => {
  it('makes each thing once and forgets it when it is closed', async () => {
    const store = new FileStore();
    let made = 0;
    const make = () => {
      made += 1;
      return bytes('zip');
    };
    const [one, other] = await Promise.all([store.get('a', make), store.get('a', make)]);
    expect([made, one, store.has('a'), store.has('b')]).toEqual([1, other, true, false]);
    expect(await readFile(one.path, 'utf8')).toBe('zip');
    expect([one.sizeBytes, one.md5]).toEqual([3, 'adcdbd79a8d84175c229b192aadc02f2']);
    await store.close();
    expect(existsSync(dirname(one.path))).toBe(false);
  });

  it('goes on after a failure, and tries again when asked again', async () => {
    const store = new FileStore();
    const fail = (): AsyncIterable<Buffer> => {
      throw new Error('cannot');
    };
    await expect(store.get('a', fail)).rejects.toThrow('cannot');
    expect((await store.get('b', () => bytes('b'))).sizeBytes).toBe(1);
    expect((await store.get('a', () => bytes('again'))).sizeBytes).toBe(5);
    await store.close();
  });

  it('does not wait for what is being made when it is closed', async () => {
    const store = new FileStore();
    const making = store.get('a', endless);
    const ended = expect(making).rejects.toMatchObject({ name: 'AbortError' });
    await setImmediate();
    await store.close();
    await ended;
  });
});
