import { quotationUnit } from '../../domain/currency.js';
import type { GroupCount } from '../../instruments/store.js';
import { median, MEDIAN_OF, type Baseline } from './baseline.js';
import type { Finding } from './gate-rules.js';
import { ALWAYS_ALLOWED, percent, type Limits } from './limits.js';
import type { LoadedPart } from './load.js';

/** Codes of oddities and rejects that say: this value is not what its field holds. */
const VALUE_CODES = /^(?:ISIN|LEI)_|_SHAPE$|_UNREADABLE$|^(?:STATUS|KIND)_UNKNOWN$/;

const EXAMPLES = 5;

/** Rejected rows of a part, by reason. */
export interface RejectCount {
  readonly part: string;
  readonly code: string;
  readonly field: string;
  readonly rows: number;
  readonly examples: readonly string[];
}

/** Values of one field in one scope that cannot be what it holds. */
export interface InvalidValues {
  readonly scope: string;
  readonly field: string;
  readonly count: number;
  /** How many values there are, the invalid ones among them. */
  readonly of: number;
  readonly share: number;
  /** What is wrong with them, and with how many. */
  readonly problems: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
}

interface Tally {
  /** Rows that were rejected for it, values that were set aside, and values that were kept. */
  rejected: number;
  aside: number;
  kept: number;
  readonly problems: Record<string, number>;
  readonly examples: string[];
}

/** Counts values that cannot be what their field holds: as the rows were read, and by what is staged. */
export function countInvalid(
  parts: readonly LoadedPart[],
  rejects: readonly RejectCount[],
  survey: readonly GroupCount[],
): readonly InvalidValues[] {
  const tallies = new Map<string, Map<string, Tally>>();
  const tally = (scope: string, field: string): Tally => {
    const fields = tallies.get(scope) ?? new Map<string, Tally>();
    tallies.set(scope, fields);
    const found = fields.get(field) ?? { rejected: 0, aside: 0, kept: 0, problems: {}, examples: [] };
    fields.set(field, found);
    return found;
  };
  const add = (scope: string, field: string, kind: 'rejected' | 'aside' | 'kept', found: Problem): void => {
    const into = tally(scope, field);
    into[kind] += found.count;
    into.problems[found.problem] = (into.problems[found.problem] ?? 0) + found.count;
    into.examples.push(...found.examples.slice(0, EXAMPLES - into.examples.length));
  };
  for (const { scope, counts } of parts) {
    for (const [kind, count] of Object.entries(counts.odd)) {
      const [problem = kind, field = ''] = kind.split(' ');
      if (VALUE_CODES.test(problem)) add(scope, field, 'aside', { problem, count, examples: [] });
    }
  }
  const scopeOf = new Map(parts.map(({ name, scope }) => [name, scope]));
  for (const { part, code, field, rows, examples } of rejects) {
    const scope = scopeOf.get(part);
    if (scope !== undefined && VALUE_CODES.test(code))
      add(scope, field, 'rejected', { problem: code, count: rows, examples });
  }
  for (const { scope, kind, name, records, isUnknownVenue } of survey) {
    if (kind === 'currency' && name !== '' && quotationUnit(name) === null)
      add(scope, 'currency', 'kept', { problem: 'not in ISO 4217', count: records, examples: [name] });
    if (isUnknownVenue)
      add(scope, 'mic', 'kept', { problem: 'not in the list of venues', count: records, examples: [name] });
  }
  return [...tallies].flatMap(([scope, fields]) => {
    const staged = survey.find((group) => group.scope === scope && group.kind === 'scope');
    return [...fields].map(([field, { rejected, aside, kept, problems, examples }]): InvalidValues => {
      const filled = (staged?.records ?? 0) - (staged?.empty?.[field] ?? 0);
      // What was set aside left its column empty; a field without a column is taken to be filled everywhere.
      const isColumn = staged?.empty?.[field] !== undefined;
      // Records of a scope may be staged under another one, such as those of a category that cannot be read.
      const of = Math.max(filled + rejected + (isColumn ? aside : 0), rejected + aside + kept);
      const count = rejected + aside + kept;
      return { scope, field, count, of, share: of === 0 ? 0 : count / of, problems, examples };
    });
  });
}

interface Problem {
  readonly problem: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/**
 * Are there too many values that cannot be what their field holds? What a publisher always had is no news: it is
 * measured from the share that is usual.
 */
export function invalidValues(
  limits: Limits,
  invalid: readonly InvalidValues[],
  baseline: Baseline,
): Finding[] {
  return invalid.flatMap(({ scope, field, count, of, share, problems, examples }): Finding[] => {
    const past = baseline.scopes.get(scope)?.slice(0, MEDIAN_OF) ?? [];
    const usual = median(past.map((each) => each.invalid[field] ?? 0));
    if (count <= ALWAYS_ALLOWED || share <= usual + limits.maxInvalidShare) return [];
    const what = Object.entries(problems)
      .sort(([, one], [, other]) => other - one)
      .map(([problem, values]) => `${values} ${problem}`)
      .join(', ');
    return [
      {
        code: 'VALUES_INVALID',
        severity: 'stop',
        message: `${scope}: ${count} of ${of} values of ${field} are none, ${percent(share)} (${what}); at most ${percent(usual + limits.maxInvalidShare)} are expected`,
        fields: { scope, field, count, of, problems, ...(examples.length > 0 && { examples }) },
      },
    ];
  });
}
