import type { EditionKind } from '../../source.js';
import type { XmlAttribute, XmlNode } from '../../formats/xml/xml-scanner.js';
import { CANCELLED, MODIFIED, NEW, STATE, TERMINATED, type Action } from './action.js';
import { SLOT_COUNT, slotOfContainer, slotOfPath } from './slots.js';

/**
 * What an element is to us, kept in its node's `slot`. Below `FIELD_COUNT` it is the slot of a value, below
 * `SLOT_COUNT` that of an element that holds values.
 */
export const IGNORED = SLOT_COUNT;
/** Envelope and report header: all below it is known, and of no use to us. */
export const HEADER = SLOT_COUNT + 1;
export const MESSAGE_ID = SLOT_COUNT + 2;
export const REPORT_DAY = SLOT_COUNT + 3;
/** Outside of records, and nobody knows it. */
export const STRANGE = SLOT_COUNT + 4;
/** Of a delta: around each record. */
export const EVENT = SLOT_COUNT + 5;
/** In an {@link EVENT}, and no record we know. */
export const STRANGE_RECORD = SLOT_COUNT + 6;
/** In a record, and nobody knows it. */
export const UNKNOWN = SLOT_COUNT + 7;
const REPORTS = SLOT_COUNT + 8;
const RECORDS = REPORTS + 3;

const KINDS: readonly EditionKind[] = ['full', 'delta', 'evidence'];

/** Elements whose children are records. */
const REPORT_OF_NAME: Readonly<Record<string, EditionKind>> = {
  FinInstrmRptgRefDataRpt: 'full',
  FinInstrmRptgRefDataDltaRpt: 'delta',
  FinInstrmRptgCxlRpt: 'evidence',
};

const EVENTS: Readonly<Record<string, Action>> = {
  NewRcrd: NEW,
  ModfdRcrd: MODIFIED,
  TermntdRcrd: TERMINATED,
  CancRcrd: CANCELLED,
};

/** Around the report. */
const WRAPPERS: readonly string[] = ['BizData', 'Hdr', 'Pyld', 'Document'];

/** The kind of report an element is, if it is one. */
export function reportKind(role: number): EditionKind | undefined {
  return role >= REPORTS ? KINDS[role - REPORTS] : undefined;
}

/** The action of the record an element is, if it is one. */
export function recordAction(role: number): Action | undefined {
  return role >= RECORDS ? role - RECORDS : undefined;
}

/** Finds out what an element is: by its parent's role, and by its name whatever its namespace. */
export function roleOf(node: XmlNode): number {
  const parent = node.parent?.slot ?? IGNORED;
  if (isInRecord(parent)) {
    const path = pathInRecord(node);
    return slotOfPath(path) ?? slotOfContainer(path) ?? UNKNOWN;
  }
  const { localName } = node;
  const report = reportKind(parent);
  if (report !== undefined) return roleInReport(localName, report);
  switch (parent) {
    case EVENT: {
      const action = EVENTS[localName];
      return action === undefined ? STRANGE_RECORD : RECORDS + action;
    }
    case HEADER:
    case MESSAGE_ID:
    case REPORT_DAY:
      return roleInHeader(node);
    default: {
      const kind = REPORT_OF_NAME[localName];
      if (kind !== undefined) return REPORTS + KINDS.indexOf(kind);
      if (localName === 'AppHdr') return HEADER;
      return WRAPPERS.includes(localName) ? IGNORED : STRANGE;
    }
  }
}

function roleInReport(localName: string, report: EditionKind): number {
  if (localName === 'RptHdr' || localName === 'SplmtryData') return HEADER;
  if (report === 'delta') return localName === 'FinInstrm' ? EVENT : STRANGE;
  if (report === 'full' && localName === 'RefData') return RECORDS + STATE;
  if (report === 'evidence' && localName === 'CxlData') return RECORDS + CANCELLED;
  return STRANGE;
}

function roleInHeader(node: XmlNode): number {
  // `Id` and `Dt` occur elsewhere in the header too.
  if (node.path.endsWith('/AppHdr/BizMsgIdr')) return MESSAGE_ID;
  return node.path.endsWith('/RptHdr/RptgPrd/Dt') ? REPORT_DAY : HEADER;
}

function isInRecord(role: number): boolean {
  return (role >= 0 && role < SLOT_COUNT) || role === UNKNOWN || role === STRANGE_RECORD || role >= RECORDS;
}

/** Path below the record: `TradgVnRltdAttrbts/Id`. */
export function pathInRecord(node: XmlNode): string {
  let top: XmlNode | null = node;
  while (top !== null && !(top.slot >= RECORDS || top.slot === STRANGE_RECORD)) top = top.parent;
  return top === null ? node.path : node.path.slice(top.path.length + 1);
}

/** What an attribute is: the slot of a value, {@link IGNORED}, or {@link UNKNOWN}. */
export function roleOfAttribute(attribute: XmlAttribute): number {
  const { name, node } = attribute;
  // Declarations of namespaces, and hints for validators: `xsi:schemaLocation`.
  if (/^(?:xmlns(?:$|:)|xsi:)/.test(name)) return IGNORED;
  if (!isInRecord(node.slot)) return IGNORED;
  return slotOfPath(pathOfAttribute(attribute)) ?? UNKNOWN;
}

/** Path below the record: `DebtInstrmAttrbts/TtlIssdNmnlAmt/@Ccy`. */
export function pathOfAttribute({ node, localName }: XmlAttribute): string {
  const path = pathInRecord(node);
  return path === '' ? `@${localName}` : `${path}/@${localName}`;
}
