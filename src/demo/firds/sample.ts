import type { Day } from '../../domain/day.js';
import { isinCheckDigit } from '../../domain/isin.js';
import { inventedLei } from '../identifiers.js';
import { envelopeOf } from './envelope.js';
import { fileStem, type FirdsFileType } from './file-name.js';
import { LeafList, type RecordElement, toItemXml } from './record-xml.js';
import { leafAt, LEAVES, type LeafType } from './schema.js';

/** A record with a certain leaf in it, for tests that walk the schema. */
export interface SampleRecord {
  readonly xml: string;
  /** Path and value of each leaf, in order. */
  readonly leaves: readonly (readonly [path: string, value: string])[];
}

/** What no record is without. */
const ALWAYS = [
  'FinInstrmGnlAttrbts/Id',
  'FinInstrmGnlAttrbts/FullNm',
  'FinInstrmGnlAttrbts/ClssfctnTp',
  'FinInstrmGnlAttrbts/NtnlCcy',
  'FinInstrmGnlAttrbts/CmmdtyDerivInd',
  'Issr',
  'TradgVnRltdAttrbts/Id',
  'TradgVnRltdAttrbts/IssrReq',
];

/**
 * Where a path matches, the schema asks for these as well; `$1` is what the brackets matched. `unless` one of a choice is
 * there already.
 */
const COMPANIONS: readonly {
  readonly path: RegExp;
  readonly companions: readonly string[];
  readonly unless?: string;
}[] = [
  { path: /^(.*)\/@Ccy$/, companions: ['$1'] },
  {
    path: /^(DebtInstrmAttrbts\/(?:TtlIssdNmnlAmt|NmnlValPerUnit)|.*\/MntryVal\/Amt)$/,
    companions: ['$1/@Ccy'],
  },
  { path: /^(DebtInstrmAttrbts)\//, companions: ['$1/TtlIssdNmnlAmt', '$1/NmnlValPerUnit'] },
  { path: /^(DebtInstrmAttrbts)\//, companions: ['$1/IntrstRate/Fxd'], unless: '$1/IntrstRate/' },
  {
    path: /^(DebtInstrmAttrbts\/IntrstRate\/Fltg)\//,
    companions: ['$1/RefRate/Nm'],
    unless: '$1/RefRate/',
  },
  { path: /^(DebtInstrmAttrbts\/IntrstRate\/Fltg)\//, companions: ['$1/Term/Unit', '$1/BsisPtSprd'] },
  {
    path: /^(.*\/Intrst\/(?:IntrstRate|\w+LegIntrstRate\/Fltg))\//,
    companions: ['$1/RefRate/Indx'],
    unless: '$1/RefRate/',
  },
  { path: /^(.*\/Intrst\/(?:IntrstRate|\w+LegIntrstRate\/Fltg))\//, companions: ['$1/Term/Unit'] },
  {
    path: /^(.*\/Intrst)\//,
    companions: ['$1/IntrstRate/RefRate/Indx'],
    unless: '$1/IntrstRate/RefRate/',
  },
  { path: /^(.*\/Indx\/Nm)\/Term\//, companions: ['$1/RefRate/Nm'] },
  { path: /^(.*\/Term)\/(?:Unit|Val)$/, companions: ['$1/Unit', '$1/Val'] },
  { path: /^(.*\/MntryVal)\/Sgn$/, companions: ['$1/Amt'] },
  { path: /^(.*\/NoPric)\/Ccy$/, companions: ['$1/Pdg'] },
  {
    path: /^(.*\/Cmmdty\/Pdct\/.*)\/\w+Pdct$/,
    companions: ['$1/BasePdct', '$1/SubPdct', '$1/AddtlSubPdct'],
  },
  { path: /^(.*\/Cmmdty)\/(?:TxTp|FnlPricTp)$/, companions: ['$1/Pdct/Nrgy/Oil/BasePdct'] },
  { path: /^(.*\/FrDtToDt)\//, companions: ['$1/FrDt', '$1/ToDt'] },
];

/** All leaves that stand in a record because `path` does, in the order of the schema. */
function leavesWith(path: string): number[] {
  leafAt(path);
  const paths = new Set<string>();
  const add = (one: string): void => {
    if (paths.has(one) || !LEAVES.some((leaf) => leaf.path === one)) return;
    paths.add(one);
    for (const { path: pattern, companions, unless } of COMPANIONS) {
      const group = pattern.exec(one)?.[1];
      if (group === undefined) continue;
      const chosen = unless?.replace('$1', group);
      if (chosen !== undefined && [...paths].some((each) => each.startsWith(chosen))) continue;
      for (const companion of companions) add(companion.replace('$1', group));
    }
  };
  for (const one of [path, ...ALWAYS]) add(one);
  return [...paths].map(leafAt).sort((one, other) => one - other);
}

/** One record that holds a leaf, and what the schema asks for with it. @throws RangeError for a path that is none. */
export function recordWithLeaf(path: string, element: RecordElement = 'RefData', number = 0): SampleRecord {
  const list = new LeafList();
  for (const leaf of leavesWith(path)) {
    const { type, path: own } = LEAVES[leaf] ?? { type: { kind: 'boolean' }, path: '' };
    list.add(leaf, own === 'TradgVnRltdAttrbts/Id' ? 'XETR' : sampleValue(type, number));
  }
  return { xml: toItemXml(element, list), leaves: list.entries() };
}

/**
 * A whole file whose records together hold every leaf that is asked for, one record for each that no earlier one had.
 * Each record has an ISIN of its own.
 */
export function documentWithLeaves(
  paths: readonly string[],
  {
    type = 'FULINS',
    element = 'RefData',
    date = '2026-01-03',
  }: {
    readonly type?: FirdsFileType;
    readonly element?: RecordElement;
    readonly date?: Day;
  } = {},
): { readonly name: string; readonly xml: string; readonly records: readonly SampleRecord[] } {
  const records: SampleRecord[] = [];
  const covered = new Set<string>();
  for (const path of paths) {
    if (covered.has(path)) continue;
    const record = recordWithLeaf(path, element, records.length);
    for (const [own] of record.leaves) covered.add(own);
    records.push(record);
  }
  const stem = fileStem(type, type === 'FULINS' ? 'D' : undefined, date, 1, 1);
  const { head, tail } = envelopeOf(type, stem, date, 'esma');
  return { name: `${stem}.xml`, xml: head + records.map(({ xml }) => xml).join('') + tail, records };
}

/** A valid value of a type; another number gives another one where there is a choice. */
function sampleValue(type: LeafType, number: number): string {
  switch (type.kind) {
    case 'isin': {
      const first11 = `DE9Y${String(number).padStart(7, '0')}`;
      return first11 + isinCheckDigit(first11);
    }
    case 'lei':
      return inventedLei(9_000_000 + number);
    case 'mic':
      return 'XPAR';
    case 'cfi':
      return 'DBFTFB';
    case 'currency':
      return 'EUR';
    case 'country':
      return 'DE';
    case 'boolean':
      return number % 2 === 0 ? 'true' : 'false';
    case 'date':
      return '2031-07-15';
    case 'dateTime':
      return '2025-03-14T09:26:53.5Z';
    case 'text':
      return `Straße & Söhne ${number}`.slice(0, type.length);
    case 'decimal': {
      const fraction = Math.min(type.fraction, 5);
      const whole = '123456789'.slice(0, Math.min(type.digits - fraction, 9));
      return fraction === 0
        ? whole
        : `${whole === '' ? '0' : whole.slice(0, 1)}.${'12345'.slice(0, fraction)}`;
    }
    case 'code':
      return type.codes[number % type.codes.length] ?? '';
  }
}
