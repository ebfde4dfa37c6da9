import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly inBundle?: boolean;
}

const read = <Content>(file: string): Content =>
  JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Content;
const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json');
const { allowScripts, ...manifest } = read<{
  allowScripts: Record<string, boolean>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}>('package.json');
const installed = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));

/** Below these versions something is known that would concern us. */
const ADVISORIES: readonly (readonly [name: string, fixedIn: string, id: string])[] = [
  ['multer', '2.3.0', 'GHSA-535w-7cp7-47q4, GHSA-qfvm-cv95-jqjf, CVE-2026-3304'],
  ['@nestjs/core', '11.1.18', 'CVE-2026-35515'],
  ['@nestjs/common', '11.0.16', 'CVE-2024-29409'],
  ['typeorm', '0.3.26', 'CVE-2025-60542'],
  ['class-validator', '0.14.0', 'CVE-2019-18413'],
  ['class-transformer', '0.3.1', 'CVE-2020-7637'],
  ['adminjs', '7.0.0', 'GHSA-4943-9vgg-gr5r'],
];

const numbersOf = (version: string): number[] => version.split(/[.-]/, 3).map(Number);
function isBelow(version: string, fixedIn: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(fixedIn)];
  const at = have.findIndex((number, place) => number !== want[place]);
  return at !== -1 && (have[at] ?? 0) < (want[at] ?? 0);
}

it('each package comes from the registry, and is known by its hash', () => {
  expect(installed.length).toBeGreaterThan(500);
  const odd = installed.filter(
    ({ integrity, inBundle, resolved }) =>
      (!/^sha512-/.test(integrity ?? '') && inBundle !== true) ||
      (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
  );
  expect(odd).toEqual([]);
  const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(asked.filter(([, range]) => !/^[\^~]?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

it('of each script that would run at an install somebody has decided whether it may', () => {
  const scripts = installed.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(scripts)].sort());
});

it('no package has a version of which something is known', () => {
  const known = ADVISORIES.flatMap(([name, fixedIn, id]) =>
    installed
      .filter((each) => each.name === name && isBelow(each.version ?? '', fixedIn))
      .map(({ version }) => `${name} ${version}: ${id}`),
  );
  expect(known).toEqual([]);
  const names = new Set(installed.map(({ name }) => name));
  expect(ADVISORIES.filter(([name]) => !names.has(name))).toEqual([]);
  expect([isBelow('2.2.9', '2.3.0'), isBelow('2.3.0', '2.3.0'), isBelow('10.0.0', '2.3.0')]).toEqual([
    true,
    false,
    false,
  ]);
});
