/** A text of lines, each one row, and how its lines end. */
export interface Lines {
  readonly header: string;
  readonly rows: readonly string[];
  readonly lineEnd: string;
}

/** Byte for byte: Latin-1 gives every byte a character and back, whatever the list's encoding is. */
export function toLines(bytes: Buffer): Lines {
  const text = bytes.toString('latin1');
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const [header = '', ...rows] = text.split(lineEnd);
  if (rows.at(-1) === '') rows.pop();
  return { header, rows, lineEnd };
}

export function fromLines({ header, rows, lineEnd }: Lines): Buffer {
  return Buffer.from([header, ...rows].map((line) => line + lineEnd).join(''), 'latin1');
}

/** The cells of a row as they are written, quotes included. */
export function splitRow(row: string): string[] {
  const cells: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let place = 0; place < row.length; place += 1) {
    const character = row.charAt(place);
    if (character === '"') isQuoted = !isQuoted;
    if (character !== ',' || isQuoted) continue;
    cells.push(row.slice(start, place));
    start = place + 1;
  }
  return [...cells, row.slice(start)];
}
