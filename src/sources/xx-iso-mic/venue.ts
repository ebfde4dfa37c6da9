import { parseDay } from '../../domain/day.js';
import { explainLei } from '../../domain/lei.js';
import { isMic, normaliseMic } from '../../domain/mic.js';
import type { Day, VenueRecord } from '../../domain/record.js';
import { emptyToNull } from '../../domain/text.js';
import { excerpt } from '../formats/excerpt.js';
import {
  isBlankRow,
  lengthReason,
  unconfirmedKey,
  unfinishedReason,
  unmappedCells,
  unmappedReasons,
} from '../formats/header.js';
import type { Outcome, RawRow, Reason } from '../source.js';
import { MIC_COLUMNS, type MicColumn } from './columns.js';

type VenueItem = { readonly fills: 'venue'; readonly value: VenueRecord };

const KINDS: Readonly<Record<string, VenueRecord['kind']>> = {
  OPRT: 'operating',
  SGMT: 'segment',
  // Before 2022.
  O: 'operating',
  S: 'segment',
};

const STATUSES: Readonly<Record<string, VenueRecord['status']>> = {
  ACTIVE: 'active',
  // Active, with a change in this month's edition.
  UPDATED: 'active',
  EXPIRED: 'expired',
  // Before 2022: `MODIFIED` is what `UPDATED` is now; `ADDED` and `DELETED` stood in the monthly lists of changes.
  MODIFIED: 'active',
  ADDED: 'active',
  DELETED: 'expired',
};

/**
 * One row of the list as a venue. Without its codes, its name, kind and status a row is rejected; any other cell that cannot
 * be read becomes `null` and is named among the oddities.
 */
export function micVenue(row: RawRow): Outcome<VenueItem> {
  if (isBlankRow(row)) return { skipped: 'blank' };
  const wrongLength = lengthReason(row);
  if (wrongLength !== undefined) return { rejected: [wrongLength] };

  const text = (column: MicColumn): string | null => emptyToNull((row.cells[column] ?? '').trim());
  const rejected: Reason[] = [];
  const oddities: Reason[] = unmappedReasons(unmappedCells(row, MIC_COLUMNS));
  const unconfirmed = unconfirmedKey(row);
  if (unconfirmed !== undefined) {
    const reason = unfinishedReason(unconfirmed, row.cells[unconfirmed] ?? '');
    (isNeeded(unconfirmed) ? rejected : oddities).push(reason);
  }
  const optional = (column: MicColumn): string | null => (column === unconfirmed ? null : text(column));

  const code = (column: 'mic' | 'operatingMic'): string => {
    const mic = normaliseMic(text(column) ?? '');
    if (!isMic(mic)) {
      rejected.push(reasonFor('MIC_SHAPE', column, mic, 'is not four letters or digits'));
    }
    return mic;
  };
  const oneOf = <T>(column: 'kind' | 'status', meanings: Readonly<Record<string, T>>): T | undefined => {
    const word = (text(column) ?? '').toUpperCase();
    const meaning = Object.hasOwn(meanings, word) ? meanings[word] : undefined;
    if (meaning === undefined) {
      const known = `is none of ${Object.keys(meanings).join(', ')}`;
      rejected.push(reasonFor(`${column.toUpperCase()}_UNKNOWN`, column, word, known));
    }
    return meaning;
  };
  const matching = (column: 'category' | 'country', shape: RegExp): string | null => {
    const value = optional(column)?.toUpperCase() ?? null;
    if (value === null || shape.test(value)) return value;
    oddities.push(
      reasonFor(`${column.toUpperCase()}_SHAPE`, column, value, 'does not have the shape of such a code'),
    );
    return null;
  };
  const day = (column: MicColumn): Day | null => {
    const value = optional(column);
    // `BEFORE JUNE 2005`, once in the list of 2019, names no day; the list itself begins in June 2005.
    if (value === null || /^BEFORE /i.test(value)) return null;
    // `20250520`; before 2022 `JULY 2015`, for which we write the first of the month.
    const parsed = parseDay(value, 'YYYYMMDD', 'MONTH YYYY');
    if (parsed === null) {
      oddities.push(reasonFor('DATE_UNREADABLE', column, value, 'is not a day such as 20250520'));
    }
    return parsed;
  };
  const lei = (): string | null => {
    const value = optional('lei');
    if (value === null) return null;
    const verdict = explainLei(value);
    oddities.push(
      ...verdict.reasons.map((reason) => ({ ...reason, field: 'lei', value: excerpt(value, 200) })),
    );
    return verdict.lei;
  };

  const mic = code('mic');
  const operatingMic = code('operatingMic');
  const kind = oneOf('kind', KINDS);
  const status = oneOf('status', STATUSES);
  const name = text('name');
  if (name === null) rejected.push(reasonFor('NAME_MISSING', 'name', '', 'is no name'));
  if (rejected.length > 0 || kind === undefined || status === undefined || name === null) return { rejected };

  const value: VenueRecord = {
    mic,
    operatingMic,
    kind,
    status,
    name,
    legalName: optional('legalName'),
    lei: lei(),
    category: matching('category', /^[A-Z]{4}$/),
    acronym: optional('acronym'),
    country: matching('country', /^[A-Z]{2}$/),
    city: optional('city'),
    website: optional('website'),
    createdOn: day('createdOn'),
    updatedOn: day('updatedOn'),
    validatedOn: day('validatedOn'),
    expiresOn: day('expiresOn'),
    comments: optional('comments'),
  };
  // Should a code stand twice, the market that is open is meant.
  return { item: { fills: 'venue', value }, precedence: status === 'active' ? 0 : 1, oddities };
}

function isNeeded(column: string): boolean {
  return ['mic', 'operatingMic', 'kind', 'status', 'name'].includes(column);
}

function reasonFor(code: string, field: MicColumn, value: string, problem: string): Reason {
  return { code, field, value: excerpt(value, 200), message: `"${excerpt(value, 80)}" ${problem}.` };
}
