import { inventedMic } from '../identifiers.js';

/** Whose files they are: ESMA's for the EU, the FCA's for the United Kingdom. */
export type FirdsPublisher = 'esma' | 'fca';

/** By what an instrument's first venue is chosen. */
export type VenueGroup = 'equities' | 'bonds' | 'warrants' | 'derivatives' | 'otc';

/** Every fourth invented MIC is an operating one that never expires (see venues.ts): systematic internalisers here. */
const internaliser = (number: number): string => inventedMic(number * 4);

const HOMES: Readonly<Record<FirdsPublisher, Readonly<Record<VenueGroup, readonly string[]>>>> = {
  esma: {
    equities: ['XETR', 'XPAR', 'XAMS', 'XMIL', 'XSTO', 'XBRU', 'XHEL', 'XWAR', 'XLIS', 'XCSE'],
    bonds: ['XLUX', 'XFRA', 'XSTU', 'XMUN', 'XDUS'],
    warrants: ['XSTU', 'XFRA', 'XPAR', 'XAMS', internaliser(200), internaliser(201)],
    derivatives: ['XEUR', 'XEUR', 'XEUR', 'XMIL', 'XOSL', internaliser(202)],
    otc: [203, 204, 205, 206, 207, 208, 209].map(internaliser),
  },
  fca: {
    equities: ['XLON', 'XLON', 'XLON', internaliser(220)],
    bonds: ['XLON', internaliser(221)],
    warrants: ['XLON', internaliser(222), internaliser(223)],
    derivatives: [internaliser(224), internaliser(225), 'XLON'],
    otc: [226, 227, 228, 229, 230].map(internaliser),
  },
};

const FURTHER_KNOWN = [
  'XBER',
  'XWBO',
  'XRIS',
  'XTAL',
  'XICE',
  'XPRA',
  'XBUD',
  'XZAG',
  'XBUL',
  'XSWX',
  'XNYS',
];
/** A prime number of venues: whatever the step from one to the next, none comes twice before all have come. */
const FURTHER_COUNT = 47;
const further: Readonly<Record<FirdsPublisher, readonly string[]>> = {
  esma: Array.from({ length: FURTHER_COUNT }, (_, at) => FURTHER_KNOWN[at] ?? internaliser(at)),
  // Every second one is in the EU's list too, so that the same ISIN on the same venue is in both.
  fca: Array.from({ length: FURTHER_COUNT }, (_, at) =>
    at % 2 === 0 ? (FURTHER_KNOWN[at] ?? internaliser(at)) : internaliser(100 + at),
  ),
};

/** An instrument has at most its home and {@link FURTHER_COUNT} others. */
export const MOST_VENUES = 40;

/** The MIC of an instrument's `nth` venue; 0 is its home, which is its most relevant market. */
export function venueOf(publisher: FirdsPublisher, group: VenueGroup, hash: number, nth: number): string {
  if (nth === 0) {
    const homes = HOMES[publisher][group];
    return homes[hash % homes.length] ?? '';
  }
  const step = 1 + ((hash >>> 8) % (FURTHER_COUNT - 1));
  return further[publisher][((hash >>> 16) + nth * step) % FURTHER_COUNT] ?? '';
}
