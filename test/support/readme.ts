import { readFile } from 'node:fs/promises';

const README = new URL('../../README.md', import.meta.url);

/** The text below a heading of the README, down to the next heading of that level. */
export async function sectionOf(heading: string): Promise<string> {
  const text = await readFile(README, 'utf8');
  const sections = text.split(/^## /m).filter((section) => section.startsWith(`${heading}\n`));
  const [section] = sections;
  if (section === undefined || sections.length > 1) {
    throw new Error(`README.md has ${sections.length} sections "## ${heading}"`);
  }
  return section;
}

/** The cells of all tables in a text, row by row, without heads and rulers. */
export function tableRowsIn(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isRuler = (line: string | undefined): boolean => /^\|(?:\s*:?-+:?\s*\|)+$/.test(line ?? '');
  return lines
    .filter((line, at) => !isRuler(line) && !isRuler(lines[at + 1]))
    .map((line) =>
      line
        .trim()
        .replace(/^\|\s*|\s*\|$/g, '')
        .split(/\s*(?<!\\)\|\s*/),
    );
}
