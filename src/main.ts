import type { INestApplication } from '@nestjs/common';
import { hostname } from 'node:os';
import { AuditLog } from './auth/audit-log.js';
import { SetUp } from './auth/set-up.js';
import { givenSettings } from './config/given-settings.js';
import type { Config } from './config/settings.js';
import { Database } from './database/database.js';
import { openHouse, type House } from './house.js';
import { sayPlainly } from './commands/terminal.js';
import { refuseUnsafe } from './operations/deploy-checks.js';
import { deploymentOf } from './operations/deployment.js';
import { stopSignal } from './stop-signal.js';

/**
 * Starts the roles asked for (default: web, scheduler and worker in this one process) and stays until it is told to
 * stop, or loses its database.
 * @param beforeDoors done before anybody is told how to come in
 * @throws ConfigurationError DEPLOY_UNSAFE in production, before anything was begun
 */
export async function serve(
  config: Config,
  say: (line: string) => void,
  onOpen: (house: House<INestApplication> & { readonly url: string | null }) => Promise<void> = async () =>
    undefined,
  beforeDoors: (house: House) => Promise<void> = async () => undefined,
): Promise<void> {
  const stop = stopSignal();
  if (config.production) {
    for (const { id, message, hint } of await refuseUnsafe(deploymentOf(config))) {
      say(`warning: ${id}: ${message} → ${hint}`);
    }
  }
  const house = await openHouse({
    config,
    log: say,
    signal: stop.signal,
    onDatabaseLost: (error) => stop.fail(error),
  });
  try {
    say(`roles: ${config.roles.join(', ')}`);
    await writeStart(house, config);
    await beforeDoors(house);
    if (house.url !== null) {
      say(`API ${house.url}/v1 · docs ${house.url}/docs · health ${house.url}/health/ready`);
      const setUp = await house.app.get(SetUp, { strict: false }).link(house.url);
      if (setUp === null) say(`sign in ${house.url}/`);
      else sayPlainly(`nobody can sign in yet; make the first admin within an hour: ${setUp}`);
    }
    if (!stop.signal.aborted) await onOpen(house);
    await stop.told;
  } finally {
    say('stopping');
    await house.close();
    say('stopped');
  }
}

/** With which settings a process came up stands among the decisions: they are somebody's. */
async function writeStart({ app }: House, { roles }: Config): Promise<void> {
  const audit = app.get(AuditLog, { strict: false });
  await app
    .get(Database, { strict: false })
    .transaction((client) =>
      audit.write(
        client,
        { actor: `process ${process.pid}@${hostname()}` },
        { action: 'start', details: { roles, settings: givenSettings() } },
      ),
    );
}
