import { parseQuery } from './query.js';

const KNOWN = ['file_name', 'file_type', 'publication_date'];
const doc = {
  file_name: 'FULINS_C_20260103_01of01.zip',
  file_type: 'FULINS',
  publication_date: '2026-01-03T00:00:00Z',
};

describe('parseQuery', () => {
  it.each([
    ['*', true],
    ['*:*', true],
    ['', true],
    ['file_type:FULINS', true],
    ['file_type:DLTINS', false],
    ['file_type:(DLTINS OR FULINS)', true],
    ['file_type:(DLTINS FULCAN)', false],
    ['NOT file_type:DLTINS', true],
    ['file_name:FULINS_C_*', true],
    ['file_name:FULINS_?_*.zip', true],
    ['file_name:"FULINS_C_20260103_01of01.zip"', true],
    ['file_name:FULINS_C', false],
    ['publication_date:[2026-01-03T00:00:00Z TO 2026-01-03T23:59:59Z]', true],
    ['publication_date:[2026-01-03 TO 2026-01-03]', true],
    ['publication_date:{2026-01-03 TO *]', false],
    ['publication_date:[* TO 2026-01-02]', false],
    ['publication_date:2026-01-03', true],
    ['((file_type:FULINS) AND (publication_date:[2026-01-03 TO 2026-01-03]))', true],
    ['(file_type:DLTINS AND file_name:*) OR file_type:FULINS', true],
    ['file_type:FULINS file_type:DLTINS', false],
  ])('answers %j with %s', (text, expected) => {
    expect(parseQuery(text, KNOWN)(doc)).toBe(expected);
  });

  it('says that it depends when not all fields are known yet', () => {
    const condition = parseQuery('file_type:FULINS AND file_name:FULINS_C_*', KNOWN);
    expect(condition({ file_type: 'FULINS' })).toBeUndefined();
    expect(condition({ file_type: 'DLTINS' })).toBe(false);
  });

  it.each([
    ['colour:red', 'undefined field colour'],
    ['file_type:', 'ends too early'],
    ['(file_type:FULINS', 'ends too early'],
    ['file_type:FULINS)', 'is not understood'],
    ['red', 'names no field'],
    ['publication_date:[now]', 'no range'],
    ['publication_date:[now TO then]', 'Invalid Date'],
  ])('refuses %j: %s', (text, message) => {
    expect(() => parseQuery(text, KNOWN)).toThrow(RangeError);
    expect(() => parseQuery(text, KNOWN)).toThrow(message);
  });
});
