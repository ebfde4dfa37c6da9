import { firdsSource } from '../families/firds/family.js';
import { readSolrListing } from '../families/firds/solr-listing.js';

const LISTING = 'https://registers.esma.europa.eu/solr/esma_registers_firds_files/select';

/** All instruments traded on venues of the European Union, or reported by its systematic internalisers. */
export const euEsmaFirds = firdsSource({
  id: 'eu-esma-firds',
  title: 'ESMA FIRDS: financial instruments reference data of the European Union',
  publisher: 'European Securities and Markets Authority (ESMA)',
  licence: {
    name: 'ESMA legal notice: reproduction authorised, provided the source is acknowledged',
    url: 'https://www.esma.europa.eu/legal-notice',
    // The legal notice asks for all three sentences where its material was transformed or is sold.
    attribution:
      'Source: European Securities and Markets Authority (ESMA); the material may be obtained free of charge through ' +
      "ESMA's website. This document has been drafted using material downloaded from ESMA's website. ESMA does not endorse " +
      'this publication and in no way is liable for copyright or other intellectual property rights infringements nor for ' +
      'any damages caused to third parties through this publication. See https://www.esma.europa.eu/legal-notice',
    mayRedistribute: true,
  },
  // A delta comes every calendar day, announced for 9:00 in Paris and listed at about 07:00 UTC. Full sets and lists of
  // cancelled records follow on Saturdays, without an hour: the afternoon's single run takes them, and corrections.
  schedule: {
    cron: '0 7,15 * * *',
    timeZone: 'Europe/Paris',
    catchUp: 'latest',
    // So that a venue is known before the first record that names it.
    after: ['xx-iso-mic'],
    until: { everyMinutes: 15, giveUpAt: '14:00' },
  },
  priority: 10,
  hosts: ['registers.esma.europa.eu', 'firds.esma.europa.eu'],
  // No limit is published, and nobody reports one; a week's set has some 40 files.
  pauseMs: 500,
  readListing: (web, window, sourceId) => readSolrListing(LISTING, web, window, sourceId),
});
