import { dayIn } from '../../domain/day.js';
import type { InstrumentRecord } from '../../domain/record.js';
import type { Edition, Part, Since, RowSource, Web } from '../source.js';
import { listNamed, listOfFile, NSE_LISTS, type NseList } from './lists.js';
import { nseRecord } from './record.js';
import { nseRows } from './rows.js';

const TIME_ZONE = 'Asia/Kolkata';

/**
 * The archive answers browsers only: a firewall resets connections that introduce themselves as programs. No cookie is
 * needed on this host (as implementers report, 2026).
 */
const HEADERS = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  accept: '*/*',
  referer: 'https://www.nseindia.com/',
};

/** The securities listed on the National Stock Exchange of India: shares, funds, trusts, preference shares, warrants. */
export const inNseEquities: RowSource<{ readonly fills: 'record'; readonly value: InstrumentRecord }> = {
  id: 'in-nse-equities',
  title: 'NSE India: securities available for trading',
  publisher: 'National Stock Exchange of India Limited',
  licence: {
    name: 'Terms of use of nseindia.com; no licence for redistribution',
    url: 'https://www.nseindia.com/nse-terms-of-use',
    attribution: 'Source: National Stock Exchange of India Limited',
    mayRedistribute: false,
  },
  // Published on business days, in the evening there.
  schedule: { cron: '30 20 * * 1-5', timeZone: TIME_ZONE, catchUp: 'latest' },
  fills: 'record',
  bounds: {
    records: Object.fromEntries(NSE_LISTS.map(({ name, bounds }) => [name, bounds])),
    maxRejectShare: 0.01,
    maxChangedShare: 0.5,
    sentinels: Object.fromEntries(
      NSE_LISTS.flatMap(({ name, sentinels }) => (sentinels === undefined ? [] : [[name, sentinels]])),
    ),
  },
  // The exchange gives the symbols itself. On CFI any source that states one is better than ours, which is derived.
  authoritativeFor: ['symbol'],
  priority: 50,
  // The terms do not grant automated download explicitly and restrict redistribution: an operator decides.
  onByDefault: false,
  hosts: ['nseindia.com'],
  // Implementers report blocks above three requests a second, and hours of them after the first 403 (2026).
  pauseMs: 3_000,
  fileNames: NSE_LISTS.map(({ name }) => `${name}.csv`),

  async locate(web: Web, since: Since): Promise<readonly Edition[]> {
    const { lastModified } = await web.head(equityList().url, HEADERS);
    const today = dayIn(since.now, TIME_ZONE);
    const modifiedOn = lastModified === undefined ? today : dayIn(lastModified, TIME_ZONE);
    // A clock that is wrong over there must not date an edition into the future, or no later one would count as newer.
    const editionOn = modifiedOn < today ? modifiedOn : today;
    // The same day again is no mistake: a list that is published anew is a correction, and unchanged bytes are recognised.
    if (since.editionOn !== undefined && editionOn < since.editionOn) return [];
    return [
      { kind: 'full', editionOn, parts: NSE_LISTS.map((list) => ({ ...partOfList(list), url: list.url })) },
    ];
  },

  partOf(fileName) {
    const list = listOfFile(fileName);
    return list === undefined ? undefined : partOfList(list);
  },

  read(file) {
    return nseRows(
      file.path,
      listNamed(file.part.name),
      `in-nse-equities: ${file.part.name} of ${file.editionOn}`,
    );
  },

  toItem: (row, file) => nseRecord(row, listNamed(file.part.name)),
};

function equityList(): NseList {
  return listNamed('EQUITY_L');
}

function partOfList(list: NseList): Omit<Part, 'url'> {
  return {
    name: list.name,
    scope: list.name,
    isOptional: list.isRequired !== true,
    headers: HEADERS,
    // A hundred times today's largest list.
    maxBytes: 20_000_000,
  };
}
