import { fileSettingOf } from '../../src/config/secret-files.js';
import { SETTINGS } from '../../src/config/settings.js';
import { sectionOf, tableRowsIn } from '../support/readme.js';

/** What a cell between backticks says; empty for an empty cell. */
const codeIn = (cell: string): string => /^`(.*)`$/.exec(cell)?.[1] ?? cell;

/** A secret may lie in a file, which another setting names. */
const nameCell = ({ name, isSecret }: { name: string; isSecret: boolean }): string =>
  isSecret ? `\`${name}\` or \`${fileSettingOf(name)}\`` : `\`${name}\``;

describe('the settings table of the README', () => {
  it('is the settings of the code, in their order, with defaults and help', async () => {
    const rows = tableRowsIn(await sectionOf('Settings'));
    expect(rows.map(([name = '', text = '', ...help]) => [name, codeIn(text), ...help])).toEqual(
      Object.values(SETTINGS).map((setting) => [nameCell(setting), setting.default, setting.help]),
    );
  });

  it('has each setting once', () => {
    const names = Object.values(SETTINGS).map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
  });
});
