import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EditionRefusedError, PublisherChangedError } from '../../common/errors.js';
import { csvRecords, type CsvRecord } from './csv.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isinglass-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function recordsOf(content: string | Buffer): Promise<CsvRecord[]> {
  const path = join(folder, 'list.csv');
  await writeFile(path, content);
  const records: CsvRecord[] = [];
  for await (const record of csvRecords(path, 'a list')) records.push(record);
  return records;
}

const cellsIn = async (content: string | Buffer): Promise<(readonly string[])[]> =>
  (await recordsOf(content)).map(({ cells }) => cells);

describe('records of a CSV file', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('end in %s', async (_name, end) => {
    const text = ['a,b', '1,"2, or 3"', '', '4,5', ''].join(end);
    expect(await recordsOf(text)).toEqual([
      { line: 1, cells: ['a', 'b'], raw: 'a,b', isTerminated: true },
      { line: 2, cells: ['1', '2, or 3'], raw: '1,"2, or 3"', isTerminated: true },
      { line: 3, cells: [''], raw: '', isTerminated: true },
      { line: 4, cells: ['4', '5'], raw: '4,5', isTerminated: true },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('keep their physical line after a quoted line end %j', async (end) => {
    const records = await recordsOf(`a,b${end}1,"two${end}${end}lines"${end}3,4${end}`);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 5]);
    expect(records[1]?.cells[1]).toBe(`two${end}${end}lines`);
  });

  it('may differ in length, which is for the header to judge', async () => {
    expect(await cellsIn('a,b\n1\n1,2,3\n')).toEqual([['a', 'b'], ['1'], ['1', '2', '3']]);
  });

  it('say when the file ends without a line end', async () => {
    const records = await recordsOf('a,b\n1,2');
    expect(records.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
  });

  it('have doubled quotes undone, and keep them in the raw text', async () => {
    expect((await recordsOf('"say ""so""",x\n'))[0]).toMatchObject({
      cells: ['say "so"', 'x'],
      raw: '"say ""so""",x',
    });
  });

  it('come in constant memory and in order from a file of many chunks, characters across two chunks whole', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},${'ä€'.repeat(index % 7)}`);
    const cells = await cellsIn(`${lines.join('\r\n')}\r\n`);
    expect(cells.map((row) => row.join(','))).toEqual(lines);
  });

  it('stop when the reader stops', async () => {
    const path = join(folder, 'long.csv');
    await writeFile(path, 'a,b\n'.repeat(100_000));
    for await (const { line } of csvRecords(path, 'a list')) if (line === 3) break;
    await rm(path);
  });
});

describe('the encoding of a CSV file', () => {
  it('is UTF-8 where every byte fits, and a byte order mark is no part of the first name', async () => {
    expect(await cellsIn('\uFEFFa,b\nMARINGÁ,–\n')).toEqual([
      ['a', 'b'],
      ['MARINGÁ', '–'],
    ]);
  });

  it('is windows-1252 where a byte does not fit, also in the part that other tools take for Latin-1', async () => {
    const bytes = Buffer.from('a,b\r\nNifty PSE Index \x96 TRI,\x91x\x92 \x80\r\n', 'latin1');
    expect((await cellsIn(bytes))[1]).toEqual(['Nifty PSE Index – TRI', '‘x’ €']);
  });

  it('is Macintosh Roman where the only line ends are CR', async () => {
    const bytes = Buffer.from('a,b\rJohnson Controls \xd0 Hitachi,1\r', 'latin1');
    expect((await cellsIn(bytes))[1]).toEqual(['Johnson Controls – Hitachi', '1']);
  });

  it('is found even when the first odd byte stands at the very end of a long file', async () => {
    const bytes = Buffer.concat([Buffer.from('plain,text\n'.repeat(30_000)), Buffer.from([0x41, 0x92])]);
    expect((await cellsIn(bytes)).at(-1)).toEqual(['A’']);
  });
});

describe('what is no CSV file', () => {
  it.each<[string, string | Buffer, string]>([
    ['FILE_IS_EMPTY', '', 'empty'],
    ['FILE_IS_EMPTY', '\uFEFF \r\n\r\n', 'blanks'],
    ['FILE_IS_HTML', '\n<!DOCTYPE html><html><head><title>Access Denied</title>', 'Access Denied'],
    ['FILE_IS_HTML', '<html>sorry', 'a web page'],
    ['FILE_IS_ZIP', Buffer.from('504b030414000600', 'hex'), 'xlsx'],
    ['FILE_IS_GZIP', Buffer.from('1f8b0800000000000003', 'hex'), 'gzip'],
    [
      'FILE_IS_LFS_POINTER',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
      'pointer',
    ],
  ])('is %s', async (code, content, word) => {
    const error = await recordsOf(content).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PublisherChangedError);
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(word) as unknown,
      nextStep: expect.stringMatching(/.{20}/) as unknown,
    });
    expect(error).toMatchObject({ message: expect.stringMatching(/^a list: /) as unknown });
  });
});

describe('broken bytes', () => {
  it.each<[string, string | Buffer, string]>([
    ['CSV_NUL_BYTE', 'a,b\n1,\0\n', 'byte 6 '],
    ['CSV_NUL_BYTE', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'UTF-16'],
    ['CSV_ENCODING', Buffer.from('\xef\xbb\xbfa,b\n1,\x96\n', 'latin1'), 'UTF-8'],
    ['CSV_BROKEN', 'a,b\n\n1,"open\n2,3\n', 'line 3 '],
    ['CSV_BROKEN', 'a,b\n"x\r\ny",1\r\n2,in"side\n', 'line 4 '],
    ['CSV_BROKEN', 'a,b\n"x" ,1\n', 'line 2 '],
    ['CSV_RECORD_TOO_LONG', `a,b\n1,"open\n${'2,3\n'.repeat(20_000)}`, 'line 2 '],
    ['CSV_RECORD_TOO_LONG', `a,b\n${'x'.repeat(70_000)},1\n`, 'line 2 '],
  ])('are refused with %s and their place', async (code, content, place) => {
    const error = await recordsOf(content).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EditionRefusedError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(place) as unknown });
  });

  it('are refused in the second chunk too', async () => {
    const error = await recordsOf(`${'a,b\n'.repeat(50_000)}\0`).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CSV_NUL_BYTE',
      message: expect.stringContaining('byte 200000 ') as unknown,
    });
  });

  it('are not taken for another encoding: a missing file is a missing file', async () => {
    const missing = (async () => {
      for await (const record of csvRecords(join(folder, 'nowhere.csv'), 'a list')) return record;
    })();
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
