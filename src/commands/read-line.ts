import { createInterface } from 'node:readline';

/** The first line of stdin, for what must not stand on a command line; empty when there is none. */
export async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}
