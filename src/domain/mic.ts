import { latinCapitals } from './text.js';

/** Market identifier code (ISO 10383): four capital letters or digits, for example `XETR`. */
export type Mic = string;

/** Says whether a text has the shape of a MIC; it need not be on the published list. */
export function isMic(text: string): boolean {
  return /^[A-Z0-9]{4}$/.test(text);
}

/** A MIC as we write it: NFKC, trimmed, upper case. Blanks inside stay, for they are a fault. */
export function normaliseMic(text: string): Mic {
  return latinCapitals(text.normalize('NFKC').trim());
}
