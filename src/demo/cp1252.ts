/** The characters that cp1252 has in place of Latin-1's control characters, as far as the lists use them. */
const BEYOND_LATIN_1: Readonly<Record<string, string>> = {
  '–': '\x96',
  '’': '\x92',
  '€': '\x80',
  '™': '\x99',
};

/** @throws RangeError for a character that is not known to have a byte. */
export function toCp1252(text: string): Buffer {
  const bytes = text.replaceAll(/[^\0-\x7f\xa0-\xff]/gu, (character) => {
    const byte = BEYOND_LATIN_1[character];
    if (byte === undefined) throw new RangeError(`${character} has no byte in cp1252 that is known here`);
    return byte;
  });
  return Buffer.from(bytes, 'latin1');
}
