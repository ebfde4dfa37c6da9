import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ConfigurationError } from '../common/errors.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a small secret that we must be able to read again: iv, tag and text, by AES-256-GCM. @param about what it belongs to; it opens for that alone */
export function seal(key: Buffer, text: string, about: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** @throws ConfigurationError SECRET_KEY_WRONG */
export function unseal(key: Buffer, sealed: Buffer, about: string): string {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(about))
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new ConfigurationError(
      'SECRET_KEY_WRONG',
      'what was encrypted with the secret key cannot be read: it is not the key it was encrypted with',
      'Set ISINGLASS_SECRET_KEY to the key that this database was used with before.',
      { cause },
    );
  }
}
