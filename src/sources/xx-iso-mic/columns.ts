import type { Columns } from '../formats/header.js';

/**
 * The columns of both layouts. Seventeen since 2022; thirteen before, under partly other names, without legal entity,
 * LEI, market category and expiry. Required is what both have and a venue cannot do without.
 */
export const MIC_COLUMNS = {
  mic: { names: ['MIC'] },
  operatingMic: { names: ['OPERATING MIC'] },
  kind: { names: ['OPRT/SGMT', 'O/S'] },
  name: { names: ['MARKET NAME-INSTITUTION DESCRIPTION', 'NAME-INSTITUTION DESCRIPTION'] },
  legalName: { names: ['LEGAL ENTITY NAME'], isOptional: true },
  lei: { names: ['LEI'], isOptional: true },
  category: { names: ['MARKET CATEGORY CODE'], isOptional: true },
  acronym: { names: ['ACRONYM'] },
  country: { names: ['ISO COUNTRY CODE (ISO 3166)'] },
  // The name of the country, before 2022; the code beside it says the same.
  countryName: { names: ['COUNTRY'], isOptional: true },
  city: { names: ['CITY'] },
  website: { names: ['WEBSITE'] },
  status: { names: ['STATUS'] },
  createdOn: { names: ['CREATION DATE'] },
  // Before 2022 the month in which the status last changed, which is when the row last changed.
  updatedOn: { names: ['LAST UPDATE DATE', 'STATUS DATE'] },
  validatedOn: { names: ['LAST VALIDATION DATE'], isOptional: true },
  expiresOn: { names: ['EXPIRY DATE'], isOptional: true },
  comments: { names: ['COMMENTS'] },
} as const satisfies Columns;

export type MicColumn = keyof typeof MIC_COLUMNS;
