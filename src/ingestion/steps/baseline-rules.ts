import type { GroupCount, GroupKind, ScopeComparison } from '../../instruments/store.js';
import { median, MEDIAN_OF, type Baseline, type PastGroup } from './baseline.js';
import type { Finding } from './gate-rules.js';
import { FEW, percent, type Limits } from './limits.js';

/** A group of fewer than so much of its scope is no reason to hold the scope. */
const WORTH_LOSING = 0.001;
/** A group that is new or has grown is one only when it is so much of its scope: new venues and countries do come. */
const WORTH_GAINING = 0.05;
/** Groups a message names; all others are counted. */
const NAMED = 5;
const DRIP_DAYS = 30;

const WORDS: Readonly<Record<GroupKind, string>> = {
  scope: 'list',
  country: 'country',
  category: 'category',
  venue: 'venue',
  currency: 'currency',
};

/** The edition that is examined, against those before it. */
export interface Examined {
  readonly limits: Limits;
  readonly comparison: readonly ScopeComparison[];
  readonly survey: readonly GroupCount[];
  readonly baseline: Baseline;
  /** By scope: records held that are not named, less missing ones that are named again. */
  readonly gone: ReadonlyMap<string, number>;
  readonly editionOn: string;
  /** The edition before is neither long ago nor followed by days of which nothing is known. */
  readonly isComparable: boolean;
}

/** Is a scope much smaller or larger than it was of late, or does it bring too much that is new? */
export function strayedScopes({ limits, comparison, baseline, isComparable }: Examined): Finding[] {
  const severity = isComparable ? 'stop' : 'warning';
  return comparison.flatMap(({ scope, staged, held, new: added }): Finding[] => {
    const past = baseline.scopes.get(scope)?.slice(0, MEDIAN_OF);
    if (past === undefined) return [];
    const usual = median(past.map(({ records }) => records));
    const say = `the median of the last ${past.length} good editions, ${usual}`;
    const findings: Finding[] = [];
    const lost = usual - staged;
    if (lost > FEW && lost > usual * limits.maxShrinkShare) {
      findings.push({
        code: 'EDITION_SHRUNK',
        severity,
        message: `${scope}: ${staged} records, ${percent(lost / usual)} fewer than ${say}; at most ${percent(limits.maxShrinkShare)} are expected`,
        fields: { scope, count: lost, of: usual },
        examplesOf: { scope, of: 'ended' },
      });
    }
    const gained = -lost;
    if (usual > 0 && gained > FEW && gained > usual * limits.maxGrowthShare) {
      findings.push({
        code: 'EDITION_GROWN',
        severity,
        message: `${scope}: ${staged} records, ${percent(gained / usual)} more than ${say}; at most ${percent(limits.maxGrowthShare)} are expected`,
        fields: { scope, count: gained, of: usual },
        examplesOf: { scope, of: 'new' },
      });
    }
    if (held > 0 && added > FEW && added > held * limits.maxGrowthShare) {
      findings.push({
        code: 'MASS_NEW',
        severity,
        message: `${scope}: ${added} new records beside the ${held} held, ${percent(added / held)}; at most ${percent(limits.maxGrowthShare)} are expected`,
        fields: { scope, count: added, of: held },
        examplesOf: { scope, of: 'new' },
      });
    }
    return findings;
  });
}

interface StrayedGroup {
  readonly name: string;
  readonly records: number;
  readonly usual: number;
}

/** Has a country, a CFI category, a venue or a currency gone, or come, while its scope as a whole looks sound? */
export function strayedGroups({ limits, survey, baseline, isComparable }: Examined): Finding[] {
  return [...baseline.scopes].flatMap(([scope, all]) => {
    const past = all.slice(0, MEDIAN_OF);
    const size = median(past.map(({ records }) => records));
    const here = survey.filter((group) => group.scope === scope && group.kind !== 'scope');
    const before = baseline.groups.filter((group) => group.scope === scope);
    const kinds = new Set([...here, ...before].map(({ kind }) => kind));
    return [...kinds].sort().flatMap((kind): Finding[] => {
      const groups = together(
        here.filter((group) => group.kind === kind),
        before.filter((group) => group.kind === kind),
        past.length,
      );
      const leastLoss = Math.max(FEW, size * WORTH_LOSING);
      const shrunk = groups.filter(
        ({ records, usual }) =>
          usual - records > leastLoss && usual - records > usual * limits.maxGroupShrinkShare,
      );
      const leastGain = Math.max(FEW, size * WORTH_GAINING);
      const grown = groups.filter(
        ({ records, usual }) =>
          records - usual > leastGain && records - usual > usual * limits.maxGroupGrowthShare,
      );
      return [
        ...groupFinding('GROUP_SHRUNK', { scope, kind, strayed: shrunk, isComparable }),
        ...groupFinding('GROUP_GROWN', { scope, kind, strayed: grown, isComparable }),
      ];
    });
  });
}

function together(
  here: readonly GroupCount[],
  before: readonly PastGroup[],
  editions: number,
): readonly StrayedGroup[] {
  const usual = new Map(before.map(({ name, records }) => [name, median(records, editions)]));
  const now = new Map(here.map(({ name, records }) => [name, records]));
  return [...new Set([...usual.keys(), ...now.keys()])].map((name) => ({
    name,
    records: now.get(name) ?? 0,
    usual: usual.get(name) ?? 0,
  }));
}

function groupFinding(
  code: 'GROUP_SHRUNK' | 'GROUP_GROWN',
  found: {
    readonly scope: string;
    readonly kind: GroupKind;
    readonly strayed: readonly StrayedGroup[];
    readonly isComparable: boolean;
  },
): Finding[] {
  const { scope, kind, isComparable } = found;
  const difference = ({ records, usual }: StrayedGroup): number => Math.abs(records - usual);
  const strayed = [...found.strayed].sort((one, other) => difference(other) - difference(one));
  const [worst] = strayed;
  if (worst === undefined) return [];
  const named = strayed
    .slice(0, NAMED)
    .map(
      ({ name, records, usual }) =>
        `${name === '' ? 'none' : name} has ${records} records, ${usual} are usual`,
    );
  const others = strayed.length > NAMED ? `; so it is with ${strayed.length - NAMED} more` : '';
  return [
    {
      code,
      severity: isComparable ? 'stop' : 'warning',
      message: `${scope}: ${WORDS[kind]} ${named.join('; ')}${others}`,
      fields: { scope, kind, groups: strayed.slice(0, NAMED) },
      examplesOf: { scope, of: code === 'GROUP_SHRUNK' ? 'left' : 'joined', kind, name: worst.name },
    },
  ];
}

/** Are a column's cells suddenly empty? One that is suddenly filled is worth a line. */
export function strayedColumns({ limits, survey, baseline, isComparable }: Examined): Finding[] {
  return survey.flatMap(({ scope, kind, records, empty }): Finding[] => {
    const past = baseline.scopes.get(scope)?.slice(0, MEDIAN_OF);
    if (kind !== 'scope' || empty === null || past === undefined) return [];
    return Object.entries(empty).flatMap(([column, count]): Finding[] => {
      const shares = past.flatMap((each) => {
        const emptyThen = each.empty[column];
        return emptyThen === undefined || each.records === 0 ? [] : [emptyThen / each.records];
      });
      if (shares.length === 0) return [];
      const usual = median(shares);
      const jump = count / records - usual;
      if (Math.abs(jump) <= limits.maxEmptyJump || Math.abs(jump) * records <= FEW) return [];
      const isEmptied = jump > 0;
      return [
        {
          code: isEmptied ? 'COLUMN_EMPTIED' : 'COLUMN_FILLED',
          severity: isEmptied && isComparable ? 'stop' : 'warning',
          message: `${scope}: ${column} is empty in ${count} of ${records} records, ${percent(count / records)}; ${percent(usual)} are usual`,
          fields: { scope, column, count, of: records, usualShare: usual },
          ...(isEmptied && { examplesOf: { scope, of: 'emptied', column } }),
        },
      ];
    });
  });
}

/** Has a scope lost much within thirty days, each day too little to be noticed? What came in its place does not count. */
export function drippedAway({
  limits,
  comparison,
  gone,
  baseline,
  editionOn,
  isComparable,
}: Examined): Finding[] {
  const since = dayBefore(editionOn, DRIP_DAYS);
  return comparison.flatMap(({ scope, staged }): Finding[] => {
    const past = baseline.scopes.get(scope) ?? [];
    const found = past.findIndex((each) => each.editionOn <= since);
    const at = found < 0 ? past.length - 1 : found;
    const base = past[at];
    // Against the edition before it everything has been said already.
    if (base === undefined || at === 0) return [];
    const each = [gone.get(scope) ?? 0, ...past.slice(0, at).map((edition) => edition.gone)];
    // What came back after it went is not lost; more than went cannot come back.
    const away = each.reduceRight((sum, count) => Math.max(0, sum + count), 0);
    const lost = Math.max(away, base.records - staged);
    if (lost <= FEW || lost <= base.records * limits.maxMonthlyLossShare) return [];
    const what = away >= lost ? `${away} records have gone` : `${lost} records fewer`;
    return [
      {
        code: 'SLOW_DRIP',
        severity: isComparable ? 'stop' : 'warning',
        message: `${scope}: ${what} since the ${base.records} of ${base.editionOn}, ${percent(lost / base.records)}; at most ${percent(limits.maxMonthlyLossShare)} are expected in ${DRIP_DAYS} days`,
        fields: { scope, count: lost, of: base.records, since: base.editionOn },
        examplesOf: { scope, of: 'ended' },
      },
    ];
  });
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
