import {
  coreWith,
  CORE,
  eventXml,
  fileXml,
  ISIN,
  isinOf,
  leiOf,
  MIC,
  recordXml,
} from '../../../../test/support/firds-xml.js';
import {
  DELTA,
  DELTA_HEAD,
  FULL,
  FULL_HEAD,
  lineOf,
  readContent,
  readDelta,
} from '../../../../test/support/firds-reading.js';

const NO_PERIOD = { 'TechAttrbts/PblctnPrd/FrDt': null };

describe('texts of a record', () => {
  it('come out as they were published, whatever they hold', async () => {
    const name = '  Kreditanst.\u00a0f.  "Wieder\\aufbau"\t<Anl.> & Söhne\'s 50 % €\\N \u{1F4B6} ';
    const shortName = 'A\tB/\\t "x"';
    const index = 'S&P "500"\\';
    const { line, details, read } = await lineOf(
      coreWith({
        'FinInstrmGnlAttrbts/FullNm': name,
        'FinInstrmGnlAttrbts/ShrtNm': shortName,
        'DerivInstrmAttrbts/UndrlygInstrm/Sngl/Indx/Nm/RefRate/Nm': index,
        'DerivInstrmAttrbts/OptnTp': 'C"A\\LL',
      }),
    );
    expect(line.name).toBe(name);
    expect(line.short_name).toBe(shortName);
    expect(details).toMatchObject({
      derivative: { underlying: { index: { name: index } }, optionType: 'C"A\\LL' },
    });
    expect(read.odd).toEqual({});
  });

  it('may come as CDATA, with references, and over several lines', async () => {
    const record = eventXml('ModfdRcrd', CORE).replace(
      'Test plc Ordinary Shares',
      'A<![CDATA[ <B> & ]]>&#67;<!-- no -->&amp;\r\nD',
    );
    const [line] = (await readDelta([record])).lines;
    expect(line?.name).toBe('A <B> & C&\nD');
  });

  it('are missing when they are empty', async () => {
    const { line, read } = await lineOf(
      coreWith({ 'FinInstrmGnlAttrbts/FullNm': ' ', 'FinInstrmGnlAttrbts/ShrtNm': '', Issr: ' ' }),
    );
    expect(line).toMatchObject({ name: null, short_name: null, issuer_lei: null });
    expect(read.odd).toEqual({ 'NAME_MISSING name': 1 });
  });
});

describe('underlyings', () => {
  const isins = ['XS00000001A', 'XS00000002A', 'XS00000003A'].map(isinOf);
  const leis = ['529900TESTUNDERL01', '529900TESTUNDERL02'].map(leiOf);

  it('are a list, also when there is one', async () => {
    const { details } = await lineOf(coreWith({ 'DerivInstrmAttrbts/UndrlygInstrm/Sngl/ISIN': isins[0]! }));
    expect(details.derivative).toEqual({ underlying: { isins: [isins[0]] } });
  });

  it('of a basket are all there, in their order', async () => {
    const leaves = [
      ...CORE,
      ...isins.map((isin) => ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN', isin] as const),
      ...leis.map((lei) => ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/LEI', lei] as const),
      ['DerivInstrmAttrbts/OptnTp', 'CALL'] as const,
    ];
    const { details, read } = await lineOf(leaves);
    expect(details.derivative).toEqual({ underlying: { isins, leis, isBasket: true }, optionType: 'CALL' });
    expect(read.odd).toEqual({});
  });

  it('may be very many', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => isinOf(`XS${String(index).padStart(9, '0')}`));
    const leaves = many.map((isin) => ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN', isin] as const);
    const { details } = await lineOf([...CORE, ...leaves]);
    expect(details.derivative).toEqual({ underlying: { isins: many, isBasket: true } });
  });

  it('that are none are kept aside, and the others stay', async () => {
    const leaves = [
      ...CORE,
      ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN', isins[0]!] as const,
      ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN', 'XS0000000000'] as const,
      ['DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN', 'no "ISIN"'] as const,
    ];
    const { details, read } = await lineOf(leaves);
    expect(details.derivative).toEqual({ underlying: { isins: [isins[0]], isBasket: true } });
    expect(details.unread).toEqual({ 'derivative.underlying.isins': ['XS0000000000', 'no "ISIN"'] });
    expect(Object.keys(read.odd).sort()).toEqual([
      'ISIN_CHECK_DIGIT derivative.underlying.isins',
      'ISIN_LENGTH derivative.underlying.isins',
    ]);
  });
});

describe('the fingerprint of a record’s content', () => {
  const hashOf = async (
    changes: Readonly<Record<string, string | null | undefined>>,
    element = 'ModfdRcrd',
  ) => (await lineOf(coreWith(changes), element)).line.content_hash;

  it('does not depend on what is reported, when, or how late', async () => {
    const hash = await hashOf({});
    expect(await hashOf({}, 'NewRcrd')).toBe(hash);
    expect(await hashOf(NO_PERIOD, 'TermntdRcrd')).toBe(hash);
    expect(await hashOf({ 'TechAttrbts/PblctnPrd/FrDt': '2020-01-01' })).toBe(hash);
    expect(await hashOf({ ...NO_PERIOD, 'TechAttrbts/PblctnPrd/Dt': '2020-01-01' })).toBe(hash);
    expect(await hashOf({ 'TechAttrbts/NvrPblshd': 'true' })).toBe(hash);
    const [full] = (await readContent(fileXml(FULL_HEAD, [recordXml('RefData', CORE)]), FULL)).lines;
    expect(full?.content_hash).toBe(hash);
  });

  it('depends on all that is said of the instrument', async () => {
    const hash = await hashOf({});
    for (const changes of [
      { 'FinInstrmGnlAttrbts/FullNm': 'Test PLC Ordinary Shares' },
      { 'TradgVnRltdAttrbts/FrstTradDt': '2018-01-03T00:00:01Z' },
      { 'TechAttrbts/RlvntTradgVn': 'XPAR' },
      { 'DerivInstrmAttrbts/XpryDt': '9999-12-31' },
      { 'FinInstrmGnlAttrbts/New': 'x' },
    ]) {
      expect(await hashOf(changes)).not.toBe(hash);
    }
  });

  it('does not depend on the order of the elements', async () => {
    const line = (await lineOf([...CORE].reverse())).line;
    expect(line).toEqual((await lineOf(CORE)).line);
  });
});

describe('a file of FIRDS', () => {
  it('may be of any version of the schema, with any prefixes, and indented', async () => {
    const plain = fileXml(DELTA_HEAD, [eventXml('ModfdRcrd', CORE)]);
    const prefixed = plain
      .replace(/<(\/?)([A-Z])/g, '<$1n:$2')
      .replaceAll('xmlns="', 'xmlns:n="')
      .replaceAll('auth.036.001.03', 'DRAFT6auth.036.001.01');
    const indented = plain.replace(/></g, '>\n  <');
    const { lines } = await readContent(plain, DELTA);
    expect(lines).toHaveLength(1);
    expect(await readContent(prefixed, DELTA)).toMatchObject({ lines, odd: {} });
    expect(await readContent(indented, DELTA)).toMatchObject({ lines, odd: {} });
  });

  it('may be without records', async () => {
    const read = await readDelta([]);
    expect(read).toMatchObject({ rows: 0, items: 0, lines: [], rejects: [], odd: {}, blockBytes: [0] });
  });

  it('comes in blocks, and its lines are numbered through', async () => {
    const records = Array.from({ length: 3_000 }, (_, index) =>
      eventXml(
        'ModfdRcrd',
        coreWith({ 'FinInstrmGnlAttrbts/Id': isinOf(`XS${String(index).padStart(9, '0')}`) }),
      ),
    );
    const read = await readDelta(records);
    expect(read.blockBytes.length).toBeGreaterThan(2);
    expect(Math.min(...read.blockBytes.slice(0, -1))).toBeGreaterThanOrEqual(256 * 1024);
    expect(read.lines.map(({ line }) => line)).toEqual(records.map((_, index) => String(index + 1)));
    expect(read.shares.at(-1)).toBe(1);
  });
});

describe('a profile', () => {
  const records = [
    eventXml('ModfdRcrd', CORE),
    eventXml('ModfdRcrd', coreWith({ 'FinInstrmGnlAttrbts/ClssfctnTp': 'DBFTFB' })),
    eventXml('ModfdRcrd', coreWith({ 'TradgVnRltdAttrbts/Id': 'XABC' })),
    // Not of a letter we want, so nobody asks whether it could be read.
    eventXml(
      'ModfdRcrd',
      coreWith({ 'FinInstrmGnlAttrbts/ClssfctnTp': 'RWSNCA', 'FinInstrmGnlAttrbts/Id': 'none' }),
    ),
    eventXml('CancRcrd', [
      ['FinInstrmGnlAttrbts/Id', ISIN],
      ['TradgVnRltdAttrbts/Id', MIC],
    ]),
  ];
  const lineNumbers = async (letters: string[] | null, mics: string[] | null) => {
    const read = await readDelta(records, { ...DELTA, profile: { letters, mics } });
    expect(read.rows).toBe(records.length);
    return {
      lines: read.lines.map(({ line }) => line),
      skipped: read.skipped,
      rejected: read.rejects.length,
    };
  };

  it('takes letters, and cancellations that name none', async () => {
    expect(await lineNumbers(['E'], null)).toEqual({
      lines: ['1', '3', '5'],
      skipped: { 'outside-profile': 2 },
      rejected: 0,
    });
  });

  it('takes venues', async () => {
    expect(await lineNumbers(null, [MIC])).toEqual({
      lines: ['1', '2', '5'],
      skipped: { 'outside-profile': 1 },
      rejected: 1,
    });
  });

  it('takes all when it names nothing', async () => {
    expect(await lineNumbers(null, null)).toEqual({ lines: ['1', '2', '3', '5'], skipped: {}, rejected: 1 });
  });
});
