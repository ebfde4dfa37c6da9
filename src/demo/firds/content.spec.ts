import { isDay } from '../../domain/day.js';
import { isIsin } from '../../domain/isin.js';
import { isLei } from '../../domain/lei.js';
import { firdsRecords, type FirdsRecord } from './file-xml.js';
import { listFirdsFiles } from './files.js';
import { FirdsWorld } from './firds-world.js';
import { LEAVES, type LeafType } from './schema.js';

async function everything(world: FirdsWorld): Promise<FirdsRecord[]> {
  const records: FirdsRecord[] = [];
  for (const file of await listFirdsFiles(world, world.firstDate))
    for await (const record of firdsRecords(world, file)) records.push(record);
  return records;
}

function fits(type: LeafType, value: string): boolean {
  switch (type.kind) {
    case 'isin':
      return isIsin(value);
    case 'lei':
      return isLei(value);
    case 'mic':
      return /^[A-Z0-9]{4}$/.test(value);
    case 'cfi':
      return /^[A-Z]{6}$/.test(value);
    case 'currency':
      return /^[A-Z]{3}$/.test(value);
    case 'country':
      return /^[A-Z]{2}$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'date':
      return isDay(value.replace(/Z$/, ''));
    case 'dateTime':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value) && isDay(value.slice(0, 10));
    case 'text':
      return value.length >= 1 && value.length <= type.length;
    case 'code':
      return type.codes.includes(value);
    case 'decimal': {
      const [, whole = '', fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
      const digits = whole.replace(/^0+/, '').length + fraction.length;
      return whole !== '' && digits <= type.digits && fraction.length <= type.fraction;
    }
  }
}

describe.each(['esma', 'fca'] as const)('the records of %s', (publisher) => {
  const world = new FirdsWorld(publisher, { firdsInstruments: 3_000 });
  let records: FirdsRecord[] = [];
  const valuesOf = (path: string): string[] =>
    records.flatMap(({ leaves }) => leaves.flatMap(([each, value]) => (each === path ? [value] : [])));

  beforeAll(async () => {
    records = await everything(world);
  });

  it('have values of the types of the schema, in its order', () => {
    const typeOf = new Map(LEAVES.map(({ path, type }) => [path, type]));
    const orderOf = new Map(LEAVES.map(({ path }, number) => [path, number]));
    const wrong = records.flatMap(({ leaves }) =>
      leaves.filter(([path, value]) => !fits(typeOf.get(path) ?? { kind: 'boolean' }, value)),
    );
    expect(wrong).toEqual([]);
    const unordered = records.filter(({ leaves }) =>
      leaves.some(([path], at) => (orderOf.get(path) ?? 0) < (orderOf.get(leaves[at - 1]?.[0] ?? '') ?? 0)),
    );
    expect(unordered).toEqual([]);
  });

  it('have texts that nobody cleaned', () => {
    const names = valuesOf('FinInstrmGnlAttrbts/FullNm');
    for (const oddity of [/ {3}/, /\u00a0/, /&/, /[äöüÖéłŁå]/, /^ | $/])
      expect(names.some((name) => oddity.test(name))).toBe(true);
    expect(valuesOf('FinInstrmGnlAttrbts/ShrtNm').some((name) => name.includes('\t'))).toBe(true);
  });

  it('have sentinels, and ends in the future', () => {
    expect(valuesOf('DerivInstrmAttrbts/XpryDt').some((day) => day.startsWith('9999-12-31'))).toBe(true);
    const ends = valuesOf('TradgVnRltdAttrbts/TermntnDt');
    expect(ends.some((end) => end.startsWith('9999-12-31T'))).toBe(true);
    expect(ends.some((end) => end > `${world.firstDate}T` && end < '9999')).toBe(true);
    expect(valuesOf('TradgVnRltdAttrbts/FrstTradDt').some((first) => first > `${world.firstDate}U`)).toBe(
      true,
    );
  });

  it('agree about an instrument on all its venues, but not about its name', () => {
    const perVenue = /^TradgVnRltdAttrbts|^TechAttrbts\/PblctnPrd|FullNm$/;
    const seen = new Map<string, { common: string; names: Set<string>; mics: string[]; main: string }>();
    for (const { element, isin, mic, leaves } of records) {
      if (element !== 'RefData') continue;
      const common = JSON.stringify(
        leaves
          .filter(([path]) => !perVenue.test(path))
          .map(([path, value]) => [path, /Dt$/.test(path) ? value.replace(/Z$/, '') : value]),
      );
      const main = leaves.find(([path]) => path === 'TechAttrbts/RlvntTradgVn')?.[1] ?? '';
      const own = seen.get(isin) ?? { common, names: new Set<string>(), mics: [], main };
      expect(common).toBe(own.common);
      own.names.add(leaves.find(([path]) => path.endsWith('FullNm'))?.[1] ?? '');
      own.mics.push(mic);
      seen.set(isin, own);
    }
    const several = [...seen.values()].filter(({ mics }) => mics.length > 1);
    expect(several.filter(({ names }) => names.size > 1).length).toBeGreaterThan(several.length / 2);
    expect(Math.max(...several.map(({ mics }) => mics.length))).toBeGreaterThan(15);
    expect(several.filter(({ mics, main }) => mics.includes(main)).length).toBeGreaterThan(
      several.length * 0.9,
    );
  });

  it('carry ten letters, most of them R and S', () => {
    const letters = valuesOf('FinInstrmGnlAttrbts/ClssfctnTp').map((cfi) => cfi.charAt(0));
    expect([...new Set(letters)].sort().join('')).toBe('CDEFHIJORS');
    const share = (letter: string) => letters.filter((each) => each === letter).length / letters.length;
    expect(share('R') + share('S')).toBeGreaterThan(0.3);
    expect(letters.filter((letter) => letter === 'I')).toHaveLength(3);
  });
});

describe('a world', () => {
  it('is the same for the same seed, and another for another', async () => {
    const [one, twin, stranger] = [5, 5, 6].map(
      (seed) => new FirdsWorld('esma', { seed, firdsInstruments: 200 }),
    ) as [FirdsWorld, FirdsWorld, FirdsWorld];
    const records = await everything(one);
    expect(await everything(twin)).toEqual(records);
    expect(await everything(stranger)).not.toEqual(records);
  });

  it.each([
    [{ firdsInstruments: 0 }, 'firdsInstruments is 0'],
    [{ firdsPartSize: 0 }, 'firdsPartSize is 0'],
    [{ firdsDaily: { created: 0.1 } }, 'firdsDaily'],
    [{ firdsInstruments: 200, firdsDrift: { vanished: 500 } }, 'too few'],
  ])('refuses %j', (options, message) => {
    expect(() => new FirdsWorld('esma', options)).toThrow(message);
  });
});
