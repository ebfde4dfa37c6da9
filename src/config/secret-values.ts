// What is wrong with a secret is said without repeating it: messages end in logs, and in tickets.

const KEY_BYTES = 32;
/** 32 random bytes have about 30 different ones; fewer than this are nobody's luck. */
const FEWEST_DIFFERENT_BYTES = 16;
const LONGEST_PATTERN = 16;

/** 32 bytes out of 64 hex digits or base64, such as `openssl rand -base64 32` prints. */
export function parseKey(text: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/]{43}=?$|^[A-Za-z0-9_-]{43}=?$/.test(text)
      ? Buffer.from(text, 'base64')
      : null;
  if (key?.length !== KEY_BYTES) {
    throw new Error('expected 32 random bytes as 64 hex digits or base64; make some: openssl rand -hex 32');
  }
  if (isGuessable(key)) {
    throw new Error('the key is no random one, it can be guessed; make another: openssl rand -hex 32');
  }
  return key;
}

/** Is it a pattern, a count, or a text somebody typed, rather than chance? */
function isGuessable(key: Buffer): boolean {
  const differences = new Set(key.subarray(1).map((byte, at) => byte - (key[at] ?? 0)));
  const isPattern = Array.from({ length: LONGEST_PATTERN }, (_, at) => at + 1).some((length) =>
    key.every((byte, at) => byte === key[at % length]),
  );
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  return differences.size === 1 || isPattern || isText || new Set(key).size < FEWEST_DIFFERENT_BYTES;
}

/** A text that another program made up; of at least so many characters. */
export function secretText(leastLength: number): (text: string) => string {
  return (text) => {
    if (!/^[\x21-\x7e]{1,1000}$/.test(text)) {
      throw new Error('expected a text without blanks and control characters, of at most 1000 characters');
    }
    if (text.length < leastLength) throw new Error(`expected at least ${leastLength} characters`);
    return text;
  };
}
