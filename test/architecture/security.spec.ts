import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Requirements of levels 1 and 2, by chapter, of ASVS 5.0.0. */
const REQUIREMENTS = 253;
const MOST_RISKS = 10;

async function rows(): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(ROOT, 'SECURITY.md'), 'utf8');
  return text
    .slice(text.indexOf('## OWASP ASVS'))
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

it('the ASVS table has each requirement once, and none is empty', async () => {
  const all = await rows();
  expect(all).toHaveLength(REQUIREMENTS);
  expect(new Set(all.map(([id]) => id)).size).toBe(REQUIREMENTS);
  for (const [id, kind = '', what, where] of all) {
    expect([id, ['test', 'not applicable', 'accepted risk'].includes(kind), what !== '']).toEqual([
      id,
      true,
      true,
    ]);
    if (kind !== 'not applicable') expect([id, where]).not.toEqual([id, '']);
  }
});

it('accepted risks are few, and named', async () => {
  const named = (await rows())
    .filter(([, kind]) => kind === 'accepted risk')
    .map(([, , , where = '']) => where[0]);
  expect(new Set(named).size).toBeLessThanOrEqual(MOST_RISKS);
  const text = await readFile(join(ROOT, 'SECURITY.md'), 'utf8');
  for (const letter of new Set(named)) expect(text).toContain(`**${letter}** `);
});

it('each file that SECURITY.md names is there', async () => {
  const text = await readFile(join(ROOT, 'SECURITY.md'), 'utf8');
  const named = [...text.matchAll(/`((?:src|test|\.ci)\/[\w./*-]*)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(20);
  for (const path of new Set(named)) {
    const fixed = path.replace(/\/?[^/]*\*.*$/, '');
    await expect(access(join(ROOT, fixed)).then(() => path)).resolves.toBe(path);
    if (path.includes('*'))
      expect((await readdir(join(ROOT, fixed), { recursive: true })).length).toBeGreaterThan(0);
  }
});
