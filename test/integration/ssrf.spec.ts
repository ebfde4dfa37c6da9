import { createServer, type AddressInfo, type Server } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { IsinglassError } from '../../src/common/errors.js';
import { isPublicAddress } from '../../src/ingestion/web/address.js';
import { WebClient, type WebOptions } from '../../src/ingestion/web/web-client.js';
import { FakeOrigin } from '../support/fake-origin.js';

/** Takes the place of a publisher on the public internet: the only address of this machine that may be reached. */
const PUBLISHER = '127.0.0.2';
const REDIRECTS = [301, 302, 303, 307, 308];

/** Services inside: whoever connects to one got through. */
const canaries: Server[] = [];
let reached = 0;
let port = 0;

/** Hosts that are, mean or become an address inside, as the part of a URL before its port. */
const HOSTS = [
  // Plain, and in every spelling that parsers of URLs take for an address.
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
  ...[
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '000.000.000.000',
    '127.000.000.001',
    '127.127.127.127',
    '0x7F.0x0.0x0.0x1',
  ],
  ...['①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.0.0.1', '%31%32%37.0.0.1', '127%2e0%2e0%2e1'],
  ...[
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
  ],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fc00::1]',
  ],
  ...[
    '[ff02::1]',
    '[2001:db8::1]',
    '[2001::1]',
    '[3fff::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:169.254.169.254]',
  ],
  // Networks of houses and clouds.
  ...[
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
  ],
  ...['0xa9fea9fe', '2852039166', '169.254.170.2', '168.63.129.16', '192.0.0.192', '198.18.0.1', '224.0.0.1'],
  ...['240.0.0.1', '255.255.255.255', '192.0.2.1', '203.0.113.1'],
  // Names of this machine.
  ...['localhost', 'LOCALHOST', 'localhost.', 'ip6-localhost'],
];

/** Whole addresses that mean something else than they seem to. */
const OTHERS = (): readonly string[] => [
  `http://publisher.example@127.0.0.1:${port}/`,
  `http://publisher.example:80@127.0.0.1:${port}/`,
  `http://127.0.0.1:${port}\\@publisher.example/`,
  `http://127.0.0.1:${port}#@publisher.example/`,
  `http://127.0.0.1:${port}?@publisher.example/`,
  `http:\\\\127.0.0.1:${port}\\`,
  `http:127.0.0.1:${port}`,
  `http:/127.0.0.1:${port}`,
  `\thttp://127.0.0.1:${port}/`,
  `ht\ntp://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/`,
  'file:///etc/passwd',
  'file://localhost/etc/passwd',
  `gopher://127.0.0.1:${port}/_GET`,
  `ftp://127.0.0.1:${port}/`,
  'data:text/csv,isin',
  'javascript:alert(1)',
  'blob:http://127.0.0.1/x',
  `ws://127.0.0.1:${port}/`,
  'unix:/var/run/docker.sock',
];

const vectors = (): readonly string[] => [...HOSTS.map((host) => `http://${host}:${port}/`), ...OTHERS()];

let origin: FakeOrigin;
let asked = 0;

beforeAll(async () => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outward = own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  // One port for all, so that a URL that reaches any of them is seen.
  for (const host of ['127.0.0.1', '::1', ...(outward === undefined ? [] : [outward])]) {
    const canary = createServer((socket) => {
      reached += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      canary.once('error', reject).listen(port, host, resolve);
    });
    ({ port } = canary.address() as AddressInfo);
    canaries.push(canary);
  }
  origin = await FakeOrigin.start({ host: PUBLISHER });
});

afterAll(async () => {
  await origin.close();
  for (const canary of canaries) await new Promise((resolve) => canary.close(resolve));
});

afterEach(() => expect(reached).toBe(0));

function clientWith(options: Partial<WebOptions> = {}): WebClient {
  return new WebClient({
    userAgent: 'Isinglass test',
    retries: 0,
    // Names lead inside, as `localhost` does on every machine.
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  });
}

/** A header holds bytes, and no line ends. */
const asHeader = (location: string): string =>
  Buffer.from(location.replace(/[\t\n]/g, '')).toString('latin1');

/** `http:127.0.0.1` is a path where a redirect from http names it. */
const leavesOrigin = (location: string): boolean => new URL(location, origin.url).origin !== origin.url;

const isReachable = (address: string): boolean => address === PUBLISHER || isPublicAddress(address);

async function refusalOf(work: Promise<unknown>): Promise<IsinglassError> {
  asked += 1;
  const error: unknown = await work.then(
    () => new Error('it was fetched'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof IsinglassError)) throw error;
  return error;
}

/** What a refusal tells of the inside: nothing but the class. */
function expectRefused(error: IsinglassError, code: 'ADDRESS_REFUSED' | 'REDIRECT_REFUSED'): void {
  expect([error.code, error.message]).toEqual([code, expect.not.stringMatching(/ECONN|EPROTO|HTTP\/|SSL/)]);
}

describe('an address inside', () => {
  it('is not reached where the list of hosts is what a source says', async () => {
    const client = clientWith();
    for (const url of vectors()) {
      const refused = await refusalOf(client.text(url, 1_000, { hosts: ['publisher.example'] }));
      expectRefused(refused, 'ADDRESS_REFUSED');
    }
  });

  it('is not reached even when the list of hosts has it', async () => {
    const client = clientWith();
    for (const url of vectors()) {
      const hosts = URL.canParse(url) ? [new URL(url).host] : [];
      expectRefused(await refusalOf(client.text(url, 1_000, { hosts })), 'ADDRESS_REFUSED');
      expectRefused(await refusalOf(client.head(url, {}, { hosts })), 'ADDRESS_REFUSED');
    }
  });

  it.each(REDIRECTS)('is not reached by a redirect with %d, from a source that lists it', async (status) => {
    const client = clientWith({ mayConnectTo: isReachable });
    for (const location of vectors().filter(leavesOrigin)) {
      origin.on('/list.csv', { status, headers: { location: asHeader(location) } });
      const hosts = [origin.host, ...(URL.canParse(location) ? [new URL(location).host] : [])];
      const refused = await refusalOf(client.text(`${origin.url}/list.csv`, 1_000, { hosts }));
      // With it on the list it is the address that is refused, else the redirect.
      expect(refused.code).toMatch(/^(ADDRESS|REDIRECT)_REFUSED$/);
      expectRefused(await refusalOf(client.text(`${origin.url}/list.csv`, 1_000)), 'REDIRECT_REFUSED');
    }
  });

  it('is not reached by way of a mirror', async () => {
    const client = clientWith({ mirrorUrl: origin.url });
    for (const location of vectors().filter(leavesOrigin)) {
      origin.on('/publisher.example/list.csv', { status: 302, headers: { location: asHeader(location) } });
      const refused = await refusalOf(client.text('http://publisher.example/list.csv', 1_000));
      expectRefused(refused, 'REDIRECT_REFUSED');
    }
  });
});

describe('a name that leads inside', () => {
  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const v6 = (address: string): LookupAddress => ({ address, family: 6 });
  const INSIDE = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '100.100.100.200'];
  const INSIDE_V6 = [
    '::1',
    '::ffff:127.0.0.1',
    'fd00:ec2::254',
    'fe80::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ];

  function clientOf(resolve: WebOptions['resolve']): WebClient {
    return clientWith({ mayConnectTo: isReachable, resolve });
  }
  const fetch = (client: WebClient): Promise<string> =>
    client.text(`http://rebind.example:${new URL(origin.url).port}/list.csv`, 1_000);

  it.each(
    [
      ...INSIDE.map((address) => [v4(address)]),
      ...INSIDE_V6.map((address) => [v6(address)]),
      ...INSIDE.map((address) => [v4(PUBLISHER), v4(address)]),
      ...INSIDE_V6.map((address) => [v4(PUBLISHER), v6(address)]),
      ...INSIDE.map((address) => [...Array.from({ length: 63 }, () => v4(PUBLISHER)), v4(address)]),
    ].map(
      (answer) =>
        [
          answer
            .map(({ address }) => address)
            .join(' ')
            .replace(/(127\.0\.0\.2 ){4,}/, '63 others and '),
          answer,
        ] as const,
    ),
  )('is refused whole: %s', async (_, answer) => {
    const before = origin.connections;
    expectRefused(await refusalOf(fetch(clientOf(async () => answer))), 'ADDRESS_REFUSED');
    expect(origin.connections).toBe(before);
  });

  it.each([...INSIDE.map(v4), ...INSIDE_V6.map(v6)])(
    'that turned inward since it was asked last: $address',
    async (inside) => {
      origin.on('/list.csv', { body: 'isin\n' });
      const answers = [[v4(PUBLISHER)], [inside]];
      const client = clientOf(async () => answers.shift() ?? []);
      expect(await fetch(client)).toBe('isin\n');
      expectRefused(await refusalOf(fetch(client)), 'ADDRESS_REFUSED');
    },
  );

  it('connects to the address that was checked, and asks no second time', async () => {
    origin.on('/list.csv', { body: 'isin\n' });
    let times = 0;
    await fetch(
      clientOf(async () => {
        times += 1;
        return [v4(PUBLISHER)];
      }),
    );
    expect(times).toBe(1);
  });
});

describe('the suite', () => {
  it('has asked for something inside more than a thousand times, and nothing was reached', () => {
    expect(asked).toBeGreaterThan(1_000);
    expect(reached).toBe(0);
  });
});
