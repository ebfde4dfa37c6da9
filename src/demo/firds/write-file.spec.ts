import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';

import { firdsXml } from './file-xml.js';
import { listFirdsFiles } from './files.js';
import { FirdsWorld } from './firds-world.js';
import { findFirdsFile, writeFirdsFile } from './write-file.js';

const world = new FirdsWorld('esma', { firdsInstruments: 400, firdsPartSize: 60 });

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('writeFirdsFile', () => {
  it('writes the zip of a part, and says its check sum and size', async () => {
    const chunks: Buffer[] = [];
    const output = new Writable({
      write: (chunk: Buffer, _, done) => {
        chunks.push(chunk);
        done();
      },
    });
    const request = { type: 'FULINS', letter: 'R', date: world.firstDate, part: 2 } as const;
    const { file, md5, sizeBytes } = await writeFirdsFile(world, request, output);
    const zip = Buffer.concat(chunks);
    expect([file.part, sizeBytes, md5]).toEqual([2, zip.length, createHash('md5').update(zip).digest('hex')]);
    const xml = inflateRawSync(zip.subarray(30 + zip.readUInt16LE(26))).toString();
    expect(xml).toBe(await textOf(firdsXml(world, file)));
    expect(xml.match(/<RefData>/g)).toHaveLength(file.records);
  });

  it('knows no other files', async () => {
    const request = { type: 'FULINS', letter: 'Z', date: world.firstDate } as const;
    await expect(findFirdsFile(world, request)).rejects.toThrow('there is no part 1 of FULINS Z');
    expect(await listFirdsFiles(world, '2026-01-02')).toEqual([]);
  });

  it('cuts a set into parts of the same size, the last one smaller, with nothing lost or twice', async () => {
    const whole = new FirdsWorld('esma', { firdsInstruments: 400 });
    for (const type of ['FULINS', 'DLTINS'] as const) {
      const parts = (await listFirdsFiles(world, world.firstDate, [type])).filter(
        ({ letter }) => letter === undefined || letter === 'E',
      );
      const letter = type === 'FULINS' ? ('E' as const) : undefined;
      const single = await findFirdsFile(whole, { type, date: world.firstDate, ...(letter && { letter }) });
      expect(parts.slice(0, -1).every(({ records }) => records === 60)).toBe(true);
      const recordsIn = (xml: string) => xml.match(/<(RefData|FinInstrm)>.*?<\/\1>/g) ?? [];
      const pieces = [];
      for (const part of parts) pieces.push(...recordsIn(await textOf(firdsXml(world, part))));
      expect(pieces).toEqual(recordsIn(await textOf(firdsXml(whole, single))));
    }
  });

  it('makes no more than its reader takes, and stops when the reader does', async () => {
    const large = new FirdsWorld('esma', { firdsInstruments: 30_000 });
    const request = { type: 'FULINS', letter: 'R', date: large.firstDate } as const;
    await findFirdsFile(large, request);
    let taken = 0;
    const output = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer) => {
        // Never done with the chunk: the writer has to wait.
        taken += chunk.length;
      },
    });
    const writing = writeFirdsFile(large, request, output);
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < 20; turn += 1) await setTimeout(5);
    expect(taken).toBeLessThan(70_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
    output.destroy();
    await expect(writing).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });
});
