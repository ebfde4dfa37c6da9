import { appendFile } from 'node:fs/promises';
import { writeSync } from 'node:fs';

/** Says what a suite measured, so that it can be quoted; also to the file that `ISINGLASS_CHAOS_FIGURES` names. */
export async function sayFigures(
  suite: string,
  figures: Readonly<Record<string, string | number>>,
): Promise<void> {
  const lines = Object.entries(figures).map(([name, value]) => `| ${suite} | ${name} | ${value} |\n`);
  writeSync(2, `\n${lines.join('')}`);
  const file = process.env['ISINGLASS_CHAOS_FIGURES'];
  if (file !== undefined) await appendFile(file, lines.join(''));
}

/** Says now and then how far something long has come. */
export function progressOf(suite: string, total: number): () => void {
  const every = Math.ceil(total / 20);
  let done = 0;
  return () => {
    done += 1;
    if (done % every === 0 || done === total) writeSync(2, `${suite}: ${done} of ${total}\n`);
  };
}
