import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.js';

/** A process of the command line that a test may let die. */
export class CommandChild {
  /** Everything it wrote. */
  output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  private readonly child: ChildProcess;

  /** @param fault see `killable.mjs` */
  constructor(
    environment: Readonly<Record<string, string>>,
    words: readonly string[],
    fault: { readonly kind: 'kill' | 'wait'; readonly point: string } | undefined,
  ) {
    const entry = fileURLToPath(new URL('./killable.mjs', import.meta.url));
    this.child = spawn(process.execPath, [entry, fault?.kind ?? 'never', fault?.point ?? '', ...words], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  async reaches(point: string): Promise<void> {
    await waitUntil(
      `${point} is reached`,
      async () => this.output.includes(`reached ${point}\n`) || this.hasEnded(),
    );
    if (!this.output.includes(`reached ${point}\n`))
      throw new Error(`never reached ${point}:\n${this.output}`);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
