import fc from 'fast-check';
import { LineBuffer, MAX_GROWTH, packed } from './line-buffer.js';

function written(write: (out: LineBuffer) => void): string {
  const out = new LineBuffer(64 * 1024);
  write(out);
  return Buffer.from(out.bytes.subarray(0, out.at)).toString('utf8');
}

/** As PostgreSQL reads a cell of COPY text. */
function unescaped(cell: string): string {
  expect(cell).not.toMatch(/[\t\n\r]/);
  return cell.replace(/\\(.)/gs, (_, letter: string) => ({ t: '\t', n: '\n', r: '\r' })[letter] ?? letter);
}

/** Any text that XML can hold, rich in what needs escapes. */
const texts = fc.stringMatching(/^(?:[\\"\t\n\r\u00a0']|[\u0020-\u00ff]|\p{L}|\p{So})*$/u);

describe('a text in a line', () => {
  it('comes out of COPY as it went in', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text);
        const cell = written((out) => out.putText(bytes, 0, bytes.length));
        expect(unescaped(cell)).toBe(text);
        expect(cell.length).toBeLessThanOrEqual(MAX_GROWTH * bytes.length);
      }),
    );
  });

  it('comes out of JSON in COPY as it went in', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text);
        const cell = written((out) => out.putJson(bytes, 0, bytes.length));
        expect(JSON.parse(`"${unescaped(cell)}"`)).toBe(text);
        expect(cell.length).toBeLessThanOrEqual(MAX_GROWTH * bytes.length);
      }),
    );
  });

  it('that looks like NULL is none', () => {
    expect(written((out) => out.putText(Buffer.from('\\N'), 0, 2))).toBe('\\\\N');
  });

  it('may hold control characters, though XML has none', () => {
    const bytes = Buffer.from('\u0001');
    expect(written((out) => out.putJson(bytes, 0, 1))).toBe('\\\\u0001');
  });
});

describe('bytes written some at once', () => {
  it('are the same as byte by byte, whatever their length', () => {
    for (let length = 0; length <= 40; length++) {
      const text = 'abcdefghijklmnopqrstuvwxyz0123456789{"}:,'.slice(0, length);
      const from = new DataView(new Uint8Array([...Buffer.from(`x${text}`), 1, 2, 3]).buffer);
      const both = written((out) => {
        out.putPacked(packed(text));
        out.put(0x7c);
        out.putPlain(from, 1, 1 + length);
        out.put(0x7c);
      });
      expect(both).toBe(`${text}|${text}|`);
    }
  });

  it('are plain text only', () => {
    expect(() => packed('é')).toThrow('not plain');
    expect(() => packed('\u0000')).toThrow('not plain');
  });
});

describe('a number in a line', () => {
  it.each([0, 9, 10, 99, 100, 141_381, 2_147_483_647])('is written whole: %d', (number) => {
    expect(written((out) => out.putNumber(number))).toBe(String(number));
  });
});
