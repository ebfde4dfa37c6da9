import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { CONFIG, type Config } from '../../src/config/settings.js';
import type { TestHouse } from './test-house.js';
import { waitUntil } from './wait-until.js';

/** Lets another process of the house, with the role `worker`, do all that waits; then it stops. */
export async function workOff(house: TestHouse): Promise<void> {
  const config: Config = { ...house.app.get<Config>(CONFIG), roles: ['worker'] };
  const module = await Test.createTestingModule({
    imports: [AppModule.forHouse(config, house.db.url)],
  }).compile();
  const worker = module.createNestApplication({ logger: ['fatal'] });
  await worker.init();
  try {
    await waitUntil('no run waits', async () => {
      const waiting = await house.db.database.query(`SELECT FROM run WHERE state IN ('queued', 'running')`);
      return waiting.length === 0;
    });
  } finally {
    await worker.close();
  }
}
