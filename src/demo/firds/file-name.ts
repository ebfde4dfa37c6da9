import type { Day } from '../../domain/day.js';
import { written } from '../calendar.js';

/** Full set of one letter, what changed since yesterday, and all that was ever cancelled. */
export const FIRDS_FILE_TYPES = ['FULINS', 'DLTINS', 'FULCAN'] as const;
export type FirdsFileType = (typeof FIRDS_FILE_TYPES)[number];

/** `FULINS_R_20260103_02of18` or `DLTINS_20260105_01of01`: the name without `.zip`. */
export function fileStem(
  type: FirdsFileType,
  letter: string | undefined,
  date: Day,
  part: number,
  parts: number,
): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const set = letter === undefined ? type : `${type}_${letter}`;
  return `${set}_${written['20260105'](date)}_${two(part)}of${two(parts)}`;
}
