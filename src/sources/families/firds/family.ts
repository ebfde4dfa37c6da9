import { isStillTheSame } from '../../rejected.js';
import type { BulkSource, Edition, EditionRange, RejectedEdition, Since, Web } from '../../source.js';
import { planEditions, wholeEditions } from './editions.js';
import { listingWindow, longWindow } from './editions-window.js';
import type { ReadListing } from './family-listing.js';
import { KIND_OF_TYPE, partOfFirdsFile } from './file-name.js';
import { firdsReader } from './reader.js';
import type { ListedFile } from './set.js';

/** What one publisher of FIRDS has of its own. */
type FirdsPublisher = Pick<
  BulkSource,
  'id' | 'title' | 'publisher' | 'licence' | 'schedule' | 'priority' | 'hosts' | 'pauseMs'
> & { readonly readListing: ReadListing };

/**
 * A Financial Instruments Reference Data System: what trading venues and systematic internalisers report under MiFIR
 * article 27. After 2020 the United Kingdom runs its own; files and their names are the same, the lists of them are not.
 */
export function firdsSource({ readListing, ...own }: FirdsPublisher): BulkSource {
  return {
    ...own,
    fills: 'record',
    bounds: {
      // Letters have from 2 records to some 9 million, and a profile takes any part of them: sizes are compared with the
      // edition before.
      records: {},
      maxRejectShare: 0.001,
      maxShrinkShare: 0.1,
      maxMissingShare: 0.1,
      // Options and warrants come and go by the month: a letter may be a third larger or smaller after four weeks.
      maxGrowthShare: 0.3,
      maxMonthlyLossShare: 0.3,
      // On the day on which a quarter's options expire.
      maxStatusShare: 0.4,
      maxChangedShare: 0.6,
      sentinels: {},
    },
    // Venues must report these by regulation; names come in capitals and abbreviated, so others may know them better.
    authoritativeFor: ['shortName', 'cfi', 'issuerLei'],
    onByDefault: true,
    fileNames: ['FULINS_E_20260808_01of02.zip', 'DLTINS_20260808_01of01.zip', 'FULCAN_20260808_01of01.zip'],
    bulk: firdsReader,

    async locate(web: Web, since: Since): Promise<readonly Edition[]> {
      let { files } = await readListing(web, listingWindow(since), own.id);
      // A publisher that has been silent for weeks still lists what it had before.
      if (since.full === undefined && !files.some(({ type }) => type === 'FULINS')) {
        ({ files } = await readListing(web, longWindow(since), own.id));
      }
      // A set that waits for a person's word must not be fetched every quarter of an hour, nor hold up the deltas behind it.
      const aside = since.isApproved ? [] : since.heldFullSets;
      const wanted = files.filter(({ type, on }) => type !== 'FULINS' || !aside.includes(on));
      const rejected = since.isApproved ? [] : await rejectedAmong(wanted, since.rejected, web);
      return planEditions(
        wanted.filter((file) => !rejected.includes(file)),
        since,
        own.id,
      );
    },

    async editionsBetween(web: Web, { from, to, profile }: EditionRange): Promise<readonly Edition[]> {
      // A file's day is the one in its name, which both publishers list as its day of publication.
      const { files } = await readListing(web, { from, to }, own.id);
      return wholeEditions(
        files.filter(({ on }) => on >= from && on <= to),
        profile,
      );
    },

    partOf: partOfFirdsFile,
  };
}

/** Files of editions that a person rejected, as long as all of them are what they were. */
async function rejectedAmong(
  files: readonly ListedFile[],
  rejected: readonly RejectedEdition[],
  web: Web,
): Promise<readonly ListedFile[]> {
  const aside: ListedFile[] = [];
  for (const edition of rejected) {
    const same: ListedFile[] = [];
    for (const file of files) {
      if (KIND_OF_TYPE[file.type] !== edition.kind || file.on !== edition.editionOn) continue;
      const before = edition.files.find(({ fileName }) => fileName === file.fileName);
      if (before !== undefined && (await isStillTheSame(file, before, web))) same.push(file);
    }
    if (same.length === edition.files.length) aside.push(...same);
  }
  return aside;
}
