/**
 * The doors: does the time of a refused sign-in tell whether there is such an account, how long does the panel take on many
 * instruments, and what do heavy questions of one key cost another? Sign-ins go by turns, known and unknown, so that what else the machine does meets both.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { URLSearchParams } from 'node:url';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import { isinCheckDigit } from '../../../dist/src/domain/isin.js';
import { hashOf, newKeyText, newToken } from '../../../dist/src/auth/tokens.js';
import { atEnd, cleanUp, cleanUpWhenStopped } from '../firds/cleanup.mjs';
import { startDatabases } from '../firds/databases.mjs';
import { isinglass } from '../firds/ingest.mjs';
import { machineFacts } from '../firds/machine.mjs';
import { median, percentile, start } from '../firds/measure.mjs';
import { addressOf } from '../firds/reads.mjs';
import { inMilliseconds, say, tableOf, withCommas } from '../firds/table.mjs';

const { values } = parseArgs({
  options: {
    attempts: { type: 'string', default: '500' },
    instruments: { type: 'string', default: '1000000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench:doors -- [options]

  --attempts <n>     refused sign-ins of each kind (default: 500)
  --instruments <n>  rows that the panel lists (default: 1000000)`);
} else {
  cleanUpWhenStopped();
  try {
    await bench();
  } finally {
    await cleanUp();
  }
}

async function bench() {
  const folder = await mkdtemp(join(tmpdir(), 'isinglass-bench-'));
  await chmod(folder, 0o755);
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const databases = await startDatabases(folder);
  const facts = machineFacts(databases.version);
  const database = await databases.make();
  await fill(database, Number(values.instruments));
  const server = start(isinglass(['serve', '--roles', 'web']), { ...database.env, PORT: '0' });
  try {
    const origin = await addressOf(server);
    const signIns = await refusedSignIns(database, origin, Number(values.attempts));
    const pages = await panelPages(database, origin);
    const reads = await heavyReads(database, origin);
    console.log([...facts, '', tableOf([signIns, pages, reads])].join('\n'));
  } finally {
    server.stop();
    await server.ended;
    await database.drop();
  }
}

async function fill(database, count) {
  say(`making ${withCommas(count)} instruments`);
  await database.query(
    `INSERT INTO instrument (isin, status, name, cfi, currency, issuer_lei, symbol, provenance, valid_from, recorded_at, publication)
     SELECT 'XX' || lpad(n::text, 10, '0'), CASE WHEN n % 1000 = 0 THEN 'missing' ELSE 'active' END, 'Company ' || md5(n::text) || ' Limited',
            CASE WHEN n % 1000 = 0 THEN 'DBFTFB' ELSE 'ESVUFR' END, CASE WHEN n % 1000 = 0 THEN 'CHF' ELSE 'EUR' END,
            'LEI' || lpad((n / 10)::text, 17, '0'), 'S' || n, '{}', '2026-01-05', now(), 1 FROM generate_series(1, $1::int) n`,
    [count],
  );
  await database.query('VACUUM (ANALYZE) instrument');
}

async function userOf(database) {
  const [{ id }] = await database.query(
    `INSERT INTO user_account (email, role, state) VALUES ($1, 'admin', 'active') RETURNING id`,
    [`${randomUUID()}@bench.example`],
  );
  return id;
}

async function refusedSignIns(database, origin, attempts) {
  const { hash } = await import('@node-rs/argon2');
  const id = await userOf(database);
  const [{ email }] = await database.query('SELECT email FROM user_account WHERE id = $1', [id]);
  await database.query('INSERT INTO user_credential (user_id, password_hash) VALUES ($1, $2)', [
    id,
    await hash('the right password of this user', { memoryCost: 65_536, timeCost: 3, parallelism: 1 }),
  ]);
  const waits = { known: [], unknown: [] };
  say(`${attempts} sign-ins of a known account, and as many of unknown ones`);
  for (let at = 0; at < attempts * 2; at += 1) {
    const kind = at % 2 === 0 ? 'known' : 'unknown';
    // Neither is to wait for the limits.
    await database.query('DELETE FROM sign_in_limit');
    const body = new URLSearchParams({
      email: kind === 'known' ? email : `${randomUUID()}@bench.example`,
      password: 'a wrong password',
    }).toString();
    const beganAt = performance.now();
    const answer = await request(`${origin}/sign-in`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    await answer.body.dump();
    waits[kind].push(performance.now() - beganAt);
    if (answer.statusCode !== 401) throw new Error(`answered ${answer.statusCode}`);
  }
  const probability = mannWhitney(waits.known, waits.unknown);
  return {
    title: `Refused sign-ins, ${attempts} of each kind; the same by chance, by Mann and Whitney: p = ${probability.toFixed(3)}`,
    rows: ['known', 'unknown'].map((kind) => ({
      ratio: median(waits[kind]) / median(waits.known),
      to: 'known',
      what: `${kind} account`,
      best: inMilliseconds(Math.min(...waits[kind])),
      median: inMilliseconds(median(waits[kind])),
      note: `p99 ${inMilliseconds(percentile(waits[kind], 0.99))}`,
    })),
  };
}

/** How likely two samples of the same differ as these do, by the normal approximation of U. */
function mannWhitney(first, second) {
  const all = [...first.map((value) => [value, 0]), ...second.map((value) => [value, 1])].sort(
    (a, b) => a[0] - b[0],
  );
  const ranks = all.reduce((sum, [, from], at) => (from === 0 ? sum + at + 1 : sum), 0);
  const [n, m] = [first.length, second.length];
  const u = ranks - (n * (n + 1)) / 2;
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  // Abramowitz and Stegun, 26.2.17.
  const t = 1 / (1 + 0.2316419 * z);
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return Math.min(1, 2 * tail);
}

async function panelPages(database, origin) {
  const token = newToken('iss');
  await database.query(
    `INSERT INTO user_session (token_hash, user_id, stage, address, user_agent, ends_at)
     VALUES ($1, $2, 'signed-in', '', '', now() + interval '1 hour')`,
    [hashOf(token), await userOf(database)],
  );
  const headers = { cookie: `isk_sid=${token}` };
  const list = '/admin/api/resources/instrument/actions/list?perPage=25';
  const questions = [
    ['the page itself', '/admin/resources/instrument'],
    ['the first page of the list', list],
    ['its last page that is shown', `${list}&page=400`],
    ['in the other direction', `${list}&sortBy=isin&direction=desc`],
    ['the beginning of an ISIN', `${list}&filters.isin=XX00005`],
    ['a part of a name', `${list}&filters.name=ab12c`],
    ['a part of every name', `${list}&filters.name=limited`],
    ['a rare currency', `${list}&filters.currency=CHF`],
    ['the common currency', `${list}&filters.currency=EUR`],
    ['a symbol', `${list}&filters.symbol=S4711`],
    ['one instrument', '/admin/api/resources/instrument/records/XX0000004711/show'],
    ['the first page of the panel', '/admin/api/dashboard'],
  ];
  const rows = [];
  for (const [what, path] of questions) {
    const waits = [];
    for (let at = 0; at < 12; at += 1) {
      const beganAt = performance.now();
      const answer = await request(origin + path, { headers });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
      // The first one makes the panel, and warms up the rest.
      if (at > 1) waits.push(performance.now() - beganAt);
    }
    rows.push({
      what,
      best: inMilliseconds(Math.min(...waits)),
      median: inMilliseconds(median(waits)),
      note: `longest ${inMilliseconds(Math.max(...waits))}`,
    });
  }
  return { title: `The panel, on ${withCommas(Number(values.instruments))} instruments`, rows };
}

async function keyOf(database) {
  const { publicId, secret, text } = newKeyText('live');
  const [{ id }] = await database.query(
    `INSERT INTO api_key (public_id, name, user_id, scopes, requests_per_minute, requests_per_day, expires_at)
     VALUES ($1, 'bench', $2, '{instruments:read}', 1000000, 1000000, now() + interval '1 hour') RETURNING id`,
    [publicId, await userOf(database)],
  );
  await database.query('INSERT INTO api_key_secret (key_id, secret_hash) VALUES ($1, $2)', [
    id,
    hashOf(secret),
  ]);
  return { authorization: `Bearer ${text}` };
}

/** Two hundred questions of one key at once that go through every name; meanwhile another key looks up one ISIN after the other. */
async function heavyReads(database, origin) {
  const [busy, other] = [await keyOf(database), await keyOf(database)];
  const timed = async (path, headers) => {
    const beganAt = performance.now();
    const answer = await request(`${origin}/v1/instruments${path}`, { headers });
    await answer.body.dump();
    return { status: answer.statusCode, ms: performance.now() - beganAt };
  };
  const lookUp = async (until) => {
    const waits = [];
    let isOver = false;
    void until.then(() => (isOver = true));
    for (let at = 1; !isOver; at += 1) {
      const body = `XX${String(at).padStart(9, '0')}`;
      const { status, ms } = await timed(`/${body}${isinCheckDigit(body)}`, other);
      if (![200, 404].includes(status)) throw new Error(`a lookup was answered ${status}`);
      waits.push(ms);
    }
    return waits;
  };
  const alone = await lookUp(delay(5_000));
  const heavy = Promise.all(Array.from({ length: 200 }, () => timed('?name=zz', busy)));
  const beside = await lookUp(heavy);
  const answers = await heavy;
  const count = (status) => answers.filter((answer) => answer.status === status).length;
  const row = (what, waits, note) => ({
    ratio: median(waits) / median(alone),
    to: 'alone',
    what,
    best: inMilliseconds(Math.min(...waits)),
    median: inMilliseconds(median(waits)),
    note,
  });
  return {
    title: 'Two hundred heavy questions of one key at once, and lookups of another key',
    rows: [
      row('lookups alone', alone, `p99 ${inMilliseconds(percentile(alone, 0.99))}`),
      row('lookups beside them', beside, `p99 ${inMilliseconds(percentile(beside, 0.99))}`),
      row(
        'the heavy ones',
        answers.map(({ ms }) => ms),
        `longest ${inMilliseconds(Math.max(...answers.map(({ ms }) => ms)))}; answered ${count(200)}, 429 ${count(429)}, 503 ${count(503)}`,
      ),
    ],
  };
}
