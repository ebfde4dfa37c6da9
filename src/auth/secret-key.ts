import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';

const KEY_BYTES = 32;

/** The key that encrypts what we must be able to read again: of the settings, or made once and kept in the home. */
@Injectable()
export class SecretKey {
  private known: Buffer | undefined;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'home' | 'secretKey'>) {}

  /** 32 bytes. @throws ConfigurationError SECRET_KEY_WRONG when what is kept is no key */
  get bytes(): Buffer {
    this.known ??= this.config.secretKey ?? keptKey(this.config.home);
    return this.known;
  }
}

function keptKey(home: string): Buffer {
  const path = join(home, 'secret.key');
  const text = readIfThere(path) ?? makeKey(home, path);
  if (/^[0-9a-f]{64}\n$/.test(text)) return Buffer.from(text.trim(), 'hex');
  throw new ConfigurationError(
    'SECRET_KEY_WRONG',
    `${path} holds no key of 64 hex digits`,
    'Restore it from a backup. Without one delete it: second factors must then be set up anew.',
  );
}

/** Of several that make it at once the first one's counts: a link is there whole or not at all. */
function makeKey(home: string, path: string): string {
  mkdirSync(home, { recursive: true });
  // Not by the number of the process: in two containers on one volume it is the same.
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8');
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
