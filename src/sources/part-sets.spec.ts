import { incompleteSets } from './part-sets.js';

const parts = (name: string, ...numbers: string[]) =>
  numbers.map((text) => {
    const [number = 0, of = 0] = text.split('/').map(Number);
    return { name: `${name}_${text}`, set: { name, number, of } };
  });

describe('numbered parts', () => {
  it('are whole when each of them is there once', () => {
    expect(incompleteSets([])).toEqual([]);
    expect(incompleteSets([...parts('FULINS_E', '2/2', '1/2'), ...parts('FULINS_C', '1/1')])).toEqual([]);
  });

  it('are whole without numbers', () => {
    expect(incompleteSets([{ name: 'EQUITY_L' }, { name: 'PREF' }])).toEqual([]);
  });

  it('are whole exactly when no number is left out, whichever it is', () => {
    for (let mask = 1; mask < 2 ** 4; mask++) {
      const there = [1, 2, 3, 4].filter((number) => mask & (1 << (number - 1)));
      const faults = incompleteSets(parts('FULINS_R', ...there.map((number) => `${number}/4`)));
      expect(faults).toHaveLength(there.length === 4 ? 0 : 1);
    }
  });

  it.each([
    ['one missing', ['1/2'], ['S: part 2 of 2 is missing']],
    ['several missing', ['2/3'], ['S: parts 1, 3 of 3 are missing']],
    ['many missing', ['9/9'], ['S: parts 1, 2, 3, 4, 5 and 3 more of 9 are missing']],
    ['one twice', ['1/2', '2/2', '2/2'], ['S: part 2 of 2 is there twice']],
    ['totals that differ', ['1/2', '2/3', '3/3'], ['S: its parts disagree on how many there are: 2, 3']],
    ['a number beyond the total', ['1/1', '2/1'], ['S: there can be no part 2 of 1']],
    ['number zero', ['0/1', '1/1'], ['S: there can be no part 0 of 1']],
  ])('are said to be no whole set with %s', (_case, numbers, faults) => {
    expect(incompleteSets(parts('S', ...numbers))).toEqual(faults);
  });

  it('are told apart by the name of their set', () => {
    expect(incompleteSets([...parts('FULINS_E', '1/2'), ...parts('FULINS_D', '2/2')])).toEqual([
      'FULINS_E: part 2 of 2 is missing',
      'FULINS_D: part 1 of 2 is missing',
    ]);
  });
});
