import type { LookupAddress } from 'node:dns';
import { checkedLookup, isPublicAddress, PrivateAddressError } from './address.js';

describe('isPublicAddress', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.255',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '4000::1',
    '',
    'localhost',
    '127.1',
  ])('says no to %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '168.63.129.17',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
  ])('says yes to %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('checkedLookup', () => {
  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const lookUp = (
    answers: readonly LookupAddress[],
    all: boolean,
  ): Promise<{ error: unknown; address: unknown; family: unknown }> =>
    new Promise((resolve) => {
      checkedLookup(isPublicAddress, async () => answers)(
        'publisher.example',
        { all },
        (error, address, family) => resolve({ error, address, family }),
      );
    });

  it('hands out exactly the addresses it checked', async () => {
    const answers = [v4('1.1.1.1'), { address: '2606:4700::1111', family: 6 }];
    expect(await lookUp(answers, true)).toMatchObject({ error: null, address: answers });
    expect(await lookUp(answers, false)).toMatchObject({ error: null, address: '1.1.1.1', family: 4 });
  });

  it('hands out nothing when one address among many leads inward', async () => {
    const answers = [...Array.from({ length: 63 }, (_, n) => v4(`1.1.1.${n + 1}`)), v4('10.0.0.1')];
    expect((await lookUp(answers, true)).error).toBeInstanceOf(PrivateAddressError);
    expect((await lookUp(answers, false)).error).toBeInstanceOf(PrivateAddressError);
  });

  it('asks once for each connection, so that a second answer is checked as well', async () => {
    const answers = [[v4('1.1.1.1')], [v4('127.0.0.1')]];
    const lookup = checkedLookup(isPublicAddress, async () => answers.shift() ?? []);
    const once = (): Promise<unknown> =>
      new Promise((resolve) => lookup('publisher.example', { all: true }, (error) => resolve(error)));
    expect(await once()).toBeNull();
    expect(await once()).toBeInstanceOf(PrivateAddressError);
  });

  it('refuses a name without addresses', async () => {
    expect((await lookUp([], true)).error).toBeInstanceOf(PrivateAddressError);
  });
});
