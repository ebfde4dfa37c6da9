import { createHash } from 'node:crypto';
import { linesOfExport, parseHead, verifyChain } from './audit-chain.js';
import type { SealedLine } from './audit-log.js';

function chain(...actions: readonly string[]): SealedLine[] {
  const lines: SealedLine[] = [];
  for (const [index, action] of actions.entries()) {
    const text = JSON.stringify([index + 1, '2026-11-25T00:00:00.000000Z', 'cli ann@desk', action]);
    const before = Buffer.from(lines.at(-1)?.hash ?? '', 'hex');
    const hash = createHash('sha256').update(before).update(text).digest('hex');
    lines.push({ id: index + 1, text, hash });
  }
  return lines;
}

const SOUND = chain('pause', 'resume', 'run', 'cancel');
const headOf = (lines: readonly SealedLine[]) => {
  const { id = 0, hash = '' } = lines.at(-1) ?? {};
  return { id, hash };
};

describe('a chain', () => {
  it('holds together as it was sealed, and empty', async () => {
    expect(await verifyChain(SOUND)).toEqual({ lines: 4, head: headOf(SOUND), broken: null });
    expect(await verifyChain(SOUND, headOf(SOUND.slice(0, 2)))).toMatchObject({ broken: null });
    expect(await verifyChain([])).toEqual({ lines: 0, head: null, broken: null });
  });

  it.each([
    [
      'a line was changed',
      SOUND.with(1, { ...SOUND[1]!, text: SOUND[1]!.text.replace('resume', 'approve') }),
      1,
    ],
    ['a line and its seal were changed', SOUND.with(1, chain('pause', 'approve')[1]!), 2],
    ['a line is missing in the middle', SOUND.toSpliced(1, 1), 1],
    ['the first line is missing', SOUND.slice(1), 0],
    ['a line stands there twice', SOUND.toSpliced(1, 0, SOUND[0]!), 1],
    ['two lines changed places', [SOUND[0]!, SOUND[2]!, SOUND[1]!, SOUND[3]!], 1],
    ['lines were numbered anew', SOUND.toSpliced(1, 1).map((line, index) => ({ ...line, id: index + 1 })), 1],
  ])('is broken when %s', async (_what, lines, sound) => {
    const { lines: found, broken } = await verifyChain(lines);
    expect(broken).toMatch(/^line \d/);
    expect(found).toBe(sound);
  });

  it('shows against a kept head that its end was cut off, or that all was written anew', async () => {
    const kept = headOf(SOUND);
    const cut = await verifyChain(SOUND.slice(0, 2), kept);
    expect(cut.broken).toBe('the lines 3 to 4 are missing');
    const anew = await verifyChain(chain('pause', 'resume', 'run', 'retry', 'run'), kept);
    expect(anew.broken).toBe('line 4 is not the one whose hash was kept');
  });
});

describe('what is given to a verification', () => {
  it('is a head as it was printed', () => {
    const { id, hash } = headOf(SOUND);
    expect(parseHead(` ${id}:${hash}\n`)).toEqual({ id, hash });
    for (const text of ['', '4', `0:${hash}`, `4:${hash.slice(1)}`, `4:${hash.toUpperCase()}`])
      expect(() => parseHead(text)).toThrow('is no head of the log');
  });

  it('is a file of lines as they were exported', async () => {
    const read = async (...lines: readonly string[]): Promise<unknown[]> => {
      const sealed = [];
      for await (const line of linesOfExport(toAsync(lines), 'log.jsonl')) sealed.push(line);
      return sealed;
    };
    expect(await read(JSON.stringify(SOUND[0]), '', JSON.stringify(SOUND[1]))).toEqual(SOUND.slice(0, 2));
    for (const line of ['x', '{}', '[]', 'null', JSON.stringify({ ...SOUND[0], text: 'x' })])
      await expect(read(line)).rejects.toMatchObject({ code: 'AUDIT_FILE_INVALID' });
  });
});

async function* toAsync(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
