import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeys, type KeyOrder, type NewKey } from '../../src/auth/api-keys.js';
import { SCOPES } from '../../src/auth/permissions.js';
import { type UserRole } from '../../src/domain/user-role.js';
import { Users } from '../../src/auth/users.js';
import { Database } from '../../src/database/database.js';

const BY = { actor: 'test' };

/** A user who may sign in but has no password: hashing takes its time, and keys need none. */
export async function addUser(app: INestApplicationContext, email: string, role: UserRole): Promise<string> {
  const { user } = await app.get(Users, { strict: false }).invite(email, '', role, BY);
  await app
    .get(Database, { strict: false })
    .query(`UPDATE user_account SET state = 'active' WHERE id = $1`, [user.id]);
  return user.id;
}

/** An API key of a user; all scopes that their role has, unless the order says less. */
export async function addKey(
  app: INestApplicationContext,
  userId: string,
  order: Partial<KeyOrder> = {},
): Promise<NewKey> {
  const whole = { name: 'test', scopes: SCOPES, days: 1, mayRedistribute: true, ...order };
  return app.get(ApiKeys, { strict: false }).create(userId, whole, BY);
}

/** The header that opens all of the API: of an admin's key, made at each call. */
export async function fullAccess(app: INestApplicationContext): Promise<{ authorization: string }> {
  const users = app.get(Users, { strict: false });
  const known = await users.findByEmail('all@test.example');
  const userId = known?.id ?? (await addUser(app, 'all@test.example', 'admin'));
  const { text } = await addKey(app, userId);
  // Tests ask more often than programs.
  await app
    .get(Database, { strict: false })
    .query(
      'UPDATE api_key SET requests_per_minute = 1000000, requests_per_day = 1000000 WHERE user_id = $1',
      [userId],
    );
  return { authorization: `Bearer ${text}` };
}
