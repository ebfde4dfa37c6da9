import { hash } from 'node:crypto';
import type { Json } from '../domain/record.js';
import { cosmeticForm } from '../domain/text.js';

/** Two fingerprints of one item, as PostgreSQL `uuid` text. */
export interface ContentHashes {
  /** Blind to cosmetic differences: letter case, runs of blanks, compatibility forms. */
  readonly content: string;
  /** Of every character. */
  readonly exact: string;
}

/**
 * Fingerprints of an item's content. The order of an object's keys does not matter, the order of a list does.
 * The status is left out: who ends a record is not always who describes it.
 */
export function contentHashes(content: Json): ContentHashes {
  return {
    content: uuidOf(canonicalText(content, cosmeticForm)),
    exact: uuidOf(canonicalText(content, (text) => text)),
  };
}

/** The first 128 bits of SHA-256, which PostgreSQL keeps in 16 bytes as a `uuid`. */
function uuidOf(text: string): string {
  return hash('sha256', text).slice(0, 32);
}

function canonicalText(value: Json, form: (text: string) => string): string {
  if (typeof value === 'string') return JSON.stringify(form(value));
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map((item) => canonicalText(item, form)).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, form)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
