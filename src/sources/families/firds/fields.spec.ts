import { readFile } from 'node:fs/promises';
import { lineOf } from '../../../../test/support/firds-reading.js';
import { coreWith, isinOf, leiOf } from '../../../../test/support/firds-xml.js';
import { fieldsTable } from './field-table.js';
import { FIELDS, type FieldType, type FirdsField } from './fields.js';

const SAMPLES: Readonly<Record<FieldType, string>> = {
  text: 'A name, as published',
  code: 'CODE',
  isin: isinOf('XS11111111A'),
  lei: leiOf('5299001111111111AA'),
  mic: 'XABC',
  cfi: 'DBFTFB',
  currency: 'CHF',
  country: 'FR',
  decimal: '2847.7799999999997',
  boolean: 'true',
  day: '2026-05-17',
  moment: '2026-05-17T09:24:00.5Z',
};

const COLUMNS: Readonly<Record<string, string>> = {
  isin: 'isin',
  mic: 'mic',
  validFrom: 'valid_from',
  validTo: 'valid_to',
  name: 'name',
  shortName: 'short_name',
  cfi: 'cfi',
  currency: 'currency',
  issuerLei: 'issuer_lei',
  relevantMic: 'relevant_mic',
  firstTradeOn: 'first_trade_on',
  terminationOn: 'termination_on',
};

/** What a path's value becomes under its name. */
function expected({ type, isList }: FirdsField): unknown {
  const value = type === 'boolean' ? true : SAMPLES[type];
  return isList ? [value] : value;
}

function at(details: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], details);
}

const PATHS = FIELDS.flatMap((field) => field.paths.map((path) => [path, field] as const));

describe('the fields of FIRDS', () => {
  it('are 175 paths, each once, under names that are each used once', () => {
    expect(new Set(PATHS.map(([path]) => path)).size).toBe(175);
    expect(PATHS).toHaveLength(175);
    expect(new Set(FIELDS.map(({ name }) => name)).size).toBe(FIELDS.length);
  });

  it('have all 48 numbers of RTS 23', () => {
    const numbers = new Set(FIELDS.map(({ rts }) => rts));
    expect(
      Array.from({ length: 48 }, (_, index) => index + 1).filter((number) => !numbers.has(number)),
    ).toEqual([]);
  });

  it('are on the page FIELDS.md as they are in the table', async () => {
    expect(await readFile(new URL('./FIELDS.md', import.meta.url), 'utf8')).toBe(fieldsTable());
  });

  it.each(PATHS)('come out under their names: %s', async (path, field) => {
    const base = path.startsWith('TechAttrbts/PblctnPrd') ? { 'TechAttrbts/PblctnPrd/FrDt': null } : {};
    // An attribute comes with its element.
    const owner = path.includes('/@') ? { [path.slice(0, path.indexOf('/@'))]: '1' } : {};
    const { line, details, read } = await lineOf(
      coreWith({ ...base, ...owner, [path]: SAMPLES[field.type] }),
    );
    expect(read.odd).toEqual({});
    if (field.isColumn) {
      const value = field.type === 'moment' ? SAMPLES.day : SAMPLES[field.type];
      expect(line[COLUMNS[field.name] as keyof typeof line]).toBe(value);
      if (field.momentName !== undefined) expect(at(details, field.momentName)).toBe(SAMPLES.moment);
    } else {
      expect(at(details, field.name)).toEqual(expected(field));
    }
    expect(at(details, 'derivative.underlying.isBasket')).toBe(path.includes('/Bskt/') ? true : undefined);
  });

  it.each(PATHS)('are kept raw and counted when they cannot be read: %s', async (path, field) => {
    if (['text', 'code'].includes(field.type) || ['isin', 'mic'].includes(field.name)) return;
    const base = path.startsWith('TechAttrbts/PblctnPrd') ? { 'TechAttrbts/PblctnPrd/FrDt': null } : {};
    const owner = path.includes('/@') ? { [path.slice(0, path.indexOf('/@'))]: '1' } : {};
    const { details, read } = await lineOf(coreWith({ ...base, ...owner, [path]: 'no "good"' }));
    expect(details.unread).toEqual({ [field.name]: field.isList ? ['no "good"'] : 'no "good"' });
    expect(Object.keys(read.odd)).toEqual([expect.stringMatching(new RegExp(`^[A-Z_]+ ${field.name}$`))]);
    expect(read.items).toBe(1);
  });

  it.each(PATHS.filter(([, { type }]) => type === 'day' || type === 'moment'))(
    'have no value where the day means "never", and say what was written: %s',
    async (path, field) => {
      const base = path.startsWith('TechAttrbts/PblctnPrd') ? { 'TechAttrbts/PblctnPrd/FrDt': null } : {};
      const never = field.type === 'day' ? '2999-12-31' : '9999-12-31T23:59:59Z';
      const { line, details, read } = await lineOf(coreWith({ ...base, [path]: never }));
      expect(details.sentinels).toEqual({ [field.name]: never });
      expect(at(details, field.name)).toBeUndefined();
      expect(JSON.stringify({ ...line, details: null })).not.toContain(never.slice(0, 10));
      expect(read.odd).toEqual({});
    },
  );
});
