import { explainIsin } from '../../../domain/isin.js';
import { isMic } from '../../../domain/mic.js';
import type { BulkReject, Reason } from '../../source.js';
import { excerpt } from '../../formats/excerpt.js';
import { XmlNode } from '../../formats/xml/xml-scanner.js';
import type { AsideValues } from './aside-values.js';
import { pathInRecord, pathOfAttribute } from './node-roles.js';
import type { RecordValues } from './record-values.js';
import { FIELD_COUNT, IS_LIST, slotOf } from './slots.js';
import { isIsinAt } from './value-checks.js';

const ISIN = slotOf('isin');
const MIC = slotOf('mic');
const CFI = slotOf('cfi');
const MAX_RAW_LENGTH = 2_000;

/** A record that has no ISIN or no venue that can be read. */
export function rejectUnkeyed(line: number, values: RecordValues, aside: AsideValues): BulkReject {
  const reasons = [...isinReasons(values.textAt(ISIN)), ...micReasons(values.textAt(MIC))];
  return { line, reasons, raw: rawText(values, aside) };
}

/** A record in the full set of another letter: that set would say that all its own have gone. */
export function rejectStray(line: number, values: RecordValues, aside: AsideValues): BulkReject {
  const cfi = values.textAt(CFI).trim();
  const message = `The CFI "${excerpt(cfi, 80)}" does not belong into a file of this letter.`;
  const reason = { code: 'LETTER_MISMATCH', field: 'cfi', value: excerpt(cfi, 200), message };
  return { line, reasons: [reason], raw: rawText(values, aside) };
}

/** An element that stands where records stand, and is none we know. */
export function rejectStrange(
  line: number,
  name: string,
  values: RecordValues,
  aside: AsideValues,
): BulkReject {
  const message =
    name === ''
      ? 'There is no record in the element FinInstrm.'
      : `"${excerpt(name, 80)}" is no kind of record that the source knows.`;
  const reason = { code: 'RECORD_TYPE_UNKNOWN', field: 'FinInstrm', value: excerpt(name, 200), message };
  return { line, reasons: [reason], raw: rawText(values, aside) };
}

function isinReasons(text: string): Reason[] {
  const isin = text.trim();
  if (isin.length === 12 && isIsinAt(Buffer.from(isin, 'latin1'), 0)) return [];
  const at = { field: 'isin', value: excerpt(text, 200) };
  // Lists carry prefixes that nobody is known to allocate.
  const reasons = explainIsin(isin).reasons.filter(({ code }) => code !== 'ISIN_PREFIX_UNKNOWN');
  if (reasons.length > 0) return reasons.map((reason) => ({ ...reason, ...at }));
  const message = 'Capital letters and digits alone are expected, without blanks and hyphens.';
  return [{ code: 'ISIN_CHARACTERS', ...at, message }];
}

function micReasons(text: string): Reason[] {
  const mic = text.trim();
  if (isMic(mic)) return [];
  const at = { field: 'mic', value: excerpt(text, 200) };
  if (mic === '') return [{ code: 'MIC_MISSING', ...at, message: 'The record names no trading venue.' }];
  const message = `A MIC has four capital letters or digits, and this is "${excerpt(mic, 80)}".`;
  return [{ code: 'MIC_SHAPE', ...at, message }];
}

/** What was read of a record: values by path, as JSON. */
function rawText(values: RecordValues, aside: AsideValues): string {
  const entries: [string, string | string[]][] = [];
  for (let slot = 0; slot < FIELD_COUNT; slot++) {
    const node = values.nodes[slot];
    if (!values.has(slot) || node === undefined) continue;
    const path = node instanceof XmlNode ? pathInRecord(node) : pathOfAttribute(node);
    entries.push([path, IS_LIST[slot] === 1 ? itemsAt(values, slot) : values.textAt(slot)]);
  }
  return excerpt(JSON.stringify(Object.fromEntries([...entries, ...aside.values])), MAX_RAW_LENGTH);
}

function itemsAt(values: RecordValues, slot: number): string[] {
  const texts: string[] = [];
  for (let item = 0; item < values.itemsEnd; item += 3) {
    if (values.items[item] === slot)
      texts.push(values.textFrom(values.items[item + 1]!, values.items[item + 2]!));
  }
  return texts;
}
