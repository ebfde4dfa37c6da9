import { NotFoundError } from '../common/errors.js';
import { findSource, SOURCES } from '../sources/index.js';
import type { Source } from '../sources/source.js';

/**
 * The source a person named.
 * @throws NotFoundError SOURCE_UNKNOWN
 */
export function knownSource(id: string): Source {
  const source = findSource(id);
  if (source !== undefined) return source;
  throw new NotFoundError(
    'SOURCE_UNKNOWN',
    `there is no source "${id}"`,
    `The sources are ${SOURCES.map((each) => each.id).join(', ')}.`,
  );
}
