import { PublisherChangedError, TryLaterError } from '../../common/errors.js';
import { excerpt, pageTitle } from './block-page.js';

const BY_HAND =
  'fetch the file with a browser and hand it over with `npx isinglass ingest <source> --file <path>`';
const SOON = 'A scheduled run is tried again by itself. If it stays so for hours';

/** A URL as messages show it: without user name, password, and values that look like keys. */
export function shown(url: string | URL): string {
  if (!URL.canParse(String(url))) return `"${excerpt(Buffer.from(String(url)))}"`;
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const name of new Set(copy.searchParams.keys())) {
    if (/key|token|secret|signature|password|credential/i.test(name)) copy.searchParams.set(name, '***');
  }
  return copy.href;
}

export const addressRefused = (url: string, objection: string, cause?: unknown): PublisherChangedError =>
  new PublisherChangedError(
    'ADDRESS_REFUSED',
    `${shown(url)} ${objection}; nothing was sent.`,
    'Find out who named this address. If the publisher moved, add its new host to the `hosts` of the source. If your network answers for publishers with a server of its own, name that server as the mirror (ISINGLASS_MIRROR_URL).',
    { cause },
  );

export const redirectRefused = (url: string, to: string | URL, objection: string): PublisherChangedError =>
  new PublisherChangedError(
    'REDIRECT_REFUSED',
    `${shown(url)} redirects to ${shown(to)}, which ${objection}.`,
    `Open the address in a browser. If the publisher moved, add its new host to the \`hosts\` of the source; until then ${BY_HAND}.`,
  );

export const forbidden = (url: string, status: number, body: Buffer): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_FORBIDDEN',
    `${shown(url)} refuses us with status ${status}${saying(body)}.`,
    `Stop asking for some hours, since asking again prolongs a block; until then ${BY_HAND}. If it stays so, the publisher may block this network or want other request headers.`,
  );

export const notFound = (url: string, status: number): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_NOT_FOUND',
    `${shown(url)} does not exist (status ${status}).`,
    `Look on the publisher's pages for where the file went and change the address in the source; until then ${BY_HAND}.`,
  );

export const unexpectedStatus = (url: string, status: number, body: Buffer): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_UNEXPECTED_STATUS',
    `${shown(url)} answers with status ${status}${saying(body)}.`,
    `Open the address in a browser and compare; the source's address or request headers may have to change. Until then ${BY_HAND}.`,
  );

export const unexpectedEncoding = (url: string, encoding: string): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_ENCODING',
    `${shown(url)} comes in content encoding "${excerpt(Buffer.from(encoding))}" although none was asked for.`,
    `Something between here and the publisher rewrites its files: go round it, or ${BY_HAND}.`,
  );

export const blockPage = (url: string, page: Buffer): PublisherChangedError => {
  const title = pageTitle(page);
  return new PublisherChangedError(
    'PUBLISHER_BLOCK_PAGE',
    `${shown(url)} gives a web page instead of the file${title ? `, titled "${title}"` : `: ${excerpt(page)}`}.`,
    `A page like this comes from bot protection, a login or maintenance. Wait some hours before asking again; until then ${BY_HAND}.`,
  );
};

export const emptyFile = (url: string): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_EMPTY_FILE',
    `${shown(url)} is empty: the answer has no body.`,
    `Look at the address in a browser: the publisher may not have filled it yet. Start the run again later, or ${BY_HAND}.`,
  );

export const tooLarge = (url: string, sizeBytes: number, maxBytes: number): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_TOO_LARGE',
    `${shown(url)} has at least ${sizeBytes} bytes, more than the ${maxBytes} it may have.`,
    'Look at what the publisher put there. If the file is right, raise `maxBytes` of the part in the source.',
  );

export const certificateRefused = (url: string, cause: Error): PublisherChangedError =>
  new PublisherChangedError(
    'PUBLISHER_CERTIFICATE',
    `${shown(url)} shows a certificate that is not trusted: ${cause.message}.`,
    `If your network inspects TLS, give its root certificate to Node with NODE_EXTRA_CA_CERTS and start again; otherwise the publisher must renew its certificate. Until then ${BY_HAND}.`,
    { cause },
  );

export const unreachable = (url: string, cause: Error): TryLaterError =>
  new TryLaterError(
    'PUBLISHER_UNREACHABLE',
    `${shown(url)} cannot be reached: ${reason(cause)}.`,
    `${SOON}, check name look-up, firewall and proxy of this machine, or ${BY_HAND}.`,
    { cause },
  );

export const stalled = (url: string, cause: Error): TryLaterError =>
  new TryLaterError(
    'PUBLISHER_STALLED',
    `${shown(url)} is too slow: ${cause.message}.`,
    `${SOON}, the publisher may be slowing us down on purpose: ${BY_HAND}.`,
    { cause },
  );

export const truncated = (
  url: string,
  sizeBytes: number,
  totalBytes: number | undefined,
  cause?: unknown,
): TryLaterError =>
  new TryLaterError(
    'PUBLISHER_TRUNCATED',
    `${shown(url)} broke off at byte ${sizeBytes} of ${totalBytes ?? 'an unknown number'}.`,
    `${SOON}, a proxy or firewall on the way may cut long transfers: ${BY_HAND}.`,
    { cause },
  );

export const checksumMismatch = (url: string, expected: string, found: string): TryLaterError =>
  new TryLaterError(
    'CHECKSUM_MISMATCH',
    `${shown(url)} has the MD5 ${found}; the publisher's list says ${expected}.`,
    `${SOON}, the publisher's list and its file disagree: tell the publisher. ${BY_HAND.charAt(0).toUpperCase()}${BY_HAND.slice(1)} if you trust the file.`,
  );

export const busy = (url: string, status: number, retryAfterMs: number | undefined): TryLaterError =>
  new TryLaterError(
    'PUBLISHER_BUSY',
    `${shown(url)} asks us to come back later (status ${status}${asking(retryAfterMs)}).`,
    `${SOON}, fetch less often: set the schedules of sources of this publisher apart, or ${BY_HAND}.`,
    { retryAfterMs },
  );

export const down = (
  url: string,
  status: number,
  body: Buffer,
  retryAfterMs: number | undefined,
): TryLaterError =>
  new TryLaterError(
    'PUBLISHER_DOWN',
    `${shown(url)} is out of order (status ${status}${asking(retryAfterMs)})${saying(body)}.`,
    `${SOON}, look at the publisher's status page or write to its support.`,
    { retryAfterMs },
  );

/** The same error, saying how often it was tried. */
export const givenUp = (error: TryLaterError, attempts: number): TryLaterError =>
  new TryLaterError(
    error.code,
    `${error.message} Tried ${attempts === 1 ? 'once' : `${attempts} times`}.`,
    error.nextStep,
    { cause: error.cause ?? error, retryAfterMs: error.retryAfterMs },
  );

function saying(body: Buffer): string {
  const text = excerpt(body);
  return text && `, saying: ${text}`;
}

function asking(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? '' : `, asking for ${Math.ceil(retryAfterMs / 1000)} s`;
}

function reason(cause: Error): string {
  // Node reports several failed addresses as one error without a message.
  if ('errors' in cause && Array.isArray(cause.errors)) return cause.errors.map(String).join('; ');
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
