import { written } from './calendar.js';
import type { Publication } from './publication.js';
import type { Venue } from './venues.js';
import type { World } from './world.js';

/** The layout of 2022, seen 2025-05-20. */
const COLUMNS = [
  'MIC',
  'OPERATING MIC',
  'OPRT/SGMT',
  'MARKET NAME-INSTITUTION DESCRIPTION',
  'LEGAL ENTITY NAME',
  'LEI',
  'MARKET CATEGORY CODE',
  'ACRONYM',
  'ISO COUNTRY CODE (ISO 3166)',
  'CITY',
  'WEBSITE',
  'STATUS',
  'CREATION DATE',
  'LAST UPDATE DATE',
  'LAST VALIDATION DATE',
  'EXPIRY DATE',
  'COMMENTS',
];

/** The list of market identifier codes, written anew on the second Monday of each month. */
export function micPublications(world: World): readonly Publication[] {
  return [
    {
      address: 'www.iso20022.org/sites/default/files/ISO10383_MIC/ISO10383_MIC.csv',
      about: 'market identifier codes (ISO 10383)',
      contentType: 'text/csv',
      publishedAt: (day) => new Date(`${world.micReleaseOn(day)}T13:00:00Z`),
      bytesOn: (day) => {
        const rows = [COLUMNS, ...world.venuesOn(day).map(cellsOf)];
        return Buffer.from(rows.map((cells) => `${cells.map(quote).join(',')}\n`).join(''));
      },
    },
  ];
}

function cellsOf(venue: Venue): readonly string[] {
  const write = (day: string | undefined) => (day === undefined ? '' : written['20260105'](day));
  return [
    venue.mic,
    venue.operatingMic,
    venue.kind === 'operating' ? 'OPRT' : 'SGMT',
    venue.name,
    venue.legalName,
    venue.lei,
    venue.category,
    venue.acronym,
    venue.country,
    venue.city,
    venue.website,
    venue.status === 'expired' ? 'EXPIRED' : venue.isUpdated ? 'UPDATED' : 'ACTIVE',
    write(venue.createdOn),
    write(venue.updatedOn),
    write(venue.validatedOn),
    write(venue.expiredOn),
    venue.comments,
  ];
}

/** Every field is quoted, empty ones too. */
function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
