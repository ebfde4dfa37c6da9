import { addressRefused, redirectRefused } from './refusals.js';

/** Where the requests of one call may go. */
export interface Reach {
  /** `host` also allows its subdomains, on the scheme's own port; `host:port` allows exactly that. */
  readonly hosts: readonly string[];
  /** When set, only this server is reached; it answers for all publishers. */
  readonly mirror: URL | undefined;
}

/**
 * The address of the first request: the publisher's own, or the mirror's for it (`https://host/path` is
 * `<mirror>/host/path`).
 */
export function firstHop(url: string, reach: Reach): URL {
  if (!URL.canParse(url)) throw addressRefused(url, 'is not a URL');
  const publisher = new URL(url);
  const objection = objectionTo(publisher, reach.hosts);
  if (objection) throw addressRefused(url, objection);
  const { mirror } = reach;
  if (!mirror) return publisher;
  const prefix = mirror.pathname.replace(/(?<!\/)\/+$/, '');
  return new URL(`${mirror.origin}${prefix}/${publisher.host}${publisher.pathname}${publisher.search}`);
}

/** Where a redirect leads, if it may be followed. */
export function nextHop(location: string | undefined, from: URL, url: string, reach: Reach): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw redirectRefused(url, location ?? '(no Location)', 'is not an address');
  }
  const to = new URL(location, from);
  const objection = reach.mirror ? objectionToLeaving(reach.mirror, to) : objectionTo(to, reach.hosts, url);
  if (objection) throw redirectRefused(url, to, objection);
  return to;
}

function objectionToLeaving(mirror: URL, to: URL): string | undefined {
  return to.origin === mirror.origin ? undefined : 'leaves the mirror';
}

function objectionTo(to: URL, hosts: readonly string[], from?: string): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return 'is neither https nor http';
  if (from !== undefined && new URL(from).protocol === 'https:' && to.protocol !== 'https:') {
    return 'gives up https';
  }
  if (to.username || to.password) return 'carries a user name or password';
  if (!hosts.some((host) => allows(host, to))) return `is not on ${hosts.join(', ') || 'any allowed host'}`;
  return undefined;
}

function allows(host: string, to: URL): boolean {
  if (host.includes(':')) return to.host === host;
  return to.port === '' && (to.hostname === host || to.hostname.endsWith(`.${host}`));
}
