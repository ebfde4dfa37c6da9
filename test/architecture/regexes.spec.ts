import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSync } from 'recheck';
import ts from 'typescript';
import { RULES } from '../../src/common/secrets.js';

const ROOT = join(import.meta.dirname, '../..');
/** Strangers write nothing that these look at: the demo makes its own lists up. */
const OF_OURSELVES = /^demo\//;

interface Found {
  readonly where: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Each that is written between slashes; those put together from pieces are told of one by one. */
function literals(): readonly Found[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !OF_OURSELVES.test(file))
    .flatMap((file) => {
      const found: Found[] = [];
      const text = readFileSync(join(ROOT, 'src', file), 'utf8');
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        if (ts.isRegularExpressionLiteral(node)) {
          const [, pattern = '', flags = ''] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
          found.push({ where: file, pattern, flags });
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
}

/** Counted in steps, never in time: a busy machine would else make a quick pattern look slow. */
const IN_STEPS = { timeout: null, attackTimeout: null, incubationTimeout: null, seedingTimeout: null };

it('a pattern that is slow is found', () => {
  const statuses = ['^(a+)+$', '(?<!b)(a+)+$', 'a+b'].map(
    (pattern) => checkSync(pattern, '', IN_STEPS).status,
  );
  expect(statuses).toEqual(['vulnerable', 'vulnerable', 'vulnerable']);
});

it('no text that somebody chooses keeps a pattern busy for longer than its length', () => {
  const rules = RULES.map(([{ source, flags }]) => ({ where: 'a rule of masking', pattern: source, flags }));
  const all = [...literals(), ...rules];
  expect(all.length).toBeGreaterThan(200);
  const slow = all.flatMap(({ where, pattern, flags }) => {
    const { status } = checkSync(pattern, flags, IN_STEPS);
    return status === 'safe' ? [] : [`${where}: /${pattern}/${flags}: ${status}`];
  });
  expect(slow).toEqual([]);
}, 600_000);
