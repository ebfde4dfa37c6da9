import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Tokens name their kind, so that a leaked one is recognised by scanners and masked in logs. */
export type TokenKind = 'isl' | 'iss' | 'isd';

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;

/** `isl_…` of a one-time link, `iss_…` of a session, `isd_…` of a known device: 256 bits. */
export function newToken(kind: TokenKind): string {
  return `${kind}_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a token: enough to know it again, not enough to use it. Fast, for it has 256 bits. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** An API key as text: `isk_<environment>_<public id>_<secret><check>`. */
export interface KeyText {
  readonly publicId: string;
  readonly secret: string;
}

/** @param environment `live` or `test`, for people who find one */
export function newKeyText(environment: string): KeyText & { readonly text: string } {
  const publicId = randomBase62(8);
  const secret = randomBase62(SECRET_LENGTH);
  const body = `isk_${environment}_${publicId}_${secret}`;
  return { publicId, secret, text: `${body}${checkOf(body)}` };
}

/** @returns null for what cannot be a key of ours: a wrong check needs no look into the database */
export function parseKeyText(text: string): KeyText | null {
  const match = /^(isk_[a-z]{2,8}_([0-9A-Za-z]{8})_([0-9A-Za-z]{43}))([0-9A-Za-z]{6})$/.exec(text);
  const [, body, publicId, secret, check] = match ?? [];
  if (body === undefined || publicId === undefined || secret === undefined) return null;
  return check === checkOf(body) ? { publicId, secret } : null;
}

function checkOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECK_LENGTH; place += 1) {
    text = BASE_62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    // Bytes from 248 on would make the first eight characters likelier than others.
    for (const byte of randomBytes(length)) if (byte < 248) text += BASE_62.charAt(byte % 62);
  }
  return text.slice(0, length);
}
