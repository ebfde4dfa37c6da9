import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { AuditLog, type By, type WrittenEvent } from '../../src/auth/audit-log.js';
import { ConcurrencyLimits } from '../../src/ingestion/concurrency-limits.js';
import { DecisionLog } from '../../src/ingestion/decision-log.js';
import { Operator } from '../../src/ingestion/operator.js';
import { Pauses } from '../../src/ingestion/pauses.js';
import { RunLedger } from '../../src/ingestion/run-ledger.js';
import { RunReader, type RunStory } from '../../src/ingestion/run-reader.js';
import { digestOf } from '../support/digest.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { workOff } from '../support/work-off.js';

const EQUITIES = 'in-nse-equities';
const VENUES = 'xx-iso-mic';
const BY: By = { actor: 'cli ann@desk', reason: 'because' };

let house: TestHouse;
let operator: Operator;
let pauses: Pauses;
beforeEach(async () => {
  house = await openTestHouse();
  operator = house.app.get(Operator);
  pauses = house.app.get(Pauses);
});
afterEach(() => house.close());

const logged = (filter: { sourceId?: string; runId?: number } = {}): Promise<readonly WrittenEvent[]> =>
  house.app.get(AuditLog).list({ ...filter, limit: 100 });
const actions = async (): Promise<string[]> => (await logged()).map(({ action }) => action);
const story = (run: number): Promise<RunStory> => house.app.get(RunReader).get(run);
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

/** A run of this state, as if it had come to that. */
async function runIn(state: string, sourceId = VENUES): Promise<number> {
  const { database } = house.db;
  const id = await database.transaction((client) =>
    house.app.get(RunLedger).enqueue(client, sourceId, 'schedule'),
  );
  const hasEnded = !['queued', 'running'].includes(state);
  await database.query(
    `UPDATE run SET state = $2, crashes = 2, deferrals = 2, ended_at = CASE WHEN $3 THEN clock_timestamp() END
     WHERE id = $1`,
    [id, state, hasEnded],
  );
  return id;
}

/** Half of a list after a whole one: the gate holds it. */
async function holdEdition(): Promise<RunStory> {
  const rows = equityRows();
  const bring = async (day: string, list: typeof rows): Promise<RunStory> =>
    house.ingest(EQUITIES, { files: [await writeEquityList(house.home, day, list)] });
  await bring('2026-01-05', rows);
  const held = await bring('2026-01-06', rows.slice(0, 500));
  expect(held).toMatchObject({ state: 'held', error: { code: expect.any(String) as string } });
  return held;
}

describe('the log of what people decided', () => {
  it('says who did what, when and why, the newest first', async () => {
    await pauses.pause(VENUES, BY);
    await pauses.resume(VENUES, { actor: 'api 127.0.0.1' });
    expect(await logged()).toMatchObject([
      { action: 'resume', actor: 'api 127.0.0.1', sourceId: VENUES, reason: null },
      { action: 'pause', actor: 'cli ann@desk', sourceId: VENUES, reason: 'because' },
    ]);
    expect((await logged())[0]?.at).toBeInstanceOf(Date);
  });

  it.each([
    `UPDATE audit_event SET actor = 'somebody else'`,
    `DELETE FROM audit_event`,
    `TRUNCATE audit_event`,
  ])('refuses %s', async (sql) => {
    await pauses.pause(VENUES, BY);
    const before = await logged();
    await expect(house.db.database.query(sql)).rejects.toThrow('append-only');
    expect(await logged()).toEqual(before);
  });

  it('is part of the log of the run that was decided on', async () => {
    const run = await runIn('queued');
    await operator.cancel(run, BY);
    await operator.retry(run, { actor: 'api 127.0.0.1' });
    expect((await story(run)).events).toMatchObject([
      { level: 'info', step: null, message: 'cancel by cli ann@desk: because' },
      { message: 'retry by api 127.0.0.1', fields: { was: 'cancelled' } },
    ]);
  });

  it('tells a run nobody decided on from one that there is not, and outlasts a run', async () => {
    const run = await runIn('queued');
    const decided = (filter: { runId?: number; sourceId?: string }) =>
      house.app.get(DecisionLog).list({ ...filter, limit: 10 });
    expect(await decided({ runId: run })).toEqual([]);
    await operator.cancel(run, BY);
    await house.db.database.query(`DELETE FROM run`);
    expect(await decided({ runId: run })).toMatchObject([{ action: 'cancel' }]);
    expect(await codeOf(decided({ runId: run + 1 }))).toBe('RUN_UNKNOWN');
    expect(await codeOf(decided({ sourceId: 'xx-nothing' }))).toBe('SOURCE_UNKNOWN');
  });

  it('has no line of what was not done', async () => {
    await house.db.database.query(`ALTER TABLE audit_event ADD CONSTRAINT full_up CHECK (action <> 'pause')`);
    await expect(pauses.pause(VENUES, BY)).rejects.toThrow('full_up');
    expect(await pauses.list()).toEqual([]);
  });
});

describe('a pause', () => {
  it('of a source changes nothing the second time, and stays whose it was', async () => {
    const first = await pauses.pause(VENUES, BY);
    const second = await pauses.pause(VENUES, { actor: 'cli bob@desk', reason: 'me too' });
    expect([first.changed, second.changed]).toEqual([true, false]);
    expect(second.pauses).toMatchObject([{ source: VENUES, pausedBy: 'cli ann@desk', reason: 'because' }]);
    expect(await actions()).toEqual(['pause']);
  });

  it('ends once', async () => {
    await pauses.pause(VENUES, { actor: BY.actor });
    expect(await pauses.resume(VENUES, BY)).toMatchObject({ changed: true, pauses: [] });
    expect(await pauses.resume(VENUES, BY)).toMatchObject({ changed: false, pauses: [] });
    expect(await actions()).toEqual(['resume', 'pause']);
  });

  it('of all stays when one source is resumed, which the answer says', async () => {
    await pauses.pause('all', BY);
    await pauses.pause(VENUES, BY);
    expect(await pauses.resume(VENUES, BY)).toMatchObject({ changed: true, pauses: [{ source: 'all' }] });
    expect(await operator.run(VENUES, {}, 'cli', BY)).toMatchObject({ isPaused: true });
    expect(await pauses.resume('all', BY)).toMatchObject({ changed: true, pauses: [] });
  });

  it('is of sources that there are', async () => {
    expect(await codeOf(pauses.pause('xx-nothing', BY))).toBe('SOURCE_UNKNOWN');
    expect(await codeOf(pauses.resume('*', BY))).toBe('SOURCE_UNKNOWN');
  });

  it('is one, however many people ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => pauses.pause(VENUES, BY)));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await actions()).toEqual(['pause']);
  });
});

describe('a run that is asked for', () => {
  it('waits for a worker, with what was asked', async () => {
    const order = {
      editionOn: '2026-01-05',
      kind: 'delta',
      letters: ['E'],
      force: true,
      gapReason: 'lost',
    } as const;
    const { run } = await operator.run('eu-esma-firds', order, 'cli', BY);
    const [row] = await house.db.database.query(`SELECT trigger, state, requested FROM run WHERE id = $1`, [
      run,
    ]);
    expect(row).toEqual({
      trigger: 'cli',
      state: 'queued',
      requested: {
        edition: { editionOn: '2026-01-05', kind: 'delta' },
        profile: { letters: ['E'], mics: null },
        force: true,
        isGapAccepted: true,
        gapReason: 'lost',
      },
    });
    expect(await logged({ runId: run })).toMatchObject([
      { action: 'accept-gap', reason: 'lost' },
      { action: 'run', reason: 'because', details: { force: true } },
    ]);
  });

  it('is one at a time', async () => {
    const { run } = await operator.run(VENUES, {}, 'api', BY);
    await expect(operator.run(VENUES, {}, 'api', BY)).rejects.toThrow(`run ${run} is queued`);
    await expect(operator.run(VENUES, { force: true }, 'api', BY)).rejects.toThrow(`run ${run} is queued`);
    expect(await actions()).toEqual(['run']);
  });

  it('is the same for the same key, however often and at once, also when it has ended', async () => {
    const ask = () => operator.run(VENUES, { idempotencyKey: 'k-1', force: true }, 'api', BY);
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    await operator.cancel(answers[0]?.run ?? 0, BY);
    expect(await ask()).toMatchObject({ run: answers[0]?.run, state: 'cancelled', changed: false });
    expect(await codeOf(operator.run(VENUES, { idempotencyKey: 'k-1' }, 'api', BY))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(await actions()).toEqual(['cancel', 'run']);
  });

  it('is one of twenty that are asked for at once without a key', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => operator.run(VENUES, {}, 'api', BY)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await actions()).toEqual(['run']);
  });

  it('brings one forward that waits for a publisher', async () => {
    const waiting = await runIn('queued');
    await house.db.database.query(`UPDATE run SET not_before = clock_timestamp() + interval '1 hour'`);
    expect(await operator.run(VENUES, {}, 'cli', BY)).toMatchObject({ run: waiting, changed: true });
    expect(await house.db.database.query(`SELECT FROM run WHERE not_before > clock_timestamp()`)).toEqual([]);
    expect(await logged()).toMatchObject([{ action: 'run', details: { isBroughtForward: true } }]);
  });

  it('is not answered with a run that brings something else, and wakes all steps of the one it brings forward', async () => {
    const { database } = house.db;
    const ledger = house.app.get(RunLedger);
    const day = { edition: { kind: 'delta', editionOn: '2026-01-03' } } as const;
    const special = await database.transaction((client) =>
      ledger.enqueue(client, 'eu-esma-firds', 'backfill', day),
    );
    await database.query(`UPDATE run SET not_before = clock_timestamp() + interval '1 hour'`);
    expect(await codeOf(operator.run('eu-esma-firds', {}, 'cli', BY))).toBe('RUN_IN_PROGRESS');
    await database.query(`UPDATE run SET requested = '{}' WHERE id = $1`, [special]);
    // A job that sleeps in the queue, under the key that the next one would have.
    await database.transaction((client) => ledger.sendPending(client, special));
    expect(await operator.run('eu-esma-firds', {}, 'cli', BY)).toMatchObject({ run: special, changed: true });
    const [due] = await database.query(
      `SELECT count(*) AS jobs FROM pgboss.job
       WHERE state < 'active' AND start_after <= clock_timestamp() AND (data ->> 'epoch')::int = 1`,
    );
    expect(due).toEqual({ jobs: 1 });
  });

  it('refuses what cannot be had', async () => {
    expect(await codeOf(operator.run('xx-nothing', {}, 'cli', BY))).toBe('SOURCE_UNKNOWN');
    expect(await codeOf(operator.run(VENUES, { editionOn: '2026-01-05' }, 'cli', BY))).toBe(
      'BACKFILL_UNSUPPORTED',
    );
    expect(await codeOf(operator.run('eu-esma-firds', { editionOn: '2026-02-30' }, 'cli', BY))).toBe(
      'DAY_INVALID',
    );
    expect(await codeOf(operator.run('eu-esma-firds', { kind: 'full' }, 'cli', BY))).toBe('DAY_INVALID');
    expect(await codeOf(operator.run('eu-esma-firds', { editionOn: '2099-01-05' }, 'cli', BY))).toBe(
      'EDITION_IN_FUTURE',
    );
    expect(await codeOf(operator.run(VENUES, { letters: ['E'] }, 'cli', BY))).toBe('PROFILE_UNSUPPORTED');
    expect(await actions()).toEqual([]);
  });

  it('says what it waits for, one thing after the other', async () => {
    const waits = async (run: number): Promise<string | null> => (await story(run)).waits;
    const earlier = await runIn('running');
    const run = await runIn('queued');
    await pauses.pause('all', BY);
    expect(await waits(run)).toBe('until somebody resumes all, paused by cli ann@desk: because');
    await pauses.pause(VENUES, { actor: 'cli bob@desk' });
    expect(await waits(run)).toBe(`until somebody resumes ${VENUES}, paused by cli bob@desk`);
    await pauses.resume('all', BY);
    await pauses.resume(VENUES, BY);
    expect(await waits(run)).toBe(`for run ${earlier} of the same source`);
    expect(await waits(earlier)).toBeNull();
    await operator.cancel(earlier, BY);
    await house.db.database.query(
      `UPDATE run SET not_before = '2099-01-05', error = '{"code": "PUBLISHER_UNREACHABLE"}' WHERE id = $1`,
      [run],
    );
    expect(await waits(run)).toBe('until 2099-01-05T00:00:00.000Z, put off after PUBLISHER_UNREACHABLE');
    await house.db.database.query(`UPDATE run SET not_before = clock_timestamp() WHERE id = $1`, [run]);
    expect(await waits(run)).toBe('for a worker: one that is free takes it within ten seconds');
    const [listed] = await house.app.get(RunReader).list({ source: VENUES, limit: 1 });
    expect(listed).toMatchObject({
      id: run,
      waits: 'for a worker: one that is free takes it within ten seconds',
    });
    await operator.cancel(run, BY);
    expect(await waits(run)).toBeNull();
  });
});

describe('cancelling', () => {
  it.each(['queued', 'running'])('ends a run that is %s, once', async (state) => {
    const run = await runIn(state);
    expect(await operator.cancel(run, BY)).toMatchObject({ state: 'cancelled', changed: true });
    expect(await operator.cancel(run, BY)).toMatchObject({ state: 'cancelled', changed: false });
    expect((await story(run)).endedAt).not.toBeNull();
    expect(await logged({ runId: run })).toMatchObject([{ action: 'cancel', sourceId: VENUES }]);
  });

  it.each(['published', 'unchanged', 'failed', 'held'])('leaves one that is %s as it is', async (state) => {
    const run = await runIn(state);
    expect(await operator.cancel(run, BY)).toMatchObject({ state, changed: false });
    expect(await actions()).toEqual([]);
  });

  it('is one, however many people ask at once', async () => {
    const run = await runIn('queued');
    const answers = await Promise.all(Array.from({ length: 20 }, () => operator.cancel(run, BY)));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await actions()).toEqual(['cancel']);
  });
});

describe('retrying', () => {
  it.each(['failed', 'refused', 'held', 'cancelled'])('queues a run that is %s, once', async (state) => {
    const run = await runIn(state);
    expect(await operator.retry(run, { actor: BY.actor })).toMatchObject({ state: 'queued', changed: true });
    expect(await operator.retry(run, BY)).toMatchObject({ state: 'queued', changed: false });
    const [row] = await house.db.database.query(`SELECT crashes, deferrals, ended_at FROM run`);
    expect(row).toEqual({ crashes: 0, deferrals: 0, ended_at: null });
    expect(await logged({ runId: run })).toMatchObject([{ action: 'retry', details: { was: state } }]);
  });

  it.each(['running', 'published', 'unchanged'])('leaves one that is %s as it is', async (state) => {
    const run = await runIn(state);
    expect(await operator.retry(run, BY)).toMatchObject({ state, changed: false });
    expect(await actions()).toEqual([]);
  });
});

describe('a reason', () => {
  it.each(['cancel', 'reject'] as const)('is needed to %s', async (action) => {
    const run = await runIn('held');
    for (const reason of [undefined, '', '  ']) {
      expect(await codeOf(operator[action](run, { actor: 'cli', reason }))).toBe('REASON_MISSING');
    }
    expect(await codeOf(operator.approve(run, 'cli', { actor: 'cli' }))).toBe('REASON_MISSING');
    expect(await actions()).toEqual([]);
  });
});

describe('what no run is', () => {
  it('cannot be decided on', async () => {
    for (const decide of [
      () => operator.cancel(7, BY),
      () => operator.retry(7, BY),
      () => operator.approve(7, 'cli', BY),
      () => operator.reject(7, BY),
    ])
      expect(await codeOf(decide())).toBe('RUN_UNKNOWN');
  });
});

describe('a held edition', () => {
  it('is published as it was held once a person approves it', async () => {
    const held = await holdEdition();
    const decided = await operator.approve(held.id, 'cli', { ...BY, reason: '700 shares were delisted' });
    expect(decided).toMatchObject({ source: EQUITIES, state: 'queued', changed: true });
    expect(decided.run).not.toBe(held.id);
    await workOff(house);

    const published = await story(decided.run);
    expect(published).toMatchObject({ state: 'published', edition: '2026-01-06', publication: 2 });
    expect(published.findings).toContainEqual({
      code: 'APPROVED',
      severity: 'note',
      message: 'published all the same: 700 shares were delisted',
    });
    expect(await story(held.id)).toMatchObject({ state: 'held' });
    const editions = await house.db.database.query(
      `SELECT state FROM edition WHERE edition_on = '2026-01-06'`,
    );
    expect(editions).toEqual([{ state: 'published' }]);
    expect(await logged({ runId: held.id })).toMatchObject([
      { action: 'approve', reason: '700 shares were delisted', details: { run: decided.run } },
    ]);
  });

  it('is approved once, also by twenty people at once, and also after it is published', async () => {
    const held = await holdEdition();
    const ask = () => operator.approve(held.id, 'api', BY);
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    await workOff(house);
    expect(await ask()).toMatchObject({ run: answers[0]?.run, state: 'published', changed: false });
    expect(await codeOf(operator.reject(held.id, BY))).toBe('RUN_NOT_HELD');
    expect(await actions()).toEqual(['approve']);
  });

  it('needs no file of the publisher any more, and says so when its own files are gone', async () => {
    const held = await holdEdition();
    await house.db.database.query(
      `UPDATE file SET removed_at = clock_timestamp() WHERE sha256 IN (
         SELECT file_sha256 FROM edition_part p JOIN edition e ON e.id = p.edition_id WHERE e.state = 'held')`,
    );
    expect(await codeOf(operator.approve(held.id, 'cli', BY))).toBe('EDITION_FILES_GONE');
    expect(await actions()).toEqual([]);
  });

  it('cannot be rejected while its approval waits', async () => {
    const held = await holdEdition();
    const { run } = await operator.approve(held.id, 'cli', BY);
    await expect(operator.reject(held.id, BY)).rejects.toThrow(`run ${run} is queued`);
    await operator.cancel(run, BY);
    expect(await operator.reject(held.id, BY)).toMatchObject({ state: 'refused', changed: true });
  });

  it('is refused with the reason once a person rejects it, and its bytes do not come back', async () => {
    const held = await holdEdition();
    const before = await digestOf(house.db.database);
    expect(await operator.reject(held.id, { ...BY, reason: 'half a file' })).toMatchObject({
      run: held.id,
      state: 'refused',
      changed: true,
    });
    expect(await operator.reject(held.id, BY)).toMatchObject({ state: 'refused', changed: false });
    const { error } = await story(held.id);
    expect(error).toMatchObject({ code: 'EDITION_REJECTED' });
    expect(error?.message).toMatch(
      /^a person rejected the edition of 2026-01-06: half a file; it was held for /,
    );

    const again = await house.ingest(EQUITIES, {
      files: [await writeEquityList(house.home, '2026-01-06', equityRows().slice(0, 500))],
    });
    expect(again).toMatchObject({ state: 'refused', error: { code: 'EDITION_REJECTED' } });
    expect(again.error?.nextStep).toContain(`approve ${held.id}`);
    expect(await digestOf(house.db.database)).toBe(before);
    expect(await actions()).toEqual(['reject']);
  });

  it('may be approved after all', async () => {
    const held = await holdEdition();
    await operator.reject(held.id, BY);
    const { run } = await operator.approve(held.id, 'cli', BY);
    await workOff(house);
    expect(await story(run)).toMatchObject({ state: 'published', edition: '2026-01-06' });
    // Each of the two leads to the other.
    expect((await story(held.id)).error?.nextStep).toBe(
      `Nothing: it was approved since. See npx isinglass runs ${run}.`,
    );
    expect((await story(held.id)).events.slice(-2)).toMatchObject([
      { message: 'reject by cli ann@desk: because', fields: { editionOn: '2026-01-06' } },
      { message: 'approve by cli ann@desk: because', fields: { run } },
    ]);
    expect((await story(run)).events[0]?.message).toBe(
      `publishes what run ${held.id} held: approved by cli ann@desk: because`,
    );
  });

  it('is not published after a newer one: what it said is over', async () => {
    const held = await holdEdition();
    const newer = [await writeEquityList(house.home, '2026-01-07', equityRows())];
    expect(await house.ingest(EQUITIES, { files: newer })).toMatchObject({ state: 'published' });
    expect(await codeOf(operator.approve(held.id, 'cli', BY))).toBe('EDITION_OLDER');
    expect(await actions()).toEqual([]);
  });

  it('is not published after a correction of the same day, also when it was approved before that came', async () => {
    const held = await holdEdition();
    await pauses.pause(EQUITIES, BY);
    const { run } = await operator.approve(held.id, 'cli', BY);
    const corrected = [await writeEquityList(house.home, '2026-01-06', equityRows().slice(0, 1_195))];
    expect(await house.ingest(EQUITIES, { files: corrected })).toMatchObject({ state: 'published' });
    const seen = await digestOf(house.db.database);
    await pauses.resume(EQUITIES, BY);
    await workOff(house);
    expect(await story(run)).toMatchObject({ state: 'refused', error: { code: 'EDITION_OLDER' } });
    expect(await codeOf(operator.approve(held.id, 'cli', BY))).toBe('EDITION_OLDER');
    expect(await digestOf(house.db.database)).toBe(seen);
  });

  it('is not what a run that ended otherwise has', async () => {
    for (const state of ['published', 'unchanged', 'failed', 'refused', 'cancelled', 'queued']) {
      const run = await runIn(state, state === 'queued' ? EQUITIES : VENUES);
      expect(await codeOf(operator.approve(run, 'cli', BY))).toBe('RUN_NOT_HELD');
      expect(await codeOf(operator.reject(run, BY))).toBe('RUN_NOT_HELD');
    }
  });
});

describe('limits', () => {
  it('are set, changed and taken away, each once', async () => {
    const limits = house.app.get(ConcurrencyLimits);
    const changed = [
      await limits.set('overall', '', 4, BY),
      await limits.set('overall', '', 4, BY),
      await limits.set('overall', '', 2, BY),
      await limits.set('source', VENUES, 1, BY),
      await limits.set('host', 'www.iso20022.org', 1, BY),
    ].map((each) => each.changed);
    expect(changed).toEqual([true, false, true, true, true]);
    expect(await limits.list()).toEqual([
      { kind: 'overall', name: '', most: 2 },
      { kind: 'source', name: VENUES, most: 1 },
      { kind: 'host', name: 'www.iso20022.org', most: 1 },
    ]);
    expect(await limits.set('overall', '', null, BY)).toMatchObject({ changed: true, most: null });
    expect(await limits.set('overall', '', null, BY)).toMatchObject({ changed: false });
    expect(await limits.list()).toHaveLength(2);
    expect(await actions()).toEqual(['limit', 'limit', 'limit', 'limit', 'limit']);
  });

  it.each([
    ['overall', 'x', 1, 'LIMIT_INVALID'],
    ['overall', '', 0, 'LIMIT_INVALID'],
    ['overall', '', 1.5, 'LIMIT_INVALID'],
    ['overall', '', 1_001, 'LIMIT_INVALID'],
    ['source', 'xx-nothing', 1, 'SOURCE_UNKNOWN'],
    ['source', '', 1, 'SOURCE_UNKNOWN'],
    ['host', 'example.org', 1, 'HOST_UNKNOWN'],
    ['host', 'evil-iso20022.org', 1, 'HOST_UNKNOWN'],
  ] as const)('of %s "%s" to %d are refused', async (kind, name, most, code) => {
    expect(await codeOf(house.app.get(ConcurrencyLimits).set(kind, name, most, BY))).toBe(code);
  });
});

describe('with a publisher', () => {
  let publisher: SimulatedPublisher;
  let online: TestHouse;
  beforeEach(async () => {
    publisher = await startSimulatedPublisher();
    online = await openTestHouse({ mirrorUrl: publisher.url });
  });
  afterEach(async () => {
    await online.close();
    await publisher.close();
  });

  it('a rejected list is left aside until its bytes change', async () => {
    const decide = online.app.get(Operator);
    await online.ingest(VENUES);
    publisher.advance(40);
    publisher.setFault({ name: 'half-file', match: 'ISO10383_MIC' });
    const held = await online.ingest(VENUES);
    expect(held).toMatchObject({ state: 'held' });
    await decide.reject(held.id, BY);
    const before = publisher.requests;
    expect(await online.ingest(VENUES)).toMatchObject({ state: 'unchanged', edition: null });
    // Two questions for headers, and no download.
    expect(publisher.requests - before).toBe(2);

    publisher.setFault(null);
    expect(await online.ingest(VENUES)).toMatchObject({ state: 'published' });
  });

  it('the approved edition is the held one, though the publisher shows another by now', async () => {
    const decide = online.app.get(Operator);
    await online.ingest(VENUES);
    publisher.advance(40);
    publisher.setFault({ name: 'half-file', match: 'ISO10383_MIC' });
    const held = await online.ingest(VENUES);
    await publisher.close();
    const { run } = await decide.approve(held.id, 'cli', BY);
    await workOff(online);
    expect(await online.app.get(RunReader).get(run)).toMatchObject({
      state: 'published',
      edition: held.edition,
      totals: { rows: held.totals?.rows },
    });
    publisher = await startSimulatedPublisher();
  });

  it('a run that failed goes on when it is retried', async () => {
    publisher.setFault({ name: 'not-found', match: 'ISO10383_MIC' });
    const failed = await online.ingest(VENUES);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'PUBLISHER_NOT_FOUND' } });
    publisher.setFault(null);
    await online.app.get(Operator).retry(failed.id, BY);
    await workOff(online);
    expect(await online.app.get(RunReader).get(failed.id)).toMatchObject({ state: 'published', error: null });
  });
});
