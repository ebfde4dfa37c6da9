import type { LeafList } from './record-xml.js';
import { leafAt } from './schema.js';

/** A field that a full set holds otherwise than all deltas let expect. */
export interface DriftField {
  readonly path: string;
  readonly value: string;
}

const VALID_FROM = 'TechAttrbts/PblctnPrd/FrDt';

/** What is different about the `number`th planted record; every second one says a later start of its version, too. */
export function driftFields(number: number, list: LeafList, laterStart: string): readonly DriftField[] {
  const name = { path: 'FinInstrmGnlAttrbts/FullNm', value: `Drifted ${number}` };
  const currency = list.get(leafAt('FinInstrmGnlAttrbts/NtnlCcy')) === 'CHF' ? 'NOK' : 'CHF';
  const changes: readonly (readonly DriftField[])[] = [
    [name],
    [{ path: 'FinInstrmGnlAttrbts/NtnlCcy', value: currency }],
    [{ path: 'TradgVnRltdAttrbts/FrstTradDt', value: '2001-02-03T04:05:06Z' }],
    [name, { path: 'FinInstrmGnlAttrbts/ShrtNm', value: `DRIFTED/${number}` }],
  ];
  const fields = (changes[number % changes.length] ?? []).filter(
    ({ path }) => list.get(leafAt(path)) !== undefined,
  );
  const sure = fields.length > 0 ? fields : [name];
  return number % 2 === 0 ? sure : [...sure, { path: VALID_FROM, value: laterStart }];
}
