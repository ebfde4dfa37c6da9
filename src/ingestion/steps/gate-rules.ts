import type {
  Comparison,
  EditionInHand,
  ExampleQuestion,
  Flips,
  ScopeComparison,
} from '../../instruments/store.js';
import type { Bounds, Edition } from '../../sources/source.js';
import type { Failure } from '../run.js';
import { ALWAYS_ALLOWED, COMPARABLE_DAYS, FEW, percent, type Limits } from './limits.js';
import type { LoadedPart } from './load.js';

/** So many may go before anybody is told, where more are allowed. */
const WORTH_A_WARNING = 0.02;

/** Something odd about an edition. A `stop` holds it. */
export interface Finding {
  readonly code: string;
  readonly severity: 'note' | 'warning' | 'stop';
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Keys to put into its fields. */
  readonly examplesOf?: ExampleQuestion;
}

/** Codes of the findings that hold an edition. */
type StopCode =
  | 'PART_CUT_SHORT'
  | 'REJECT_SHARE'
  | 'RECORDS_OUT_OF_BOUNDS'
  | 'EDITION_SHRUNK'
  | 'EDITION_GROWN'
  | 'MASS_MISSING'
  | 'MASS_NEW'
  | 'MASS_CHANGE'
  | 'MASS_STATUS'
  | 'MASS_RENAMED'
  | 'SLOW_DRIP'
  | 'GROUP_SHRUNK'
  | 'GROUP_GROWN'
  | 'COLUMN_EMPTIED'
  | 'VALUES_INVALID'
  | 'SENTINEL_ABSENT';

/** What a person does next about an edition that is held, by the code of the finding. */
const NEXT_STEPS: Readonly<Record<StopCode, string>> = {
  PART_CUT_SHORT:
    'Start the run again, which fetches the list anew; if it ends so each time, look at its last lines.',
  REJECT_SHARE: 'Look at the rejects of the run: the publisher may have changed how it writes a column.',
  RECORDS_OUT_OF_BOUNDS:
    'Compare the file with the list on the publisher’s pages; if both agree, change the bounds in the source.',
  EDITION_SHRUNK:
    'Compare the file with the list on the publisher’s pages: it may be only the first part of it.',
  MASS_MISSING:
    'Look at which records are gone: the list may have moved them to another one, or be another list.',
  EDITION_GROWN:
    'Compare the file with the list on the publisher’s pages: it may hold another list as well, or rows twice.',
  MASS_NEW: 'Look at which records are new: the list may hold another one as well, or have other keys now.',
  MASS_CHANGE: 'Compare some rows with the edition before: a column may have another meaning now.',
  MASS_STATUS: 'Look at some of these records: dates may have changed places, or be written another way.',
  MASS_RENAMED: 'Compare some names with the edition before: another column may stand in their place.',
  SLOW_DRIP:
    'Compare the list with the one of thirty days ago: something leaves it bit by bit, each day too little to be seen.',
  GROUP_SHRUNK:
    'Look for the groups on the publisher’s pages: a country or a venue may have got lost while the list was made.',
  GROUP_GROWN:
    'Look at some of these records: a column may hold the value of another one, or the same everywhere.',
  COLUMN_EMPTIED: 'Look at the column in the file: it may have another name or place, or be filled later.',
  VALUES_INVALID: 'Compare some rows with the edition before: columns may have changed places.',
  SENTINEL_ABSENT: 'Look for these keys in the file: without them it is hardly the whole list.',
};

/** Why an edition is held: the first finding that stops it, with all their codes. */
export function whyHeld(edition: EditionInHand, stops: readonly Finding[]): Failure | null {
  const [first] = stops;
  if (first === undefined) return null;
  const codes = [...new Set(stops.map(({ code }) => code))];
  return {
    code: first.code,
    message: `${edition.sourceId}: the edition of ${edition.editionOn} is held (${codes.join(', ')}): ${first.message}`,
    nextStep: `${NEXT_STEPS[first.code as StopCode]} If the edition is right all the same, approve it: npx isinglass approve ${edition.runId} --reason "<why>"; if not: npx isinglass reject ${edition.runId} --reason "<why>".`,
  };
}

/** A finding that holds the edition. */
export function stop(code: StopCode, message: string, fields: Readonly<Record<string, unknown>>): Finding {
  return { code, severity: 'stop', message, fields };
}

/** Parts and rows that were kept, or left out, although something about them is odd. */
export function oddParts(
  edition: Pick<EditionInHand, 'editionOn'> & { readonly isDayAssumed: boolean },
  parts: readonly LoadedPart[],
  duplicates: number,
): Finding[] {
  const findings: Finding[] = [];
  if (edition.isDayAssumed) {
    findings.push({
      code: 'DAY_ASSUMED',
      severity: 'warning',
      message: `no file name carries a day, so ${edition.editionOn} was taken, today; say the right one with --date`,
    });
  }
  for (const { name, state, counts } of parts) {
    if (state === 'absent') {
      findings.push({
        code: 'PART_ABSENT',
        severity: 'warning',
        message: `${name}: the publisher does not have this list; what it held stays as it is`,
      });
    }
    for (const [kind, records] of Object.entries(counts.odd)) {
      const [code = kind, field = ''] = kind.split(' ');
      findings.push({
        code,
        severity: 'warning',
        message: `${name}: ${records} records kept with an odd ${field}`,
        fields: { part: name, field, records },
      });
    }
  }
  if (duplicates > 0) {
    findings.push({
      code: 'DUPLICATE_KEYS',
      severity: 'warning',
      message: `${duplicates} rows repeat a key of another row; see the rejects`,
      fields: { rows: duplicates },
    });
  }
  return findings;
}

const DRIFT: Readonly<Record<string, { readonly code: string; readonly words: string }>> = {
  vanished: { code: 'DRIFT_VANISHED', words: 'vanished without a termination' },
  appeared: { code: 'DRIFT_APPEARED', words: 'appeared without being announced' },
  differs: { code: 'DRIFT_DIFFERS', words: 'differ in some field' },
};

const MANY_DAYS = 10;

/** What a person may want to know of a delta, or of the audit that a full set is. */
export function deltaFindings(
  edition: Pick<EditionInHand, 'kind' | 'fullSets'>,
  { scopes, drift, anomalies }: Comparison,
  place: {
    readonly missingDays: readonly string[];
    readonly waitingScopes: readonly string[];
    readonly gapReason: string | undefined;
  },
): Finding[] {
  const findings: Finding[] = [];
  const { missingDays, waitingScopes, gapReason } = place;
  if (missingDays.length > 0) {
    const days =
      missingDays.length > MANY_DAYS
        ? `${missingDays[0]} to ${missingDays.at(-1)}, ${missingDays.length} days`
        : missingDays.join(', ');
    findings.push(
      edition.kind === 'full'
        ? {
            code: 'GAP_HEALED',
            severity: 'note',
            message: `this full set makes up for the deltas of ${days}`,
          }
        : {
            code: 'GAP_ACCEPTED',
            severity: 'warning',
            message: `the deltas of ${days} are missing, which a person accepted${gapReason ? `: ${gapReason}` : ''}`,
            fields: { missingDays },
          },
    );
  } else if (gapReason !== undefined && edition.fullSets.length === 0) {
    findings.push({
      code: 'GAP_ACCEPTED',
      severity: 'warning',
      message: `no full set was published before, which a person accepted${gapReason ? `: ${gapReason}` : ''}`,
    });
  }
  if (waitingScopes.length > 0) {
    findings.push({
      code: 'PROFILE_WAITS',
      severity: 'note',
      message: `${waitingScopes.join(', ')}: wanted, and waiting for the next full set`,
      fields: { scopes: waitingScopes },
    });
  }
  for (const [reason, records] of Object.entries(drift)) {
    const { code, words } = DRIFT[reason] ?? { code: 'DRIFT_DIFFERS', words: reason };
    const message = `${records} records ${words}; healed by this full set, and listed with the run`;
    findings.push({ code, severity: 'warning', message, fields: { records } });
  }
  for (const [event, records] of Object.entries(anomalies)) {
    findings.push({
      code: 'EVENT_UNEXPECTED',
      severity: 'note',
      message: `${records} events ${event.replaceAll('-', ' ')} records`,
      fields: { event, records },
    });
  }
  const sum = (key: 'boundary' | 'past'): number => scopes.reduce((total, scope) => total + scope[key], 0);
  if (sum('boundary') > 0) {
    findings.push({
      code: 'BOUNDARY_DAY',
      severity: 'note',
      message: `${sum('boundary')} records are told otherwise by a delta of the same day, which holds`,
    });
  }
  if (sum('past') > 0) {
    findings.push({
      code: 'EVENTS_LATE',
      severity: 'note',
      message: `${sum('past')} events are older than what is held; they are history`,
    });
  }
  return findings;
}

/** A transfer without an announced length that broke off looks complete: `PARKORANIP,Parkorani Polymers Limit` and no more. */
export function cutShort(parts: readonly LoadedPart[]): Finding[] {
  return parts
    .filter(({ counts }) => counts.endsInCutRow)
    .map(({ name, counts }) =>
      stop(
        'PART_CUT_SHORT',
        `${name}: its last row cannot be read, so the file seems to end in the middle of a row`,
        {
          part: name,
          rows: counts.rows,
        },
      ),
    );
}

/** Is each scope as large as the source says a healthy one is? */
export function outOfBounds(bounds: Bounds, comparison: readonly ScopeComparison[]): Finding[] {
  return comparison.flatMap(({ scope, staged }): Finding[] => {
    const bound = bounds.records[scope];
    if (bound === undefined || (staged >= bound.min && staged <= bound.max)) return [];
    const message = `${scope}: ${staged} records; a healthy edition has ${bound.min} to ${bound.max}`;
    return [stop('RECORDS_OUT_OF_BOUNDS', message, { scope, staged, ...bound })];
  });
}

/**
 * Does too much change at once? Against an edition of long ago other content is worth a line, and no reason to hold.
 * @param hasGap deltas before it are missing
 * @param daysSinceLast from the last published edition to this one
 */
export function changedTooMuch(
  limits: Limits,
  comparison: readonly ScopeComparison[],
  kind: Edition['kind'],
  daysSinceLast: number,
  hasGap = false,
): Finding[] {
  return comparison.flatMap(({ scope, staged, held, ended, changed }) => {
    const shares = [
      {
        code: 'EDITION_SHRUNK',
        say: (count: number, of: number) => `${count} records fewer than the ${of} before`,
        count: kind === 'full' ? held - staged : 0,
        most: limits.maxShrinkShare,
        of: 'ended',
      },
      {
        code: 'MASS_MISSING',
        say: (count: number, of: number) => `${count} of ${of} records are gone`,
        count: ended,
        most: limits.maxMissingShare,
        warnAt: WORTH_A_WARNING,
        of: 'ended',
      },
      {
        code: 'MASS_CHANGE',
        say: (count: number, of: number) => `${count} of ${of} records changed`,
        count: changed,
        most: limits.maxChangedShare,
        of: 'changed',
      },
    ] as const;
    return shares
      .filter(
        ({ count, most, ...share }) =>
          count > ALWAYS_ALLOWED &&
          held > 0 &&
          count / held > Math.min(most, 'warnAt' in share ? share.warnAt : most),
      )
      .map(({ code, say, count, most, of }): Finding => ({
        code,
        // After days of which nothing is known, much may have changed.
        severity:
          count / held <= most || hasGap || (code === 'MASS_CHANGE' && daysSinceLast > COMPARABLE_DAYS)
            ? 'warning'
            : 'stop',
        message: `${scope}: ${say(count, held)}, ${percent(count / held)}; at most ${percent(most)} are expected`,
        fields: { scope, count, of: held },
        examplesOf: { scope, of },
      }));
  });
}

/**
 * Do too many living records get another status, or another name, at once?
 * @param isComparable the edition before is neither long ago nor followed by days of which nothing is known
 */
export function flippedTooMuch(
  limits: Limits,
  comparison: readonly ScopeComparison[],
  flips: readonly Flips[],
  isComparable: boolean,
): Finding[] {
  return flips.flatMap(({ scope, status, name }) => {
    const held = comparison.find((each) => each.scope === scope)?.held ?? 0;
    const kinds = [
      {
        code: 'MASS_STATUS',
        what: 'another status',
        count: status,
        most: limits.maxStatusShare,
        of: 'status',
      },
      { code: 'MASS_RENAMED', what: 'another name', count: name, most: limits.maxRenamedShare, of: 'name' },
    ] as const;
    return kinds
      .filter(({ count, most }) => count > FEW && count > held * most)
      .map(({ code, what, count, most, of }): Finding => ({
        code,
        severity: isComparable ? 'stop' : 'warning',
        message: `${scope}: ${count} of ${held} records get ${what}; at most ${percent(most)} are expected`,
        fields: { scope, count, of: held },
        examplesOf: { scope, of },
      }));
  });
}

/** Could too many rows of a part not be read? */
export function tooManyRejects(bounds: Bounds, parts: readonly LoadedPart[]): Finding[] {
  return parts.flatMap(({ name, counts }): Finding[] => {
    const share = counts.rows === 0 ? 0 : counts.rejected / counts.rows;
    if (share <= bounds.maxRejectShare) return [];
    return [
      stop(
        'REJECT_SHARE',
        `${name}: ${counts.rejected} of ${counts.rows} rows could not be read: at most ${percent(bounds.maxRejectShare)} are expected`,
        { rejected: counts.rejected, rows: counts.rows },
      ),
    ];
  });
}
