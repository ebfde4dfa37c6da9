import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What differs from a share of Xetra that is in order. */
export interface FirdsRow {
  readonly isin: string;
  readonly mic?: string;
  readonly name?: string;
  readonly shortName?: string;
  readonly cfi?: string;
  readonly currency?: string;
  /** `null`: the record names none. */
  readonly issuer?: string | null;
  readonly firstTrade?: string;
  readonly termination?: string;
  readonly relevantMic?: string;
  /** Start of the version, or start and end. */
  readonly period?: string | readonly [string, string] | null;
}

type Event = 'NewRcrd' | 'ModfdRcrd' | 'TermntdRcrd' | 'CancRcrd';

const ISSUER = '5299000J2N45DDNE4Y28';

function recordXml(row: FirdsRow): string {
  const {
    isin,
    mic = 'XETR',
    name = 'A SHARE',
    shortName = 'ISSUER/SHARE',
    issuer = ISSUER,
    cfi = 'ESVUFR',
    currency = 'EUR',
    period = '2026-01-01',
  } = row;
  const periodXml =
    period === null
      ? ''
      : typeof period === 'string'
        ? `<PblctnPrd><FrDt>${period}</FrDt></PblctnPrd>`
        : `<PblctnPrd><FrDtToDt><FrDt>${period[0]}</FrDt><ToDt>${period[1]}</ToDt></FrDtToDt></PblctnPrd>`;
  return (
    `<FinInstrmGnlAttrbts><Id>${isin}</Id><FullNm>${name}</FullNm><ShrtNm>${shortName}</ShrtNm>` +
    `<ClssfctnTp>${cfi}</ClssfctnTp><NtnlCcy>${currency}</NtnlCcy><CmmdtyDerivInd>false</CmmdtyDerivInd></FinInstrmGnlAttrbts>` +
    (issuer === null ? '' : `<Issr>${issuer}</Issr>`) +
    `<TradgVnRltdAttrbts><Id>${mic}</Id><IssrReq>true</IssrReq>` +
    `<FrstTradDt>${row.firstTrade ?? '2020-01-02'}T00:00:00Z</FrstTradDt>` +
    (row.termination === undefined ? '' : `<TermntnDt>${row.termination}T23:59:59Z</TermntnDt>`) +
    `</TradgVnRltdAttrbts><TechAttrbts><RlvntCmptntAuthrty>DE</RlvntCmptntAuthrty>${periodXml}` +
    `<RlvntTradgVn>${row.relevantMic ?? 'XETR'}</RlvntTradgVn></TechAttrbts>`
  );
}

function cancelledXml({ isin, mic = 'XETR' }: FirdsRow): string {
  return `<FinInstrmGnlAttrbts><Id>${isin}</Id></FinInstrmGnlAttrbts><TradgVnRltdAttrbts><Id>${mic}</Id></TradgVnRltdAttrbts>`;
}

function documentXml(stem: string, day: string, message: string, root: string, records: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<BizData xmlns="urn:iso:std:iso:20022:tech:xsd:head.003.001.01"><Hdr>' +
    `<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><BizMsgIdr>${stem}</BizMsgIdr>` +
    `<MsgDefIdr>${message}</MsgDefIdr><CreDt>${day}T01:17:07.027Z</CreDt></AppHdr></Hdr><Pyld>` +
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${message}"><${root}><RptHdr><RptgNtty><NtlCmptntAuthrty>EU` +
    `</NtlCmptntAuthrty></RptgNtty><RptgPrd><Dt>${day}</Dt></RptgPrd></RptHdr>${records}</${root}></Document></Pyld></BizData>`
  );
}

async function written(stem: string, xml: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'isinglass-firds-')), `${stem}.xml`);
  await writeFile(path, xml);
  return path;
}

/**
 * A full set of one letter, as a person would bring it: in one file, or one part of several.
 * @returns its path
 */
export function writeFullSet(
  day: string,
  letter: string,
  rows: readonly FirdsRow[],
  part = '01of01',
): Promise<string> {
  const stem = `FULINS_${letter}_${day.replaceAll('-', '')}_${part}`;
  const records = rows.map((row) => `<RefData>${recordXml(row)}</RefData>`).join('');
  return written(stem, documentXml(stem, day, 'auth.017.001.02', 'FinInstrmRptgRefDataRpt', records));
}

/** A delta in one file. @returns its path */
export function writeDelta(day: string, events: readonly (readonly [Event, FirdsRow])[]): Promise<string> {
  const stem = `DLTINS_${day.replaceAll('-', '')}_01of01`;
  const records = events
    .map(([event, row]) => {
      const xml = event === 'CancRcrd' ? cancelledXml(row) : recordXml(row);
      return `<FinInstrm><${event}>${xml}</${event}></FinInstrm>`;
    })
    .join('');
  return written(stem, documentXml(stem, day, 'auth.036.001.03', 'FinInstrmRptgRefDataDltaRpt', records));
}

/** A list of cancelled records. @returns its path */
export function writeCancelled(day: string, rows: readonly FirdsRow[]): Promise<string> {
  const stem = `FULCAN_${day.replaceAll('-', '')}_01of01`;
  const records = rows.map((row) => `<CxlData>${cancelledXml(row)}</CxlData>`).join('');
  return written(stem, documentXml(stem, day, 'auth.102.001.01', 'FinInstrmRptgCxlRpt', records));
}
