import { isinCheckDigit } from '../../src/domain/isin.js';
import { leiCheckDigits } from '../../src/domain/lei.js';

/** What a record says: values by path below its element; an attribute's path ends in `/@Ccy`. */
export type Leaves = readonly (readonly [path: string, value: string])[];

export const ISIN = isinOf('XS00000000A');
export const LEI = leiOf('529900TESTISSUER00');
export const MIC = 'XTST';

/** A valid ISIN that begins so. */
export function isinOf(first11: string): string {
  return first11 + isinCheckDigit(first11);
}

/** A valid LEI that begins so. */
export function leiOf(first18: string): string {
  return first18 + leiCheckDigits(first18);
}

/** What every record of a share or bond says, in the publisher's order. */
export const CORE: Leaves = [
  ['FinInstrmGnlAttrbts/Id', ISIN],
  ['FinInstrmGnlAttrbts/FullNm', 'Test plc Ordinary Shares'],
  ['FinInstrmGnlAttrbts/ShrtNm', 'TEST PLC/SH'],
  ['FinInstrmGnlAttrbts/ClssfctnTp', 'ESVUFR'],
  ['FinInstrmGnlAttrbts/NtnlCcy', 'EUR'],
  ['FinInstrmGnlAttrbts/CmmdtyDerivInd', 'false'],
  ['Issr', LEI],
  ['TradgVnRltdAttrbts/Id', MIC],
  ['TradgVnRltdAttrbts/IssrReq', 'true'],
  ['TradgVnRltdAttrbts/FrstTradDt', '2018-01-03T00:00:00Z'],
  ['TechAttrbts/RlvntCmptntAuthrty', 'DE'],
  ['TechAttrbts/PblctnPrd/FrDt', '2026-08-07'],
  ['TechAttrbts/RlvntTradgVn', 'XETR'],
];

/** The core with some values replaced, added behind their siblings or, where `null`, left out. */
export function coreWith(changes: Readonly<Record<string, string | null | undefined>>): Leaves {
  const kept = CORE.filter(([path]) => !(path in changes));
  const added = Object.entries(changes).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  // Siblings must stand together, or their element would be there twice.
  const order = [...new Set([...CORE, ...added].map(([path]) => path.split('/')[0]))];
  return order.flatMap((top) => [...kept, ...added].filter(([path]) => path.split('/')[0] === top));
}

interface Element {
  readonly name: string;
  readonly attributes: [string, string][];
  readonly children: Element[];
  text: string | undefined;
}

/** One record's element, without any white space, as the publisher writes it. A path that comes again is a new element. */
export function recordXml(element: string, leaves: Leaves): string {
  const root: Element = { name: element, attributes: [], children: [], text: undefined };
  for (const [path, value] of leaves) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let at = root;
    for (const name of names) {
      const sibling = at.children.at(-1);
      at = sibling?.name === name ? sibling : newChild(at, name);
    }
    if (last.startsWith('@')) at.attributes.push([last.slice(1), value]);
    else newChild(at, last).text = value;
  }
  return xmlOf(root);
}

function newChild(parent: Element, name: string): Element {
  const child: Element = { name, attributes: [], children: [], text: undefined };
  parent.children.push(child);
  return child;
}

function xmlOf({ name, attributes, children, text }: Element): string {
  const words = attributes.map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join('');
  return `<${name}${words}>${escapeXml(text ?? '')}${children.map(xmlOf).join('')}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const REPORTS = {
  FULINS: { report: 'FinInstrmRptgRefDataRpt', message: 'auth.017.001.02' },
  DLTINS: { report: 'FinInstrmRptgRefDataDltaRpt', message: 'auth.036.001.03' },
  FULCAN: { report: 'FinInstrmRptgCxlRpt', message: 'auth.102.001.01' },
} as const;

/** What of a file's head may differ from what its name says. */
export interface Head {
  readonly stem: string;
  readonly day: string;
  readonly type?: keyof typeof REPORTS;
}

/** A whole file: the declaration on one line, all the rest on another. */
export function fileXml({ stem, day, type }: Head, records: readonly string[]): string {
  const { report, message } = REPORTS[type ?? (stem.slice(0, 6) as keyof typeof REPORTS)];
  const urn = 'urn:iso:std:iso:20022:tech:xsd:';
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<BizData xsi:schemaLocation="${urn}head.003.001.01 head.003.001.01.xsd" xmlns="${urn}head.003.001.01" ${xsi}>` +
    `<Hdr><AppHdr xmlns="${urn}head.001.001.01"><Fr><OrgId><Id><OrgId><Othr><Id>EU</Id></Othr></OrgId></Id></OrgId></Fr>` +
    '<To><OrgId><Id><OrgId><Othr><Id>Public</Id></Othr></OrgId></Id></OrgId></To>' +
    `<BizMsgIdr>${stem}</BizMsgIdr><MsgDefIdr>${message}</MsgDefIdr><CreDt>${day}T01:17:07.027Z</CreDt></AppHdr></Hdr>` +
    `<Pyld><Document xmlns="${urn}${message}"><${report}>` +
    `<RptHdr><RptgNtty><NtlCmptntAuthrty>EU</NtlCmptntAuthrty></RptgNtty><RptgPrd><Dt>${day}</Dt></RptgPrd></RptHdr>` +
    `${records.join('')}</${report}></Document></Pyld></BizData>`
  );
}

/** An event of a delta. */
export function eventXml(element: string, leaves: Leaves): string {
  return `<FinInstrm>${recordXml(element, leaves)}</FinInstrm>`;
}
