/** One of the four attributes of a group. */
interface CfiAttributeRow {
  readonly name: string;
  /** Labels by letter. X, "Not applicable/undefined", is legal in every attribute and not repeated here. */
  readonly values: ReadonlyMap<string, string>;
}

export interface CfiGroupRow {
  readonly code: string;
  readonly name: string;
  /** Positions 3 to 6, no more of them than there are; `null` or absent where the attribute is always X. */
  readonly attributes: readonly (CfiAttributeRow | null)[];
}

export interface CfiCategoryRow {
  readonly code: string;
  readonly name: string;
  readonly groups: readonly CfiGroupRow[];
}

/** Reads `V Voting; N Non-voting`, the form that keeps this file short. */
function attribute(name: string, values: string): CfiAttributeRow {
  const labels = values.split(/;\s+/).map((value): [string, string] => [value.charAt(0), value.slice(2)]);
  return { name, values: new Map(labels) };
}

/** A group with its attributes in order; those after the last one named are always X. */
function group(code: string, name: string, ...attributes: readonly (CfiAttributeRow | null)[]): CfiGroupRow {
  return { code, name, attributes };
}

const WARRANT_UNDERLYINGS = `B Baskets; S Equities; D Debt instruments/interest rates; T Commodities; C Currencies; I Indices;
   M Others`;
const OPTION_UNDERLYINGS = `B Baskets; S Stock-equities; D Debt instruments; T Commodities; C Currencies; I Indices;
   O Options; F Futures; W Swaps; N Interest rates; M Others`;
const COMMODITIES = `E Extraction resources; A Agriculture; I Industrial products; S Services; N Environmental;
   P Polypropylene products; H Generated resources; M Others`;
const PAYOUT_TRIGGERS = 'C CFD; S Spread-bet; F Forward price of underlying instrument';

const VOTING_RIGHT = attribute(
  'Voting right',
  'V Voting; N Non-voting; R Restricted voting; E Enhanced voting',
);
const RESTRICTIONS = attribute('Ownership/transfer/sales restrictions', 'T Restrictions; U Free');
const PAYMENT_STATUS = attribute('Payment status', 'O Nil paid; P Partly paid; F Fully paid');
const FORM_OR_RECEIPT = attribute(
  'Form',
  `B Bearer; R Registered; N Bearer/registered; Z Bearer depository receipt; M Others;
   A Registered depository receipt`,
);
const PREFERRED_REDEMPTION = attribute(
  'Redemption',
  `R Redeemable; E Extendible; T Redeemable/extendible; G Exchangeable;
   A Redeemable/exchangeable/extendible; C Redeemable/exchangeable; N Perpetual`,
);
const PREFERRED_INCOME = attribute(
  'Income',
  `F Fixed rate income; C Cumulative, fixed rate income; P Participating income;
   Q Cumulative, participating income; A Adjustable/variable rate income; N Normal rate income;
   U Auction rate income`,
);
const FORM = attribute('Form', 'B Bearer; R Registered; N Bearer/registered; M Others');
const CLOSED_OR_OPEN_END = attribute('Closed/open-end', 'C Closed-end; O Open-end; M Others');
const DISTRIBUTION_POLICY = attribute(
  'Distribution policy',
  'I Income funds; G Accumulation funds; J Mixed funds',
);
const FUND_ASSETS = attribute(
  'Assets',
  `R Real estate; B Debt instruments; E Equities; V Convertible securities; L Mixed; C Commodities;
   D Derivatives; F Referential instruments excluding commodities; K Credits; M Others`,
);
const FUND_SECURITY_OR_FOR_QI = attribute(
  'Security type and investor restrictions',
  'S Shares; Q Shares for QI; U Units; Y Units for QI',
);
const FUND_SECURITY = attribute('Security type and investor restrictions', 'S Shares; U Units');
const RANKING = attribute(
  'Guarantee or ranking',
  `T Government guarantee; G Joint guarantee; S Secured; U Unsecured/unguaranteed;
   P Negative pledge; N Senior; O Senior subordinated; Q Junior; J Junior subordinated;
   C Supranational`,
);
const REDEMPTION = attribute(
  'Redemption/reimbursement',
  `F Fixed maturity; G Fixed maturity with call feature; C Fixed maturity with put feature;
   D Fixed maturity with put and call; A Amortization plan; B Amortization plan with call feature;
   T Amortization plan with put feature; L Amortization plan with put and call; P Perpetual;
   Q Perpetual with call feature; R Perpetual with put feature; E Extendible`,
);
const INTEREST_OR_CASH = attribute(
  'Type of interest or cash payment',
  'F Fixed rate; Z Zero rate/discounted; V Variable; K Payment in kind',
);
// The published table has F and V for DS only; FIRDS (2017 and 2021) has them for DE too.
const DISTRIBUTION = attribute(
  'Distribution',
  `D Dividend payments; F Fixed interest payments; Y No payments; V Variable interest payments;
   M Others`,
);
const STRUCTURED_UNDERLYING = attribute(
  'Underlying assets',
  `B Baskets; S Equities; D Debt instruments; T Commodities; C Currencies; I Indices;
   N Interest rates; M Others`,
);
const INTEREST = attribute('Type of interest', 'F Fixed rate; Z Zero rate/discounted; V Variable');
const RIGHTS_ASSETS = attribute(
  'Assets',
  `S Common/ordinary shares; P Preferred/preference shares; C Common/ordinary convertible shares;
   F Preferred/preference convertible shares; B Bonds; I Combined instruments; M Others`,
);
const WARRANT_STYLE = attribute(
  'Exercise option style warrants',
  'E European; A American; B Bermudan; M Others',
);
const EXERCISE_STYLE = attribute('Exercise option style', 'E European; A American; B Bermudan');
const OPTION_DELIVERY = attribute('Delivery', 'P Physical; C Cash; N Non-deliverable; E Elect at exercise');
const STANDARDIZED = attribute('Standardized/non-standardized', 'S Standardized; N Non-standardized');
const FUTURE_DELIVERY = attribute('Delivery', 'P Physical; C Cash; N Non-deliverable');
const DELIVERY_OR_ELECTION = attribute('Delivery', 'C Cash; P Physical; E Elect at exercise');
const DELIVERY = attribute('Delivery', 'C Cash; P Physical');
const OTHER_UNDERLYING = attribute('Underlying assets', 'P Commercial property; M Others');
const OPTION_STYLE_AND_TYPE = attribute(
  'Option style and type',
  `A European-Call; B American-Call; C Bermudan-Call; D European-Put; E American-Put;
   F Bermudan-Put; G European-Chooser; H American-Chooser; I Bermudan-Chooser`,
);
const VALUATION = attribute(
  'Valuation method or trigger',
  `V Vanilla; A Asian; D Digital; B Barrier; G Digital barrier; L Lookback; P Other path dependent;
   M Others`,
);
// The published table has J to L only for HF; FIRDS (2017 and 2021) has letters of the edition of 2015 there too.
const OPTION_STYLE_AND_TYPE_OR_FX = attribute(
  'Option style and type',
  `A European-Call; B American-Call; C Bermudan-Call; D European-Put; E American-Put;
   F Bermudan-Put; G European-Chooser; H American-Chooser; I Bermudan-Chooser; J European;
   K American; L Bermudan`,
);

/** ISO 10962 as of 2019-10-01: 14 categories, 78 groups. Labels are shortened. */
export const CFI_CATEGORIES: readonly CfiCategoryRow[] = [
  {
    code: 'E',
    name: 'Equities',
    groups: [
      group('S', 'Common/ordinary shares', VOTING_RIGHT, RESTRICTIONS, PAYMENT_STATUS, FORM_OR_RECEIPT),
      group('P', 'Preferred/preference shares', VOTING_RIGHT, PREFERRED_REDEMPTION, PREFERRED_INCOME, FORM),
      group('C', 'Common/ordinary convertible shares', VOTING_RIGHT, RESTRICTIONS, PAYMENT_STATUS, FORM),
      group(
        'F',
        'Preferred/preference convertible shares',
        VOTING_RIGHT,
        PREFERRED_REDEMPTION,
        PREFERRED_INCOME,
        FORM_OR_RECEIPT,
      ),
      group('L', 'Limited partnership units', VOTING_RIGHT, RESTRICTIONS, PAYMENT_STATUS, FORM),
      group(
        'D',
        'Depository receipts on equities',
        attribute(
          'Instrument dependency',
          `S Common/ordinary shares; P Preferred/preference shares;
           C Common/ordinary convertible shares; F Preferred/preference convertible shares;
           L Limited partnership units; M Others`,
        ),
        attribute(
          'Redemption/conversion of the underlying assets',
          'R Redeemable; N Perpetual; B Convertible; D Convertible/redeemable',
        ),
        attribute(
          'Income',
          `F Fixed rate income; C Cumulative, fixed rate income; P Participating income;
           Q Cumulative, participating income; A Adjustable/variable rate income;
           N Normal rate income; U Auction rate income; D Dividends`,
        ),
        FORM,
      ),
      group(
        'Y',
        'Structured instruments (participation)',
        attribute(
          'Type',
          `A Tracker certificate; B Outperformance certificate; C Bonus certificate;
           D Outperformance bonus certificate; E Twin-win-certificate; M Others`,
        ),
        attribute('Distribution', 'D Dividend payments; Y No payments; M Others'),
        attribute('Repayment', 'F Cash repayment; V Physical repayment; E Elect at settlement; M Others'),
        attribute(
          'Underlying assets',
          `B Baskets; S Equities; D Debt instruments; G Derivatives; T Commodities; C Currencies;
           I Indices; N Interest rates; M Others`,
        ),
      ),
      group('M', 'Others (miscellaneous)', null, null, null, FORM_OR_RECEIPT),
    ],
  },
  {
    code: 'C',
    name: 'Collective investment vehicles (CIVs)',
    groups: [
      group(
        'I',
        'Standard (vanilla) investment funds/mutual funds',
        CLOSED_OR_OPEN_END,
        DISTRIBUTION_POLICY,
        FUND_ASSETS,
        FUND_SECURITY_OR_FOR_QI,
      ),
      group(
        'H',
        'Hedge funds',
        attribute(
          'Investment strategy',
          `D Directional; R Relative value; S Security selection; E Event-driven; A Arbitrage;
           N Multi-strategy; L Asset-based lending; M Others`,
        ),
      ),
      group(
        'B',
        'Real estate investment trusts (REIT)',
        CLOSED_OR_OPEN_END,
        DISTRIBUTION_POLICY,
        null,
        FUND_SECURITY_OR_FOR_QI,
      ),
      group(
        'E',
        'Exchange traded funds (ETF)',
        CLOSED_OR_OPEN_END,
        DISTRIBUTION_POLICY,
        FUND_ASSETS,
        FUND_SECURITY,
      ),
      group(
        'S',
        'Pension funds',
        attribute('Closed/open', 'C Closed; O Open; M Others'),
        attribute('Strategy/style', 'B Balanced/conservative; G Growth; L Life style; M Others'),
        attribute('Type of pension fund', 'R Defined benefit; B Defined contribution; M Others'),
        FUND_SECURITY,
      ),
      group(
        'F',
        'Funds of funds',
        CLOSED_OR_OPEN_END,
        DISTRIBUTION_POLICY,
        attribute(
          'Type of funds',
          `I Standard; H Hedge funds; B Real estate investment trusts; E ETFs;
           P Private equity funds; M Others`,
        ),
        FUND_SECURITY_OR_FOR_QI,
      ),
      group(
        'P',
        'Private equity funds',
        CLOSED_OR_OPEN_END,
        DISTRIBUTION_POLICY,
        FUND_ASSETS,
        FUND_SECURITY_OR_FOR_QI,
      ),
      group('M', 'Others (miscellaneous)', null, null, null, FUND_SECURITY_OR_FOR_QI),
    ],
  },
  {
    code: 'D',
    name: 'Debt instruments',
    groups: [
      group(
        'B',
        'Bonds',
        attribute(
          'Type of interest or cash payment',
          'F Fixed rate; Z Zero rate/discounted; V Variable; C Cash payment; K Payment in kind',
        ),
        RANKING,
        REDEMPTION,
        FORM,
      ),
      group('C', 'Convertible bonds', INTEREST_OR_CASH, RANKING, REDEMPTION, FORM_OR_RECEIPT),
      group('W', 'Bonds with warrants attached', INTEREST_OR_CASH, RANKING, REDEMPTION, FORM),
      group('T', 'Medium-term notes', INTEREST_OR_CASH, RANKING, REDEMPTION, FORM),
      group('Y', 'Money market instruments', INTEREST_OR_CASH, RANKING, null, FORM),
      group(
        'S',
        'Structured instruments (capital protection)',
        attribute(
          'Type',
          `A Capital protection certificate with participation;
           B Capital protection convertible certificate; C Barrier capital protection certificate;
           D Capital protection certificate with coupons; M Others`,
        ),
        DISTRIBUTION,
        attribute('Repayment', 'F Cash repayment; V Physical repayment; M Others'),
        STRUCTURED_UNDERLYING,
      ),
      group(
        'E',
        'Structured instruments (without capital protection)',
        attribute(
          'Type of debt structured instrument',
          `A Discount certificate; B Barrier discount certificate; C Reverse convertible;
           D Barrier reverse convertible; E Express certificate; M Others`,
        ),
        DISTRIBUTION,
        attribute(
          'Repayment',
          `R Repayment in cash; S Repayment in assets; C Repayment in assets and cash;
           T Repayment in assets or cash; M Others`,
        ),
        STRUCTURED_UNDERLYING,
      ),
      group('G', 'Mortgage-backed securities', INTEREST, RANKING, REDEMPTION, FORM),
      group('A', 'Asset-backed securities', INTEREST, RANKING, REDEMPTION, FORM),
      group('N', 'Municipal bonds', INTEREST, RANKING, REDEMPTION, FORM),
      group(
        'D',
        'Depository receipts on debt instruments',
        attribute(
          'Instrument dependency',
          `C Convertible bonds; W Bonds with warrants attached; T Medium-term notes;
           Y Money market instruments; G Mortgage-backed securities; A Asset-backed securities;
           B Bonds; N Municipal bonds; M Others`,
        ),
        attribute(
          'Type of interest/cash payment',
          'F Fixed rate; Z Zero rate/discounted; V Variable; C Cash payment',
        ),
        RANKING,
        REDEMPTION,
      ),
      group(
        'M',
        'Others (miscellaneous)',
        attribute('Type of miscellaneous debt', 'B Bank loan; P Promissory note; M Others'),
        null,
        null,
        FORM_OR_RECEIPT,
      ),
    ],
  },
  {
    code: 'R',
    name: 'Entitlement (rights)',
    groups: [
      group('A', 'Allotment (bonus) rights', null, null, null, FORM),
      group('S', 'Subscription rights', RIGHTS_ASSETS, null, null, FORM),
      group('P', 'Purchase rights', RIGHTS_ASSETS, null, null, FORM),
      group(
        'W',
        'Warrants',
        attribute('Underlying assets', WARRANT_UNDERLYINGS),
        attribute('Type', 'T Traditional warrants; N Naked warrants; C Covered warrants'),
        attribute('Call/put', 'C Call; P Put; B Call and put'),
        WARRANT_STYLE,
      ),
      group(
        'F',
        'Mini-future certificates, constant leverage certificates',
        attribute('Underlying assets of the warrant', WARRANT_UNDERLYINGS),
        attribute(
          'Barrier dependency type',
          'T Barrier underlying based; N Barrier instrument based; M Others',
        ),
        attribute('Long/short', 'C Long; P Short; M Others'),
        WARRANT_STYLE,
      ),
      group(
        'D',
        'Depository receipts on entitlements',
        attribute(
          'Instrument dependency',
          'A Allotment; S Subscription rights; P Purchase rights; W Warrants; M Others',
        ),
        null,
        null,
        FORM,
      ),
      group('M', 'Others (miscellaneous)'),
    ],
  },
  {
    code: 'O',
    name: 'Listed options',
    groups: [
      group(
        'C',
        'Call options',
        EXERCISE_STYLE,
        attribute('Underlying assets', OPTION_UNDERLYINGS),
        OPTION_DELIVERY,
        STANDARDIZED,
      ),
      group(
        'P',
        'Put options',
        EXERCISE_STYLE,
        attribute('Underlying assets of the put option', OPTION_UNDERLYINGS),
        OPTION_DELIVERY,
        STANDARDIZED,
      ),
      group('M', 'Others (miscellaneous)'),
    ],
  },
  {
    code: 'F',
    name: 'Futures',
    groups: [
      group(
        'F',
        'Financial futures',
        attribute(
          'Underlying assets',
          `B Baskets; S Stock-equities; D Debt instruments; C Currencies; I Indices; O Options;
           F Futures; W Swaps; N Interest rates; V Stock dividends; M Others`,
        ),
        FUTURE_DELIVERY,
        STANDARDIZED,
      ),
      group(
        'C',
        'Commodities futures',
        attribute('Underlying assets of the commodity futures', COMMODITIES),
        FUTURE_DELIVERY,
        STANDARDIZED,
      ),
    ],
  },
  {
    code: 'S',
    name: 'Swaps',
    groups: [
      group(
        'R',
        'Rates',
        attribute(
          'Underlying assets',
          `A Basis swap; C Fixed-floating; D Fixed-fixed; G Inflation swap; H Overnight index swap;
           Z Zero coupon; M Others`,
        ),
        attribute('Notional', 'C Constant; I Accreting; D Amortizing; Y Custom'),
        attribute('Single or multi-currency', 'S Single currency; C Cross-currency'),
        attribute('Delivery', 'D Deliverable; N Non-deliverable'),
      ),
      group(
        'T',
        'Commodities',
        attribute(
          'Underlying assets',
          `J Energy; K Metals; A Agriculture; N Environmental; G Freight; P Polypropylene products;
           S Fertilizer; T Paper; B Basket – single-commodity; C Basket – multi-commodity;
           H Index – multi-commodity; I Index – single-commodity; Q Multi-commodity; M Others`,
        ),
        attribute(
          'Return or payout trigger for commodity swaps',
          'C Contract for difference; T Total return',
        ),
        null,
        DELIVERY_OR_ELECTION,
      ),
      group(
        'E',
        'Equity',
        attribute('Underlying assets of equity swaps', 'S Single stock; I Index; B Basket; M Others'),
        attribute(
          'Return or payout trigger for equity swaps',
          `P Price; D Dividend; V Variance; L Volatility; T Total return; C Contract for difference;
           M Others`,
        ),
        null,
        DELIVERY_OR_ELECTION,
      ),
      group(
        'C',
        'Credit',
        attribute(
          'Underlying assets of credit swaps',
          'U Single name; V Index tranche; I Index; B Basket; M Others',
        ),
        attribute('Return or payout trigger', 'C Credit default; T Total return; M Others'),
        attribute('Underlying issuer type', 'C Corporate entity; S Sovereign; L Local'),
        attribute('Delivery', 'C Cash; D Deliverable; A Auction'),
      ),
      group(
        'F',
        'Foreign exchange',
        attribute('Underlying assets', 'A Spot-forward swap; C Forward-forward swap; M Others'),
        null,
        null,
        DELIVERY,
      ),
      group('M', 'Others (miscellaneous)', OTHER_UNDERLYING, null, null, DELIVERY_OR_ELECTION),
    ],
  },
  {
    code: 'H',
    name: 'Non-listed and complex listed options',
    groups: [
      group(
        'R',
        'Rates',
        attribute(
          'Underlying assets',
          `A Basis swap; C Fixed-Floating swap; D Fixed-Fixed swap; E Interest rate index;
           G Inflation rate index; H Overnight index swap; O Options; R Forwards; F Futures;
           M Others`,
        ),
        OPTION_STYLE_AND_TYPE,
        attribute(
          'Valuation method or trigger',
          `V Vanilla; A Asian; D Digital; B Barrier; G Digital barrier; L Lookback;
           P Other path dependent; C Cap; F Floor; M Others`,
        ),
        DELIVERY_OR_ELECTION,
      ),
      group(
        'T',
        'Commodities',
        attribute(
          'Underlying assets',
          `J Energy; K Metals; A Agriculture; N Environmental; G Freight; P Polypropylene products;
           S Fertilizer; T Paper; B Basket – single-commodity; C Basket – multi-commodity;
           H Index – multi-commodity; I Index – single-commodity; O Options; R Forwards; F Futures;
           W Swaps; M Others`,
        ),
        OPTION_STYLE_AND_TYPE,
        VALUATION,
        attribute('Delivery', 'C Cash; D Deliverable; P Physical; N Non-deliverable'),
      ),
      group(
        'E',
        'Equity',
        attribute(
          'Underlying assets',
          'S Single stock; I Index; B Basket; O Options; R Forwards; F Futures; M Others',
        ),
        OPTION_STYLE_AND_TYPE,
        VALUATION,
        DELIVERY_OR_ELECTION,
      ),
      group(
        'C',
        'Credit',
        attribute(
          'Underlying assets on options on credit',
          'U CDS on a single name; V CDS on an index tranche; I CDS on an index; W Swaps; M Others',
        ),
        OPTION_STYLE_AND_TYPE,
        VALUATION,
        DELIVERY_OR_ELECTION,
      ),
      group(
        'F',
        'Foreign exchange',
        attribute(
          'Underlying assets on options of foreign currency',
          `R Forwards – Single Currency Pair; F Futures – Single Currency Pair;
           T Spot – Single Currency Pair; V Volatility – Single Currency Pair;
           B Forwards – Currency Index; C Futures – Currency Index; D Spot – Currency Index;
           E Volatility – Currency Index; Q Forwards – Custom Basket of Currencies;
           U Futures – Custom Basket of Currencies; W Spot – Custom Basket of Currencies;
           Y Volatility – Custom Basket of Currencies; M Others`,
        ),
        OPTION_STYLE_AND_TYPE_OR_FX,
        VALUATION,
        DELIVERY_OR_ELECTION,
      ),
      group(
        'M',
        'Others (miscellaneous)',
        OTHER_UNDERLYING,
        OPTION_STYLE_AND_TYPE_OR_FX,
        VALUATION,
        attribute('Delivery', 'C Cash; P Physical; E Elect at exercise; N Non-deliverable; A Auction'),
      ),
    ],
  },
  {
    code: 'I',
    name: 'Spot',
    groups: [
      group('F', 'Foreign exchange', null, null, null, attribute('Delivery', 'P Physical')),
      group(
        'T',
        'Commodities',
        attribute(
          'Underlying assets',
          `A Agriculture; J Energy; K Metals; N Environmental; P Polypropylene products;
           S Fertilizer; T Paper; M Others`,
        ),
      ),
    ],
  },
  {
    code: 'J',
    name: 'Forwards',
    groups: [
      group(
        'E',
        'Equity',
        attribute('Underlying assets', 'S Single stock; I Index; B Basket; O Options; F Futures'),
        null,
        attribute('Return or payout trigger', PAYOUT_TRIGGERS),
        DELIVERY,
      ),
      group(
        'F',
        'Foreign exchange',
        attribute(
          'Underlying assets of foreign exchange forwards',
          `T Spot – Single Currency Pair; R Forward – Single Currency Pair;
           V Spot – Custom Basket of Currencies; U Spot – Currency Index;
           W Forward – Custom Basket of Currencies; S Forward – Currency Index;
           O Options – Single Currency Pair; K Options – Custom Basket of Currencies;
           J Options – Currency Index; F Futures – Single Currency Pair;
           N Futures – Custom Basket of Currencies; L Futures – Currency Index`,
        ),
        null,
        attribute(
          'Return or payout trigger',
          'C CFD; S Spread-bet; F Forward price of underlying instrument; R Rolling spot',
        ),
        DELIVERY,
      ),
      group(
        'C',
        'Credit',
        attribute(
          'Underlying assets of credit forwards',
          `A Single name; I Index; B Basket; C CDS on a single name; D CDS on an index;
           G CDS on a basket; O Options`,
        ),
        null,
        attribute('Return or payout trigger for forwards on commodities', PAYOUT_TRIGGERS),
        DELIVERY,
      ),
      group(
        'R',
        'Rates',
        attribute('Underlying assets of forward rates', 'I Interest rate index; O Options; M Others'),
        null,
        attribute('Return or payout trigger include contract for differences', PAYOUT_TRIGGERS),
        DELIVERY,
      ),
      group(
        'T',
        'Commodities',
        attribute(
          'Underlying assets',
          `A Agriculture; B Basket – single-commodity; C Basket – multi-commodity; G Freight;
           H Index – multi-commodity; I Index – single-commodity; J Energy; K Metals;
           N Environmental; P Polypropylene products; S Fertilizer; T Paper; M Others`,
        ),
        null,
        attribute('Return or payout trigger for forwards on commodities', PAYOUT_TRIGGERS),
        DELIVERY,
      ),
    ],
  },
  {
    code: 'K',
    name: 'Strategies',
    groups: [
      group('R', 'Rates'),
      group('T', 'Commodities'),
      group('E', 'Equity'),
      group('C', 'Credit'),
      group('F', 'Foreign exchange'),
      group('Y', 'Mixed assets'),
      group('M', 'Others (miscellaneous)'),
    ],
  },
  {
    code: 'L',
    name: 'Financing',
    groups: [
      group(
        'L',
        'Loan-lease',
        attribute(
          'Underlying assets',
          `A Agriculture; B Baskets; J Energy; K Metals; N Environmental; P Polypropylene products;
           S Fertilizer; T Paper; M Others`,
        ),
        null,
        null,
        DELIVERY,
      ),
      group(
        'R',
        'Repurchase agreements',
        attribute(
          'Underlying assets of repurchase agreements',
          'G General collateral; S Specific security collateral; C Cash collateral',
        ),
        attribute('Termination', 'F Flexible; N Overnight; O Open; T Term'),
        null,
        attribute('Delivery', 'D Delivery versus payment; H Hold-in-custody; T Tri-party'),
      ),
      group(
        'S',
        'Securities lending',
        attribute(
          'Underlying assets of securities lending',
          `C Cash collateral; G Government bonds; P Corporate bonds; T Convertible bonds; E Equity;
           L Letter of credit; D Certificate of deposit; W Warrants; K Money market instruments;
           M Others`,
        ),
        attribute('Termination of securities lending', 'N Overnight; O Open; T Term'),
        null,
        attribute(
          'Delivery of securities lending',
          'D Delivery versus payment; F Free of payment; H Hold-in-custody; T Tri-party',
        ),
      ),
    ],
  },
  {
    code: 'T',
    name: 'Referential instruments',
    groups: [
      group(
        'C',
        'Currencies',
        attribute('Type', 'N National currency; L Legacy currency; C Bullion coins; M Others'),
      ),
      group('T', 'Commodities', attribute('Type of commodity', COMMODITIES)),
      group(
        'R',
        'Interest rates',
        attribute('Type of interest rates', 'N Nominal; V Variable; F Fixed; R Real; M Others'),
        attribute(
          'Frequency of calculation',
          'D Daily; W Weekly; N Monthly; Q Quarterly; S Semi-annually; A Annually; M Others',
        ),
      ),
      group(
        'I',
        'Indices',
        attribute(
          'Asset classes',
          `E Equities; D Debt instruments; F CIVs; R Real estate; T Commodities; C Currencies;
           M Others`,
        ),
        attribute(
          'Weighting types',
          `P Price weighted; C Capitalization weighted; E Equal weighted;
           F Modified market capitalization weighted; M Other weighting`,
        ),
        attribute('Index return types', 'P Price return; N Net total return; G Gross total return; M Others'),
      ),
      group(
        'B',
        'Baskets',
        attribute(
          'Composition',
          'E Equities; D Debt instruments; F CIVs; I Indices; T Commodities; C Currencies; M Others',
        ),
      ),
      group(
        'D',
        'Stock dividends',
        attribute(
          'Type of equity',
          `S Common/ordinary shares; P Preferred/preference shares;
           C Common/ordinary convertible shares; F Preferred/preference convertible shares;
           L Limited partnership units; K CIVs; M Others`,
        ),
      ),
      group('M', 'Others (miscellaneous)'),
    ],
  },
  {
    code: 'M',
    name: 'Others (miscellaneous)',
    groups: [
      group(
        'C',
        'Combined instruments',
        attribute(
          'Components',
          `S Combination of shares; B Combination of bonds; H Share and bond; A Share and warrant;
           W Warrant and warrant; U Fund unit and other components; M Others`,
        ),
        RESTRICTIONS,
        null,
        FORM,
      ),
      group(
        'M',
        'Other assets (miscellaneous)',
        attribute(
          'Further grouping',
          `R Real estate deeds; I Insurance policies; E Escrow receipts;
           T Trade finance instruments; N Carbon credit; P Precious metal receipts;
           S Other OTC derivative products; M Others`,
        ),
      ),
    ],
  },
];
