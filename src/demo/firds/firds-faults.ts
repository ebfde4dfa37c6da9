import type { AlterationName } from './alterations.js';
import type { ListedFile, ListingChange } from './listing.js';

/** A way in which a publisher of FIRDS files can fail: in its listing, in the check sums there, or in the files. */
export type FirdsFaultMode = { readonly description: string } & (
  | {
      readonly changes: 'listing';
      readonly change: (isStruck: (file: ListedFile) => boolean) => ListingChange;
    }
  | { readonly changes: 'checksum' }
  | { readonly changes: 'content'; readonly alteration: AlterationName }
);

const content = (alteration: AlterationName, description: string): FirdsFaultMode => ({
  description,
  changes: 'content',
  alteration,
});

const isLastPart = ({ file }: ListedFile): boolean => file.part === file.parts;

const MODES = {
  'missing-part': {
    description: 'FIRDS: the last part of each set is not listed, and not there.',
    changes: 'listing',
    change: (isStruck) => (files) => files.filter((file) => !isStruck(file) || !isLastPart(file)),
  },
  'disagreeing-totals': {
    description: 'FIRDS: the name of the last part of each set says one part more than the others.',
    changes: 'listing',
    change: (isStruck) => (files) =>
      files.map((file) => (isStruck(file) && isLastPart(file) ? oneMore(file) : file)),
  },
  'wrong-checksum': {
    description: 'FIRDS: the listing gives a wrong MD5.',
    changes: 'checksum',
  },
  republished: content(
    'republished',
    'FIRDS: the same name with new bytes and a new MD5; one name in it is corrected.',
  ),
  'missing-delta': {
    description: 'FIRDS: a delta is neither listed nor there; match names the day, as in DLTINS_20260107.',
    changes: 'listing',
    change: (isStruck) => (files) => files.filter((file) => !isStruck(file) || file.file.type !== 'DLTINS'),
  },
  'delta-twice': {
    description: 'FIRDS: the listing has each delta twice.',
    changes: 'listing',
    change: (isStruck) => (files) =>
      files.flatMap((file) =>
        isStruck(file) && file.file.type === 'DLTINS' ? [file, { ...file, id: file.id + 50 }] : [file],
      ),
  },
  'late-records': content(
    'late-records',
    'FIRDS: a fifth of a delta comes with the next: changes dated back, ends without a period.',
  ),
  'truncated-zip': content('truncated-zip', 'FIRDS: half of the zip, and a Content-Length that fits it.'),
  'two-entries': content('two-entries', 'FIRDS: the zip has two entries.'),
  'zip-bomb': content('zip-bomb', 'FIRDS: three megabytes that unpack to three gigabytes, and say so.'),
  'lying-zip-bomb': content(
    'lying-zip-bomb',
    'FIRDS: three megabytes that unpack to three gigabytes, and say one megabyte.',
  ),
  'path-traversal': content('path-traversal', 'FIRDS: the entry has a name that leads out of any directory.'),
  'entity-bomb': content('entity-bomb', 'FIRDS: nested entities that expand to gigabytes.'),
  'external-entity': content('external-entity', 'FIRDS: an entity that names a file of the reader.'),
  'broken-xml': content('broken-xml', 'FIRDS: XML that is not well-formed in the middle.'),
  'wrong-header-date': content('wrong-header-date', 'FIRDS: the header says the day before.'),
  'wrong-letter': content('wrong-letter', 'FIRDS: a full set with the records of the next letter.'),
} as const satisfies Readonly<Record<string, FirdsFaultMode>>;

export type FirdsFaultName = keyof typeof MODES;

/** Every fault that only FIRDS files and listings can have. `match` is part of a file's address, in listings too. */
export const FIRDS_FAULTS: Readonly<Record<FirdsFaultName, FirdsFaultMode>> = MODES;
export const FIRDS_FAULT_NAMES: readonly FirdsFaultName[] = Object.keys(MODES) as FirdsFaultName[];

/** What faults that strike all lists do to FIRDS files; those that are not here and change a file do nothing to them. */
export const COMMON_ALTERATIONS: Readonly<Partial<Record<string, AlterationName>>> = {
  'changed-bytes': 'republished',
  'half-file': 'half-file',
  'bad-check-digits': 'bad-check-digits',
  'wrong-encoding': 'wrong-encoding',
};

/** `…_02of02` becomes `…_02of03`. */
function oneMore(listed: ListedFile): ListedFile {
  const { part, parts, stem } = listed.file;
  const two = (number: number): string => String(number).padStart(2, '0');
  const name = `${stem.replace(/_\d+of\d+$/, '')}_${two(part)}of${two(parts + 1)}.zip`;
  return { ...listed, name, address: listed.address.replace(listed.name, name) };
}
