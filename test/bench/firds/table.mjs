/**
 * @typedef {object} Row
 * @property {number} [ratio]
 * @property {string} [to] what the ratio is to
 * @property {string} what
 * @property {string} [best]
 * @property {string} [median]
 * @property {number} [peakMb]
 * @property {string} [note]
 */

const HEADS = ['ratio', 'to', 'measured', 'min', 'median', 'peak MB', 'remarks'];
const RIGHT = new Set([0, 3, 4, 5]);

/**
 * One table for all parts; a part's name stands above its rows.
 * @param {readonly { title: string, rows: readonly Row[] }[]} parts
 */
export function tableOf(parts) {
  const lines = parts.flatMap(({ title, rows }) => [title, ...rows.map(cellsOf)]);
  const cells = [HEADS, ...lines.filter(Array.isArray)];
  const widths = HEADS.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const shown = (row) =>
    row
      .map((cell, column) =>
        RIGHT.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd();
  return [
    shown(HEADS),
    shown(widths.map((width) => '-'.repeat(width))),
    ...lines.map((line) => (Array.isArray(line) ? shown(line) : `\n${line}`)),
  ].join('\n');
}

/** @param {Row} row */
function cellsOf({ ratio, to = '', what, best = '', median = '', peakMb, note = '' }) {
  return [
    ratio === undefined ? '' : ratio.toFixed(2),
    to,
    what,
    best,
    median,
    peakMb === undefined ? '' : peakMb.toFixed(0),
    note,
  ];
}

/** @param {number} seconds */
export function inSeconds(seconds) {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** @param {number} milliseconds */
export function inMilliseconds(milliseconds) {
  return `${milliseconds.toFixed(1)} ms`;
}

/** @param {number} number */
export function withCommas(number) {
  return number.toLocaleString('en-US');
}

/** Progress goes to stderr; the table alone is on stdout. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
