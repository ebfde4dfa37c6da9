import { lookup as lookUpName, type LookupAddress } from 'node:dns';
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net';

/** A name that leads, or a connection that led, to an address no publisher can have. */
export class PrivateAddressError extends Error {
  constructor(
    readonly hostname: string,
    readonly address: string,
  ) {
    super(`${hostname} leads to ${address || 'no address'}, which is not on the public internet`);
    this.name = 'PrivateAddressError';
  }
}

// IANA special-purpose registry, and addresses that clouds give to their own services.
const RESERVED_V4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32], // Azure's platform address, in an otherwise public network.
] as const) {
  RESERVED_V4.addSubnet(network, prefix, 'ipv4');
}

const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet('2000::', 3, 'ipv6');
const RESERVED_V6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  RESERVED_V6.addSubnet(network, prefix, 'ipv6');
}

/**
 * Is this an address of the public internet? IPv6 outside of 2000::/3 never is, which also refuses IPv4 in disguise
 * (`::ffff:127.0.0.1`, `::7f00:1`, `64:ff9b::7f00:1`).
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !RESERVED_V4.check(address, 'ipv4');
  // A zone (`fe80::1%eth0`) exists on link-local addresses only.
  if (!isIPv6(address) || address.includes('%')) return false;
  return GLOBAL_V6.check(address, 'ipv6') && !RESERVED_V6.check(address, 'ipv6');
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveAll: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    lookUpName(hostname, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });

/**
 * A `lookup` for sockets that hands out the addresses of a name only when every one of them is allowed. The socket then
 * connects to what was checked: a name cannot turn inward between check and connection.
 */
export function checkedLookup(
  isAllowed: (address: string) => boolean,
  resolve: Resolve = resolveAll,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !isAllowed(address));
        const [first] = addresses;
        if (refused || !first) callback(new PrivateAddressError(hostname, refused?.address ?? ''), '');
        else if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}
