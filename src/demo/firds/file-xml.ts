import { setImmediate } from 'node:timers/promises';

import { envelopeOf, type Envelope } from './envelope.js';
import { type FirdsFile, PLACES_AT_ONCE, questionOf } from './files.js';
import type { FirdsWorld, Question } from './firds-world.js';
import { mix } from './hash.js';
import type { Letter } from './identity.js';
import type { Occurrence } from './occurrence.js';
import { ISIN, type LeafList, MIC, type RecordElement, toItemXml } from './record-xml.js';
import { ELEMENT_OF, RecordWriter } from './record.js';
import { dayNumber } from './timeline.js';

/** How a publisher may get the XML of a file wrong. Without it all is well. */
export interface XmlAlteration {
  /** Changes what stands around the records. */
  readonly envelope?: (envelope: Envelope) => Envelope;
  /** Changes one record's element; `number` counts from 0. `undefined` leaves it out. */
  readonly record?: (xml: string, number: number, total: number) => string | undefined;
  /** The letter whose records stand in the file instead of its own. */
  readonly letter?: (letter: Letter) => Letter;
  /** Whether the delta of a day keeps some of its records back for the next day's. */
  readonly isLate?: (day: number) => boolean;
  readonly encoding?: 'utf16le';
}

/** A record as a program sees it that has read the file. */
export interface FirdsRecord {
  readonly element: RecordElement;
  readonly isin: string;
  readonly mic: string;
  /** Path and value of each leaf in order; a path comes again for each member of a basket. */
  readonly leaves: readonly (readonly [path: string, value: string])[];
}

const CHUNK_CHARACTERS = 65_536;

/** The XML of a file, made as it is read: nothing is held but the piece that is being written. */
export async function* firdsXml(
  world: FirdsWorld,
  file: FirdsFile,
  alteration: XmlAlteration = {},
): AsyncGenerator<Buffer> {
  const plain = envelopeOf(file.type, file.stem, file.date, world.publisher);
  const { head, tail } = alteration.envelope?.(plain) ?? plain;
  const encoding = alteration.encoding ?? 'utf8';
  let text = encoding === 'utf8' ? head : `\ufeff${head}`;
  let number = 0;
  for (const item of items(world, file, alteration)) {
    if (item === undefined) {
      await setImmediate();
      continue;
    }
    const xml = toItemXml(item.element, item.list);
    text += alteration.record ? (alteration.record(xml, number, file.records) ?? '') : xml;
    number += 1;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text, encoding);
    text = '';
  }
  yield Buffer.from(text + tail, encoding);
}

/** The records of a file, one by one, without the XML. */
export async function* firdsRecords(world: FirdsWorld, file: FirdsFile): AsyncGenerator<FirdsRecord> {
  for (const item of items(world, file, {})) {
    if (item === undefined) {
      await setImmediate();
      continue;
    }
    const { element, list } = item;
    yield { element, isin: list.get(ISIN) ?? '', mic: list.get(MIC) ?? '', leaves: list.entries() };
  }
}

interface Item {
  readonly element: RecordElement;
  readonly list: LeafList;
}

/** The records of a file; `undefined` where it is time to let others have the processor. */
function* items(
  world: FirdsWorld,
  file: FirdsFile,
  { letter = (own) => own, isLate }: XmlAlteration,
): Generator<Item | undefined> {
  const day = dayNumber(file.date);
  const question = questionOf(file.type);
  const writer = new RecordWriter(world);
  const wanted = file.letter && letter(file.letter);
  const { from, to } = file;
  for (let place = from.place; place <= to.place; place += 1) {
    if (place % PLACES_AT_ONCE === 0) yield undefined;
    const first = place === from.place ? from.records : 0;
    const last = place === to.place ? to.records : Infinity;
    const count = world.ask(place, day, question, wanted);
    if (count === 0 && !isLate) continue;
    const holdsBack = question === 'delta' && (isLate?.(day) ?? false);
    for (let record = first; record < Math.min(count, last); record += 1) {
      const occurrence = world.found(record);
      if (!holdsBack || !comesLate(occurrence, day)) yield itemOf(writer, occurrence, day, question);
    }
    const isOurs = first === 0 && last > 0;
    if (question === 'delta' && isOurs && isLate?.(day - 1)) yield* lateItems(writer, place, day);
  }
}

function itemOf(writer: RecordWriter, occurrence: Occurrence, day: number, question: Question): Item {
  if (question === 'cancelled') return { element: 'CxlData', list: writer.writeKey(occurrence) };
  return { element: ELEMENT_OF[occurrence.kind], list: writer.write(occurrence, day) };
}

/** What yesterday's delta kept back: changes under their true, older date, and ends without a period. */
function* lateItems(writer: RecordWriter, place: number, day: number): Generator<Item> {
  const { world } = writer;
  const keyOf = ({ generation, venue }: Occurrence): string => `${generation}/${venue}`;
  const today = new Set<string>();
  for (let at = world.ask(place, day, 'delta') - 1; at >= 0; at -= 1) today.add(keyOf(world.found(at)));
  const count = world.ask(place, day - 1, 'delta');
  for (let at = 0; at < count; at += 1) {
    const occurrence = world.found(at);
    // What happened to the key today says everything already.
    if (!comesLate(occurrence, day - 1) || today.has(keyOf(occurrence))) continue;
    if (occurrence.kind === 'terminated') occurrence.kind = 'late';
    yield itemOf(writer, occurrence, day, 'delta');
  }
}

const LATE_IN_TEN = 2;

function comesLate({ kind, place }: Occurrence, day: number): boolean {
  return (kind === 'modified' || kind === 'terminated') && mix(place, day) % 10 < LATE_IN_TEN;
}
