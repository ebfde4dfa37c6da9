import { euEsmaFirds } from './eu-esma-firds/source.js';
import { gbFcaFirds } from './gb-fca-firds/source.js';
import { inNseEquities } from './in-nse-equities/source.js';
import type { Source } from './source.js';
import { xxIsoMic } from './xx-iso-mic/source.js';

/** Every list the house reads. A new one is a folder and a line here. */
export const SOURCES: readonly Source[] = [xxIsoMic, euEsmaFirds, gbFcaFirds, inNseEquities];

/** The source of this id, if the house has it. */
export function findSource(id: string): Source | undefined {
  return SOURCES.find((source) => source.id === id);
}
