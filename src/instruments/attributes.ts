import type { Details, Json } from '../domain/record.js';

/**
 * What the record that speaks for an instrument says of it beyond the golden fields; what is of its listing alone is
 * left with the listing.
 */
export function attributesOf(
  listings: readonly { readonly source: string; readonly mic: string; readonly details: Details }[],
  speaker: { readonly source: string; readonly mic: string } | undefined,
): Details {
  const record = listings.find(({ source, mic }) => source === speaker?.source && mic === speaker.mic);
  const { admission: _, ...attributes } = record?.details ?? {};
  return attributes;
}

/** The instruments that attributes say this one is derived from, each once. */
export function underlyingIsinsOf(attributes: Details): readonly string[] {
  const underlying = at(at(attributes, 'derivative'), 'underlying');
  const isins = [at(underlying, 'isins'), at(at(underlying, 'index'), 'isin')].flat();
  return [...new Set(isins.filter((isin): isin is string => typeof isin === 'string'))];
}

function at(json: Json | undefined, key: string): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return (json as Details)[key];
}
