import type { Principal } from '../../auth/principal.js';
import { SOURCES } from '../../sources/index.js';

const RESTRICTED = SOURCES.filter(({ licence }) => !licence.mayRedistribute).map(({ id }) => id);

/**
 * Sources whose publishers do not let us pass their data on, for whoever may not receive it: a key that was not given the right, and
 * whoever has no key at all.
 */
export function hiddenFrom(principal: Principal): readonly string[] {
  return principal.kind === 'key' && principal.mayRedistribute ? [] : RESTRICTED;
}
