import { parseFirdsFileName } from './file-name.js';
import { fileStem } from './stem.js';

describe('the name of a part’s file', () => {
  it.each([
    ['FULINS_E_01of02', 'FULINS_E_20260808_01of02'],
    ['DLTINS_01of01', 'DLTINS_20260808_01of01'],
    ['FULCAN_2of11', 'FULCAN_20260808_2of11'],
  ])('is made of its name and the day: %s', (name, stem) => {
    expect(fileStem(name, '2026-08-08')).toBe(stem);
  });

  it('is not known for parts of other names', () => {
    expect(fileStem('EQUITY_L', '2026-08-08')).toBeUndefined();
    expect(fileStem('FULINS_01of02', '2026-08-08')).toBeUndefined();
  });

  it('is the name that the part was found by', () => {
    const stem = 'FULINS_E_20260808_01of02';
    const file = parseFirdsFileName(`${stem}.zip`);
    expect(fileStem(file?.name ?? '', file?.on ?? '')).toBe(stem);
  });
});
