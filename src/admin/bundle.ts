import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPONENTS_BUNDLE } from './panel-assets.js';

/**
 * Run by `npm run build`: puts the components of the panel into one script, so that a process bundles nothing, writes nothing, and
 * several of them serve the same. AdminJS reads its settings when it is imported, so they come first.
 */
const folder = await mkdtemp(join(tmpdir(), 'isinglass-bundle-'));
process.env['NODE_ENV'] = 'production';
process.env['ADMIN_JS_TMP_DIR'] = folder;
try {
  const { default: AdminJS } = await import('adminjs');
  const { componentsBundler, generateUserComponentEntry } = await import('adminjs/bundler');
  const { panelComponents } = await import('./panel.js');
  const panel = new AdminJS({ componentLoader: panelComponents().loader });
  await componentsBundler.createEntry({ content: generateUserComponentEntry(panel, folder) });
  await componentsBundler.build();
  await copyFile(join(folder, 'bundle.js'), COMPONENTS_BUNDLE);
} finally {
  await rm(folder, { recursive: true });
}
