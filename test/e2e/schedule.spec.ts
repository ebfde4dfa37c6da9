import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Slots } from '../../src/ingestion/slots.js';
import { fullAccess } from '../support/house-key.js';
import { undeclared, type ApiDocument } from '../support/open-api.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const ESMA = 'eu-esma-firds';

let house: TestHouse;
let url: string;
let api: ApiDocument;
let access: { authorization: string };
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  access = await fullAccess(house.app);
  api = (await (await fetch(`${url}/docs/openapi.json`, { headers: access })).json()) as ApiDocument;
  const { database } = house.db;
  await database.query(
    `UPDATE source SET known_since = $1, last_confirmed_at = CASE WHEN id = 'xx-iso-mic' THEN $2::timestamptz END`,
    [new Date('2026-03-01T12:00Z'), new Date('2026-03-03T05:30Z')],
  );
  const slots = house.app.get(Slots);
  const schedule = {
    cron: '0 7 * * *',
    timeZone: 'Europe/Paris',
    catchUp: 'latest',
    after: ['xx-iso-mic'],
  } as const;
  await slots.openDue({ id: ESMA, schedule }, new Date('2026-03-03T06:00Z'));
});
afterAll(() => house.close());

interface Preview {
  readonly next: readonly { readonly dueAt: string; readonly local: string }[];
  readonly slots: readonly unknown[];
}

async function ask(id: string): Promise<{ readonly status: number; readonly body: Preview }> {
  const path = `/v1/sources/${id}/schedule`;
  const response = await fetch(url + path, { headers: access });
  const body = (await response.json()) as Preview;
  expect(undeclared(api, 'GET', path, response.status, body)).toEqual([]);
  return { status: response.status, body };
}

async function run(...words: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], DATABASE_URL: house.db.url, ISINGLASS_HOME: house.home };
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words], { env });
  return stdout;
}

describe('the schedule of a source', () => {
  it('is shown with its defaults, its next ten due times, and what became of the last slots', async () => {
    const { status, body } = await ask(ESMA);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: ESMA,
      isOn: true,
      isPaused: false,
      schedule: {
        ...{ cron: '0 7,15 * * *', timeZone: 'Europe/Paris', catchUp: 'latest', catchUpMost: null },
        ...{ after: ['xx-iso-mic'], patienceMinutes: 120 },
        until: { everyMinutes: 15, giveUpAt: '14:00', lagDays: 0 },
      },
      slots: [
        { dueAt: '2026-03-03T06:00:00.000Z', state: 'opened', reason: null, runs: [{ state: 'queued' }] },
        { dueAt: '2026-03-02T06:00:00.000Z', state: 'skipped', runs: [] },
      ],
    });
    expect(body.next).toHaveLength(10);
    for (const { dueAt, local } of body.next) {
      expect(local).toMatch(/^\d{4}-\d\d-\d\dT(07|15):00:00\+0[12]:00$/);
      expect(new Date(local).toISOString()).toBe(dueAt);
    }
    expect(body.next.map(({ dueAt }) => dueAt)).toEqual([...body.next.map(({ dueAt }) => dueAt)].sort());
  });

  it('says when a source is off or paused', async () => {
    expect((await ask('in-nse-equities')).body).toMatchObject({ isOn: false, isPaused: false, slots: [] });
    await house.db.database.query(
      `INSERT INTO pause (source_id, paused_by, reason) VALUES ('*', 'test', 'test')`,
    );
    expect((await ask(ESMA)).body).toMatchObject({ isOn: true, isPaused: true });
    await house.db.database.query('DELETE FROM pause');
  });

  it('of no source is not found', async () => {
    expect(await ask('xx-nobody')).toMatchObject({ status: 404, body: { code: 'SOURCE_UNKNOWN' } });
  });

  it('is the same on the command line', async () => {
    const text = await run('sources', ESMA);
    expect(text).toMatch(/^eu-esma-firds {2}ESMA FIRDS/);
    expect(text).toMatch(/^ {2}after +xx-iso-mic, for 120 minutes at most$/m);
    expect(text).toMatch(/^ {2}until +the edition of the day: again every 15 minutes, given up at 14:00$/m);
    expect(text.match(/^\d{4}-\S+Z {2}\d{4}-\S+:00\+0[12]:00$/gm)).toHaveLength(10);
    expect(text).toMatch(/^2026-03-03T06:00:00\.000Z +opened +\d+ queued +–$/m);
    expect(text).toMatch(/^2026-03-02T06:00:00\.000Z +skipped +– +found late: the policy "latest"/m);
    const { body } = await ask(ESMA);
    expect(JSON.parse(await run('sources', ESMA, '--json'))).toEqual(body);
    await expect(run('sources', 'xx-nobody')).rejects.toThrow('SOURCE_UNKNOWN');
  });
});
