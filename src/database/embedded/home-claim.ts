import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ConflictError } from '../../common/errors.js';
import { giveToOwnerOfFolder, writePrivateFile } from './private-file.js';
import {
  errorCode,
  identifyPlace,
  identifyProcess,
  isAlive,
  type ProcessIdentity,
} from './process-identity.js';

/*
 * Who owns a home, and who is a guest of its server.
 *
 * Each process puts an empty file into `<home>/claims/` whose name says who it is. A name is never used twice, so the
 * mark of a dead process may be removed by anybody at any time: nobody can remove a living one by mistake, which is
 * how a single lock file goes wrong when two processes find it stale at once. Whoever has put its owner's mark and
 * then sees no other living one, owns the home: of two that come together at least one sees the other.
 *
 * A process of another container or machine that shares the home cannot be looked up by its pid, and PostgreSQL's own
 * lock does not see it either. So every process touches its mark now and then; a mark from elsewhere that is not
 * touched while we watch is dead.
 *
 * `owner.json` says who the owner is to people and to guests; it decides nothing. It is missing while an owner opens
 * or closes, which others wait for.
 */

export type Role = 'owner' | 'guest';

export interface Mark extends ProcessIdentity {
  readonly role: Role;
  /** See {@link identifyPlace}. */
  readonly place: string;
  readonly name: string;
}

export interface Owner extends ProcessIdentity {
  readonly mark: string;
  /** Known as soon as the server answers. */
  readonly port?: number;
}

/** `unsure`: from elsewhere, and not yet watched for long enough. */
export type Judgement = 'alive' | 'dead' | 'unsure';

export interface ClaimOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

const MARK = /^(owner|guest)-(\d+)-([A-Za-z0-9]+)-([0-9a-f]{8})-[0-9a-f]{12}$/;
const TOUCH_EVERY_MS = 2_000;
/** Long enough for a process whose event loop is busy. */
const WATCH_MS = 12_000;
/** One that opens or closes is waited for; a shutdown may have to write gigabytes. */
const CLAIM_TIMEOUT_MS = 90_000;

/** Timers of this process' own marks. */
const touching = new Map<string, NodeJS.Timeout>();
/** Marks from elsewhere, as they were when they last moved. */
const watched = new Map<string, { touchedMs: number; since: number; hasMoved: boolean }>();

/** Puts a mark of this process. */
export function putMark(home: string, role: Role): Mark {
  const self = identifyProcess(process.pid);
  if (!self) throw new Error(`process ${process.pid} cannot see itself in the list of processes`);
  const place = identifyPlace();
  const name = `${role}-${self.pid}-${self.startedAt}-${place}-${randomBytes(6).toString('hex')}`;
  const made = mkdirSync(claimsFolder(home), { recursive: true, mode: 0o700 });
  if (made !== undefined) giveToOwnerOfFolder(claimsFolder(home));
  const path = join(claimsFolder(home), name);
  closeSync(openSync(path, 'wx', 0o600));
  let beat = 0;
  const touch = () => {
    try {
      // Only that it changes matters, so a counter does, and nobody's clock need be right.
      beat += 1;
      utimesSync(path, beat, beat);
    } catch (error) {
      // The home was deleted under us, or its disk fails: others will tell; a timer is no place to end the process.
      if (errorCode(error) === undefined) throw error;
    }
  };
  touching.set(name, setInterval(touch, TOUCH_EVERY_MS).unref());
  return { ...self, role, place, name };
}

export function removeMark(home: string, mark: Mark): void {
  clearInterval(touching.get(mark.name));
  touching.delete(mark.name);
  rmSync(join(claimsFolder(home), mark.name), { force: true });
}

/** Marks of processes that surely live; those of the dead are removed on the way. */
export function livingMarks(home: string, role: Role): Mark[] {
  return presentMarks(home, role).filter((mark) => judgeMark(home, mark) === 'alive');
}

/** Does the process behind the mark live? */
export function judgeMark(home: string, mark: Mark): Judgement {
  if (isHere(mark)) return isAlive(mark) ? 'alive' : 'dead';
  const path = join(claimsFolder(home), mark.name);
  const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touchedMs === undefined) return 'dead';
  const before = watched.get(path);
  const now = performance.now();
  if (before?.touchedMs !== touchedMs) {
    watched.set(path, { touchedMs, since: now, hasMoved: before !== undefined });
    return before === undefined ? 'unsure' : 'alive';
  }
  if (now - before.since > WATCH_MS) return 'dead';
  return before.hasMoved ? 'alive' : 'unsure';
}

/** Is it a process of this machine and container? */
export function isHere(mark: Mark): boolean {
  return mark.place === identifyPlace();
}

/** Becomes the only owner of the home, or throws the ConflictError `HOME_IN_USE`. */
export async function claimHome(home: string, { log, signal }: ClaimOptions): Promise<Mark> {
  const deadline = performance.now() + CLAIM_TIMEOUT_MS;
  let hasTold = false;
  for (;;) {
    const mine = putMark(home, 'owner');
    try {
      for (;;) {
        signal?.throwIfAborted();
        const others = presentMarks(home, 'owner').filter((mark) => mark.name !== mine.name);
        const first = others[0];
        if (!first) return mine;
        const owner = readOwner(home);
        const settled = others.find((mark) => mark.name === owner?.mark);
        if (settled && judgeMark(home, settled) === 'alive') throw homeInUse(home, settled);
        if (performance.now() > deadline) throw homeInUse(home, settled ?? first);
        const stranger = others.find((mark) => !isHere(mark));
        if (stranger && !hasTold) {
          log(
            `waiting to see whether process ${stranger.pid} of another container or machine still owns ${home}`,
          );
          hasTold = true;
        }
        // Several that only want to become owner: the first in order stays and waits, the others step back.
        if (others.some((mark) => mark.name < mine.name)) break;
        await delay(25, undefined, { signal });
      }
    } catch (error) {
      removeMark(home, mine);
      throw error;
    }
    removeMark(home, mine);
    await delay(20 + Math.random() * 60, undefined, { signal });
  }
}

/** Tells people and guests who the owner is, and its port once the server answers. */
export function writeOwner(home: string, mark: Mark, port?: number): void {
  const owner: Owner = { pid: mark.pid, startedAt: mark.startedAt, mark: mark.name, port };
  writePrivateFile(ownerFile(home), `${JSON.stringify(owner, null, 2)}\n`);
}

export function removeOwner(home: string): void {
  rmSync(ownerFile(home), { force: true });
}

/** What owner.json says; it may name a dead process. */
export function readOwner(home: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile(home), 'utf8')) as Owner;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isHomeInUse(error: unknown): boolean {
  return error instanceof ConflictError && error.code === 'HOME_IN_USE';
}

export function homeInUse(home: string, owner: Mark): ConflictError {
  if (!isHere(owner)) {
    return new ConflictError(
      'HOME_IN_USE',
      `${home} is in use by process ${owner.pid} of another container or machine, which runs the embedded PostgreSQL there.`,
      'Run this inside that container (docker exec), stop that container first, or set another ISINGLASS_HOME.',
    );
  }
  return new ConflictError(
    'HOME_IN_USE',
    `${home} is in use by process ${owner.pid}, which runs the embedded PostgreSQL there.`,
    `Stop process ${owner.pid} first (kill ${owner.pid}), or give this one another home with ISINGLASS_HOME. To add a process to that house, give all of them one DATABASE_URL.`,
  );
}

/** Reads a mark's name; undefined for a file that is none. */
export function parseMark(name: string): Mark | undefined {
  const [, role, pid, startedAt, place] = MARK.exec(name) ?? [];
  if (!role || !pid || !startedAt || !place) return undefined;
  return { role: role as Role, pid: Number(pid), startedAt, place, name };
}

/** All marks but those of the dead, which are removed. */
function presentMarks(home: string, role: Role): Mark[] {
  return marksIn(home).filter((mark) => {
    if (mark.role !== role) return false;
    if (judgeMark(home, mark) !== 'dead') return true;
    removeMark(home, mark);
    return false;
  });
}

function marksIn(home: string): Mark[] {
  try {
    return readdirSync(claimsFolder(home)).flatMap((name) => parseMark(name) ?? []);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

const claimsFolder = (home: string) => join(home, 'claims');
const ownerFile = (home: string) => join(home, 'owner.json');
