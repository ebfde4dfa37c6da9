import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AuditLog } from '../../src/auth/audit-log.js';
import { StderrLogger } from '../../src/common/stderr-logger.js';
import { readConfig } from '../../src/config/settings.js';
import { RunLog } from '../../src/ingestion/run-log.js';
import { failureOf } from '../../src/ingestion/run-ledger.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

/** Each opens something, and each is known to the house in another way. */
const CANARY = {
  databasePassword: 'canary1-of-the-database',
  setupToken: 'canary2-of-the-first-account',
  key: 'f1e7ca46503c4c1b5c4f6e8ab4327f5d7c0fb09a35d0c2c2c2be2ba6b5a4a1d9',
  clientSecret: 'canary4-of-the-provider',
  mailPassword: 'canary5-of-the-mail',
  mirrorPassword: 'canary6-of-the-mirror',
  apiKey: 'isk_live_AbCd1234_canary7Ofaprogram',
  session: 'iss_canary8Ofaperson',
} as const;
const FOUND = new RegExp(`${Object.values(CANARY).slice(0, 6).join('|')}|canary7|canary8`);

/** All the ways in which a text may hold a secret. */
function sayings(secret: string): readonly string[] {
  return [
    secret.startsWith('is') ? `asked with ${secret}` : `it was ${secret}, they say`,
    `https://keeper:${secret}@host.example/list.csv could not be reached`,
    `GET /v1/runs?token=${encodeURIComponent(secret)} HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nCookie: sid=${secret}`,
    JSON.stringify({ body: { password: secret, inner: JSON.stringify({ token: secret }) } }),
    `duplicate key value: Key (token)=(${secret}) already exists.`,
  ];
}

describe('eight secrets, said in every way', () => {
  let house: TestHouse;
  let runId: number;
  const written: string[] = [];

  beforeAll(async () => {
    readConfig({
      DATABASE_URL: `postgres://keeper:${CANARY.databasePassword}@db/house`,
      ISINGLASS_SETUP_TOKEN: CANARY.setupToken,
      ISINGLASS_SECRET_KEY: CANARY.key,
      ISINGLASS_OIDC_ISSUER: 'https://login.example',
      ISINGLASS_OIDC_CLIENT_ID: 'house',
      ISINGLASS_OIDC_CLIENT_SECRET: CANARY.clientSecret,
      ISINGLASS_SMTP_URL: `smtp://keeper:${CANARY.mailPassword}@mail.example`,
      ISINGLASS_MIRROR_URL: `https://keeper:${CANARY.mirrorPassword}@mirror.example`,
    });
    house = await openTestHouse();
    const [run] = await house.db.database.query<{ id: number }>(
      `INSERT INTO run (source_id, trigger) VALUES ('xx-iso-mic', 'manual') RETURNING id`,
    );
    runId = run?.id ?? 0;
  });
  afterAll(() => house.close());

  /** What goes to stdout and stderr meanwhile. */
  async function listening(work: () => Promise<void> | void): Promise<string> {
    const streams = [process.stdout, process.stderr];
    const spies = streams.map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
    );
    try {
      await work();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    return written.splice(0).join('');
  }

  it('are in no line of the log of the process', async () => {
    const text = await listening(() => {
      const logger = new Logger('Api');
      Logger.overrideLogger(new StderrLogger('debug'));
      for (const secret of Object.values(CANARY)) {
        for (const saying of sayings(secret)) {
          logger.log(saying);
          logger.warn({ message: saying, password: secret, headers: { authorization: `Bearer ${secret}` } });
          logger.error(new Error(saying, { cause: new Error(saying) }));
          logger.error('failed', new Error(saying).stack);
          logger.debug(inspect(new Map([['token', secret]])), saying);
        }
      }
    });
    expect(text.match(/could not be reached/g)?.length).toBeGreaterThan(30);
    expect(text).not.toMatch(FOUND);
    // One message is one line, and frames: no header or body made a line of its own.
    for (const line of text.split('\n').filter(Boolean)) {
      expect(line).toMatch(/^\[isinglass\] |^ {4,}at |^Error: |^\\n/);
    }
  });

  it('are in no line of the log of a run, and not in its error', async () => {
    const log = house.app.get(RunLog);
    for (const secret of Object.values(CANARY)) {
      for (const saying of sayings(secret)) {
        await log.write(runId, { level: 'error', message: saying, fields: { saying, token: secret } });
        await house.db.database.query('UPDATE run SET error = $2 WHERE id = $1', [
          runId,
          JSON.stringify(failureOf(new Error(saying))),
        ]);
        const [run] = await house.db.database.query<{ error: string }>(
          'SELECT error::text AS error FROM run',
        );
        expect(run?.error).not.toMatch(FOUND);
      }
    }
    const [events] = await house.db.database.query<{ text: string; count: number }>(
      `SELECT string_agg(e::text, chr(10)) AS text, count(*)::int AS count FROM run_event e`,
    );
    expect(events?.count).toBe(8 * 5);
    expect(events?.text).not.toMatch(FOUND);
    expect(events?.text).toContain('https://keeper:***@host.example/list.csv could not be reached');
    expect(events?.text).toContain('isk_live_AbCd1234_***');
  });

  it('are in no decision, which nobody could take back', async () => {
    const audit = house.app.get(AuditLog);
    for (const secret of Object.values(CANARY)) {
      for (const saying of sayings(secret)) {
        await house.db.database.transaction((client) =>
          audit.write(
            client,
            { actor: 'cli', reason: saying },
            { action: 'run', details: { saying, token: secret } },
          ),
        );
      }
    }
    const [events] = await house.db.database.query<{ text: string }>(
      `SELECT string_agg(e::text, chr(10)) AS text FROM audit_event e`,
    );
    expect(events?.text).toContain('Key (token)=(***) already exists.');
    expect(events?.text).not.toMatch(FOUND);
  });
});
