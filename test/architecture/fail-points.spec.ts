import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run build` makes, and what is released. */
const BUILD = fileURLToPath(new URL('../../dist/', import.meta.url));
const HOME = join('src', 'common', 'fail-point.js');

/** Programs of the build, by path, with what they say besides comments and source maps. */
async function programs(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(BUILD, { recursive: true })).filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(files.map((file) => readFile(join(BUILD, file), 'utf8')));
  return new Map(files.map((file, index) => [file, texts[index] ?? '']));
}

const armsIn = (built: ReadonlyMap<string, string>): string[] =>
  [...built].filter(([, text]) => text.includes('onFailPoint')).map(([file]) => file);

/** What could let something outside the process in: its environment, its words, files, modules by a name made at run time. */
const OUTSIDE = /process\s*\.|process\[|globalThis|import\s*\(|require\s*\(|^import\b/m;

it('nothing in the build arms a fail point: only a program that imports it can', async () => {
  expect(armsIn(await programs())).toEqual([HOME]);
});

it('fail points themselves ask nobody outside', async () => {
  const text = (await programs()).get(HOME) ?? '';
  expect(text).toContain('onReached?.(name)');
  // What it says to people may name anything.
  expect(text.replace(/\/\*.*?\*\//gs, '')).not.toMatch(OUTSIDE);
});

it('says no to a build in which somebody does, and to fail points that read the environment', () => {
  const wrong = new Map([
    [HOME, 'export function onFailPoint(strike) {}'],
    ['src/main.js', `import { onFailPoint } from './common/fail-point.js'; onFailPoint(kill);`],
  ]);
  expect(armsIn(wrong)).toEqual([HOME, 'src/main.js']);
  expect(`if (process.env.ISINGLASS_FAIL === name) process.abort();`).toMatch(OUTSIDE);
});
