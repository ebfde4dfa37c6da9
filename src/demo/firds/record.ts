import { addDebt, addDerivative } from './content.js';
import { driftFields } from './drift-fields.js';
import type { FirdsWorld } from './firds-world.js';
import { Dice, mix } from './hash.js';
import type { Letter } from './identity.js';
import { instrumentName, shortName, venueName } from './names.js';
import type { Occurrence, OccurrenceKind } from './occurrence.js';
import { ISIN, LeafList, MIC, type RecordElement } from './record-xml.js';
import { leafAt } from './schema.js';
import { type Shape, SHOWCASE, shapeOf } from './shape.js';
import { dateOf } from './timeline.js';
import { venueOf } from './trading-venues.js';

const leaf = {
  technicalId: leafAt('TechRcrdId'),
  fullName: leafAt('FinInstrmGnlAttrbts/FullNm'),
  shortName: leafAt('FinInstrmGnlAttrbts/ShrtNm'),
  cfi: leafAt('FinInstrmGnlAttrbts/ClssfctnTp'),
  currency: leafAt('FinInstrmGnlAttrbts/NtnlCcy'),
  commodity: leafAt('FinInstrmGnlAttrbts/CmmdtyDerivInd'),
  issuer: leafAt('Issr'),
  requested: leafAt('TradgVnRltdAttrbts/IssrReq'),
  approvedAt: leafAt('TradgVnRltdAttrbts/AdmssnApprvlDtByIssr'),
  requestedAt: leafAt('TradgVnRltdAttrbts/ReqForAdmssnDt'),
  firstTradeAt: leafAt('TradgVnRltdAttrbts/FrstTradDt'),
  terminatedAt: leafAt('TradgVnRltdAttrbts/TermntnDt'),
  inconsistent: leafAt('TechAttrbts/IncnsstncyInd'),
  updatedAt: leafAt('TechAttrbts/LastUpd'),
  submittedAt: leafAt('TechAttrbts/SubmissnDtTm'),
  authority: leafAt('TechAttrbts/RlvntCmptntAuthrty'),
  on: leafAt('TechAttrbts/PblctnPrd/Dt'),
  from: leafAt('TechAttrbts/PblctnPrd/FrDt'),
  to: leafAt('TechAttrbts/PblctnPrd/ToDt'),
  endedFrom: leafAt('TechAttrbts/PblctnPrd/FrDtToDt/FrDt'),
  endedTo: leafAt('TechAttrbts/PblctnPrd/FrDtToDt/ToDt'),
  neverPublished: leafAt('TechAttrbts/NvrPblshd'),
  mainVenue: leafAt('TechAttrbts/RlvntTradgVn'),
};

const CFI: Readonly<Record<Letter, readonly string[]>> = {
  C: ['CEOGES', 'CEOIES', 'CIOXXX', 'CMXXXX', 'CEOJLS'],
  D: ['DBFTFB', 'DTVUFB', 'DBFUFR', 'DEEYRI', 'DNVTFB', 'DTFXFB', 'DYZUXR', 'DAFSFB'],
  E: ['ESVUFR', 'ESVUFB', 'EPNXNR', 'EDSXXR', 'ESVTFN'],
  F: ['FFSCSX', 'FFICSX', 'FFCPSX', 'FCEPSX'],
  H: ['HESBVC', 'HFRAVC', 'HETXXX', 'HRCAVC'],
  I: ['IFXXXP'],
  J: ['JFTXFP', 'JESXCC', 'JEIXCC'],
  O: ['OCASPS', 'OPASPS', 'OCEICS', 'OPEICS', 'OCAFPS'],
  R: ['RWSNCA', 'RFITCB', 'RFCTCB', 'RWINPE', 'RSSXXB', 'RFSTPB'],
  S: ['SFCXXP', 'SRCCSC', 'SESPXC', 'SCUCCA'],
};
const COMMODITY_CFI: Partial<Readonly<Record<Letter, string>>> = {
  F: 'FCECSX',
  H: 'HTJAVC',
  J: 'JTJXFC',
  O: 'OCAFCS',
  S: 'STJTXC',
};
const AUTHORITIES = ['DE', 'FR', 'NL', 'IE', 'SE', 'LU'];
const EU_PREFIXES = new Set('AT BE DE DK ES FI FR GR HU IE IT LU NL NO PL SE'.split(' '));
/** The factor by which the days of distant ends are spread. */
const FAR_DAYS = 9_000;

export const ELEMENT_OF: Readonly<Record<OccurrenceKind, RecordElement>> = {
  live: 'RefData',
  new: 'NewRcrd',
  modified: 'ModfdRcrd',
  terminated: 'TermntdRcrd',
  late: 'TermntdRcrd',
  cancelled: 'CancRcrd',
};

/** Writes out what an occurrence of the world means, leaf by leaf. */
export class RecordWriter {
  readonly #dice = new Dice();
  readonly #list = new LeafList();

  constructor(readonly world: FirdsWorld) {}

  /** Only ISIN and venue: what a cancellation says. */
  writeKey(of: Occurrence): LeafList {
    const { identities } = this.world;
    const list = this.#list.clear();
    list.add(ISIN, identities.isinOf(of.place, of.generation, of.isPhantom));
    list.add(MIC, this.#venue(of, this.shapeOf(of), of.venue));
    return list;
  }

  /** The whole record as a file of `day` has it. The list is overwritten by the next record. */
  write(of: Occurrence, day: number): LeafList {
    if (of.kind === 'cancelled') return this.writeKey(of);
    const shape = this.shapeOf(of);
    const dice = this.#dice;
    const { identities, publisher } = this.world;
    const list = this.#list.clear();
    const venueHash = mix(mix(of.hash, 41), of.venue);
    const writeDate =
      publisher === 'fca' && venueHash % 3 === 0
        ? (text: string): string => `${text}Z`
        : (text: string): string => text;
    const issuer = identities.issuerOf(mix(of.hash, 42));
    const end = this.#endOf(of, shape);
    const currency = of.letter === 'E' && of.hash % 9 === 0 ? 'USD' : of.hash % 5 === 0 ? 'SEK' : 'EUR';
    const expiry = end === undefined ? '9999-12-31' : dateOf(end);
    const firstTrade = this.#firstTradeOf(of, venueHash);

    if (shape.isRare) list.add(leaf.technicalId, `TECH-${of.place}-${of.recordChanges}`);
    list.add(ISIN, identities.isinOf(of.place, of.generation, of.isPhantom));
    const name = instrumentName(of.letter, issuer.name, dice, expiry);
    list.add(
      leaf.fullName,
      venueName(name, (venueHash >>> 4) + of.recordChanges, of.showcase === 6 ? 0 : venueHash),
    );
    const shortHash = of.showcase === 5 ? 1 : mix(of.hash, 43);
    list.add(leaf.shortName, shortName(of.letter, issuer.name, of.instrumentChanges, shortHash, expiry));
    list.add(leaf.cfi, this.#cfiOf(shape));
    list.add(leaf.currency, currency);
    list.add(leaf.commodity, shape.commodity === undefined ? 'false' : 'true');
    list.add(leaf.issuer, issuer.lei);
    this.#addVenue(list, of, shape, venueHash, firstTrade, end);
    const subject = {
      shape,
      currency,
      changes: of.instrumentChanges,
      expiresOn: writeDate(expiry),
      isin: (number: number) => identities.isinOf(mix(this.world.seed, number) % this.world.places, 0, false),
      lei: (number: number) => identities.issuerOf(number).lei,
    };
    if (shape.rate) addDebt(list, subject, dice);
    if (shape.isDerivative) addDerivative(list, subject, dice);
    this.#addTechnical(list, of, shape, day, writeDate);
    if (of.drift >= 0) {
      const laterStart = writeDate(dateOf(this.world.secondFullDay - 2));
      for (const { path, value } of driftFields(of.drift, list, laterStart))
        list.replace(leafAt(path), value);
    }
    return list;
  }

  /** Takes the dice to the instrument's own row: every record of it goes on with the same numbers. */
  shapeOf(of: Occurrence): Shape {
    this.#dice.take(mix(of.hash, of.isPhantom ? 45 : 44));
    return SHOWCASE[of.showcase] ?? shapeOf(of.letter, this.#dice);
  }

  #venue(of: Occurrence, shape: Shape, nth: number): string {
    return venueOf(this.world.publisher, shape.venues, mix(of.hash, 46), nth);
  }

  #cfiOf({ letter, commodity, isDerivative }: Shape): string {
    const special = commodity === undefined ? undefined : COMMODITY_CFI[letter];
    if (special !== undefined) return special;
    if (letter === 'E' && isDerivative) return 'EYAYFS';
    return this.#dice.pick(CFI[letter]);
  }

  /** The day on which the instrument expires, which is two days before the file that ends it; `undefined`: never. */
  #endOf(of: Occurrence, shape: Shape): number | undefined {
    const hash = mix(of.hash, 47);
    const isOpen = shape.letter === 'E' || shape.letter === 'C' || (shape.letter === 'R' && hash % 100 < 45);
    if (isOpen || (shape.letter === 'D' && hash % 20 === 0)) return undefined;
    return of.endsOn >= 0 ? of.endsOn - 2 : this.world.firstDay + 500 + (hash % FAR_DAYS);
  }

  #firstTradeOf(of: Occurrence, venueHash: number): number {
    // What is short-lived is announced before it trades; the rest has traded for years.
    if (of.letter === 'E' || of.letter === 'D' || of.letter === 'C') return of.bornOn - (venueHash % 6_000);
    return of.bornOn + (venueHash % 4);
  }

  #addVenue(
    list: LeafList,
    of: Occurrence,
    shape: Shape,
    venueHash: number,
    firstTrade: number,
    end: number | undefined,
  ): void {
    list.add(MIC, this.#venue(of, shape, of.venue));
    list.add(leaf.requested, of.venue === 0 && venueHash % 3 !== 0 ? 'true' : 'false');
    if (venueHash % 100 < 47) list.add(leaf.approvedAt, instant(firstTrade - (venueHash % 30), venueHash));
    if (venueHash % 100 < 38)
      list.add(leaf.requestedAt, instant(firstTrade - (venueHash % 40), venueHash >>> 3));
    if (venueHash % 300 !== 7) list.add(leaf.firstTradeAt, instant(firstTrade, venueHash >>> 5));
    if (of.terminatedOn >= 0) {
      list.add(leaf.terminatedAt, instant(of.terminatedOn, venueHash));
    } else if (end !== undefined) {
      if (shape.letter !== 'D' || venueHash % 5 < 3) list.add(leaf.terminatedAt, `${dateOf(end)}T23:59:59Z`);
    } else if (venueHash % 10 === 0) {
      list.add(leaf.terminatedAt, '9999-12-31T00:00:00Z');
    } else if (venueHash % 10 === 1) {
      list.add(leaf.terminatedAt, instant(this.world.firstDay + 30 + (venueHash % 2_000), venueHash));
    }
  }

  #addTechnical(
    list: LeafList,
    of: Occurrence,
    shape: Shape,
    day: number,
    writeDate: (text: string) => string,
  ): void {
    const { publisher } = this.world;
    if (shape.isRare) {
      list.add(leaf.inconsistent, 'false');
      list.add(leaf.updatedAt, instant(of.validFrom - 1, of.hash));
      list.add(leaf.submittedAt, instant(of.validFrom - 1, of.hash >>> 4));
    }
    list.add(leaf.authority, publisher === 'fca' ? 'GB' : this.#authorityOf(of));
    const validFrom = writeDate(dateOf(of.validFrom));
    if (of.kind === 'terminated' || of.period === 'inverted') {
      list.add(leaf.endedFrom, validFrom);
      list.add(leaf.endedTo, writeDate(dateOf(day - 1)));
    } else if (of.kind !== 'late') {
      list.add(leaf.from, validFrom);
    } else if (of.period === 'Dt') {
      list.add(leaf.on, validFrom);
    } else if (of.period === 'ToDt') {
      list.add(leaf.to, writeDate(dateOf(day - 1)));
    }
    if (shape.isRare) list.add(leaf.neverPublished, 'false');
    list.add(leaf.mainVenue, this.#venue(of, shape, 0));
  }

  #authorityOf(of: Occurrence): string {
    const prefix = this.world.identities.prefixOf(of.place);
    return EU_PREFIXES.has(prefix) ? prefix : (AUTHORITIES[of.hash % AUTHORITIES.length] ?? 'DE');
  }
}

/** `2026-01-05T08:00:00Z`, at times with a fraction of a second. */
function instant(day: number, hash: number): string {
  const date = dateOf(day);
  switch (hash % 8) {
    case 0:
      return `${date}T08:00:00Z`;
    case 1:
      return `${date}T22:59:59Z`;
    case 2:
      return `${date}T10:28:21.398Z`;
    case 3:
      return `${date}T06:00:00.5Z`;
    default:
      return `${date}T00:00:00Z`;
  }
}
