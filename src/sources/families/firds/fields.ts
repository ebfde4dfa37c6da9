import { productPaths } from './commodity-paths.js';

/** What a value is, and so how it is checked and written. */
export type FieldType =
  | 'text'
  | 'code'
  | 'isin'
  | 'lei'
  | 'mic'
  | 'cfi'
  | 'currency'
  | 'country'
  | 'decimal'
  | 'boolean'
  | 'day'
  | 'moment';

/** One thing a record of FIRDS says. */
export interface FirdsField {
  /** A column of the line (`issuerLei`), or the place in `details` (`debt.maturityDate`). */
  readonly name: string;
  readonly type: FieldType;
  /** Number of the field in RTS 23 (Regulation (EU) 2017/585, table 3); `null` for what the authorities add. */
  readonly rts: number | null;
  /** Paths below the record's element, local names. Where there are several, a record has one of them. */
  readonly paths: readonly string[];
  readonly means: string;
  readonly isColumn?: boolean;
  /** Several values are the rule, from any of the paths: always a list in `details`. */
  readonly isList?: boolean;
  /** Of a column of a day: where in `details` the time of day goes. */
  readonly momentName?: string;
}

/**
 * A year from which on a day means "never" (`9999-12-31`, `2999-12-31`): there is no such day then, and what the publisher
 * wrote stays under `details.sentinels`.
 */
export const FIRST_SENTINEL_YEAR = 2999;

const GENERAL = 'FinInstrmGnlAttrbts';
const VENUE = 'TradgVnRltdAttrbts';
const DEBT = 'DebtInstrmAttrbts';
const DERIVATIVE = 'DerivInstrmAttrbts';
const UNDERLYING = `${DERIVATIVE}/UndrlygInstrm`;
const STRIKE = `${DERIVATIVE}/StrkPric`;
const BY_CLASS = `${DERIVATIVE}/AsstClssSpcfcAttrbts`;
const COMMODITY = `${BY_CLASS}/Cmmdty`;
const PRODUCT = `${COMMODITY}/Pdct`;
const INTEREST = `${BY_CLASS}/Intrst`;
const TECHNICAL = 'TechAttrbts';
const PERIOD = `${TECHNICAL}/PblctnPrd`;

type Choice = Pick<FirdsField, 'isColumn' | 'isList' | 'momentName'>;

function field(
  name: string,
  type: FieldType,
  rts: number | null,
  paths: string | readonly string[],
  means: string,
  choice: Choice = {},
): FirdsField {
  return { name, type, rts, paths: typeof paths === 'string' ? [paths] : paths, means, ...choice };
}

/** A benchmark's code or name, and its term. */
function benchmark(at: string, path: string, rts: readonly [number | null, number | null], of: string) {
  const [rtsOfName, rtsOfTerm] = rts;
  return [
    field(`${at}.code`, 'code', rtsOfName, `${path}/RefRate/Indx`, `${of}: code`),
    field(`${at}.name`, 'text', rtsOfName, `${path}/RefRate/Nm`, `${of}: name, free text`),
    field(`${at}.termUnit`, 'code', rtsOfTerm, `${path}/Term/Unit`, `${of}: unit of its term`),
    field(`${at}.termValue`, 'decimal', rtsOfTerm, `${path}/Term/Val`, `${of}: its term, in units`),
  ];
}

/**
 * All that a record may say: 175 paths (ISO 20022 auth.017.001.02, auth.036.001.03, auth.102.001.01), in the order in which
 * a line says it. The elements of the schema's three versions since 2017 are the same but for additions.
 */
export const FIELDS: readonly FirdsField[] = [
  field('isin', 'isin', 1, `${GENERAL}/Id`, 'instrument', { isColumn: true }),
  field('mic', 'mic', 6, `${VENUE}/Id`, 'trading venue or systematic internaliser', { isColumn: true }),
  field(
    'validFrom',
    'day',
    null,
    [`${PERIOD}/FrDt`, `${PERIOD}/FrDtToDt/FrDt`],
    'first day of this version',
    {
      isColumn: true,
    },
  ),
  field('validTo', 'day', null, `${PERIOD}/FrDtToDt/ToDt`, 'last day of this version', { isColumn: true }),
  field('name', 'text', 2, `${GENERAL}/FullNm`, 'full name, as this venue sent it', { isColumn: true }),
  field('shortName', 'text', 7, `${GENERAL}/ShrtNm`, 'short name (FISN, ISO 18774)', { isColumn: true }),
  field('cfi', 'cfi', 3, `${GENERAL}/ClssfctnTp`, 'classification (ISO 10962)', { isColumn: true }),
  field('currency', 'currency', 13, `${GENERAL}/NtnlCcy`, 'notional currency 1', { isColumn: true }),
  field('issuerLei', 'lei', 5, 'Issr', 'issuer, or operator of the trading venue', { isColumn: true }),
  field(
    'relevantMic',
    'mic',
    null,
    `${TECHNICAL}/RlvntTradgVn`,
    'most relevant market in terms of liquidity',
    {
      isColumn: true,
    },
  ),

  field(
    'isCommodityDerivative',
    'boolean',
    4,
    `${GENERAL}/CmmdtyDerivInd`,
    'commodity or emission allowance',
  ),
  field('admission.issuerRequested', 'boolean', 8, `${VENUE}/IssrReq`, 'the issuer asked for or approved it'),
  field('admission.issuerApprovedAt', 'moment', 9, `${VENUE}/AdmssnApprvlDtByIssr`, 'approval by the issuer'),
  field('admission.requestedAt', 'moment', 10, `${VENUE}/ReqForAdmssnDt`, 'request for admission'),
  field('firstTradeOn', 'moment', 11, `${VENUE}/FrstTradDt`, 'admission, first trade or first quote', {
    isColumn: true,
    momentName: 'admission.firstTradeAt',
  }),
  field('terminationOn', 'moment', 12, `${VENUE}/TermntnDt`, 'termination, past or expected', {
    isColumn: true,
    momentName: 'admission.terminationAt',
  }),

  field('debt.issuedAmount', 'decimal', 14, `${DEBT}/TtlIssdNmnlAmt`, 'total issued nominal amount'),
  field('debt.issuedCurrency', 'currency', 14, `${DEBT}/TtlIssdNmnlAmt/@Ccy`, 'its currency'),
  field('debt.maturityDate', 'day', 15, `${DEBT}/MtrtyDt`, 'maturity; perpetual: absent or a sentinel'),
  field('debt.nominalPerUnit', 'decimal', 17, `${DEBT}/NmnlValPerUnit`, 'nominal value per unit'),
  field('debt.nominalCurrency', 'currency', 16, `${DEBT}/NmnlValPerUnit/@Ccy`, 'its currency'),
  field('debt.fixedRate', 'decimal', 18, `${DEBT}/IntrstRate/Fxd`, 'fixed rate, percent'),
  field('debt.floatingRate.isin', 'isin', 19, `${DEBT}/IntrstRate/Fltg/RefRate/ISIN`, 'benchmark: ISIN'),
  ...benchmark('debt.floatingRate', `${DEBT}/IntrstRate/Fltg`, [20, 21], 'benchmark'),
  field(
    'debt.floatingRate.spreadBasisPoints',
    'decimal',
    22,
    `${DEBT}/IntrstRate/Fltg/BsisPtSprd`,
    'spread over it',
  ),
  field('debt.seniority', 'code', 23, `${DEBT}/DebtSnrty`, 'seniority'),

  field('derivative.expiryDate', 'day', 24, `${DERIVATIVE}/XpryDt`, 'expiry'),
  field('derivative.priceMultiplier', 'decimal', 25, `${DERIVATIVE}/PricMltplr`, 'price multiplier'),
  field(
    'derivative.underlying.isins',
    'isin',
    26,
    [`${UNDERLYING}/Sngl/ISIN`, `${UNDERLYING}/Bskt/ISIN`],
    'underlying instruments',
    { isList: true },
  ),
  field(
    'derivative.underlying.leis',
    'lei',
    27,
    [`${UNDERLYING}/Sngl/LEI`, `${UNDERLYING}/Bskt/LEI`],
    'underlying issuers',
    { isList: true },
  ),
  field('derivative.underlying.index.isin', 'isin', 26, `${UNDERLYING}/Sngl/Indx/ISIN`, 'index: ISIN'),
  ...benchmark('derivative.underlying.index', `${UNDERLYING}/Sngl/Indx/Nm`, [28, 29], 'index'),
  field('derivative.optionType', 'code', 30, `${DERIVATIVE}/OptnTp`, 'call, put or other'),
  field('derivative.strike.amount', 'decimal', 31, `${STRIKE}/Pric/MntryVal/Amt`, 'strike price, monetary'),
  field('derivative.strike.currency', 'currency', 32, `${STRIKE}/Pric/MntryVal/Amt/@Ccy`, 'its currency'),
  field(
    'derivative.strike.isPositive',
    'boolean',
    31,
    `${STRIKE}/Pric/MntryVal/Sgn`,
    'its sign; absent: positive',
  ),
  field('derivative.strike.percent', 'decimal', 31, `${STRIKE}/Pric/Pctg`, 'strike price, percent'),
  field('derivative.strike.yield', 'decimal', 31, `${STRIKE}/Pric/Yld`, 'strike price, yield'),
  field(
    'derivative.strike.basisPoints',
    'decimal',
    31,
    `${STRIKE}/Pric/BsisPts`,
    'strike price, basis points',
  ),
  field('derivative.strike.pending', 'code', 31, `${STRIKE}/NoPric/Pdg`, 'why there is no strike price yet'),
  field('derivative.strike.pendingCurrency', 'currency', 32, `${STRIKE}/NoPric/Ccy`, 'its currency to be'),
  field('derivative.exerciseStyle', 'code', 33, `${DERIVATIVE}/OptnExrcStyle`, 'exercise style'),
  field('derivative.deliveryType', 'code', 34, `${DERIVATIVE}/DlvryTp`, 'physical, cash or optional'),

  field('commodity.baseProduct', 'code', 35, productPaths(PRODUCT, 'BasePdct', 1), 'base product'),
  field('commodity.subProduct', 'code', 36, productPaths(PRODUCT, 'SubPdct', 2), 'sub product'),
  field(
    'commodity.furtherSubProduct',
    'code',
    37,
    productPaths(PRODUCT, 'AddtlSubPdct', 3),
    'further sub product',
  ),
  field('commodity.transactionType', 'code', 38, `${COMMODITY}/TxTp`, 'transaction type'),
  field('commodity.finalPriceType', 'code', 39, `${COMMODITY}/FnlPricTp`, 'final price type'),

  ...benchmark('interest.referenceRate', `${INTEREST}/IntrstRate`, [40, 41], 'reference rate'),
  field(
    'interest.firstLeg.fixedRate',
    'decimal',
    43,
    `${INTEREST}/FrstLegIntrstRate/Fxd`,
    'fixed rate of leg 1',
  ),
  ...benchmark(
    'interest.firstLeg.floatingRate',
    `${INTEREST}/FrstLegIntrstRate/Fltg`,
    [null, null],
    'floating rate of leg 1',
  ),
  field('interest.secondCurrency', 'currency', 42, `${INTEREST}/OthrNtnlCcy`, 'notional currency 2'),
  field(
    'interest.secondLeg.fixedRate',
    'decimal',
    44,
    `${INTEREST}/OthrLegIntrstRate/Fxd`,
    'fixed rate of leg 2',
  ),
  ...benchmark(
    'interest.secondLeg.floatingRate',
    `${INTEREST}/OthrLegIntrstRate/Fltg`,
    [45, 46],
    'floating rate of leg 2',
  ),

  field('fx.type', 'code', 48, `${BY_CLASS}/FX/FxTp`, 'cross rates, emerging markets or majors'),
  field('fx.secondCurrency', 'currency', 47, `${BY_CLASS}/FX/OthrNtnlCcy`, 'notional currency 2'),

  field('competentAuthority', 'country', null, `${TECHNICAL}/RlvntCmptntAuthrty`, 'country of the authority'),
  field('technical.recordId', 'text', null, 'TechRcrdId', 'the submission; not in public files'),
  field('technical.isInconsistent', 'boolean', null, `${TECHNICAL}/IncnsstncyInd`, 'not in public files'),
  field('technical.lastUpdatedAt', 'moment', null, `${TECHNICAL}/LastUpd`, 'not in public files'),
  field('technical.submittedAt', 'moment', null, `${TECHNICAL}/SubmissnDtTm`, 'not in public files'),

  field('publication.on', 'day', null, `${PERIOD}/Dt`, 'published on this day only; never seen'),
  field('publication.until', 'day', null, `${PERIOD}/ToDt`, 'published until; never seen'),
  field(
    'publication.neverPublished',
    'boolean',
    null,
    `${TECHNICAL}/NvrPblshd`,
    'never published before; seen in 2017',
  ),
];
