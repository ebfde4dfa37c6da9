import { isIsin } from '../domain/isin.js';
import { fromLines, splitRow, toLines } from './csv-lines.js';
import { FIRDS_FAULT_NAMES, type FirdsFaultName } from './firds/firds-faults.js';
import { type Answer, type Delivery, plainAnswer, type ServedFile } from './http-answer.js';

const CORRECTED_AFTER_MS = 35 * 60_000;

/**
 * A way in which a publisher can fail. It changes
 * - the `file` that lies on the server: GET, HEAD and validators all show it, and every body sent uses it up once;
 * - the `answer` to whatever was asked, a HEAD too;
 * - the `delivery` of a body; answers without one (HEAD, 304) are as always.
 */
export type FaultMode = { readonly description: string } & (
  | { readonly changes: 'file'; apply(file: ServedFile, otherFile: () => ServedFile): ServedFile }
  | { readonly changes: 'answer'; apply(answer: Answer): Answer }
  | { readonly changes: 'delivery'; readonly delivery: Delivery }
);

const MODES = {
  'not-found': {
    description: 'The file is gone: 404.',
    changes: 'answer',
    apply: () => plainAnswer(404, 'Not found'),
  },
  'forbidden-page': {
    description: 'The publisher takes us for a robot: 403 and an HTML page.',
    changes: 'answer',
    apply: () => ({ ...plainAnswer(403, blockPage), headers: { 'Content-Type': 'text/html' } }),
  },
  'block-page': {
    description: 'The same HTML page with status 200, where the file should be.',
    changes: 'file',
    apply: () => ({ bytes: Buffer.from(blockPage), contentType: 'text/html', modifiedAt: undefined }),
  },
  busy: {
    description: 'Too many requests: 429 with Retry-After: 2.',
    changes: 'answer',
    apply: () => plainAnswer(429, 'Too many requests', { 'Retry-After': '2' }),
  },
  'server-error': {
    description: 'The publisher is broken: 500.',
    changes: 'answer',
    apply: () => plainAnswer(500, 'Internal server error'),
  },
  reset: {
    description: 'The connection is reset before any answer.',
    changes: 'answer',
    apply: (answer) => ({ ...answer, delivery: 'reset' }),
  },
  stall: {
    description: 'Headers come, then nothing more, and the connection stays open.',
    changes: 'delivery',
    delivery: 'stalled',
  },
  truncation: {
    description: 'The connection ends before Content-Length is reached.',
    changes: 'delivery',
    delivery: 'cut',
  },
  'silent-truncation': {
    description: 'No Content-Length; the body ends in the middle of a row as if it were whole.',
    changes: 'delivery',
    delivery: 'unannounced cut',
  },
  'wrong-content': {
    description: 'The name of this list with the content of another one.',
    changes: 'file',
    apply: (file, otherFile) => ({ ...file, bytes: otherFile().bytes }),
  },
  'json-content': {
    description: 'JSON with status 200, where the file should be.',
    changes: 'file',
    apply: (file) => ({
      ...file,
      bytes: Buffer.from('{"status":"error","message":"try again later"}\n'),
      contentType: 'application/json',
    }),
  },
  'changed-bytes': {
    description: 'A small correction later the same evening: the first row has another name in it.',
    changes: 'file',
    apply: (file) => ({
      ...rewrite(file, correctFirstRow),
      modifiedAt: file.modifiedAt && new Date(file.modifiedAt.getTime() + CORRECTED_AFTER_MS),
    }),
  },
  'empty-file': {
    description: 'A file of no bytes.',
    changes: 'file',
    apply: (file) => ({ ...file, bytes: Buffer.alloc(0) }),
  },
  'half-file': {
    description: 'The first half of the rows, all of them well-formed.',
    changes: 'file',
    apply: (file) => rewrite(file, (rows) => rows.slice(0, Math.floor(rows.length / 2))),
  },
  'shuffled-columns': {
    description: 'The columns come in reverse order, names and cells alike.',
    changes: 'file',
    apply: (file) => reverseColumns(file),
  },
  'renamed-columns': {
    description: 'Every column has another name: ISIN NUMBER becomes ISIN NUMBER (NEW).',
    changes: 'file',
    apply: (file) => rewriteHeader(file, (name) => name.replace(/(?<=[^"])"?$/, ' (NEW)$&')),
  },
  'wrong-encoding': {
    description: 'UTF-16 with a byte order mark.',
    changes: 'file',
    apply: (file) => ({ ...file, bytes: Buffer.from(`\ufeff${file.bytes.toString('latin1')}`, 'utf16le') }),
  },
  'bad-check-digits': {
    description: 'Three of ten ISINs have a wrong check digit. The MIC list has no ISINs and stays as it is.',
    changes: 'file',
    apply: (file) => breakCheckDigits(file),
  },
} as const satisfies Readonly<Record<string, FaultMode>>;

export type FaultName = keyof typeof MODES;

/** Every fault mode of all lists by its name. */
export const FAULTS: Readonly<Record<FaultName, FaultMode>> = MODES;
export const FAULT_NAMES: readonly FaultName[] = Object.keys(MODES) as FaultName[];

/** {@link FAULTS} can strike every list and file, {@link FirdsFaultName} those of FIRDS only. */
export type AnyFaultName = FaultName | FirdsFaultName;

/** A fault and what it strikes. */
export interface Fault {
  readonly name: AnyFaultName;
  /** Part of the address, in any case: `EQUITY_L` strikes SME_EQUITY_L too, `/EQUITY_L` not. Default: every address. */
  readonly match?: string;
  /** How many requests are struck before all is well again. Without it: until the fault is taken away. */
  readonly times?: number;
}

/** Reads a fault that came from outside. @throws RangeError that says what is wrong with it. */
export function toFault({ name, match, times }: Readonly<Record<keyof Fault, unknown>>): Fault {
  const names: readonly AnyFaultName[] = [...FAULT_NAMES, ...FIRDS_FAULT_NAMES];
  const known = names.find((faultName) => faultName === name);
  if (!known)
    throw new RangeError(`there is no fault ${JSON.stringify(name)}; there are ${names.join(', ')}`);
  if (match !== undefined && typeof match !== 'string') throw new RangeError('match must be a text');
  if (times !== undefined && (typeof times !== 'number' || !Number.isInteger(times) || times < 1)) {
    throw new RangeError('times must be a whole number from 1');
  }
  return { name: known, ...(match !== undefined && { match }), ...(times !== undefined && { times }) };
}

/** The mode of a fault that can strike every list; `undefined` for those of FIRDS. */
export function commonModeOf(name: AnyFaultName): FaultMode | undefined {
  return Object.hasOwn(FAULTS, name) ? FAULTS[name as FaultName] : undefined;
}

/** Whether the address is among those that a fault strikes. */
export function strikes({ match = '' }: Fault, address: string): boolean {
  return address.toLowerCase().includes(match.toLowerCase());
}

const blockPage =
  '<!DOCTYPE html>\n<html><head><title>Access denied</title></head>\n' +
  '<body><h1>Access denied</h1><p>You have no permission to see this page. Reference #18.5a1c0417.</p></body></html>';

function rewrite(file: ServedFile, change: (rows: readonly string[]) => readonly string[]): ServedFile {
  const lines = toLines(file.bytes);
  return { ...file, bytes: fromLines({ ...lines, rows: change(lines.rows) }) };
}

function rewriteHeader(file: ServedFile, rename: (name: string) => string): ServedFile {
  const lines = toLines(file.bytes);
  return { ...file, bytes: fromLines({ ...lines, header: splitRow(lines.header).map(rename).join(',') }) };
}

/** Adds a word to the longest cell of the first row, which is a name; the last rows of a list may be footnotes. */
function correctFirstRow([first = '', ...others]: readonly string[]): readonly string[] {
  const cells = splitRow(first);
  const longest = cells.reduce(
    (best, cell, column) => (cell.length > (cells[best] ?? '').length ? column : best),
    0,
  );
  const corrected = cells.map((cell, column) =>
    column === longest ? cell.replace(/"?$/, ' CORRECTED$&') : cell,
  );
  return [corrected.join(','), ...others];
}

/** Rows may have more cells than the header has names; the unnamed ones travel with the others. */
function reverseColumns(file: ServedFile): ServedFile {
  const lines = toLines(file.bytes);
  const cells = [lines.header, ...lines.rows].map(splitRow);
  const width = Math.max(...cells.map((row) => row.length));
  const [header = '', ...rows] = cells.map((row) =>
    Array.from({ length: width }, (_, column) => row[width - 1 - column] ?? '').join(','),
  );
  return { ...file, bytes: fromLines({ ...lines, header, rows }) };
}

function breakCheckDigits(file: ServedFile): ServedFile {
  let count = 0;
  const text = file.bytes.toString('latin1').replaceAll(/\b[A-Z]{2}[A-Z0-9]{9}[0-9]\b/g, (isin) => {
    if (!isIsin(isin)) return isin;
    count += 1;
    return count % 10 < 3 ? isin.slice(0, 11) + ((Number(isin.at(-1)) + 1) % 10) : isin;
  });
  return { ...file, bytes: Buffer.from(text, 'latin1') };
}
