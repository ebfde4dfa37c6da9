import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM_CHECKS, type CheckResult } from '../../src/operations/system-checks.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const SOURCE = 'in-nse-equities';
const RELIANCE = 'INE002A01018';
const COMMANDS = [
  ...[
    'serve',
    'demo',
    'migrate',
    'sources',
    'ingest',
    'runs',
    'lookup',
    'validate',
    'check',
    'retain',
    'simulate',
  ],
  ...['run', 'cancel', 'retry', 'approve', 'reject', 'pause', 'resume', 'backfill', 'limit', 'log'],
  ...['create-user', 'create-key'],
];

let db: TestDatabase;
let home: string;
let list: string;
const running = new Set<Running>();
beforeAll(async () => {
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-cli-'))]);
  list = await writeEquityList(home, '2026-01-05', equityRows());
});
afterEach(async () => {
  // What a test that failed left running.
  for (const command of running) await command.stop('SIGTERM');
});
afterAll(async () => {
  await db.drop();
  await rm(home, { recursive: true });
});

/** A command that runs; nothing of this process's own settings reaches it. */
class Running {
  stdout = '';
  stderr = '';
  private readonly child;
  private readonly ended: Promise<number | null>;

  constructor(words: readonly string[], environment: Record<string, string> = {}, stdin = '') {
    const { PATH } = process.env;
    const env = { PATH, ISINGLASS_HOME: home, DATABASE_URL: db.url, PORT: '0', ...environment };
    this.child = spawn(process.execPath, [CLI, ...words], { env, cwd: home });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.stdin.on('error', () => undefined).end(stdin);
    running.add(this);
    this.ended = once(this.child, 'close').then(([code]) => {
      running.delete(this);
      return code as number | null;
    });
  }

  /** What it has said so far, as soon as it matches. */
  async says(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      await Promise.race([
        once(this.child[stream], 'data'),
        this.ended.then((code) => {
          if (pattern.test(this[stream])) return;
          throw new Error(`ended with ${code} without ${String(pattern)}: ${this.stdout}${this.stderr}`);
        }),
      ]);
    }
  }

  async stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  async end(): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const code = await this.ended;
    expect(this.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

const run = (words: readonly string[], environment?: Record<string, string>, stdin?: string) =>
  new Running(words, environment, stdin).end();

/** What these tests look at of all that commands answer as JSON. */
interface Body {
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly findings: readonly { readonly code: string }[];
  readonly steps: readonly unknown[];
}

/** With --json stdout is JSON and nothing else. */
async function runJson<Answer = Body>(words: readonly string[], environment?: Record<string, string>) {
  const { code, stdout } = await run([...words, '--json'], environment);
  return { code, body: JSON.parse(stdout) as Answer };
}

describe('help', () => {
  it('lists every command, and says where settings come from', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Usage: isinglass <command>');
    expect(stdout).toContain('DATABASE_URL');
  });

  it('is shown, as a failure, when no command is given', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Usage: isinglass <command>');
  });

  it.each(COMMANDS)('of %s describes it, each argument and each option', async (command) => {
    const { code, stdout, stderr } = await run([command, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: isinglass ${command} .*\n\n\\w`));
    const flags = stdout.match(/^ {2}(--[a-z]+|[a-z]+)( <[^>]+>)?(.*)$/gm) ?? [];
    expect(stdout).toContain('--json');
    for (const line of flags) expect(line).toMatch(/ {2}\S.* {2,}\S|^ {2}npx /);
  });
});

describe('wrong words', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'", 'npx isinglass --help'],
    [['lokup', RELIANCE], 'Did you mean lookup?', 'npx isinglass --help'],
    [['--nope'], "unknown option '--nope'", 'npx isinglass --help'],
    [['runs', '--nope'], "unknown option '--nope'", 'npx isinglass runs --help'],
    [['sources', 'one', 'more'], 'too many arguments', 'npx isinglass sources --help'],
    [['ingest'], "missing required argument 'source'", 'npx isinglass ingest --help'],
    [['ingest', SOURCE, 'A.csv'], 'too many arguments', 'npx isinglass ingest --help'],
    [['ingest', SOURCE, '--date'], 'argument missing', 'npx isinglass ingest --help'],
    [['validate'], "missing required argument 'isin'", 'npx isinglass validate --help'],
  ])('%j: names what is wrong and how to get help', async (words, message, help) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^WORDS_UNKNOWN: .*\n→ .*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
  });

  it.each([
    [['runs', 'x'], 'RUN_NUMBER_INVALID'],
    [['runs', '999999'], 'RUN_UNKNOWN'],
    [['runs', '999999', '--follow'], 'RUN_UNKNOWN'],
    [['runs', '--follow'], 'RUN_NUMBER_INVALID'],
    [['runs', '1', '--follow', '--level', 'loud'], 'LEVEL_UNKNOWN'],
    [['serve', '--roles', 'butler'], 'ROLE_UNKNOWN'],
    [['simulate', '--port', 'x'], 'NUMBER_INVALID'],
    [['ingest', SOURCE, '--approve', ' '], 'REASON_MISSING'],
    [['ingest', SOURCE, '--date', '2026-02-30'], 'DAY_INVALID'],
    [['ingest', SOURCE, '--file', '/nowhere/EQUITY_L.csv'], 'FILE_NOT_FOUND'],
    [['ingest', 'xx-nothing'], 'SOURCE_UNKNOWN'],
  ])('%j is refused with %s, for people and for programs', async (words, code) => {
    const people = await run(words);
    expect([people.code, people.stdout]).toEqual([1, '']);
    expect(people.stderr).toMatch(new RegExp(`^${code}: .+\n→ .+\n$`));
    const programs = await runJson(words);
    expect(programs.code).toBe(1);
    expect(programs.body).toEqual({
      error: {
        code,
        message: expect.stringMatching(/./) as string,
        nextStep: expect.stringMatching(/./) as string,
      },
    });
  });
});

describe('before there is a house', () => {
  it.each(
    [['sources'], ['lookup', RELIANCE], ['check'], ['ingest', SOURCE], ['migrate'], ['serve']].map((w) => [
      w,
    ]),
  )('%j says that the database cannot be reached', async (words) => {
    const { code, stdout, stderr } = await run(words, {
      DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/none',
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^DATABASE_UNREACHABLE: PostgreSQL does not answer: .+\n→ .*DATABASE_URL.*\n$/);
    expect(stderr).not.toContain('hidden');
  });

  it('names every wrong setting at once', async () => {
    const { code, body } = await runJson(['sources'], {
      PORT: 'x',
      HOST: '0.0.0.0',
      DATABASE_URL: 'mysql://x',
    });
    expect([code, body.error.code]).toEqual([78, 'SETTING_INVALID']);
    for (const name of ['DATABASE_URL: ', 'HOST: ', 'PORT: ']) expect(body.error.message).toContain(name);
  });
});

describe('validate', () => {
  it('says which are ISINs, in order, without a database', async () => {
    const { code, stdout } = await run(['validate', 'us0378331005', 'US0378331003'], {
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
    });
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'US0378331005  valid  United States',
      expect.stringMatching(
        /^US0378331003 {2}invalid .*should be 5.* Did you mean .*US0378331005\?$/,
      ) as string,
      '',
    ]);
  });

  it('reads one a line from stdin with "-"', async () => {
    const { code, stdout } = await run(['validate', '-'], {}, `US0378331005\r\n\n  ${RELIANCE}  \n`);
    expect([code, stdout]).toEqual([0, `US0378331005  valid  United States\n${RELIANCE}  valid  India\n`]);
  });

  it('answers in JSON', async () => {
    const { code, body } = await runJson(['validate', RELIANCE]);
    expect(code).toBe(0);
    expect(body).toMatchObject([
      { input: RELIANCE, isin: RELIANCE, isValid: true, reasons: [], suggestions: [] },
    ]);
  });
});

// One house, as an operator meets it: each step finds what the ones before left.
describe('the way of an operator', () => {
  it('migrate: is up to date the second time', async () => {
    expect(await run(['migrate'])).toEqual({ code: 0, stdout: 'The schema is up to date.\n', stderr: '' });
    expect(await runJson(['migrate'])).toEqual({ code: 0, body: { applied: [] } });
  });

  it('runs, sources, lookup: an empty house says how to begin', async () => {
    expect((await run(['runs'])).stdout).toBe(
      'There was no run yet. Start one: npx isinglass ingest <source>\n',
    );
    expect((await runJson(['runs'])).body).toEqual([]);
    expect((await run(['sources'])).stdout).toMatch(/^xx-iso-mic +on +– +– +– +\d{4}-/m);
    expect((await run(['lookup', RELIANCE])).code).toBe(1);
  });

  it('ingest: publishes a list fetched by hand, and says what it brought', async () => {
    const { code, body } = await runJson(['ingest', SOURCE, '--file', list]);
    expect(code).toBe(0);
    expect(body).toEqual({
      run: 1,
      source: SOURCE,
      edition: '2026-01-05',
      state: 'published',
      files: 1,
      rows: 1200,
      rejected: 0,
      skipped: {},
      cosmetic: 0,
      drift: {},
      records: { new: 1200, changed: 0, unchanged: 0, ended: 0 },
      instruments: { new: 1200, changed: 0, ended: 0 },
      publication: 1,
      seconds: expect.any(Number) as number,
      findings: [],
      error: null,
    });
  });

  it('ingest: succeeds when there is nothing new', async () => {
    const { code, stdout, stderr } = await run(['ingest', SOURCE, '--file', list]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^in-nse-equities: unchanged, edition of 2026-01-05\n {2}rows +1,200, 0 rejected\n/,
    );
  });

  it('ingest: fails when the edition is held, and says how to go on', async () => {
    const short = await writeEquityList(home, '2026-01-06', equityRows().slice(0, 1_050));
    const held = await run(['ingest', SOURCE, '--file', short]);
    expect(held.code).toBe(1);
    expect(held.stdout).toMatch(
      /^in-nse-equities: held.*stop: EDITION_SHRUNK: .*isinglass approve.*Nothing that readers see/s,
    );
    const again = await runJson(['ingest', SOURCE, '--file', short]);
    expect(again.code).toBe(1);
    expect(again.body).toMatchObject({ state: 'held', publication: null });
    expect(again.body.findings.map(({ code }) => code)).toContain('EDITION_SHRUNK');
    const approved = await runJson(['ingest', SOURCE, '--file', short, '--approve', 'delisted']);
    expect(approved).toMatchObject({
      code: 0,
      body: { state: 'published', publication: 2, records: { ended: 150 } },
    });
  });

  it('ingest: a run that failed tells its code in the answer', async () => {
    const unknown = join(home, 'unknown.csv');
    await writeFile(unknown, 'x\n');
    const { code, body } = await runJson(['ingest', SOURCE, '--file', unknown]);
    expect([code, body.state, body.error.code]).toEqual([1, 'failed', 'FILE_NOT_OF_SOURCE']);
    const people = await run(['ingest', SOURCE, '--file', unknown]);
    expect(people.stdout).toMatch(/FILE_NOT_OF_SOURCE: .*\n→ /);
  });

  it('ingest: stopped by Ctrl-C, leaves nothing half-done and says so', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection');
    const mirror = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const ingest = new Running(['ingest', 'xx-iso-mic', '--json'], { ISINGLASS_MIRROR_URL: mirror });
    await asked;
    expect(await ingest.stop('SIGINT')).toBe(1);
    silent.close();
    const { stdout } = await ingest.end();
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'COMMAND_STOPPED' } });
    const [last] = (await runJson<unknown[]>(['runs', '--source', 'xx-iso-mic'])).body;
    expect(last).toMatchObject({ source: 'xx-iso-mic', state: 'queued', publication: null });
  });

  it('runs: lists them, the newest first, and tells the story of one', async () => {
    const { code, stdout } = await run(['runs', '--source', SOURCE]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^RUN +SOURCE +TRIGGER +STATE +EDITION +KIND +PUBLICATION +STARTED +ERROR\n/);
    expect(stdout).toMatch(/^1 +in-nse-equities +cli +published +2026-01-05 +full +1 /m);
    const { body } = await runJson<unknown[]>(['runs']);
    expect(body.at(-1)).toMatchObject({ id: 1, state: 'published', totals: { rows: 1200 } });
    const story = await run(['runs', '3']);
    expect(story.stdout).toMatch(/held.*edition of 2026-01-06.*Findings\n {2}stop +\w+: /s);
    expect(story.stdout).toMatch(/^STEP +STATE +ATTEMPT +STARTED +ENDED +ERROR\nlocate +done +\d+ +20/m);
    expect((await runJson(['runs', '1'])).body.steps).toHaveLength(4);
  });

  it('runs --follow: tells the log of a run that has ended, and how', async () => {
    const published = await run(['runs', '1', '--follow', '--level', 'info']);
    expect([published.code, published.stderr]).toEqual([0, '']);
    expect(published.stdout).toMatch(
      /^\d{4}-.*Z info +ingest by cli .*\n\S+Z info +locate #1 +edition of 2026-01-05 .*\n[^]* records .*\brows=1200\b[^]*\nrun 1 published, publication 1\n$/,
    );
    const held = await run(['runs', '3', '--follow', '--level', 'error', '--json']);
    expect(held.code).toBe(1);
    expect(JSON.parse(held.stdout)).toMatchObject({
      run: 3,
      state: 'held',
      error: { nextStep: expect.any(String) as string },
    });
  });

  it('sources: shows how fresh each is', async () => {
    const { stdout } = await run(['sources']);
    expect(stdout).toMatch(/^in-nse-equities +off +2026-01-06 +\d{4}-.* failed FILE_NOT_OF_SOURCE /m);
    expect((await runJson(['sources'])).body).toMatchObject([
      { id: 'xx-iso-mic' },
      { id: 'eu-esma-firds' },
      { id: 'gb-fca-firds' },
      { id: SOURCE, lastPublication: 2 },
    ]);
  });

  it('lookup: shows what is known, and fails when something is not', async () => {
    const found = await run(['lookup', 'ine 002a-01018']);
    expect([found.code, found.stderr]).toEqual([0, '']);
    expect(found.stdout).toMatch(
      /^INE002A01018 {2}Reliance Industries Limited {2}\[active\]\n.*XNSE +RELIANCE active/s,
    );
    const { code, body } = await runJson(['lookup', RELIANCE, 'US0378331005', 'US0378331003']);
    expect(code).toBe(1);
    expect(body).toMatchObject([
      { input: RELIANCE, state: 'found', instrument: { isin: RELIANCE, listings: [{ mic: 'XNSE' }] } },
      { input: 'US0378331005', state: 'unknown', instrument: null },
      { input: 'US0378331003', state: 'invalid', reasons: [{ code: 'ISIN_CHECK_DIGIT' }], instrument: null },
    ]);
    const people = await run(['lookup', 'US0378331005', 'US0378331003']);
    expect(people.code).toBe(1);
    expect(people.stdout).toMatch(
      /^US0378331005: a valid ISIN, and no source.*\nUS0378331003: no ISIN: .* Did you mean/,
    );
  });

  it('check: names every check by its stable id, and fails on an error alone', async () => {
    const { code, body } = await runJson<CheckResult[]>(['check']);
    expect(body.map(({ id }) => id)).toEqual(SYSTEM_CHECKS.map(({ id }) => id));
    expect([code, body.filter(({ level }) => level === 'error')]).toEqual([0, []]);
    const people = await run(['check'], { ISINGLASS_SOURCES: '+xx-nothing' });
    expect(people.code).toBe(1);
    expect(people.stdout).toMatch(/^error +sources\.switches +.*xx-nothing.*\n +→ /m);
    expect(people.stdout).toMatch(/^warning +runs\.attention +.*in-nse-equities/m);
  });
});

describe('an error that nobody caught', () => {
  it('ends the process, and is written without its secrets', async () => {
    const fault = join(home, 'fault.mjs');
    await writeFile(
      fault,
      `process.on('SIGUSR2', () => { throw new Error('https://keeper:canary@host.example/ failed\\nforged') })`,
    );
    const command = new Running(['simulate', '--port', '0'], { NODE_OPTIONS: `--import=${fault}` });
    await command.says('stderr', /It explains itself/);
    expect(await command.stop('SIGUSR2')).toBe(1);
    expect(command.stderr).toContain('Error: https://keeper:***@host.example/ failed\\nforged\n    at ');
    expect(command.stderr).not.toContain('canary');
  });
});

describe('retain', () => {
  it('counts what would be deleted, and deletes it, by kind', async () => {
    await db.database.query(
      `INSERT INTO run_event (run_id, at, level, message) VALUES (1, now() - interval '31 days', 'info', 'old')`,
    );
    const counted = await run(['retain', '--dry-run']);
    expect([counted.code, counted.stderr]).toEqual([0, '']);
    expect(counted.stdout).toMatch(/^KIND +WOULD BE DELETED\n[^]*^events +1$/m);
    const done = await runJson(['retain']);
    expect(done).toMatchObject({ code: 0, body: { isDryRun: false, deleted: { events: 1, runs: 0 } } });
    expect((await run(['retain'])).stdout).toMatch(/^KIND +DELETED\n[^]*^events +0$/m);
  });
});

describe('serve', () => {
  it('says where it listens, answers, and stops on SIGTERM', async () => {
    const serving = new Running(['serve', '--roles', 'web']);
    const [, url] = await serving.says('stderr', /API (http:\/\/127\.0\.0\.1:\d+)\/v1/);
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ status: 'ready' });
    expect(await serving.stop('SIGTERM')).toBe(0);
    const { stdout, stderr } = await serving.end();
    expect(stdout).toBe('');
    expect(stderr).toContain('roles: web\n');
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const PORT = String((other.address() as AddressInfo).port);
    const { code, stderr } = await run(['serve', '--roles', 'web'], { PORT });
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`PORT_TAKEN: port ${PORT} on 127.0.0.1 is taken`);
    expect(stderr).toContain('→ Choose another one');
  });
});

it('the command may be executed after a build, as npx does', async () => {
  expect((await stat(CLI)).mode & 0o111).toBe(0o111);
});

describe('simulate', () => {
  it('prints the address of the publisher, serves its lists, and stops on SIGINT', async () => {
    const simulating = new Running(['simulate', '--instruments', '100', '--json']);
    await simulating.says('stderr', /ISINGLASS_MIRROR_URL=/);
    const { url } = JSON.parse(simulating.stdout) as { url: string };
    expect(await (await fetch(url)).text()).toContain('_control');
    expect(await simulating.stop('SIGINT')).toBe(0);
    await simulating.end();
  });
});

describe('demo', () => {
  it('builds a house of its own, can be asked, stops whole, and finds its data again', async () => {
    const own = await mkdtemp(join(tmpdir(), 'isinglass-demo-'));
    const facts: string[] = [];
    try {
      for (let start = 1; start <= 2; start += 1) {
        const demo = new Running(['demo'], { ISINGLASS_HOME: own, DATABASE_URL: '' });
        const [, counted] = await demo.says('stdout', /(\d.* venues), in [\d.]+ s\n[^]*Ctrl-C/);
        facts.push(counted ?? '');
        const [, url = ''] = await demo.says('stdout', /curl -H "Authorization: Bearer \$KEY" (http\S+)/);
        const [, email = ''] = await demo.says(
          'stdout',
          / as (\S+@\S+), password [a-z-]{20,} {2}\(a new one/,
        );
        expect((await fetch(url)).status).toBe(401);
        const inDemo = { ISINGLASS_HOME: join(own, 'demo'), DATABASE_URL: '' };
        const made = await run(['create-key', 'demo', '--user', email], inDemo);
        const headers = { authorization: `Bearer ${made.stdout.trim()}` };
        const [isin = ''] = url.split('/').slice(-1);
        expect(await (await fetch(url, { headers })).json()).toMatchObject({ isin, status: 'active' });
        const beside = await run(['runs'], { ISINGLASS_HOME: own, DATABASE_URL: '' });
        expect([beside.code, beside.stderr]).toEqual([78, expect.stringMatching(/^HOME_OF_DEMO: /)]);
        expect((await run(['log'], inDemo)).stdout).toMatch(/ create-key .*"user":"admin@demo\.example"/);
        const postgres = await postgresOf(join(own, 'demo'));
        expect(isAlive(postgres)).toBe(true);
        expect(await demo.stop('SIGINT')).toBe(0);
        const { stdout, stderr } = await demo.end();
        // Nobody has to set it up, and what was done at an earlier start is not told again.
        expect(stderr + stdout).not.toContain('/set-up?token=');
        expect(/ full edition of /.test(stdout)).toBe(start === 1);
        expect(stderr.includes('making a new PostgreSQL data directory')).toBe(start === 1);
        expect(isAlive(postgres)).toBe(false);
        await expect(postgresOf(join(own, 'demo'))).rejects.toMatchObject({ code: 'ENOENT' });
      }
      expect(facts[0]).toMatch(/^[\d,]+ instruments, [\d,]+ listings, [\d,]+ venues$/);
      expect(facts[1]).toBe(facts[0]);
    } finally {
      await rm(own, { recursive: true });
    }
  });
});

/** The PostgreSQL of a home, as it says itself. */
async function postgresOf(directory: string): Promise<number> {
  const text = await readFile(join(directory, 'postgres/data/postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

/** All that PostgreSQL starts ends with it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: no such process.
    return false;
  }
}
