import { isIsin } from '../../domain/isin.js';
import { addDays } from '../calendar.js';
import { envelopeOf, type Envelope } from './envelope.js';
import { firdsXml, type XmlAlteration } from './file-xml.js';
import type { FirdsFile } from './files.js';
import type { FirdsWorld } from './firds-world.js';
import { LETTERS } from './identity.js';
import { dateOf } from './timeline.js';
import { zip, type ZipEntry } from './zip.js';
import { bombEntry } from './zip-bomb.js';

/** What a wrong file is made of: the XML in it, the zip around it, or its bytes. */
export interface Alteration {
  /** `isStruck` says whether a fault strikes the delta of a date. */
  readonly xml?: (file: FirdsFile, isStruck: (date: string) => boolean) => XmlAlteration;
  readonly entries?: (
    file: FirdsFile,
    content: () => AsyncIterable<Buffer>,
    envelope: Envelope,
  ) => Promise<readonly ZipEntry[]>;
  /** The bytes of the zip, cut off after this share of them. */
  readonly keptShare?: number;
  /** The listing gives the check sum of the file as it should be, not as it is. Default: as it is. */
  readonly isSlip?: boolean;
  /** It strikes the delta of the day after, too. */
  readonly strikesNextDay?: boolean;
}

/** The zip of a file that is altered so, made as it is read. */
export async function* alteredZip(
  world: FirdsWorld,
  file: FirdsFile,
  { xml, entries }: Alteration,
  isStruck: (date: string) => boolean,
): AsyncGenerator<Buffer> {
  const content = (): AsyncIterable<Buffer> => firdsXml(world, file, xml?.(file, isStruck));
  const envelope = envelopeOf(file.type, file.stem, file.date, world.publisher);
  const packed = entries
    ? await entries(file, content, envelope)
    : [{ name: `${file.stem}.xml`, content: content() }];
  yield* zip(packed, file.date);
}

const inFirst =
  (change: (xml: string) => string) =>
  (xml: string, number: number): string =>
    number === 0 ? change(xml) : xml;

/** A document type before the document, and a reference to one of its entities in the first record. */
const withEntity = (declarations: string, reference: string): XmlAlteration => ({
  envelope: ({ head, tail }) => ({
    head: head.replace('\n', `\n<!DOCTYPE BizData [${declarations}]>`),
    tail,
  }),
  // Lists of cancellations have no names.
  record: inFirst((xml) =>
    xml.replace(xml.includes('<FullNm>') ? /(<FullNm>)[^<]*/ : /(<Id>)[^<]*/, `$1${reference}`),
  ),
});

/** Ten times ten times ten …: 3 GB of text from ten lines. */
const NESTED = Array.from({ length: 9 }, (_, level) =>
  level === 0
    ? '<!ENTITY e0 "lollollollollollollollollollol">'
    : `<!ENTITY e${level} "${`&e${level - 1};`.repeat(10)}">`,
).join('');

function breakCheckDigit(xml: string): string {
  return xml.replace(/<Id>([A-Z0-9]{12})<\/Id>/, (whole, isin: string) =>
    isIsin(isin) ? `<Id>${isin.slice(0, 11)}${(Number(isin.at(-1)) + 1) % 10}</Id>` : whole,
  );
}

export const ALTERATIONS = {
  republished: {
    xml: () => ({ record: inFirst((xml) => xml.replace('</FullNm>', ' CORRECTED</FullNm>')) }),
  },
  'late-records': {
    strikesNextDay: true,
    xml: ({ type }, isStruck) => (type === 'DLTINS' ? { isLate: (day) => isStruck(dateOf(day)) } : {}),
  },
  'truncated-zip': { isSlip: true, keptShare: 0.5 },
  'two-entries': {
    entries: async ({ stem }, content) => [
      { name: `${stem}.xml`, content: content() },
      { name: `${stem}_bis.xml`, content: content() },
    ],
  },
  'zip-bomb': { entries: async ({ stem }, _, envelope) => [await bombEntry(`${stem}.xml`, envelope)] },
  'lying-zip-bomb': {
    entries: async ({ stem }, _, envelope) => [await bombEntry(`${stem}.xml`, envelope, 1_000_000)],
  },
  'path-traversal': {
    entries: async ({ stem }, content) => [{ name: `../../../../${stem}.xml`, content: content() }],
  },
  'entity-bomb': { xml: () => withEntity(NESTED, '&e8;') },
  'external-entity': { xml: () => withEntity('<!ENTITY file SYSTEM "file:///etc/passwd">', '&file;') },
  'broken-xml': {
    xml: () => ({
      record: (xml, number, total) =>
        number === Math.floor(total / 2)
          ? xml.replace('</FinInstrmGnlAttrbts>', '</FinInstrmGnlAttrbt>')
          : xml,
    }),
  },
  'wrong-header-date': {
    xml: ({ date }) => ({
      envelope: ({ head, tail }) => ({
        head: head.replace(`<RptgPrd><Dt>${date}</Dt>`, `<RptgPrd><Dt>${addDays(date, -1)}</Dt>`),
        tail,
      }),
    }),
  },
  'wrong-letter': {
    xml: () => ({ letter: (own) => LETTERS[(LETTERS.indexOf(own) + 1) % LETTERS.length] ?? own }),
  },
  'half-file': {
    xml: () => ({
      record: (xml, number, total) => (number < Math.floor(total / 2) ? xml : undefined),
    }),
  },
  'bad-check-digits': {
    xml: () => ({ record: (xml, number) => (number % 10 < 3 ? breakCheckDigit(xml) : xml) }),
  },
  'wrong-encoding': { xml: () => ({ encoding: 'utf16le' }) },
} as const satisfies Readonly<Record<string, Alteration>>;

export type AlterationName = keyof typeof ALTERATIONS;
