import type { INestApplicationContext } from '@nestjs/common';
import { Sessions, type SessionStage } from '../../src/auth/sessions.js';
import { Database } from '../../src/database/database.js';

/** The cookie of a session, opened without a password. */
export async function openSession(
  app: INestApplicationContext,
  userId: string,
  stage: SessionStage = 'signed-in',
): Promise<{ cookie: string }> {
  const token = await app
    .get(Database, { strict: false })
    .transaction((client) =>
      app
        .get(Sessions, { strict: false })
        .begin(client, userId, stage, { address: '127.0.0.1', userAgent: 'test' }),
    );
  return { cookie: `isk_sid=${token}` };
}
