import type { Day, VenueRecord } from '../domain/record.js';
import { addDays } from './calendar.js';
import { inventWord } from './company-names.js';
import { inventedLei, inventedMic } from './identifiers.js';
import { Random } from './random.js';
import { WELL_KNOWN_VENUES } from './well-known-venues.js';

/** A row of the MIC list. `isUpdated`: changed by the release it stands in. */
export interface Venue extends Pick<VenueRecord, 'mic' | 'operatingMic' | 'kind' | 'status' | 'name'> {
  readonly isUpdated: boolean;
  readonly legalName: string;
  readonly lei: string;
  readonly category: string;
  readonly acronym: string;
  readonly country: string;
  readonly city: string;
  readonly website: string;
  readonly createdOn: Day;
  readonly updatedOn: Day;
  readonly validatedOn: Day | undefined;
  readonly expiredOn: Day | undefined;
  readonly comments: string;
}

const INVENTED_VENUES = 1_860;
const PER_RELEASE = { new: 6, expired: 3, renamed: 5 };
const SEGMENT_NAMES = [
  'DARK ORDER BOOK',
  'GROWTH MARKET',
  'OFF-BOOK',
  'DERIVATIVES',
  'BONDS',
  'PERIODIC AUCTION',
];
const SEGMENT_CATEGORIES = ['MLTF', 'RMKT', 'NSPD', 'OTFS', 'ATSS', 'OTHR'];
const PLACES = [
  ['GB', 'LONDON'],
  ['DE', 'FRANKFURT'],
  ['FR', 'PARIS'],
  ['US', 'NEW YORK'],
  ['IN', 'MUMBAI'],
  ['JP', 'TOKYO'],
  ['BR', 'SÃO PAULO'],
  ['CH', 'ZÜRICH'],
  // Where the registration authority names no country.
  ['ZZ', 'NOT APPLICABLE'],
] as const;
const COMMENTS = [
  '',
  '',
  '',
  'SYSTEMATIC INTERNALISER.',
  'FORMERLY KNOWN AS "FIRST BOARD", WHICH IT REPLACED.',
  'FOR SHARES, BONDS AND FUNDS OF SMALL COMPANIES.',
];

/**
 * The MIC list after the last of `releases`, the first of which only takes stock. Each later one adds venues, lets some
 * expire (they stay in the list) and renames some. Sorted by last update, as the registration authority's list is.
 */
export function venuesAt(seed: number, releases: readonly Day[]): readonly Venue[] {
  const [firstRelease = '2026-01-05', ...laterReleases] = releases;
  const venues = WELL_KNOWN_VENUES.map(knownVenue);
  const operators = venues.filter(isOperator);
  const add = (release: Day, changes?: Partial<Venue>) => {
    const number = venues.length - WELL_KNOWN_VENUES.length;
    const venue = { ...inventVenue(seed, number, operators, release), ...changes };
    venues.push(venue);
    if (isOperator(venue)) operators.push(venue);
  };
  for (let number = 0; number < INVENTED_VENUES; number += 1) add(firstRelease);
  for (const release of laterReleases) {
    const random = new Random(seed, 'venues', release);
    for (const [place, venue] of venues.entries()) venues[place] = { ...venue, isUpdated: false };
    // Operating venues stay, because segments may name them.
    const mayChange = venues.filter(
      (venue) => venue.mic.startsWith('Z') && venue.status === 'active' && !isOperator(venue),
    );
    for (let nth = 0; nth < PER_RELEASE.expired + PER_RELEASE.renamed; nth += 1) {
      const [venue] = mayChange.splice(random.below(mayChange.length), 1);
      if (!venue) break;
      const dated = { ...venue, updatedOn: release, validatedOn: release };
      venues[venues.indexOf(venue)] =
        nth < PER_RELEASE.expired
          ? { ...dated, status: 'expired', expiredOn: release }
          : {
              ...dated,
              isUpdated: true,
              name: `${inventWord(random).toUpperCase()} - ${random.pick(SEGMENT_NAMES)}`,
            };
    }
    const dates = { createdOn: release, updatedOn: release, validatedOn: release, expiredOn: undefined };
    for (let nth = 0; nth < PER_RELEASE.new; nth += 1)
      add(release, { ...dates, status: 'active', isUpdated: false });
  }
  const key = (venue: Venue) => venue.updatedOn + venue.mic;
  return venues.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** Every fourth is an operating venue; the others are segments of an operating venue that came before. */
function inventVenue(seed: number, number: number, operators: readonly Venue[], release: Day): Venue {
  const random = new Random(seed, 'venue', number);
  const mic = inventedMic(number);
  const isOperating = number % 4 === 0;
  const operator = isOperating ? undefined : random.pick(operators);
  const word = inventWord(random).toUpperCase();
  const [country, city] = operator ? [operator.country, operator.city] : random.pick(PLACES);
  const createdOn = addDays(release, -60 - random.below(6_000));
  const updatedOn = addDays(createdOn, random.below(60));
  const isExpired = !isOperating && random.chance(22);
  return {
    mic,
    operatingMic: operator?.mic ?? mic,
    kind: isOperating ? 'operating' : 'segment',
    status: isExpired ? 'expired' : 'active',
    isUpdated: !isExpired && random.chance(1),
    name: isOperating ? `${word} EXCHANGE` : `${word} - ${random.pick(SEGMENT_NAMES)}`,
    // Commas and letters beyond ASCII occur in the real list.
    legalName: random.chance(60) ? `${word} ${random.pick(['MARKETS, INC.', 'BÖRSE AG', 'LIMITED'])}` : '',
    lei: random.chance(70) ? inventedLei(number) : '',
    category: isOperating ? random.pick(['RMKT', 'NSPD', 'SINT']) : random.pick(SEGMENT_CATEGORIES),
    acronym: random.chance(30) ? word.slice(0, 4) : '',
    country,
    city,
    website: random.chance(80) ? `WWW.${word}.EXAMPLE` : '',
    createdOn,
    updatedOn,
    validatedOn: random.chance(90) ? updatedOn : undefined,
    expiredOn: isExpired ? updatedOn : undefined,
    comments: random.pick(COMMENTS),
  };
}

function isOperator(venue: Venue): boolean {
  return venue.kind === 'operating';
}

function knownVenue([mic, operatingMic, name, country, city]: (typeof WELL_KNOWN_VENUES)[number]): Venue {
  return {
    mic,
    operatingMic,
    kind: mic === operatingMic ? 'operating' : 'segment',
    status: 'active',
    isUpdated: false,
    name,
    legalName: '',
    lei: '',
    category: 'NSPD',
    acronym: '',
    country,
    city,
    website: '',
    createdOn: '2005-06-27',
    updatedOn: '2005-06-27',
    validatedOn: undefined,
    expiredOn: undefined,
    comments: '',
  };
}
