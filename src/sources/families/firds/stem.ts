import type { Day } from '../../../domain/day.js';

/** A part's name: its file's without the day. `FULINS_E_01of02`, `DLTINS_01of01`, `FULCAN_01of01`. */
const PART_NAME = /^(FULINS_[A-Z]|DLTINS|FULCAN)_([0-9]+of[0-9]+)$/;

/**
 * The name that a part's file has at the publisher's, without its ending: `FULINS_E_20260808_01of02`.
 * @returns `undefined` when the part has no name of FIRDS
 */
export function fileStem(partName: string, editionOn: Day): string | undefined {
  const [, set, number] = PART_NAME.exec(partName) ?? [];
  if (set === undefined || number === undefined) return undefined;
  return `${set}_${editionOn.replaceAll('-', '')}_${number}`;
}
