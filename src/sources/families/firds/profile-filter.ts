import { takes, type Profile } from '../../../domain/profile.js';

/** Letter of a record without a CFI that can be read. */
export const NO_LETTER = 0x3f;

/** Asks a profile about bytes. What has no letter is always of a kind that is taken. */
export class ProfileFilter {
  private readonly letters: Uint8Array;
  private readonly mics: ReadonlySet<number> | null;

  constructor({ letters, mics }: Profile) {
    const isTaken = (byte: number) => takes({ letters, mics: null }, String.fromCharCode(byte), '');
    this.letters = Uint8Array.from({ length: 256 }, (_, byte) =>
      byte === NO_LETTER || isTaken(byte) ? 1 : 0,
    );
    this.mics = mics === null ? null : new Set(mics.map((mic) => packed(Buffer.from(mic), 0)));
  }

  takesLetter(letter: number): boolean {
    return this.letters[letter] === 1;
  }

  /** @param start of four bytes */
  takesMic(bytes: Uint8Array, start: number): boolean {
    return this.mics === null || this.mics.has(packed(bytes, start));
  }
}

/** Four bytes as one number. */
function packed(bytes: Uint8Array, start: number): number {
  return (bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!;
}
