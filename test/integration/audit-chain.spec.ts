import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { verifyChain, type ChainVerdict } from '../../src/auth/audit-chain.js';
import { AuditAnchor } from '../../src/auth/audit-anchor.js';
import { AuditLog } from '../../src/auth/audit-log.js';
import { AuditChain1700000000014 } from '../../migrations/0014-audit-chain.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const BY = { actor: 'cli ann@desk', reason: 'weil „es“ so ist ✓' };

let db: TestDatabase;
let log: AuditLog;
beforeEach(async () => {
  db = await cloneDatabase();
  log = new AuditLog(db.database);
});
afterEach(() => db.drop());

const write = (action: string): Promise<void> =>
  db.database.transaction((client) =>
    log.write(client, BY, { action, sourceId: 'xx-iso-mic', details: { b: 1, a: ['ä', null, 1.5] } }),
  );
const verdict = (): Promise<ChainVerdict> => verifyChain(log.sealed());

/** As whoever owns the database can. */
async function tamper(sql: string): Promise<void> {
  await db.database.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
  await db.database.query(sql);
  await db.database.query('ALTER TABLE audit_event ENABLE TRIGGER USER');
}

it('lines that many write at once, some in vain, are numbered without gaps and hold together', async () => {
  const writers = Array.from({ length: 40 }, (_, index) =>
    index % 4 === 3
      ? db.database
          .transaction(async (client) => {
            await log.write(client, BY, { action: 'in-vain' });
            throw new Error('rolled back');
          })
          .catch(() => undefined)
      : write(`action-${index}`),
  );
  await Promise.all(writers);
  expect(await verdict()).toMatchObject({ lines: 30, broken: null });
  const [found] = await db.database.query(
    `SELECT count(*) FILTER (WHERE at < before) AS early FROM (SELECT at, lag(at) OVER (ORDER BY id) AS before FROM audit_event) lines`,
  );
  expect(found).toEqual({ early: 0 });
});

it('a number, a time or a hash of somebody’s own is not taken', async () => {
  await write('pause');
  await db.database.query(
    `INSERT INTO audit_event (id, at, actor, action, hash) VALUES (77, '2020-01-01', 'x', 'y', '\\x00')`,
  );
  await db.database.query(
    `INSERT INTO audit_event (id, actor, action, hash) VALUES (1, 'x', 'y', '\\x00') ON CONFLICT (id) DO UPDATE SET actor = 'x'`,
  );
  expect(await verdict()).toMatchObject({ lines: 3, broken: null });
  const [line] = await log.list({ limit: 1 });
  expect(line?.at.getFullYear()).toBeGreaterThan(2020);
});

it.each([
  ['changed', `UPDATE audit_event SET reason = 'another' WHERE id = 2`, 1],
  ['changed in its details', `UPDATE audit_event SET details = details || '{"b": 2}' WHERE id = 2`, 1],
  ['dated back', `UPDATE audit_event SET at = at - interval '1 microsecond' WHERE id = 2`, 1],
  ['taken out', `DELETE FROM audit_event WHERE id = 2`, 1],
  [
    'put in with a seal that fits itself',
    `UPDATE audit_event e SET actor = 'x', hash = audit_event_hash((SELECT hash FROM audit_event WHERE id = 1), (
       SELECT audit_event_text(c) FROM (SELECT id, at, 'x', action, source_id, run_id, edition_id, reason, details, hash FROM audit_event WHERE id = 2) c
     )) WHERE id = 2`,
    2,
  ],
])('a line that was %s is found', async (_what, sql, sound) => {
  for (const action of ['pause', 'resume', 'run']) await write(action);
  expect(await verdict()).toMatchObject({ lines: 3, broken: null });
  await tamper(sql.replace('audit_event_text(c)', 'audit_event_text(ROW(c.*)::audit_event)'));
  const { lines, broken } = await verdict();
  expect([lines, broken]).toEqual([sound, expect.stringMatching(/^line \d/)]);
});

it('an end that was cut off is found by a head that was kept', async () => {
  for (const action of ['pause', 'resume', 'run']) await write(action);
  const { head } = await verdict();
  await tamper(`DELETE FROM audit_event WHERE id = 3`);
  expect(await verdict()).toMatchObject({ lines: 2, broken: null });
  expect(await verifyChain(log.sealed(), head ?? undefined)).toMatchObject({
    broken: 'the lines 3 to 3 are missing',
  });
  await write('approve');
  expect((await verifyChain(log.sealed(), head ?? undefined)).broken).toContain('line 3');
});

it('lines of before there were seals are numbered and sealed, and are there again without them', async () => {
  const migration = new AuditChain1700000000014();
  await migration.down(db.database);
  for (const action of ['pause', 'resume', 'run'])
    await db.database.query(`INSERT INTO audit_event (actor, action) VALUES ('x', $1)`, [action]);
  await db.database.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
  await db.database.query(`DELETE FROM audit_event WHERE action = 'resume'`);
  await db.database.query('ALTER TABLE audit_event ENABLE TRIGGER USER');
  await migration.up(db.database);
  await write('cancel');
  expect(await verdict()).toMatchObject({ lines: 3, broken: null });
  expect((await log.list({ limit: 5 })).map(({ id, action }) => `${id} ${action}`)).toEqual([
    '3 cancel',
    '2 run',
    '1 pause',
  ]);
  await migration.down(db.database);
  await db.database.query(`INSERT INTO audit_event (actor, action) VALUES ('x', 'retry')`);
  expect(await db.database.query(`SELECT id FROM audit_event WHERE action = 'retry'`)).toEqual([{ id: 4 }]);
});

it('all pages of a long log are read', async () => {
  await db.database.query(
    `INSERT INTO audit_event (actor, action) SELECT 'x', 'y' FROM generate_series(1, 2001)`,
  );
  expect(await verdict()).toMatchObject({ lines: 2_001, broken: null });
});

it('the head is said in the log of the process, once as long as it stays', async () => {
  const said: unknown[] = [];
  const spy = jest.spyOn(Logger.prototype, 'log').mockImplementation((message) => void said.push(message));
  try {
    const anchor = new AuditAnchor({ roles: ['scheduler'] }, log);
    await anchor.say();
    await write('pause');
    await new AuditAnchor({ roles: ['worker', 'web'] }, log).say();
    await anchor.say();
    await anchor.say();
    const { head } = await verdict();
    expect(said).toEqual([`head of the log of decisions: 1:${head?.hash}`]);
  } finally {
    spy.mockRestore();
  }
});
