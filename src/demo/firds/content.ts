import { CODES, COMMODITIES } from './codes.js';
import type { Dice } from './hash.js';
import type { Letter } from './identity.js';
import type { LeafList } from './record-xml.js';
import { leafAt } from './schema.js';
import type { Leg, Shape } from './shape.js';

/** What the blocks of an instrument need to know. `changes` counts its changes: each one alters an amount. */
export interface Subject {
  readonly shape: Shape;
  readonly currency: string;
  readonly changes: number;
  /** When it expires, as the publisher writes days: `2026-03-20`, with a `Z` at times. */
  readonly expiresOn: string;
  readonly isin: (number: number) => string;
  readonly lei: (number: number) => string;
}

const CURRENCIES = ['USD', 'GBP', 'JPY', 'CHF', 'SEK', 'INR', 'NOK', 'PLN'];
const BENCHMARK_NAMES = ['ESTR', 'SOFR', 'FORMULA', 'EUR-EURIBOR-Reuters', 'LIBOR - LIBO', 'N/A'];
const INDEX_NAMES = [
  'FTSE MIB',
  'DAX',
  'EURO STOXX 50',
  'S&P 500',
  'CAC 40',
  'ISHARES JPM USD CB ETF',
  'OMX STOCKHOLM 30',
];

const DEBT = 'DebtInstrmAttrbts';
const debt = {
  totalCurrency: leafAt(`${DEBT}/TtlIssdNmnlAmt/@Ccy`),
  total: leafAt(`${DEBT}/TtlIssdNmnlAmt`),
  maturity: leafAt(`${DEBT}/MtrtyDt`),
  unitCurrency: leafAt(`${DEBT}/NmnlValPerUnit/@Ccy`),
  unit: leafAt(`${DEBT}/NmnlValPerUnit`),
  fixed: leafAt(`${DEBT}/IntrstRate/Fxd`),
  isin: leafAt(`${DEBT}/IntrstRate/Fltg/RefRate/ISIN`),
  code: leafAt(`${DEBT}/IntrstRate/Fltg/RefRate/Indx`),
  name: leafAt(`${DEBT}/IntrstRate/Fltg/RefRate/Nm`),
  termUnit: leafAt(`${DEBT}/IntrstRate/Fltg/Term/Unit`),
  spread: leafAt(`${DEBT}/IntrstRate/Fltg/BsisPtSprd`),
  seniority: leafAt(`${DEBT}/DebtSnrty`),
};

/** Adds a term of a unit and, in the leaf after it, a number. */
function addTerm(list: LeafList, unit: number, dice: Dice): void {
  list.add(unit, dice.pick(CODES.termUnit));
  list.add(unit + 1, String([1, 3, 6, 12, 999][dice.below(5)]));
}

export function addDebt(
  list: LeafList,
  { shape, currency, changes, expiresOn, isin }: Subject,
  dice: Dice,
): void {
  list.add(debt.totalCurrency, currency);
  list.add(debt.total, String((1 + dice.below(2_000)) * 500_000 + (changes % 7) * 250_000));
  list.add(debt.maturity, expiresOn);
  list.add(debt.unitCurrency, currency);
  list.add(debt.unit, ['1000', '100000', '0.01', '1', '200000'][dice.below(5)] ?? '1');
  if (shape.rate === 'fixed') {
    list.add(debt.fixed, String(dice.below(9_000) / 1_000));
  } else {
    if (shape.rate === 'isin')
      list.add(debt.isin, dice.below(3) === 0 ? isin(dice.below(1_000)) : 'EU0009652783');
    else if (shape.rate === 'code') list.add(debt.code, dice.pick(CODES.benchmark));
    else list.add(debt.name, dice.pick(BENCHMARK_NAMES));
    addTerm(list, debt.termUnit, dice);
    list.add(debt.spread, String(dice.below(400) - 50));
  }
  if (shape.venues === 'bonds' && dice.below(3) === 0) list.add(debt.seniority, dice.pick(CODES.seniority));
}

const DERIVATIVE = 'DerivInstrmAttrbts';
const UNDERLYING = `${DERIVATIVE}/UndrlygInstrm`;
const STRIKE = `${DERIVATIVE}/StrkPric`;
const derivative = {
  expiry: leafAt(`${DERIVATIVE}/XpryDt`),
  multiplier: leafAt(`${DERIVATIVE}/PricMltplr`),
  optionType: leafAt(`${DERIVATIVE}/OptnTp`),
  style: leafAt(`${DERIVATIVE}/OptnExrcStyle`),
  delivery: leafAt(`${DERIVATIVE}/DlvryTp`),
  isin: leafAt(`${UNDERLYING}/Sngl/ISIN`),
  lei: leafAt(`${UNDERLYING}/Sngl/LEI`),
  indexIsin: leafAt(`${UNDERLYING}/Sngl/Indx/ISIN`),
  indexCode: leafAt(`${UNDERLYING}/Sngl/Indx/Nm/RefRate/Indx`),
  indexName: leafAt(`${UNDERLYING}/Sngl/Indx/Nm/RefRate/Nm`),
  indexTerm: leafAt(`${UNDERLYING}/Sngl/Indx/Nm/Term/Unit`),
  basketIsin: leafAt(`${UNDERLYING}/Bskt/ISIN`),
  basketLei: leafAt(`${UNDERLYING}/Bskt/LEI`),
  strikeCurrency: leafAt(`${STRIKE}/Pric/MntryVal/Amt/@Ccy`),
  strike: leafAt(`${STRIKE}/Pric/MntryVal/Amt`),
  sign: leafAt(`${STRIKE}/Pric/MntryVal/Sgn`),
  percent: leafAt(`${STRIKE}/Pric/Pctg`),
  yield: leafAt(`${STRIKE}/Pric/Yld`),
  points: leafAt(`${STRIKE}/Pric/BsisPts`),
  noPrice: leafAt(`${STRIKE}/NoPric/Pdg`),
  noPriceCurrency: leafAt(`${STRIKE}/NoPric/Ccy`),
};

const OPTION_LETTERS: ReadonlySet<Letter> = new Set(['H', 'O', 'R']);

export function addDerivative(list: LeafList, subject: Subject, dice: Dice): void {
  const { shape, changes, expiresOn } = subject;
  const isOption = OPTION_LETTERS.has(shape.letter);
  list.add(derivative.expiry, expiresOn);
  list.add(
    derivative.multiplier,
    ['1', '100', '0.1', '0.01', '10', '0.0000000001'][(dice.below(6) + changes) % 6] ?? '1',
  );
  addUnderlying(list, subject, dice);
  if (isOption) {
    list.add(
      derivative.optionType,
      CODES.optionType[(dice.below(40) + 1) % 41 === 0 ? 2 : dice.below(2)] ?? 'CALL',
    );
    addStrike(list, subject, dice);
    list.add(derivative.style, dice.pick(CODES.exerciseStyle));
  }
  list.add(derivative.delivery, dice.pick(CODES.delivery));
  addAssetClass(list, subject, dice);
}

function addUnderlying(list: LeafList, { shape, isin, lei }: Subject, dice: Dice): void {
  switch (shape.underlying) {
    case undefined:
      break;
    case 'isin':
      list.add(derivative.isin, isin(dice.below(100_000)));
      break;
    case 'lei':
      list.add(derivative.lei, lei(dice.below(100_000)));
      break;
    case 'index isin':
      list.add(derivative.indexIsin, isin(dice.below(300)));
      list.add(derivative.indexName, dice.pick(INDEX_NAMES));
      break;
    case 'index name':
      list.add(derivative.indexName, dice.pick(INDEX_NAMES));
      break;
    case 'index code':
      list.add(derivative.indexCode, dice.pick(CODES.benchmark));
      break;
    case 'index term':
      list.add(derivative.indexName, dice.pick(BENCHMARK_NAMES));
      addTerm(list, derivative.indexTerm, dice);
      break;
    case 'isin basket':
      for (let member = 2 + dice.below(34); member > 0; member -= 1)
        list.add(derivative.basketIsin, isin(dice.below(100_000)));
      break;
    case 'lei basket':
      for (let member = 2 + dice.below(39); member > 0; member -= 1)
        list.add(derivative.basketLei, lei(dice.below(100_000)));
      break;
  }
}

function addStrike(list: LeafList, { shape, currency, changes }: Subject, dice: Dice): void {
  // Sums of doubles, as the real files have them: 2847.7799999999997.
  const whole = dice.below(30_000) + 1 + (changes % 5);
  const amount =
    dice.below(40) === 0 ? `${whole}.7799999999997` : String(whole + dice.below(10_000) / 10_000);
  switch (shape.strike) {
    case undefined:
      break;
    case 'amount':
    case 'signed amount':
      list.add(derivative.strikeCurrency, currency);
      list.add(derivative.strike, amount);
      if (shape.strike === 'signed amount')
        list.add(derivative.sign, dice.below(50) === 0 ? 'false' : 'true');
      break;
    case 'percent':
      list.add(derivative.percent, String((whole % 20_000) / 100));
      break;
    case 'yield':
      list.add(derivative.yield, `${dice.below(2) === 0 ? '-' : ''}${(whole % 900) / 100}`);
      break;
    case 'points':
      list.add(derivative.points, amount);
      break;
    case 'none':
      list.add(derivative.noPrice, 'PNDG');
      break;
    case 'none in currency':
      list.add(derivative.noPrice, 'PNDG');
      list.add(derivative.noPriceCurrency, currency);
      break;
  }
}

const ASSET_CLASS = `${DERIVATIVE}/AsstClssSpcfcAttrbts`;
const commodityBase = COMMODITIES.map(({ branch }) =>
  leafAt(`${ASSET_CLASS}/Cmmdty/Pdct/${branch}/BasePdct`),
);
const transaction = leafAt(`${ASSET_CLASS}/Cmmdty/TxTp`);
const finalPrice = leafAt(`${ASSET_CLASS}/Cmmdty/FnlPricTp`);
const fxType = leafAt(`${ASSET_CLASS}/FX/FxTp`);
const fxCurrency = leafAt(`${ASSET_CLASS}/FX/OthrNtnlCcy`);
const interestCode = leafAt(`${ASSET_CLASS}/Intrst/IntrstRate/RefRate/Indx`);
const interestTerm = leafAt(`${ASSET_CLASS}/Intrst/IntrstRate/Term/Unit`);
const firstLeg = leafAt(`${ASSET_CLASS}/Intrst/FrstLegIntrstRate/Fxd`);
const otherLeg = leafAt(`${ASSET_CLASS}/Intrst/OthrLegIntrstRate/Fxd`);
const interestCurrency = leafAt(`${ASSET_CLASS}/Intrst/OthrNtnlCcy`);

function addAssetClass(list: LeafList, { shape, currency }: Subject, dice: Dice): void {
  const other = dice.pick(CURRENCIES);
  const otherCurrency = other === currency ? 'EUR' : other;
  if (shape.commodity !== undefined) {
    const { base, sub, further } = COMMODITIES[shape.commodity] ?? { base: 'OTHR' };
    // The leaves of a branch follow one another.
    const leaf = commodityBase[shape.commodity] ?? 0;
    list.add(leaf, base);
    if (sub !== undefined) list.add(leaf + 1, sub);
    if (further !== undefined) list.add(leaf + 2, dice.pick(further));
    list.add(transaction, dice.pick(CODES.transaction));
    list.add(finalPrice, dice.pick(CODES.finalPrice));
  } else if (shape.interest) {
    const { reference, first, other: second } = shape.interest;
    if (reference === 'code') list.add(interestCode, dice.pick(CODES.benchmark));
    else list.add(interestCode + 1, dice.pick(BENCHMARK_NAMES));
    addTerm(list, interestTerm, dice);
    if (first) addLeg(list, firstLeg, first, dice);
    list.add(interestCurrency, otherCurrency);
    if (second) addLeg(list, otherLeg, second, dice);
  } else if (shape.isCurrency) {
    list.add(fxType, dice.pick(CODES.fxType));
    list.add(fxCurrency, otherCurrency);
  }
}

/** The leaves of a leg follow one another: fixed rate, code, name, unit and number of the term. */
function addLeg(list: LeafList, fixed: number, leg: Leg, dice: Dice): void {
  if (leg === 'fixed') {
    list.add(fixed, String(dice.below(9_000) / 1_000));
    return;
  }
  if (leg === 'code') list.add(fixed + 1, dice.pick(CODES.benchmark));
  else list.add(fixed + 2, dice.pick(BENCHMARK_NAMES));
  addTerm(list, fixed + 3, dice);
}
