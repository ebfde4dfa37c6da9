import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import type { Config } from '../config/settings.js';

/** The demo fetches every source, whatever its default. */
export const DEMO_SOURCES: Config['sources'] = new Map([
  ['xx-iso-mic', true],
  ['eu-esma-firds', true],
  ['gb-fca-firds', true],
  ['in-nse-equities', true],
]);

/** Marks a home as the demo's, so that a command inside it asks the simulated publisher too, and never a real one. */
export async function rememberDemo(home: string, publisherUrl: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(markOf(home), JSON.stringify({ publisherUrl }));
}

/** The settings as they hold in this home. */
export function atHome(config: Config): Config {
  if (!existsSync(markOf(config.home))) return config;
  const { publisherUrl } = JSON.parse(readFileSync(markOf(config.home), 'utf8')) as { publisherUrl: string };
  return { ...config, mirrorUrl: publisherUrl, sources: DEMO_SOURCES, letters: null };
}

/**
 * A command beside a demo: without ISINGLASS_HOME it would make an empty house, and say that nothing is there.
 * @throws ConfigurationError HOME_OF_DEMO
 */
export function requireHouse({ home, databaseUrl }: Pick<Config, 'home' | 'databaseUrl'>): void {
  const demo = join(home, 'demo');
  if (databaseUrl !== undefined || existsSync(join(home, 'postgres')) || !existsSync(markOf(demo))) return;
  throw new ConfigurationError(
    'HOME_OF_DEMO',
    `there is no house in ${home} yet, only a demo in ${demo}`,
    `For the demo: export ISINGLASS_HOME=${demo}. For a house of its own start it first: npm start`,
  );
}

function markOf(home: string): string {
  return join(home, 'demo.json');
}
