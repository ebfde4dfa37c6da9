import type { LoadedPart } from './steps/load.js';
import type { LocatedEdition } from './steps/locate.js';

/** Results of the steps of a run that are done, by name. */
export type DoneSteps = ReadonlyMap<string, unknown>;

export type StepKind = 'locate' | 'load' | 'stage' | 'gate' | 'publish';

/** `load EQUITY_L` is a step of the kind `load`, for the part `EQUITY_L`. */
export function kindOf(step: string): { readonly kind: StepKind; readonly part: string } {
  const [kind = '', ...part] = step.split(' ');
  return { kind: kind as StepKind, part: part.join(' ') };
}

/**
 * What may be done next in a run, all of it at the same time:
 *
 *     locate → load <part>, for every part → stage <part>, for parts that did not change while others did → gate → publish
 *
 * Nothing, when the run is at its end.
 */
export function nextSteps(done: DoneSteps): readonly string[] {
  if (!done.has('locate')) return ['locate'];
  const edition = editionOf(done);
  if (edition === null) return [];
  const toLoad = edition.parts.map(({ name }) => `load ${name}`).filter((step) => !done.has(step));
  if (toLoad.length > 0) return toLoad;
  const loaded = partsOf(done, edition);
  // A record may have moved from one list to another: those that did not change are read along with those that did.
  if (loaded.some(({ state }) => state === 'staged')) {
    const toStage = loaded.filter(({ state }) => state === 'same').map(({ name }) => `stage ${name}`);
    if (toStage.length > 0) return toStage;
  }
  return ['gate', 'publish'].filter((step) => !done.has(step)).slice(0, 1);
}

/** The edition that was located, or `null` when there was none. */
export function editionOf(done: DoneSteps): LocatedEdition | null {
  return done.get('locate') as LocatedEdition | null;
}

/** What loading came to, in the order of the edition's parts. */
export function partsOf(done: DoneSteps, edition: LocatedEdition): readonly LoadedPart[] {
  return edition.parts.map(
    ({ name }) => (done.get(`stage ${name}`) ?? done.get(`load ${name}`)) as LoadedPart,
  );
}
