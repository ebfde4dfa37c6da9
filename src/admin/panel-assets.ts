import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Made by `bundle.ts`, beside the code that serves it. */
export const COMPONENTS_BUNDLE = fileURLToPath(new URL('./components.bundle.js', import.meta.url));

/** What the page of the panel loads, by name: always the bundles for production, which say nothing in the console. */
export function panelAssets(): ReadonlyMap<string, string> {
  const adminjs = join(dirname(require.resolve('adminjs')), 'lib/frontend/assets');
  // A package of AdminJS's own, and so found from there.
  const designSystem = join(
    dirname(createRequire(require.resolve('adminjs')).resolve('@adminjs/design-system')),
    '..',
  );
  return new Map([
    ['app.bundle.js', join(adminjs, 'scripts/app-bundle.production.js')],
    ['global.bundle.js', join(adminjs, 'scripts/global-bundle.production.js')],
    ['design-system.bundle.js', join(designSystem, 'bundle.production.js')],
    ['components.bundle.js', COMPONENTS_BUNDLE],
    ['panel.css', fileURLToPath(new URL('./components/panel.css', import.meta.url))],
  ]);
}
