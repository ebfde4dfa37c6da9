import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** What is built and tested from, and how. */
const COPIED = [
  'src',
  'test',
  'migrations',
  'package.json',
  'tsconfig.json',
  'nest-cli.json',
  '.swcrc',
  'jest.config.mjs',
  'README.md',
];

/** One place in the source, and what stands there in the defective build. */
export interface Patch {
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A test of this project, by its file and its full name. */
export interface NamedTest {
  readonly file: string;
  readonly name: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a test ended in a project. */
export interface TestEnding {
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  /** What was said of the failures. */
  readonly reasons: string;
}

/**
 * The texts of the files with the patches in them.
 * @throws when a patch fits nowhere, or more than once: then the source has changed, and the defect must follow it
 */
export async function patched(patches: readonly Patch[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of patches) {
    const pieces = (texts.get(file) ?? (await readFile(join(PROJECT, file), 'utf8'))).split(from);
    if (pieces.length !== 2) throw new Error(`${file}: there ${pieces.length - 1} times, not once: ${from}`);
    texts.set(file, pieces.join(to));
  }
  return texts;
}

/** A copy of this project with a defect in it, built. */
export class PlantedProject {
  private constructor(private readonly folder: string) {}

  /** @throws as {@link patched} does */
  static async plant(patches: readonly Patch[]): Promise<PlantedProject> {
    const folder = await mkdtemp(join(tmpdir(), 'isinglass-planted-'));
    const project = new PlantedProject(folder);
    try {
      for (const name of COPIED) await cp(join(PROJECT, name), join(folder, name), { recursive: true });
      await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
      for (const [file, text] of await patched(patches)) await writeFile(join(folder, file), text);
      const { code, output } = await project.run(['node_modules/@nestjs/cli/bin/nest.js', 'build']);
      if (code !== 0) throw new Error(`the build ended with ${code}:\n${output}`);
      return project;
    } catch (error) {
      await project.remove();
      throw error;
    }
  }

  async test({ file, name, environment }: NamedTest): Promise<TestEnding> {
    const report = join(this.folder, 'report.json');
    const config = file.startsWith('test/chaos/') ? ['--config', 'test/chaos/jest.config.mjs'] : [];
    const { output } = await this.run(
      [
        ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
        'node_modules/jest/bin/jest.js',
        ...config,
        ...['--runTestsByPath', file, '--testNamePattern', escaped(name)],
        ...['--json', '--outputFile', report, '--maxWorkers', '1', '--forceExit'],
      ],
      environment,
    );
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) throw new Error(`jest wrote no report:\n${output}`);
    const results = (JSON.parse(text) as JestReport).testResults.flatMap(
      ({ assertionResults }) => assertionResults,
    );
    const ofStatus = (status: string) => results.filter((one) => one.status === status);
    return {
      failed: ofStatus('failed').map(({ fullName }) => fullName),
      passed: ofStatus('passed').map(({ fullName }) => fullName),
      reasons: ofStatus('failed')
        .flatMap(({ failureMessages }) => failureMessages)
        .join('\n'),
    };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, words, {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output }));
    });
  }
}

interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
