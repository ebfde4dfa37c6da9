import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;
type Named = { readonly name: string; readonly isSecret: boolean };

/** The setting that names the file of a secret. */
export function fileSettingOf(name: string): string {
  return `${name}_FILE`;
}

/**
 * What the environment says of a setting; a secret may lie in a file instead, as Docker and systemd hand them over.
 * @throws Error that says what is wrong, without what the file holds
 */
export function textOf({ name, isSecret }: Named, environment: Environment): string {
  const text = environment[name]?.trim() ?? '';
  const path = isSecret ? (environment[fileSettingOf(name)]?.trim() ?? '') : '';
  if (path === '') return text;
  if (text !== '') throw new Error(`${fileSettingOf(name)} is set as well: keep one of the two`);
  const read = readSecret(path);
  if (read === '') throw new Error(`the file ${path} is empty`);
  return read;
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw new Error(`the file ${path} cannot be read: ${code}`, { cause });
  }
}

/** Files that secrets come from, as the environment names them. */
export function secretFilesOf(
  settings: readonly Named[],
  environment: Environment = process.env,
): readonly { readonly setting: string; readonly path: string }[] {
  return settings
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => fileSettingOf(name))
    .map((setting) => ({ setting, path: environment[setting]?.trim() ?? '' }))
    .filter(({ path }) => path !== '');
}
