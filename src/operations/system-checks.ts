import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Cron } from 'croner';
import { systemClock, type Clock } from '../common/clock.js';
import { isIsin } from '../domain/isin.js';
import type { Config } from '../config/settings.js';
import { clockSkewMs, MOST_CLOCK_SKEW_MS } from '../database/clock-skew.js';
import type { Database } from '../database/database.js';
import { SOURCES } from '../sources/index.js';
import type { Source } from '../sources/source.js';

export type CheckLevel = 'ok' | 'warning' | 'error';

/** What one system check found. The id is stable, so that it can be looked up and silenced. */
export interface CheckResult {
  readonly id: string;
  readonly level: CheckLevel;
  readonly message: string;
  readonly hint: string | null;
}

interface SystemCheck {
  readonly id: string;
  /** What is right when nothing is found. */
  readonly promise: string;
  /** @returns what is wrong, or null */
  readonly look: (house: CheckedHouse) => Promise<Omit<CheckResult, 'id'> | null>;
}

/** What the checks look at. */
export interface CheckedHouse {
  readonly config: Pick<Config, 'home' | 'filesDirectory' | 'sources'>;
  readonly database: Pick<Database, 'query'>;
  readonly clock: Clock;
  readonly sources: readonly Source[];
  /** Bytes that may still be written below a directory. */
  readonly freeBytes: (directory: string) => Promise<number>;
}

/** The house as it is, for {@link checkSystem}. */
export function checkedHouse(config: Config, database: Database): CheckedHouse {
  return {
    config,
    database,
    clock: systemClock,
    sources: SOURCES,
    freeBytes: async (directory) => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    },
  };
}

const FREE_BYTES_WANTED = 2 * 1024 ** 3;
const STALE_DAYS = 35;
const RETENTION_STALE_DAYS = 2;

/** What a check found. */
export const wrong = (
  level: 'warning' | 'error',
  message: string,
  hint: string,
): Omit<CheckResult, 'id'> => ({
  level,
  message,
  hint,
});

/** All right for another reason than the promise. */
export const fine = (message: string): Omit<CheckResult, 'id'> => ({ level: 'ok', message, hint: null });

/** Looks at the house as it is set up, before something goes wrong: see `npx isinglass check`. */
export const SYSTEM_CHECKS: readonly SystemCheck[] = [
  {
    id: 'database.encoding',
    promise: 'the database is UTF-8',
    async look({ database }) {
      const [row] = await database.query<{ encoding: string }>(
        `SELECT current_setting('server_encoding') AS encoding`,
      );
      if (row?.encoding === 'UTF8') return null;
      return wrong(
        'error',
        `the database is encoded in ${row?.encoding}`,
        'Create it anew with ENCODING UTF8.',
      );
    },
  },
  {
    id: 'database.clock',
    promise: 'this machine and the database agree on the time',
    async look({ database, clock }) {
      const skewMs = Math.abs(await clockSkewMs(database, clock));
      if (skewMs <= MOST_CLOCK_SKEW_MS) return null;
      return wrong(
        'warning',
        `the clocks of this machine and of the database differ by ${(skewMs / 1000).toFixed(1)} s`,
        'Let both machines follow NTP.',
      );
    },
  },
  {
    id: 'database.rights',
    promise: 'the database role may create what runs need',
    async look({ database }) {
      const [row] = await database.query<{ may: boolean }>(
        `SELECT has_schema_privilege('staging', 'CREATE') AND has_database_privilege(current_database(), 'TEMP') AS may`,
      );
      if (row?.may) return null;
      return wrong(
        'error',
        'the role may not create tables in the schema "staging", or temporary ones',
        'GRANT CREATE ON SCHEMA staging and TEMP ON DATABASE to the role of DATABASE_URL.',
      );
    },
  },
  {
    id: 'files.writable',
    promise: 'files can be stored',
    async look({ config }) {
      const directory = filesDirectory(config);
      try {
        await mkdir(directory, { recursive: true });
        await access(directory, constants.W_OK);
        return null;
      } catch (error) {
        return wrong(
          'error',
          `${directory} cannot be written: ${String(error)}`,
          'Give the user of this process the right to, or set ISINGLASS_FILES.',
        );
      }
    },
  },
  {
    id: 'files.space',
    promise: 'there is room for files',
    async look({ config, freeBytes }) {
      const directory = filesDirectory(config);
      const free = await freeBytes(directory);
      if (free >= FREE_BYTES_WANTED) return null;
      return wrong(
        'warning',
        `only ${Math.round(free / 1024 ** 2)} MB are free below ${directory}, and 2,048 MB are wanted`,
        'Make room, or set ISINGLASS_FILES to a directory on a larger disk.',
      );
    },
  },
  {
    id: 'sources.declared',
    promise: 'every source is declared in full',
    async look({ sources }) {
      const faults = sources.flatMap((source) => {
        const found: string[] = [];
        if (!/^[a-z]{2}(-[a-z0-9]+)+$/.test(source.id)) found.push('id');
        if (source.licence.url === '' || source.licence.attribution === '') found.push('licence');
        if (!isEverDue(source)) found.push('schedule');
        if (source.hosts.length === 0) found.push('hosts');
        const sentinels = Object.values(source.bounds.sentinels).flat();
        if (source.fills === 'record' && !sentinels.every(isIsin)) found.push('sentinels');
        return found.map((part) => `${source.id}: ${part}`);
      });
      const ids = sources.map(({ id }) => id);
      if (new Set(ids).size < ids.length) faults.push('two sources with one id');
      if (faults.length === 0) return null;
      return wrong('error', faults.join('; '), 'Complete the declaration in src/sources.');
    },
  },
  {
    id: 'sources.switches',
    promise: 'ISINGLASS_SOURCES names sources that exist',
    async look({ config, sources }) {
      const unknown = [...config.sources.keys()].filter((id) => sources.every((source) => source.id !== id));
      if (unknown.length === 0) return null;
      return wrong(
        'error',
        `ISINGLASS_SOURCES names ${unknown.join(', ')}, and there is no such source`,
        'List them: npx isinglass sources',
      );
    },
  },
  {
    id: 'sources.fresh',
    promise: 'no source has been silent for long',
    async look({ database }) {
      const silent = await database.query<{ id: string; days: number }>(
        `SELECT id, floor(extract(epoch FROM clock_timestamp() - last_confirmed_at) / 86400)::int AS days
         FROM source WHERE last_confirmed_at < clock_timestamp() - make_interval(days => $1) ORDER BY id`,
        [STALE_DAYS],
      );
      if (silent.length === 0) return null;
      const list = silent.map(({ id, days }) => `${id} (${days} days)`).join(', ');
      return wrong('warning', `not confirmed for long: ${list}`, 'Look at the last runs: npx isinglass runs');
    },
  },
  {
    id: 'runs.attention',
    promise: 'no source waits for a person',
    async look({ database }) {
      const waiting = await database.query<{
        id: number;
        source: string;
        state: string;
        code: string | null;
      }>(
        `SELECT DISTINCT ON (source_id) id, source_id AS source, state, error ->> 'code' AS code
         FROM run ORDER BY source_id, id DESC`,
      );
      // What a person rejected has been decided on.
      const stuck = waiting.filter(
        ({ state, code }) => ['held', 'refused', 'failed'].includes(state) && code !== 'EDITION_REJECTED',
      );
      if (stuck.length === 0) return null;
      const list = stuck.map(({ id, source, state }) => `${source} (run ${id} ${state})`).join(', ');
      return wrong('warning', `the last run did not publish: ${list}`, 'Read why: npx isinglass runs <run>');
    },
  },
  {
    id: 'retention.recent',
    promise: `what is old was deleted within the last ${RETENTION_STALE_DAYS} days`,
    async look({ database }) {
      // A house that is younger than that had no need yet.
      const [last] = await database.query<{
        days: number | null;
        error: { code: string; message: string } | null;
      }>(
        `SELECT floor(extract(epoch FROM clock_timestamp() - coalesce(
                  (SELECT ended_at FROM retention), (SELECT min(known_since) FROM source))) / 86400)::int AS days,
                (SELECT error FROM retention) AS error`,
      );
      if (last?.error) {
        return wrong(
          'warning',
          `the last retention could not delete all that is old: ${last.error.code}: ${last.error.message}`,
          'Mend what the message names, then try it: npx isinglass retain',
        );
      }
      if ((last?.days ?? 0) < RETENTION_STALE_DAYS) return null;
      return wrong(
        'warning',
        `nothing that is old was deleted for ${last?.days} days`,
        'Does a process with the role scheduler run? Do it now: npx isinglass retain',
      );
    },
  },
];

function filesDirectory({ filesDirectory, home }: CheckedHouse['config']): string {
  return filesDirectory ?? join(home, 'files');
}

function isEverDue({ schedule }: Source): boolean {
  try {
    return new Cron(schedule.cron, { timezone: schedule.timeZone, paused: true }).nextRun() !== null;
  } catch {
    // Not a cron expression at all, or a time zone nobody knows: croner throws.
    return false;
  }
}

/** All checks, in order; one that cannot be made is an error of its own. */
export async function checkSystem(house: CheckedHouse): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { id, promise, look } of SYSTEM_CHECKS) {
    try {
      const found = await look(house);
      results.push({ id, ...(found ?? { level: 'ok', message: promise, hint: null }) });
    } catch (error) {
      results.push({
        id,
        level: 'error',
        message: `could not be checked: ${String(error)}`,
        hint: 'Mend what the message names.',
      });
    }
  }
  return results;
}
