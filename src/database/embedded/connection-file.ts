import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { registerSecret } from '../../common/secrets.js';
import { writePrivateFile } from './private-file.js';
import { errorCode } from './process-identity.js';

/** The application's role and database. It owns the database and is no superuser. */
export const APP_ROLE = 'isinglass';
/** For administration only; the application never signs in as this one. */
export const SUPERUSER = 'postgres';

/** What `<home>/connection.json` keeps. */
export interface Connection {
  /** The port of the last start, tried first at the next. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly superuser: string;
  readonly superuserPassword: string;
}

/** A connection with new passwords and no port yet. */
export function newConnection(): Connection {
  const password = () => randomBytes(24).toString('hex');
  return ours(0, password(), password());
}

function ours(port: number, password: string, superuserPassword: string): Connection {
  for (const word of [password, superuserPassword]) registerSecret(word);
  return { port, user: APP_ROLE, password, superuser: SUPERUSER, superuserPassword };
}

/** Undefined when the file is missing or is none of ours: the passwords are then made anew. */
export function readConnection(home: string): Connection | undefined {
  let text: string;
  try {
    text = readFileSync(connectionFile(home), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return parseConnection(text);
}

export function parseConnection(text: string): Connection | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { port, password, superuserPassword } = (json ?? {}) as Partial<Connection>;
  // The passwords go into SQL, so nothing but what newConnection makes is taken.
  const isOurs = [password, superuserPassword].every((word) => /^[0-9a-f]{48}$/.test(word ?? ''));
  if (!isOurs || !password || !superuserPassword) return undefined;
  const isPort = Number.isInteger(port) && port! > 0 && port! < 65_536;
  return ours(isPort ? port! : 0, password, superuserPassword);
}

export function writeConnection(home: string, connection: Connection): void {
  writePrivateFile(connectionFile(home), `${JSON.stringify(connection, null, 2)}\n`);
}

/** The application's address of the database. */
export function connectionUrl(connection: Connection, port: number): string {
  return `postgres://${connection.user}:${connection.password}@127.0.0.1:${port}/${APP_ROLE}`;
}

const connectionFile = (home: string) => join(home, 'connection.json');
