import { SETTINGS } from '../../src/config/settings.js';
import { sectionOf, tableRowsIn } from '../support/readme.js';

/** What a cell between backticks says; empty for an empty cell. */
const codeIn = (cell: string): string => /^`(.*)`$/.exec(cell)?.[1] ?? cell;

describe('the settings table of the README', () => {
  it('is the settings of the code, in their order, with defaults and help', async () => {
    const rows = tableRowsIn(await sectionOf('Settings'));
    expect(rows.map(([name = '', text = '', ...help]) => [codeIn(name), codeIn(text), ...help])).toEqual(
      Object.values(SETTINGS).map((setting) => [setting.name, setting.default, setting.help]),
    );
  });

  it('has each setting once', () => {
    const names = Object.values(SETTINGS).map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
  });
});
