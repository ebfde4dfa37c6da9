import { SaxesParser } from 'saxes';

import { LEAVES } from './schema.js';
import { documentWithLeaves, recordWithLeaf } from './sample.js';

/** Path and value of each leaf of the records in a document, read by a parser that knows nothing of the simulator. */
function leavesIn(xml: string, recordElement: string): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const parser = new SaxesParser();
  let path: string[] = [];
  let text = '';
  let isInRecord = false;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (isInRecord) path.push(name);
    if (name === recordElement) isInRecord = true;
    text = '';
    if (isInRecord && 'Ccy' in attributes) found.push([`${path.join('/')}/@Ccy`, attributes.Ccy]);
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', ({ name }) => {
    if (name === recordElement) [isInRecord, path] = [false, []];
    if (!isInRecord) return;
    if (text !== '') found.push([path.join('/'), text]);
    path.pop();
    text = '';
  });
  parser.write(xml).close();
  return found;
}

const paths = LEAVES.map(({ path }) => path);

describe('recordWithLeaf', () => {
  it.each(paths)('makes a record with %s and what the schema asks for with it', (path) => {
    const { xml, leaves } = recordWithLeaf(path);
    expect(leavesIn(xml, 'RefData')).toEqual(leaves);
    const own = leaves.map(([each]) => each);
    expect(own).toContain(path);
    expect(own.slice(0, 3)).toEqual(expect.arrayContaining(['FinInstrmGnlAttrbts/Id']));
    // A choice has been made: no two branches of one commodity tree, no fixed and floating rate.
    const commodities = own.filter((each) => each.endsWith('/BasePdct'));
    expect(commodities.length).toBeLessThanOrEqual(1);
    const rates = own.filter((each) => /^DebtInstrmAttrbts\/IntrstRate\/(Fxd|Fltg\/RefRate)/.test(each));
    expect(rates).toHaveLength(own.some((each) => each.startsWith('DebtInstrmAttrbts')) ? 1 : 0);
  });

  it('knows no other leaves', () => {
    expect(() => recordWithLeaf('Issr/Name')).toThrow(RangeError);
  });
});

describe('documentWithLeaves', () => {
  it('covers every leaf of the schema in one file', () => {
    const { name, xml, records } = documentWithLeaves(paths);
    expect(name).toBe('FULINS_D_20260103_01of01.xml');
    const leaves = leavesIn(xml, 'RefData');
    expect(paths.filter((path) => !leaves.some(([each]) => each === path))).toEqual([]);
    expect(leaves).toEqual(records.flatMap((record) => record.leaves));
    const isins = leaves.flatMap(([path, value]) => (path === 'FinInstrmGnlAttrbts/Id' ? [value] : []));
    expect(new Set(isins).size).toBe(records.length);
  });

  it('makes deltas and cancellations too', () => {
    const delta = documentWithLeaves(['Issr'], { type: 'DLTINS', element: 'ModfdRcrd' });
    expect(delta.xml).toContain('<FinInstrm><ModfdRcrd>');
    expect(delta.name).toBe('DLTINS_20260103_01of01.xml');
    expect(documentWithLeaves(['Issr'], { type: 'FULCAN', element: 'CxlData' }).xml).toContain('<CxlData>');
  });
});
