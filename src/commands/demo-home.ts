import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

function markOf(home: string): string {
  return join(home, 'demo.json');
}
