import { logLine } from '../common/secrets.js';

// Whoever reads may have had enough (`| head`): that is no fault, and nothing is left to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** What a person reads while a command works: on stderr, so that stdout holds the answer alone; masked, in one line. */
export function say(line: string): void {
  sayPlainly(logLine(line));
}

/** As {@link say}, where a person must have the secret: a link that opens once. */
export function sayPlainly(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The answer of a command. */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The answer of a command as JSON, for programs. */
export function answerJson(value: unknown): void {
  answer(JSON.stringify(value, null, 2));
}

/** Rows under headings, columns as wide as they must be. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 12345 → 12,345 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
