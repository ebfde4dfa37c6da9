import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';
const { forbidden } = createRequire(import.meta.url)(join(ROOT, CONFIG)) as {
  readonly forbidden: readonly { readonly name: string }[];
};

/** A file in a tree of its own, and the line by which it breaks one rule. */
interface Plant {
  readonly path: string;
  readonly imports: string;
}

const room = (name: string, foreign: string): Plant => ({
  path: `src/${name}/plant.ts`,
  imports: `../${foreign}/neighbour.js`,
});

/** By rule: what breaks it, and nothing else. */
const PLANTS: Readonly<Record<string, Plant>> = {
  'no-circles': { path: 'src/common/circle.ts', imports: './circle-back.js' },
  'nothing-unresolved': { path: 'src/common/unresolved.ts', imports: './nowhere.js' },
  'domain-imports-nothing': { path: 'src/domain/plant.ts', imports: 'node:crypto' },
  'common-imports-only': room('common', 'config'),
  'config-imports-only': room('config', 'database'),
  'database-imports-only': room('database', 'sources'),
  'sources-imports-only': room('sources', 'instruments'),
  'instruments-imports-only': room('instruments', 'sources'),
  'auth-imports-only': room('auth', 'instruments'),
  'ingestion-imports-only': room('ingestion', 'operations'),
  'operations-imports-only': room('operations', 'api'),
  'api-imports-only': room('api', 'admin'),
  'admin-imports-only': room('admin', 'api'),
  'demo-imports-only': room('demo', 'sources'),
  'sources-know-no-framework': { path: 'src/sources/framework.ts', imports: '@nestjs/common' },
  'sources-do-not-know-each-other': {
    path: 'src/sources/in-one-list/source.ts',
    imports: '../xx-other-list/source.js',
  },
  'migrations-import-nothing': { path: 'migrations/0001-plant.ts', imports: '../src/common/neighbour.js' },
  'nothing-imports-tests': { path: 'src/common/tests.ts', imports: '../../test/support/neighbour.js' },
  'no-undeclared-packages': { path: 'src/common/package.ts', imports: 'fast-check' },
};

/** What the plants import. */
const NEIGHBOURS = [
  ...['admin', 'api', 'common', 'config', 'database', 'instruments', 'operations', 'sources'].map(
    (name) => `src/${name}/neighbour.ts`,
  ),
  'src/sources/xx-other-list/source.ts',
  'test/support/neighbour.ts',
];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
  /** Of a circle, which is reported once: every file in it. */
  readonly cycle?: readonly { readonly name: string }[];
}

async function violationsIn(directory: string): Promise<readonly Violation[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      ...['--config', CONFIG, '--output-type', 'json', 'src', 'migrations', 'test'],
    ],
    { cwd: directory, maxBuffer: 1e9 },
  );
  const { summary } = JSON.parse(stdout) as {
    readonly summary: { readonly violations: readonly Violation[]; readonly totalCruised: number };
  };
  expect(summary.totalCruised).toBeGreaterThan(Object.keys(PLANTS).length);
  return summary.violations;
}

describe('the import table', () => {
  it('holds for the house', async () => {
    expect(await violationsIn(ROOT)).toEqual([]);
  });

  it('has a planted violation of each rule', () => {
    expect(Object.keys(PLANTS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });
});

describe('a tree with planted violations', () => {
  let violations: readonly Violation[];
  const rulesBrokenIn = (path: string): readonly string[] =>
    violations
      .filter(({ from, cycle = [] }) => [from, ...cycle.map(({ name }) => name)].includes(path))
      .map(({ rule }) => rule.name);

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'import-table-'));
    const write = async (path: string, text: string): Promise<void> => {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    };
    try {
      for (const name of [CONFIG, 'package.json', 'tsconfig.json']) {
        await cp(join(ROOT, name), join(directory, name));
      }
      await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
      for (const path of NEIGHBOURS) await write(path, 'export const neighbour = 1;\n');
      for (const { path, imports } of Object.values(PLANTS)) await write(path, `import '${imports}';\n`);
      await write('src/common/circle-back.ts', `import './circle.js';\n`);
      violations = await violationsIn(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each(Object.entries(PLANTS))('is refused by %s, and by no other rule', (rule, { path }) => {
    expect(rulesBrokenIn(path)).toEqual([rule]);
  });

  it('is refused nowhere else', () => {
    const planted = [...Object.values(PLANTS).map(({ path }) => path), 'src/common/circle-back.ts'];
    expect(violations.filter(({ from }) => !planted.includes(from))).toEqual([]);
  });
});
