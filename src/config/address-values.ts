import { isIP } from 'node:net';
import { expected, itemsOf } from './setting-values.js';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const MOST_PROXIES = 10;
/** A wider network holds strangers: whoever asks from it could say that he is anybody. */
const WIDEST_TRUSTED = { 4: 8, 6: 7 } as const;

/** Does only this machine reach it? */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) && (host === 'localhost' || isIP(host) !== 0);
}

/** Host of a URL without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

export function parseHost(text: string): string {
  return expected(text === 'localhost' || isIP(text) !== 0, text, 'an IP address such as 127.0.0.1');
}

/** A URL as it was typed, without slashes at its end. */
export function url(...protocols: readonly string[]): (text: string) => string {
  return (text) => {
    const isRight = URL.canParse(text) && protocols.includes(new URL(text).protocol);
    // A URL may hold a password: it is never repeated in a message.
    if (!isRight) throw new Error(`expected a URL that begins with ${protocols.join('// or ')}//`);
    return text.replace(/(?<!\/)\/+$/, '');
  };
}

/** Server that mail is handed to. */
export function parseMailServer(text: string): string {
  const server = url('smtp:', 'smtps:')(text);
  if (new URL(server).hostname === '') throw new Error('expected the host of a mail server after smtp://');
  return server;
}

/** `https://host` or `https://host:port`, as a browser writes it in `Origin`. */
export function parseOrigin(text: string): string {
  const isOrigin = /^https?:\/\/[^/?#@\\\s*,]+\/?$/i.test(text) && URL.canParse(text);
  if (!isOrigin) throw new Error('expected an origin such as https://isin.example, without path or password');
  return new URL(text).origin;
}

/** Origins, each of them named: whoever writes `*` would let any page ask. */
export function parseOrigins(text: string): readonly string[] {
  return [...new Set(itemsOf(text).map(parseOrigin))];
}

/** Issuer of OpenID Connect: compared letter by letter with what it says of itself, so kept as it was typed. */
export function parseIssuer(text: string): string {
  const issuer = URL.canParse(text) ? new URL(text) : null;
  const isRight =
    issuer !== null &&
    (issuer.protocol === 'https:' || (issuer.protocol === 'http:' && isLoopback(hostOf(issuer)))) &&
    !/[?#@\s\\]/.test(text);
  if (!isRight) throw new Error('expected an https:// URL without password, query or fragment');
  return text;
}

/** How many proxies stand before us, or which; false for none. */
export function parseProxies(text: string): false | number | readonly string[] {
  if (text === '') return false;
  const what = `how many proxies stand before this process (1 to ${MOST_PROXIES}), or their addresses`;
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    expected(hops >= 1 && hops <= MOST_PROXIES, text, what);
    return hops;
  }
  const proxies = itemsOf(text);
  expected(proxies.length > 0, text, what);
  return proxies.map((proxy) => expected(isTrustable(proxy), proxy, what));
}

/** An address, or a network that is not half the world. */
function isTrustable(proxy: string): boolean {
  const [address = '', prefix, ...more] = proxy.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  if (prefix === undefined) return true;
  const widest = family === 4 ? WIDEST_TRUSTED[4] : WIDEST_TRUSTED[6];
  const narrowest = family === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= widest && Number(prefix) <= narrowest;
}

const MAIL_ADDRESS = /^[^\s@<>"(),:;\\]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/** `name@host`, or `Isinglass <name@host>`; nothing that could begin another header. */
export function parseMailAddress(text: string): string {
  const [, name, inBrackets] = /^([^<>",;\p{Cc}]*)<([^<>]+)>$/u.exec(text) ?? [];
  const isRight = MAIL_ADDRESS.test(inBrackets ?? text) && (name === undefined || name.length <= 100);
  return expected(isRight, text, 'a mail address such as isinglass@company.example');
}
