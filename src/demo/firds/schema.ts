import { CODES, COMMODITIES } from './codes.js';

/** What may stand in a leaf. `length` is the longest text; `digits` and `fraction` are the most digits in all and after the point. */
export type LeafType =
  | {
      readonly kind:
        'isin' | 'lei' | 'mic' | 'cfi' | 'currency' | 'country' | 'boolean' | 'date' | 'dateTime';
    }
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'decimal'; readonly digits: number; readonly fraction: number }
  | { readonly kind: 'code'; readonly codes: readonly string[] };

/** A place of the record tree that holds a value; its number is its position in {@link LEAVES}. */
export interface Leaf {
  /** Below the record's element: `FinInstrmGnlAttrbts/Id`; attributes as `…/Amt/@Ccy`. */
  readonly path: string;
  readonly type: LeafType;
}

const isin: LeafType = { kind: 'isin' };
const lei: LeafType = { kind: 'lei' };
const mic: LeafType = { kind: 'mic' };
const currency: LeafType = { kind: 'currency' };
const boolean: LeafType = { kind: 'boolean' };
const date: LeafType = { kind: 'date' };
const dateTime: LeafType = { kind: 'dateTime' };
const text = (length: number): LeafType => ({ kind: 'text', length });
const decimal = (digits: number, fraction: number): LeafType => ({ kind: 'decimal', digits, fraction });
const code = (codes: readonly string[]): LeafType => ({ kind: 'code', codes });
const rate = decimal(11, 10);

const below = (parent: string, leaves: readonly (readonly [string, LeafType])[]): Leaf[] =>
  leaves.map(([path, type]) => ({ path: parent === '' ? path : `${parent}/${path}`, type }));
/** An amount's currency is listed before it, for it is written before it. */
const amount = (path: string, type: LeafType) =>
  [
    [`${path}/@Ccy`, currency],
    [path, type],
  ] as const;
const term = (path: string) =>
  [
    [`${path}/Unit`, code(CODES.termUnit)],
    [`${path}/Val`, decimal(3, 0)],
  ] as const;
const leg = (path: string) =>
  [
    [`${path}/Fxd`, rate],
    [`${path}/Fltg/RefRate/Indx`, code(CODES.benchmark)],
    [`${path}/Fltg/RefRate/Nm`, text(25)],
    ...term(`${path}/Fltg/Term`),
  ] as const;

const ASSET_CLASS = 'DerivInstrmAttrbts/AsstClssSpcfcAttrbts';

const commodityLeaves = COMMODITIES.flatMap(({ branch, base, sub, further }) =>
  below(`${ASSET_CLASS}/Cmmdty/Pdct/${branch}`, [
    ['BasePdct', code([base])],
    ...(sub === undefined ? [] : [['SubPdct', code([sub])] as const]),
    ...(further === undefined ? [] : [['AddtlSubPdct', code(further)] as const]),
  ]),
);

/**
 * Every leaf of a FIRDS record in the order of the schema (auth.017.001.02, auth.036.001.03, auth.102.001.01: one tree).
 * Written by hand from the published schema, and not taken from the house: the simulator is a witness of its own.
 */
export const LEAVES: readonly Leaf[] = [
  ...below('', [['TechRcrdId', text(35)]]),
  ...below('FinInstrmGnlAttrbts', [
    ['Id', isin],
    ['FullNm', text(350)],
    ['ShrtNm', text(35)],
    ['ClssfctnTp', { kind: 'cfi' }],
    ['NtnlCcy', currency],
    ['CmmdtyDerivInd', boolean],
  ]),
  ...below('', [['Issr', lei]]),
  ...below('TradgVnRltdAttrbts', [
    ['Id', mic],
    ['IssrReq', boolean],
    ['AdmssnApprvlDtByIssr', dateTime],
    ['ReqForAdmssnDt', dateTime],
    ['FrstTradDt', dateTime],
    ['TermntnDt', dateTime],
  ]),
  ...below('DebtInstrmAttrbts', [
    ...amount('TtlIssdNmnlAmt', decimal(18, 5)),
    ['MtrtyDt', date],
    ...amount('NmnlValPerUnit', decimal(18, 5)),
    ['IntrstRate/Fxd', rate],
    ['IntrstRate/Fltg/RefRate/ISIN', isin],
    ['IntrstRate/Fltg/RefRate/Indx', code(CODES.benchmark)],
    ['IntrstRate/Fltg/RefRate/Nm', text(25)],
    ...term('IntrstRate/Fltg/Term'),
    ['IntrstRate/Fltg/BsisPtSprd', decimal(5, 0)],
    ['DebtSnrty', code(CODES.seniority)],
  ]),
  ...below('DerivInstrmAttrbts', [
    ['XpryDt', date],
    ['PricMltplr', decimal(18, 17)],
    ['UndrlygInstrm/Sngl/ISIN', isin],
    ['UndrlygInstrm/Sngl/LEI', lei],
    ['UndrlygInstrm/Sngl/Indx/ISIN', isin],
    ['UndrlygInstrm/Sngl/Indx/Nm/RefRate/Indx', code(CODES.benchmark)],
    ['UndrlygInstrm/Sngl/Indx/Nm/RefRate/Nm', text(25)],
    ...term('UndrlygInstrm/Sngl/Indx/Nm/Term'),
    ['UndrlygInstrm/Bskt/ISIN', isin],
    ['UndrlygInstrm/Bskt/LEI', lei],
    ['OptnTp', code(CODES.optionType)],
    ...amount('StrkPric/Pric/MntryVal/Amt', decimal(18, 13)),
    ['StrkPric/Pric/MntryVal/Sgn', boolean],
    ['StrkPric/Pric/Pctg', rate],
    ['StrkPric/Pric/Yld', rate],
    ['StrkPric/Pric/BsisPts', decimal(18, 17)],
    ['StrkPric/NoPric/Pdg', code(CODES.noPrice)],
    ['StrkPric/NoPric/Ccy', currency],
    ['OptnExrcStyle', code(CODES.exerciseStyle)],
    ['DlvryTp', code(CODES.delivery)],
  ]),
  ...commodityLeaves,
  ...below(ASSET_CLASS, [
    ['Cmmdty/TxTp', code(CODES.transaction)],
    ['Cmmdty/FnlPricTp', code(CODES.finalPrice)],
    ['Intrst/IntrstRate/RefRate/Indx', code(CODES.benchmark)],
    ['Intrst/IntrstRate/RefRate/Nm', text(25)],
    ...term('Intrst/IntrstRate/Term'),
    ...leg('Intrst/FrstLegIntrstRate'),
    ['Intrst/OthrNtnlCcy', currency],
    ...leg('Intrst/OthrLegIntrstRate'),
    ['FX/FxTp', code(CODES.fxType)],
    ['FX/OthrNtnlCcy', currency],
  ]),
  ...below('TechAttrbts', [
    ['IncnsstncyInd', boolean],
    ['LastUpd', dateTime],
    ['SubmissnDtTm', dateTime],
    ['RlvntCmptntAuthrty', { kind: 'country' }],
    ['PblctnPrd/Dt', date],
    ['PblctnPrd/FrDt', date],
    ['PblctnPrd/ToDt', date],
    ['PblctnPrd/FrDtToDt/FrDt', date],
    ['PblctnPrd/FrDtToDt/ToDt', date],
    ['NvrPblshd', boolean],
    ['RlvntTradgVn', mic],
  ]),
];

const numbers: ReadonlyMap<string, number> = new Map(LEAVES.map(({ path }, number) => [path, number]));

/** The number of the leaf at `path`. @throws RangeError for a path that the schema does not have. */
export function leafAt(path: string): number {
  const number = numbers.get(path);
  if (number === undefined) throw new RangeError(`no record has a leaf ${path}`);
  return number;
}
