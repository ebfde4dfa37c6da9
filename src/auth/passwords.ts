import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';
import { BadRequestError, TryLaterError } from '../common/errors.js';
import { Turns } from './turns.js';

/** argon2id (the library's default), 64 MiB, 3 passes: three times and more what OWASP's password storage sheet asks for. */
const PARAMETERS = { memoryCost: 65_536, timeCost: 3, parallelism: 1 };
/** Each takes 64 MiB, and one of libuv's four threads, by which all others read files: a crowd at the door takes no more than half. */
const AT_ONCE = 2;
const MOST_WAITING = 100;
export const SHORTEST_PASSWORD = 15;
export const LONGEST_PASSWORD = 128;
/** Words of ours that a password must not consist of. */
const OUR_WORDS = ['isinglass', 'password', 'securities', 'admin'];

const COMMON = new Set(dictionary['passwords-common']);

/** Hashes, verifies and judges passwords. They are taken as they are: not trimmed, not cut, not normalised. */
@Injectable()
export class Passwords {
  private readonly turns = new Turns(
    AT_ONCE,
    MOST_WAITING,
    () =>
      new TryLaterError('DOOR_BUSY', 'too many people are signing in at once', 'Try again in a few seconds.'),
  );
  private dummy: string | undefined;

  async hash(password: string): Promise<string> {
    return this.turns.take(() => hash(password, PARAMETERS));
  }

  /** Takes as long when there is no hash to compare with, so that the time does not tell who has an account. */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    this.dummy ??= await hash('nobody has this password', PARAMETERS);
    const against = passwordHash ?? this.dummy;
    const isRight = await this.turns.take(() => verify(against, password));
    return isRight && passwordHash !== null;
  }

  /** Was it hashed with other parameters than those of today? */
  isOutdated(passwordHash: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash);
    return (
      memoryCost !== PARAMETERS.memoryCost ||
      timeCost !== PARAMETERS.timeCost ||
      parallelism !== PARAMETERS.parallelism
    );
  }
}

/** Five words out of 7,776: 64 bits that one can type. */
export function newPassphrase(): string {
  const words = dictionary['diceware-common'];
  return Array.from({ length: 5 }, () => words[randomInt(words.length)]).join('-');
}

/**
 * Long is what counts, not which characters; and it must not be what everybody tries first.
 * @param about words of the person: address and name
 * @throws BadRequestError PASSWORD_WEAK
 */
export function requireGoodPassword(password: string, about: readonly string[]): void {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    throw new BadRequestError(
      'PASSWORD_WEAK',
      `a password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters, and this one has ${length}`,
      'Four or five words that do not belong together are long and easy to keep.',
    );
  }
  if (!isEasilyGuessed(password, about)) return;
  throw new BadRequestError(
    'PASSWORD_WEAK',
    'this password is one of those that everybody tries first: a common one, a repetition, or your own address',
    'Choose another one: four or five words that do not belong together.',
  );
}

function isEasilyGuessed(password: string, about: readonly string[]): boolean {
  const plain = password.toLowerCase();
  const letters = plain.replace(/[^\p{L}\p{N}]/gu, '');
  const words = [...about.flatMap(partsOf), ...OUR_WORDS].filter((word) => word.length >= 4);
  const withoutWords = words.reduce((text, word) => text.replaceAll(word, ''), letters);
  const forms = [plain, letters, letters.replace(/^\p{N}+|(?<!\p{N})\p{N}+$/gu, ''), shortestPeriod(letters)];
  return (
    forms.some((form) => form === '' || COMMON.has(form)) ||
    new Set(letters).size < 5 ||
    isSequence(letters) ||
    withoutWords.length < 8
  );
}

function partsOf(text: string): string[] {
  const plain = text.toLowerCase();
  return [plain.replace(/[^\p{L}\p{N}]/gu, ''), ...plain.split(/[^\p{L}\p{N}]+/u)];
}

/** `abcabcabc` → `abc` */
function shortestPeriod(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .startsWith(text)
    )
      return text.slice(0, length);
  }
  return text;
}

/** `abcdefghijklmno`, `123456789012345` */
function isSequence(text: string): boolean {
  const codes = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, at) => code - (codes[at] ?? 0));
  return steps.filter((step) => Math.abs(step) === 1 || step === -9).length >= steps.length * 0.9;
}
