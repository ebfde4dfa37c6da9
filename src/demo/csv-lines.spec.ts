import { fromLines, splitRow, toLines } from './csv-lines.js';

describe('splitRow', () => {
  it.each([
    ['', ['']],
    [',,', ['', '', '']],
    ['a,b', ['a', 'b']],
    ['"a, b","say ""no"", please",', ['"a, b"', '"say ""no"", please"', '']],
  ])('splits %s', (row, cells) => {
    expect(splitRow(row)).toEqual(cells);
  });
});

describe('toLines and fromLines', () => {
  it.each(['a,b\n1,2\n', 'a,b\r\n1,\x96\r\n', 'only a header\n'])('give the bytes back: %j', (text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(fromLines(toLines(bytes))).toEqual(bytes);
  });
});
