import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.js';

/** What a process does to itself; see `killable.mjs`. */
export interface ChildFault {
  readonly kind: 'kill' | 'stop' | 'abort' | 'throw' | 'ask' | 'wait' | 'trace' | 'never';
  readonly point?: string;
  /** Strikes when the point is reached for that time. Default: 1. */
  readonly nth?: number;
  /** A path: of all processes with it only the first strikes. */
  readonly marker?: string;
  /** Directory of another build. */
  readonly build?: string;
  readonly clockOffsetMs?: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the command line that a test may let die. */
export class CommandChild {
  /** Everything it wrote. */
  output = '';
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;

  constructor(
    environment: Readonly<Record<string, string>>,
    words: readonly string[],
    fault: ChildFault = { kind: 'never' },
  ) {
    const entry = fileURLToPath(new URL('./killable.mjs', import.meta.url));
    this.child = spawn(process.execPath, [entry, JSON.stringify(fault), ...words], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
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
    await waitUntil(`${point} is reached`, async () => this.hasReached(point) || this.hasEnded());
    if (!this.hasReached(point)) throw new Error(`never reached ${point}:\n${this.output}`);
  }

  hasReached(point: string): boolean {
    return this.output.includes(`reached ${point}\n`);
  }

  /** Lets a process go on that asked. */
  answer(): void {
    this.child.send('go on');
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }

  hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
