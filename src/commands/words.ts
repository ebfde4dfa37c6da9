import { hostname, userInfo } from 'node:os';
import { BadRequestError } from '../common/errors.js';
import { parseLetters } from '../domain/profile.js';
import type { By } from '../auth/audit-log.js';

/** The longest reason that is kept. */
const MOST_REASON = 500;

/** Who types: `cli ann@desk`. */
export function byCommand(reason?: string): By {
  return { actor: `cli ${userName()}@${hostname()}`, reason };
}

/** @throws BadRequestError REASON_MISSING, WORDS_UNKNOWN */
export function parseReason(text: string, flag = '--reason'): string {
  // A line of a table.
  const reason = text.trim().replace(/\s+/g, ' ');
  if (reason === '') {
    throw new BadRequestError('REASON_MISSING', `${flag}: a reason is missing`, `Say why: ${flag} "<why>".`);
  }
  if (reason.length <= MOST_REASON) return reason;
  throw new BadRequestError(
    'WORDS_UNKNOWN',
    `${flag}: a reason has at most ${MOST_REASON} characters`,
    'Say it shorter.',
  );
}

/** @throws BadRequestError RUN_NUMBER_INVALID */
export function parseRunNumber(word: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word);
  throw new BadRequestError(
    'RUN_NUMBER_INVALID',
    `"${word}" is no run number`,
    'List them: npx isinglass runs',
  );
}

/** @throws BadRequestError PROFILE_INVALID */
export function parseProfileOption(text: string): readonly string[] | null {
  try {
    return parseLetters(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new BadRequestError(
      'PROFILE_INVALID',
      `--profile: ${message}`,
      'For example: --profile shares,funds',
    );
  }
}

/** @throws BadRequestError WORDS_UNKNOWN */
export function parseChoice<Choice extends string>(
  text: string,
  flag: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new BadRequestError(
    'WORDS_UNKNOWN',
    `${flag}: "${text}" is none of ${choices.join(', ')}`,
    `For example: ${flag} ${choices.join(` or ${flag} `)}`,
  );
}

/** A container may run us under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody');
  }
}
