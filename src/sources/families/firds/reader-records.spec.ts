import { coreWith, CORE, fileXml, ISIN, LEI, MIC, recordXml } from '../../../../test/support/firds-xml.js';
import {
  EVIDENCE,
  EVIDENCE_HEAD,
  FULL,
  FULL_HEAD,
  lineOf,
  readContent,
} from '../../../../test/support/firds-reading.js';

const NO_PERIOD = { 'TechAttrbts/PblctnPrd/FrDt': null };
const FROM = 'TechAttrbts/PblctnPrd/FrDtToDt/FrDt';
const TO = 'TechAttrbts/PblctnPrd/FrDtToDt/ToDt';
const FIRST_TRADE = 'TradgVnRltdAttrbts/FrstTradDt';
const TERMINATION = 'TradgVnRltdAttrbts/TermntnDt';

describe('a record of a full file', () => {
  it('says what is, from the day its version began', async () => {
    const read = await readContent(fileXml(FULL_HEAD, [recordXml('RefData', CORE)]), FULL);
    const { details, content_hash, exact_hash, ...columns } = read.lines[0]!;
    expect(columns).toEqual({
      part: 'FULINS_E_01of01',
      line: '1',
      precedence: '0',
      isin: ISIN,
      mic: MIC,
      scope: 'E',
      status: 'active',
      action: 'state',
      is_open: 't',
      valid_from: '2026-08-07',
      valid_to: null,
      name: 'Test plc Ordinary Shares',
      short_name: 'TEST PLC/SH',
      cfi: 'ESVUFR',
      currency: 'EUR',
      issuer_lei: LEI,
      symbol: null,
      first_trade_on: '2018-01-03',
      termination_on: null,
      relevant_mic: 'XETR',
    });
    expect(JSON.parse(details ?? '')).toEqual({
      isCommodityDerivative: false,
      admission: { issuerRequested: true },
      competentAuthority: 'DE',
    });
    expect(content_hash).toMatch(/^[0-9a-f]{32}$/);
    expect(exact_hash).toBe(content_hash);
    expect(read).toMatchObject({ rows: 1, items: 1, skipped: {}, odd: {}, rejects: [], shares: [1] });
  });
});

describe('an event of a delta', () => {
  it.each([
    ['NewRcrd', 'new', 'active', 't', null],
    ['ModfdRcrd', 'modified', 'active', 't', null],
    ['TermntdRcrd', 'terminated', 'terminated', 'f', '2026-08-06'],
    ['CancRcrd', 'cancelled', 'cancelled', 'f', null],
  ])('says what happened: %s', async (element, action, status, isOpen, validTo) => {
    const { line, details } = await lineOf(CORE, element);
    expect(line).toMatchObject({
      action,
      status,
      is_open: isOpen,
      valid_from: '2026-08-07',
      valid_to: validTo,
    });
    expect(details).not.toHaveProperty('isLate');
  });

  it('ends its version on the day it says', async () => {
    const leaves = coreWith({ ...NO_PERIOD, [FROM]: '2024-05-02', [TO]: '2026-08-06' });
    const { line, details } = await lineOf(leaves, 'TermntdRcrd');
    expect(line).toMatchObject({ valid_from: '2024-05-02', valid_to: '2026-08-06' });
    expect(details).not.toHaveProperty('isLate');
    expect(details).not.toHaveProperty('endsBeforeItBegins');
  });

  it('is late when it ends what was never published', async () => {
    const { line, details } = await lineOf(coreWith(NO_PERIOD), 'TermntdRcrd');
    expect(line).toMatchObject({ valid_from: '2026-08-07', valid_to: '2026-08-06', is_open: 'f' });
    expect(details.isLate).toBe(true);
    expect(details).not.toHaveProperty('endsBeforeItBegins');
  });

  it('may end before it begins', async () => {
    const leaves = coreWith({ ...NO_PERIOD, [FROM]: '2026-08-07', [TO]: '2026-08-06' });
    const { line, details } = await lineOf(leaves, 'TermntdRcrd');
    expect(line).toMatchObject({ valid_from: '2026-08-07', valid_to: '2026-08-06' });
    expect(details.endsBeforeItBegins).toBe(true);
  });

  it('is valid from the edition’s day when it does not say', async () => {
    const { line, details } = await lineOf(coreWith(NO_PERIOD), 'NewRcrd');
    expect(line).toMatchObject({ valid_from: '2026-08-07', valid_to: null });
    expect(details).not.toHaveProperty('isLate');
  });

  it('may have been published on one day, or until one', async () => {
    const onDay = await lineOf(
      coreWith({ ...NO_PERIOD, 'TechAttrbts/PblctnPrd/Dt': '2026-08-01' }),
      'TermntdRcrd',
    );
    expect(onDay.line.valid_from).toBe('2026-08-01');
    expect(onDay.details).toMatchObject({ publication: { on: '2026-08-01' } });
    expect(onDay.details).not.toHaveProperty('isLate');
    const until = await lineOf(coreWith({ ...NO_PERIOD, 'TechAttrbts/PblctnPrd/ToDt': '2026-08-01' }));
    expect(until.line).toMatchObject({ valid_from: '2026-08-07', valid_to: null });
    expect(until.details).toMatchObject({ publication: { until: '2026-08-01' } });
  });

  it('cancels with an ISIN and a venue alone', async () => {
    const leaves = [
      ['FinInstrmGnlAttrbts/Id', ISIN],
      ['TradgVnRltdAttrbts/Id', MIC],
    ] as const;
    const { line, details, read } = await lineOf(leaves, 'CancRcrd');
    expect(line).toMatchObject({
      isin: ISIN,
      mic: MIC,
      scope: '?',
      valid_from: '2026-08-07',
      valid_to: null,
      name: null,
    });
    expect(details).toEqual({});
    expect(read.odd).toEqual({});
  });
});

describe('a record of the list of cancelled ones', () => {
  it('is cancelled, and of no letter', async () => {
    const leaves = [
      ['FinInstrmGnlAttrbts/Id', ISIN],
      ['TradgVnRltdAttrbts/Id', MIC],
    ] as const;
    const read = await readContent(fileXml(EVIDENCE_HEAD, [recordXml('CxlData', leaves)]), EVIDENCE);
    expect(read.lines).toHaveLength(1);
    expect(read.lines[0]).toMatchObject({
      action: 'cancelled',
      status: 'cancelled',
      is_open: 'f',
      scope: '?',
      valid_from: '2026-08-08',
      valid_to: null,
    });
  });
});

describe('the status of what is open', () => {
  it.each([
    ['pending before its first trade', { [FIRST_TRADE]: '2026-08-08T00:00:00Z' }, 'pending'],
    ['active on its first day', { [FIRST_TRADE]: '2026-08-07T09:00:00Z' }, 'active'],
    ['active without a first day', { [FIRST_TRADE]: null }, 'active'],
    ['active when it never trades', { [FIRST_TRADE]: '9999-12-31T00:00:00Z' }, 'active'],
    ['active until its termination', { [TERMINATION]: '2030-01-01T00:00:00Z' }, 'active'],
    ['active two days after it, when it is reported', { [TERMINATION]: '2026-08-05T23:59:59Z' }, 'active'],
    ['terminated three days after it', { [TERMINATION]: '2026-08-04T23:59:59Z' }, 'terminated'],
    ['active when it never ends', { [TERMINATION]: '9999-12-31T23:59:59Z' }, 'active'],
  ])('is %s', async (_name, changes, status) => {
    const { line } = await lineOf(coreWith(changes));
    expect(line).toMatchObject({ status, is_open: 't' });
  });
});
