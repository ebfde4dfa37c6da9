import { LeafList, toItemXml, toXml } from './record-xml.js';
import { leafAt, LEAVES } from './schema.js';

const listOf = (...leaves: readonly (readonly [string, string])[]): LeafList => {
  const list = new LeafList();
  for (const [path, value] of leaves) list.add(leafAt(path), value);
  return list;
};

describe('toXml', () => {
  it('opens and closes what lies between two leaves', () => {
    const list = listOf(
      ['FinInstrmGnlAttrbts/Id', 'DE9Z00000005'],
      ['Issr', 'LEI'],
      ['DebtInstrmAttrbts/TtlIssdNmnlAmt/@Ccy', 'EUR'],
      ['DebtInstrmAttrbts/TtlIssdNmnlAmt', '5'],
      ['DebtInstrmAttrbts/IntrstRate/Fltg/Term/Unit', 'DAYS'],
      ['DebtInstrmAttrbts/IntrstRate/Fltg/Term/Val', '1'],
      ['DebtInstrmAttrbts/IntrstRate/Fltg/BsisPtSprd', '-3'],
      ['TechAttrbts/PblctnPrd/FrDt', '2026-01-03'],
    );
    expect(toXml('RefData', list)).toBe(
      '<RefData><FinInstrmGnlAttrbts><Id>DE9Z00000005</Id></FinInstrmGnlAttrbts><Issr>LEI</Issr>' +
        '<DebtInstrmAttrbts><TtlIssdNmnlAmt Ccy="EUR">5</TtlIssdNmnlAmt><IntrstRate><Fltg><Term><Unit>DAYS</Unit>' +
        '<Val>1</Val></Term><BsisPtSprd>-3</BsisPtSprd></Fltg></IntrstRate></DebtInstrmAttrbts>' +
        '<TechAttrbts><PblctnPrd><FrDt>2026-01-03</FrDt></PblctnPrd></TechAttrbts></RefData>',
    );
  });

  it('gives each member of a basket an element of its own, and escapes texts', () => {
    const basket = 'DerivInstrmAttrbts/UndrlygInstrm/Bskt/ISIN';
    const list = listOf(['FinInstrmGnlAttrbts/FullNm', 'A & B <C>'], [basket, 'ONE'], [basket, 'TWO']);
    const xml = toItemXml('NewRcrd', list);
    expect(xml).toContain('<Bskt><ISIN>ONE</ISIN><ISIN>TWO</ISIN></Bskt>');
    expect(xml).toContain('<FullNm>A &amp; B &lt;C&gt;</FullNm>');
    expect(xml).toMatch(/^<FinInstrm><NewRcrd>.*<\/NewRcrd><\/FinInstrm>$/);
  });

  it('writes no currency without its amount', () => {
    const list = listOf(['DebtInstrmAttrbts/TtlIssdNmnlAmt/@Ccy', 'EUR'], ['Issr', 'LEI']);
    expect(() => toXml('RefData', list)).toThrow('a currency without an amount');
  });
});

describe('LEAVES', () => {
  it('are the 175 of the schema, each once', () => {
    expect(LEAVES).toHaveLength(175);
    expect(new Set(LEAVES.map(({ path }) => path)).size).toBe(175);
    expect(() => leafAt('FinInstrmGnlAttrbts/Name')).toThrow('no record has a leaf');
  });
});
