import type { Day } from '../../domain/day.js';
import type { FirdsFileType } from './file-name.js';
import type { FirdsPublisher } from './trading-venues.js';

const MESSAGES: Readonly<
  Record<FirdsFileType, { readonly message: string; readonly schema: string; readonly root: string }>
> = {
  FULINS: {
    message: 'auth.017.001.02',
    schema: 'auth.017.001.02_ESMAUG_FULINS_1.1.0.xsd',
    root: 'FinInstrmRptgRefDataRpt',
  },
  DLTINS: {
    message: 'auth.036.001.03',
    schema: 'auth.036.001.03_ESMAUG_DLTINS_1.2.0.xsd',
    root: 'FinInstrmRptgRefDataDltaRpt',
  },
  FULCAN: {
    message: 'auth.102.001.01',
    schema: 'auth.102.001.01_ESMAUG_CANINS_1.2.0.xsd',
    root: 'FinInstrmRptgCxlRpt',
  },
};

const URN = 'urn:iso:std:iso:20022:tech:xsd:';
const INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** What stands around the records of a file. */
export interface Envelope {
  readonly head: string;
  readonly tail: string;
}

/** The declaration is the first line and everything else the second, as in the real files. */
export function envelopeOf(
  type: FirdsFileType,
  stem: string,
  date: Day,
  publisher: FirdsPublisher,
): Envelope {
  const { message, schema, root } = MESSAGES[type];
  const authority = publisher === 'esma' ? 'EU' : 'GB';
  const open = (name: string, namespace: string, location: string): string =>
    `<${name} xsi:schemaLocation="${URN}${namespace} ${location}" xmlns="${URN}${namespace}" ${INSTANCE}>`;
  const party = (element: string, id: string): string =>
    `<${element}><OrgId><Id><OrgId><Othr><Id>${id}</Id></Othr></OrgId></Id></OrgId></${element}>`;
  const head = [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    open('BizData', 'head.003.001.01', 'head.003.001.01.xsd'),
    '<Hdr>',
    open('AppHdr', 'head.001.001.01', 'head.001.001.01_ESMAUG_1.0.0.xsd'),
    party('Fr', authority),
    party('To', 'Public'),
    `<BizMsgIdr>${stem}</BizMsgIdr><MsgDefIdr>${message}</MsgDefIdr><CreDt>${date}T01:17:07.027Z</CreDt>`,
    '</AppHdr></Hdr><Pyld>',
    open('Document', message, schema),
    `<${root}><RptHdr><RptgNtty><NtlCmptntAuthrty>${authority}</NtlCmptntAuthrty></RptgNtty>`,
    `<RptgPrd><Dt>${date}</Dt></RptgPrd></RptHdr>`,
  ];
  return { head: head.join(''), tail: `</${root}></Document></Pyld></BizData>` };
}
