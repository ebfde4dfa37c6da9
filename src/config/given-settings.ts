import { masked } from '../common/secrets.js';
import { fileSettingOf } from './secret-files.js';
import { SETTINGS } from './settings.js';

/** What is set in the environment, as it was typed, for the log of decisions: of secrets only that they are. */
export function givenSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const given = Object.values(SETTINGS).flatMap(({ name, isSecret }) => {
    const text = environment[name]?.trim() ?? '';
    const file = environment[fileSettingOf(name)]?.trim() ?? '';
    if (text !== '') return [[name, isSecret ? 'set' : masked(text)]];
    return isSecret && file !== '' ? [[name, `in ${file}`]] : [];
  });
  return Object.fromEntries(given) as Record<string, string>;
}

/** What looks like a setting of ours and is none: a slip of the pen that nobody would notice. */
export function unknownSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const known = new Set(
    Object.values(SETTINGS).flatMap(({ name, isSecret }) =>
      isSecret ? [name, fileSettingOf(name)] : [name],
    ),
  );
  return Object.keys(environment).filter((name) => name.startsWith('ISINGLASS_') && !known.has(name));
}
