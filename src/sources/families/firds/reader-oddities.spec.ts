import {
  coreWith,
  CORE,
  eventXml,
  fileXml,
  ISIN,
  MIC,
  recordXml,
  type Leaves,
} from '../../../../test/support/firds-xml.js';
import { DELTA, DELTA_HEAD, lineOf, readContent, readDelta } from '../../../../test/support/firds-reading.js';

async function rejectOf(leaves: Leaves, element = 'ModfdRcrd') {
  const read = await readDelta([
    eventXml('NewRcrd', CORE),
    eventXml(element, leaves),
    eventXml('NewRcrd', CORE),
  ]);
  expect(read).toMatchObject({ rows: 3, items: 2 });
  expect(read.lines.map(({ line }) => line)).toEqual(['1', '3']);
  expect(read.rejects).toHaveLength(1);
  return read.rejects[0]!;
}

describe('elements that nobody knows', () => {
  it('are kept by their paths, and counted', async () => {
    const { details, read } = await lineOf(
      coreWith({
        'FinInstrmGnlAttrbts/Xyz': 'a "new"\\thing\t\n',
        'FinInstrmGnlAttrbts/Deep/Er': '1',
        'TradgVnRltdAttrbts/Empty': '',
        New: 'ü',
      }),
    );
    expect(details.unknown).toEqual({
      'FinInstrmGnlAttrbts/Xyz': 'a "new"\\thing\t\n',
      'FinInstrmGnlAttrbts/Deep/Er': '1',
      'TradgVnRltdAttrbts/Empty': '',
      New: 'ü',
    });
    expect(read.odd).toEqual({
      'ELEMENT_UNKNOWN FinInstrmGnlAttrbts/Xyz': 1,
      'ELEMENT_UNKNOWN FinInstrmGnlAttrbts/Deep/Er': 1,
      'ELEMENT_UNKNOWN TradgVnRltdAttrbts/Empty': 1,
      'ELEMENT_UNKNOWN New': 1,
    });
  });

  it('do not disturb the values around them', async () => {
    const record = eventXml('ModfdRcrd', CORE)
      .replace('<ShrtNm>TEST', '<ShrtNm>TE<B>bold</B>ST')
      .replace(/(<Issr>[A-Z0-9]+)/, '$1<LEI>x</LEI>');
    const [line] = (await readDelta([record])).lines;
    expect(line).toMatchObject({
      short_name: 'TEST PLC/SH',
      issuer_lei: CORE.find(([path]) => path === 'Issr')?.[1],
    });
    expect(JSON.parse(line?.details ?? '')).toMatchObject({
      unknown: { 'FinInstrmGnlAttrbts/ShrtNm/B': 'bold', 'Issr/LEI': 'x' },
    });
  });

  it('may be attributes, but declarations and hints are none', async () => {
    const record = eventXml('ModfdRcrd', CORE)
      .replace('<Issr>', '<Issr scheme="LEI">')
      .replace('<ModfdRcrd>', '<ModfdRcrd id="7">')
      .replace('<TechAttrbts>', '<TechAttrbts xsi:nil="false" xmlns:x="urn:x" xmlns="urn:y">');
    const read = await readDelta([record]);
    expect(JSON.parse(read.lines[0]?.details ?? '')).toMatchObject({
      unknown: { 'Issr/@scheme': 'LEI', '@id': '7' },
    });
    expect(read.odd).toEqual({ 'ELEMENT_UNKNOWN Issr/@scheme': 1, 'ELEMENT_UNKNOWN @id': 1 });
  });

  it('may be text where only elements should be', async () => {
    const record = eventXml('ModfdRcrd', CORE).replace('<TechAttrbts>', '<TechAttrbts>what?');
    const read = await readDelta([record]);
    expect(JSON.parse(read.lines[0]?.details ?? '')).toMatchObject({
      unknown: { 'TechAttrbts/#text': 'what?' },
    });
    expect(read.odd).toEqual({ 'ELEMENT_UNKNOWN TechAttrbts/#text': 1 });
  });

  it('outside of records are passed over, and counted once', async () => {
    const records = [
      eventXml('NewRcrd', CORE),
      '<Strange><A/><A/></Strange>',
      '<Strange/>',
      eventXml('NewRcrd', CORE),
    ];
    const read = await readContent(fileXml(DELTA_HEAD, records), DELTA);
    expect(read.items).toBe(2);
    expect(read.odd).toEqual({
      'ELEMENT_UNKNOWN BizData/Pyld/Document/FinInstrmRptgRefDataDltaRpt/Strange': 1,
    });
  });

  it('of a record that is not kept are not counted', async () => {
    const read = await readDelta([
      eventXml('NewRcrd', coreWith({ New: 'x', 'TradgVnRltdAttrbts/Id': null })),
    ]);
    expect(read).toMatchObject({ items: 0, odd: {} });
  });
});

describe('what stands in a record a second time', () => {
  it('is kept with its number, and the first counts', async () => {
    const { line, details, read } = await lineOf([...CORE, ['Issr', 'second'], ['Issr', 'third']]);
    expect(line.issuer_lei).toBe(CORE.find(([path]) => path === 'Issr')?.[1]);
    expect(details.unknown).toEqual({ 'Issr#2': 'second', 'Issr#3': 'third' });
    expect(read.odd).toEqual({ 'ELEMENT_REPEATED Issr': 1 });
  });

  it('may be a venue', async () => {
    const second: Leaves = [
      ['TradgVnRltdAttrbts/Id', 'XSEC'],
      ['TradgVnRltdAttrbts/TermntnDt', '2026-01-01T00:00:00Z'],
    ];
    const { line, details, read } = await lineOf([...CORE, ...second]);
    expect(line).toMatchObject({ mic: MIC, termination_on: null });
    expect(details.unknown).toEqual({
      'TradgVnRltdAttrbts/Id#2': 'XSEC',
      'TradgVnRltdAttrbts/TermntnDt#2': '2026-01-01T00:00:00Z',
    });
    expect(read.odd).toEqual({ 'VENUE_REPEATED TradgVnRltdAttrbts': 1 });
  });

  it('may be a choice taken twice', async () => {
    const product = 'DerivInstrmAttrbts/AsstClssSpcfcAttrbts/Cmmdty/Pdct';
    const { details, read } = await lineOf([
      ...CORE,
      [`${product}/Nrgy/Oil/BasePdct`, 'NRGY'],
      [`${product}/Metl/Prcs/BasePdct`, 'METL'],
      [`${product}/Metl/Prcs/SubPdct`, 'PRME'],
    ]);
    expect(details.commodity).toEqual({ baseProduct: 'NRGY', subProduct: 'PRME' });
    expect(details.unknown).toEqual({ [`${product}/Metl/Prcs/BasePdct#2`]: 'METL' });
    expect(read.odd).toEqual({ [`ELEMENT_REPEATED ${product}/Metl/Prcs/BasePdct`]: 1 });
  });
});

describe('a value that its field cannot hold', () => {
  it.each([
    ['Issr', '529900TESTISSUER0001', 'LEI_CHECK_DIGITS issuerLei', 'issuerLei'],
    ['Issr', 'short', 'LEI_LENGTH issuerLei', 'issuerLei'],
    ['FinInstrmGnlAttrbts/ClssfctnTp', 'esvufr', 'CFI_SHAPE cfi', 'cfi'],
    ['FinInstrmGnlAttrbts/NtnlCcy', 'GBp', 'CURRENCY_SHAPE currency', 'currency'],
    [
      'FinInstrmGnlAttrbts/CmmdtyDerivInd',
      'maybe',
      'BOOLEAN_UNREADABLE isCommodityDerivative',
      'isCommodityDerivative',
    ],
    ['TradgVnRltdAttrbts/FrstTradDt', '2018-02-30T00:00:00Z', 'DATE_UNREADABLE firstTradeOn', 'firstTradeOn'],
    ['TechAttrbts/PblctnPrd/FrDt', 'yesterday', 'DATE_UNREADABLE validFrom', 'validFrom'],
    ['TechAttrbts/RlvntTradgVn', 'XETRA', 'MIC_SHAPE relevantMic', 'relevantMic'],
    ['TechAttrbts/RlvntCmptntAuthrty', '??', 'COUNTRY_SHAPE competentAuthority', 'competentAuthority'],
    ['DebtInstrmAttrbts/IntrstRate/Fxd', '1,5', 'NUMBER_UNREADABLE debt.fixedRate', 'debt.fixedRate'],
  ])('is kept as it stands and counted: %s %s', async (path, value, oddity, name) => {
    const { details, read } = await lineOf(coreWith({ [path]: value }));
    expect(read.odd).toEqual({ [oddity]: 1 });
    expect(details.unread).toEqual({ [name]: value });
  });

  it('leaves a record without a letter when it is the CFI, and in every profile', async () => {
    const record = eventXml('ModfdRcrd', coreWith({ 'FinInstrmGnlAttrbts/ClssfctnTp': 'shares' }));
    const read = await readDelta([record], { ...DELTA, profile: { letters: ['D'], mics: null } });
    expect(read.lines[0]).toMatchObject({ scope: '?', cfi: null });
  });
});

describe('a record that cannot be kept', () => {
  it.each([
    ['XS0000000000', 'ISIN_CHECK_DIGIT'],
    ['XS000', 'ISIN_LENGTH'],
    ['xs000000000a', 'ISIN_CHECK_DIGIT_SHAPE'],
    [ISIN.toLowerCase(), 'ISIN_CHARACTERS'],
    ['', 'ISIN_EMPTY'],
  ])('has no ISIN: "%s"', async (isin, code) => {
    const { line, reasons } = await rejectOf(coreWith({ 'FinInstrmGnlAttrbts/Id': isin }));
    expect(line).toBe(2);
    expect(reasons[0]).toMatchObject({ code, field: 'isin', value: isin });
    expect(reasons[0]?.message).toMatch(/\.$/);
  });

  it.each([
    [null, 'MIC_MISSING'],
    ['', 'MIC_MISSING'],
    ['XET', 'MIC_SHAPE'],
    ['xetr', 'MIC_SHAPE'],
  ])('has no venue: "%s"', async (mic, code) => {
    const { reasons } = await rejectOf(coreWith({ 'TradgVnRltdAttrbts/Id': mic }));
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.field).toBe('mic');
  });

  it('may have several reasons, and is kept as it was read', async () => {
    const leaves = coreWith({ 'FinInstrmGnlAttrbts/Id': 'none', 'TradgVnRltdAttrbts/Id': null, New: 'x' });
    const { reasons, raw } = await rejectOf(leaves);
    expect(reasons.map(({ code }) => code)).toEqual(['ISIN_LENGTH', 'MIC_MISSING']);
    expect(JSON.parse(raw)).toEqual(Object.fromEntries(leaves));
  });

  it('is kept in short when it is long', async () => {
    const leaves = coreWith({
      'FinInstrmGnlAttrbts/Id': 'none',
      'FinInstrmGnlAttrbts/FullNm': 'x'.repeat(5_000),
    });
    expect((await rejectOf(leaves)).raw).toHaveLength(2_000);
  });

  it('is kept although nobody knows the prefix of its ISIN', async () => {
    // `QQ0097589790` in baskets of FIRDS, 2021-01-17.
    const { line, read } = await lineOf(coreWith({ 'FinInstrmGnlAttrbts/Id': 'QQ0097589790' }));
    expect(line.isin).toBe('QQ0097589790');
    expect(read.odd).toEqual({});
  });

  it('is of a kind nobody knows', async () => {
    const { reasons, raw } = await rejectOf(CORE, 'SspdRcrd');
    expect(reasons).toEqual([
      {
        code: 'RECORD_TYPE_UNKNOWN',
        field: 'FinInstrm',
        value: 'SspdRcrd',
        message: '"SspdRcrd" is no kind of record that the source knows.',
      },
    ]);
    expect(JSON.parse(raw)).toMatchObject({ 'FinInstrmGnlAttrbts/Id#2': ISIN });
  });

  it('is an event without one', async () => {
    const read = await readDelta(['<FinInstrm/>', eventXml('NewRcrd', CORE)]);
    expect(read).toMatchObject({ rows: 2, items: 1 });
    expect(read.rejects).toMatchObject([{ line: 1, reasons: [{ code: 'RECORD_TYPE_UNKNOWN' }], raw: '{}' }]);
  });
});

describe('a file in which too much is wrong', () => {
  it('is refused when more than 50,000 records cannot be read', async () => {
    const bad = recordXml('NewRcrd', [['FinInstrmGnlAttrbts/Id', 'none']]);
    const records = Array.from({ length: 50_001 }, () => `<FinInstrm>${bad}</FinInstrm>`);
    await expect(readDelta(records)).rejects.toMatchObject({
      name: 'EditionRefusedError',
      code: 'REJECTS_TOO_MANY',
      message: 'DLTINS_20260807_01of01: more than 50000 records could not be read',
    });
    const { rejects } = await readDelta(records.slice(1));
    expect(rejects).toHaveLength(50_000);
  });

  it('is refused when a record is endless', async () => {
    const lists = Array.from({ length: 100 }, () => `<ISIN>${'x'.repeat(60_000)}</ISIN>`).join('');
    const basket = `<DerivInstrmAttrbts><UndrlygInstrm><Bskt>${lists}</Bskt></UndrlygInstrm></DerivInstrmAttrbts>`;
    const record = eventXml('NewRcrd', CORE).replace('</NewRcrd>', `${basket}</NewRcrd>`);
    await expect(readDelta([record])).rejects.toMatchObject({ code: 'FIRDS_RECORD_TOO_LONG' });
    const unknown = eventXml('NewRcrd', CORE).replace('</NewRcrd>', `<Xyz>${lists}</Xyz></NewRcrd>`);
    await expect(readDelta([unknown])).rejects.toMatchObject({ code: 'FIRDS_RECORD_TOO_LONG' });
  });
});
