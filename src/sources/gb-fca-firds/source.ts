import { readElasticListing } from '../families/firds/elastic-listing.js';
import { firdsSource } from '../families/firds/family.js';

const LISTING = 'https://api.data.fca.org.uk/fca_data_firds_files';

/** All instruments traded on venues of the United Kingdom, or reported by its systematic internalisers. */
export const gbFcaFirds = firdsSource({
  id: 'gb-fca-firds',
  title: 'FCA FIRDS: financial instruments reference data of the United Kingdom',
  publisher: 'Financial Conduct Authority (FCA)',
  licence: {
    name: 'FCA FIRDS: published free of charge, without warranty; legal terms of the FCA',
    url: 'https://www.fca.org.uk/legal',
    attribution:
      'Source: Financial Conduct Authority (FCA), Financial Instruments Reference Data System (FCA FIRDS)',
    mayRedistribute: true,
  },
  // Published by 09:00 UTC. Whether there is a delta on each day of the week, and which day it is dated, is not documented:
  // so no edition of the day is waited for. Five minutes after ESMA's, so that the two do not begin together.
  schedule: { cron: '5-59/15 7-11 * * *', timeZone: 'UTC', catchUp: 'latest', after: ['xx-iso-mic'] },
  priority: 20,
  hosts: ['api.data.fca.org.uk', 'data.fca.org.uk'],
  // The list is rate limited, at a number nobody publishes; implementers pause a second. Files are exempt.
  pauseMs: 1_000,
  readListing: (web, window, sourceId) => readElasticListing(LISTING, web, window, sourceId),
});
