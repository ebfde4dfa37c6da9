import type { IncomingHttpHeaders } from 'node:http';

import type { Day } from '../../domain/day.js';
import { addDays } from '../calendar.js';
import { commonModeOf, type Fault, strikes } from '../faults.js';
import { type Answer, answerWith, plainAnswer, type ServedFile, type StoredFile } from '../http-answer.js';
import { type Alteration, ALTERATIONS, alteredZip } from './alterations.js';
import { answerEsmaListing, type ListingContext } from './esma-listing.js';
import { answerFcaListing, MISSING_TOKEN } from './fca-listing.js';
import { FileStore, type StoredBytes } from './file-store.js';
import type { FirdsWorld } from './firds-world.js';
import { COMMON_ALTERATIONS, FIRDS_FAULTS, type FirdsFaultName } from './firds-faults.js';
import { FILES_AT, filesOn, type ListedFile, type ListingChange } from './listing.js';
import { firdsZip } from './write-file.js';
import type { FirdsPublisher } from './trading-venues.js';

export const ESMA_LISTING = 'registers.esma.europa.eu/solr/esma_registers_firds_files/select';
export const FCA_LISTING = 'api.data.fca.org.uk/fca_data_firds_files';
const FCA_HOST = 'api.data.fca.org.uk/';

/** Worlds of more instruments give check sums of files only that somebody has asked for: they have to be made first. */
export const MOST_WITH_CHECKSUMS = 200_000;

/** A request for something of FIRDS. */
export interface FirdsRequest {
  /** Host and path, without a slash before. */
  readonly address: string;
  readonly asked: URLSearchParams;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly today: Day;
  readonly fault: Fault | null;
}

export interface FirdsAnswer {
  readonly answer: Answer;
  /** Whether the fault struck, so that it is used up by one. */
  readonly isStruck: boolean;
}

const same: ListingChange = (files) => files;

/** The part of the simulated publisher that stands for ESMA's and the FCA's servers. */
export class FirdsSite {
  readonly #store = new FileStore();
  #listings = 0;

  constructor(readonly worlds: Readonly<Record<FirdsPublisher, FirdsWorld>>) {}

  async close(): Promise<void> {
    await this.#store.close();
  }

  /** `undefined` for addresses that are not of FIRDS. */
  async answer(request: FirdsRequest): Promise<FirdsAnswer | undefined> {
    const { address } = request;
    if (address === ESMA_LISTING) return this.#answerListing(request, 'esma');
    if (address === FCA_LISTING) return this.#answerListing(request, 'fca');
    if (address.startsWith(FCA_HOST)) {
      return { answer: { ...answerWith(MISSING_TOKEN.file, 'GET', {}), status: 403 }, isStruck: false };
    }
    for (const publisher of ['esma', 'fca'] as const) {
      if (address.startsWith(`${FILES_AT[publisher]}/`))
        return this.#answerFile(request, this.worlds[publisher]);
    }
    return undefined;
  }

  async #answerListing(request: FirdsRequest, publisher: FirdsPublisher): Promise<FirdsAnswer> {
    const { fault, asked, today } = request;
    const early = this.#answerWithout(request);
    if (early) return early;
    const world = this.worlds[publisher];
    let isStruck = false;
    const change = changeOf(fault);
    const context: ListingContext = {
      world,
      today,
      request: this.#listings,
      change: (files) => {
        const changed = change(files);
        if (changed.length !== files.length || changed.some((file, at) => file !== files[at]))
          isStruck = true;
        return changed;
      },
      checksumOf: async (listed) => {
        const md5 = await this.#checksumOf(world, listed, fault);
        if (md5 === undefined || fault?.name !== 'wrong-checksum' || !strikes(fault, listed.address))
          return md5;
        isStruck = true;
        return (md5.startsWith('0') ? '1' : '0') + md5.slice(1);
      },
    };
    this.#listings += 1;
    const { status, file } =
      publisher === 'esma' ? await answerEsmaListing(asked, context) : await answerFcaListing(asked, context);
    const { answer, isStruck: isDelivered } = this.#deliver(file, request);
    return {
      answer: { ...answer, status: answer.status === 200 ? status : answer.status },
      isStruck: isStruck || isDelivered,
    };
  }

  async #answerFile(request: FirdsRequest, world: FirdsWorld): Promise<FirdsAnswer> {
    const { address, fault } = request;
    const listed = await findByAddress(world, address, request.today, changeOf(fault));
    if (!listed) return { answer: plainAnswer(404, 'No such file'), isStruck: false };
    const early = this.#answerWithout(request);
    if (early) return early;
    const altered = alterationFor(fault, listed);
    const isOther = fault?.name === 'wrong-content' && strikes(fault, address);
    const stored = isOther
      ? await this.#otherFile(world, listed)
      : await this.#make(world, listed, altered, fault);
    const hours = altered?.name === 'republished' ? 9 : 1;
    const file: StoredFile = {
      path: stored.path,
      sizeBytes: Math.floor(stored.sizeBytes * (altered?.alteration.keptShare ?? 1)),
      tag: altered?.alteration.keptShare === undefined ? stored.md5 : `${stored.md5}-cut`,
      contentType: 'application/zip',
      modifiedAt: new Date(`${listed.file.date}T0${hours}:20:00Z`),
    };
    const { answer, isStruck } = this.#deliver(file, request);
    const hasBody = request.method === 'GET' && (answer.status === 200 || answer.status === 206);
    return { answer, isStruck: isStruck || ((altered !== undefined || isOther) && hasBody) };
  }

  /** Faults for which nothing needs to be made: other answers, and other things in the place of what was asked. */
  #answerWithout({ fault, address, method, headers }: FirdsRequest): FirdsAnswer | undefined {
    if (!fault || !strikes(fault, address)) return undefined;
    const mode = commonModeOf(fault.name);
    if (mode?.changes === 'answer') return { answer: mode.apply(plainAnswer(200, '')), isStruck: true };
    const isOtherThing = ['block-page', 'json-content', 'empty-file'].includes(fault.name);
    if (mode?.changes !== 'file' || !isOtherThing) return undefined;
    const nothing: ServedFile = {
      bytes: Buffer.alloc(0),
      contentType: 'application/zip',
      modifiedAt: undefined,
    };
    const answer = answerWith(
      mode.apply(nothing, () => nothing),
      method,
      headers,
    );
    return { answer, isStruck: method === 'GET' };
  }

  #deliver(file: ServedFile | StoredFile, { fault, address, method, headers }: FirdsRequest): FirdsAnswer {
    const answer = answerWith(file, method, headers);
    const mode = fault && strikes(fault, address) ? commonModeOf(fault.name) : undefined;
    const hasBody = method === 'GET' && (answer.status === 200 || answer.status === 206);
    if (mode?.changes !== 'delivery' || !hasBody) return { answer, isStruck: false };
    return { answer: { ...answer, delivery: mode.delivery }, isStruck: true };
  }

  async #checksumOf(world: FirdsWorld, listed: ListedFile, fault: Fault | null): Promise<string | undefined> {
    const altered = alterationFor(fault, listed);
    const shown = altered?.alteration.isSlip ? undefined : altered;
    if (world.instruments > MOST_WITH_CHECKSUMS && !this.#store.has(keyOf(world, listed, shown?.name, fault)))
      return undefined;
    return (await this.#make(world, listed, shown, fault)).md5;
  }

  #make(
    world: FirdsWorld,
    listed: ListedFile,
    altered: ReturnType<typeof alterationFor>,
    fault: Fault | null,
  ): Promise<StoredBytes> {
    const { file } = listed;
    const key = keyOf(world, listed, altered?.name, fault);
    const isStruck = (date: Day): boolean =>
      fault !== null && strikes(fault, `${FILES_AT[world.publisher]}/DLTINS_${date.replaceAll('-', '')}_`);
    return this.#store.get(key, () =>
      altered ? alteredZip(world, file, altered.alteration, isStruck) : firdsZip(world, file),
    );
  }

  /** Another file of the same day, or, where there is none, the delta of the day before. */
  async #otherFile(world: FirdsWorld, { file }: ListedFile): Promise<StoredBytes> {
    const others = await filesOn(world, file.date, same);
    const before = await filesOn(world, addDays(file.date, -1), same);
    const other = [...others, ...before].find((each) => each.file.stem !== file.stem);
    if (!other) throw new RangeError(`there is no other file than ${file.stem}`);
    return this.#make(world, other, undefined, null);
  }
}

function changeOf(fault: Fault | null): ListingChange {
  const mode =
    fault && Object.hasOwn(FIRDS_FAULTS, fault.name) ? FIRDS_FAULTS[fault.name as FirdsFaultName] : undefined;
  if (!fault || mode?.changes !== 'listing') return same;
  return mode.change(({ address }) => strikes(fault, address));
}

/** What a fault makes of a file; `undefined` when it leaves it alone. */
function alterationFor(
  fault: Fault | null,
  { file, address }: ListedFile,
): { readonly name: string; readonly alteration: Alteration } | undefined {
  if (!fault) return undefined;
  const mode = Object.hasOwn(FIRDS_FAULTS, fault.name)
    ? FIRDS_FAULTS[fault.name as FirdsFaultName]
    : undefined;
  const name = mode?.changes === 'content' ? mode.alteration : COMMON_ALTERATIONS[fault.name];
  if (name === undefined) return undefined;
  const alteration: Alteration = ALTERATIONS[name];
  const yesterday = addDays(file.date, -1).replaceAll('-', '');
  const strikesYesterday =
    alteration.strikesNextDay && strikes(fault, address.replace(file.date.replaceAll('-', ''), yesterday));
  if (!strikes(fault, address) && !strikesYesterday) return undefined;
  if (name === 'late-records' && file.type !== 'DLTINS') return undefined;
  if (name === 'wrong-letter' && file.type !== 'FULINS') return undefined;
  return { name, alteration };
}

function keyOf(world: FirdsWorld, { file }: ListedFile, alteration = '', fault: Fault | null): string {
  const struck = alteration === 'late-records' ? (fault?.match ?? '') : '';
  return [world.publisher, file.name, alteration, struck].join('/');
}

async function findByAddress(
  world: FirdsWorld,
  address: string,
  today: Day,
  change: ListingChange,
): Promise<ListedFile | undefined> {
  const [, type, year, month, day] =
    /\/(FULINS|DLTINS|FULCAN)_(?:[A-Z]_)?(\d{4})(\d\d)(\d\d)_\d+of\d+\.zip$/.exec(address) ?? [];
  if (type === undefined) return undefined;
  const date = `${year}-${month}-${day}`;
  if (date < world.firstDate || date > today) return undefined;
  const files = await filesOn(world, date, change, [type as ListedFile['file']['type']]);
  return files.find((file) => file.address === address);
}
