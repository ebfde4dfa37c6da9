import { parseFirdsFileName, partOfFirdsFile } from './file-name.js';

describe('file names of FIRDS', () => {
  it('say type, letter, day and place in a set', () => {
    expect(parseFirdsFileName('FULINS_E_20260808_01of02.zip')).toEqual({
      type: 'FULINS',
      letter: 'E',
      on: '2026-08-08',
      name: 'FULINS_E_01of02',
      set: { name: 'FULINS_E', number: 1, of: 2 },
    });
    expect(parseFirdsFileName('DLTINS_20210117_01of01.zip')).toEqual({
      type: 'DLTINS',
      letter: null,
      on: '2021-01-17',
      name: 'DLTINS_01of01',
      set: { name: 'DLTINS', number: 1, of: 1 },
    });
    expect(parseFirdsFileName('FULCAN_20230422_02of02.zip')).toMatchObject({
      type: 'FULCAN',
      name: 'FULCAN_02of02',
      set: { name: 'FULCAN', number: 2, of: 2 },
    });
  });

  it.each([
    'FULINS_R_20260808_18of18.xml',
    'downloads/FULINS_R_20260808_18of18.zip',
    'C:\\firds\\FULINS_R_20260808_18of18.zip',
    'FULINS_R_20260808_18of18 (1).zip',
    'FULINS_R_20260808_18of18(12).xml',
    'fulins_r_20260808_18OF18.ZIP',
  ])('are understood as a person may have them: %s', (fileName) => {
    expect(parseFirdsFileName(fileName)).toMatchObject({ name: 'FULINS_R_18of18', on: '2026-08-08' });
  });

  it('may count more than 99 parts, and keep their digits', () => {
    expect(parseFirdsFileName('FULINS_R_20260808_007of110.zip')).toMatchObject({
      name: 'FULINS_R_007of110',
      set: { number: 7, of: 110 },
    });
  });

  it.each([
    '',
    'EQUITY_L.csv',
    'lastModification',
    'FULINS_20260808_01of01.zip',
    'FULINS_EE_20260808_01of01.zip',
    'DLTINS_E_20260808_01of01.zip',
    'INVINS_20260808_01of01.zip',
    'FULINS_E_20260230_01of01.zip',
    'FULINS_E_20260808_01.zip',
    'FULINS_E_20260808_01of02.csv',
    'FULINS_E_20260808_01of02.zip.part',
    'XFULINS_E_20260808_01of02.zip',
    'FULINS_E_20260808_01of02 copy.zip',
    'FULINS_E_20260808_01of99999.zip',
  ])('are none: %s', (fileName) => {
    expect(parseFirdsFileName(fileName)).toBeUndefined();
    expect(partOfFirdsFile(fileName)).toBeUndefined();
  });

  it('make parts: a full file speaks for its letter, all others for whatever their records say', () => {
    expect(partOfFirdsFile('FULINS_E_20260808_01of02.zip')).toEqual({
      name: 'FULINS_E_01of02',
      scope: 'E',
      maxBytes: 200_000_000,
      set: { name: 'FULINS_E', number: 1, of: 2 },
      kind: 'full',
      editionOn: '2026-08-08',
    });
    expect(partOfFirdsFile('DLTINS_20260808_01of01.zip')).toMatchObject({ scope: '*', kind: 'delta' });
    expect(partOfFirdsFile('FULCAN_20260808_01of01.zip')).toMatchObject({ scope: '*', kind: 'evidence' });
  });

  it('allow an unpacked file to be as large as XML is', () => {
    expect(partOfFirdsFile('FULINS_E_20260808_01of02.xml')?.maxBytes).toBe(2_000_000_000);
  });
});
