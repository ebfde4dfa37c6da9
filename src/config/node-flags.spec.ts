import { unsafeNodeFlags } from './node-flags.js';

describe('options of Node', () => {
  it.each([
    [{}, ['--inspect']],
    [{}, ['--inspect-brk=0.0.0.0:9229']],
    [{ NODE_OPTIONS: '--max-old-space-size=512 --inspect=9229' }, []],
    [{ NODE_OPTIONS: '--insecure-http-parser' }, []],
    [{}, ['--tls-min-v1.0']],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, []],
  ])('are found where they take a protection away: %j %j', (environment, options) => {
    expect(unsafeNodeFlags(environment, options)).toHaveLength(1);
  });

  it('are left alone where they do not', () => {
    const environment = {
      NODE_OPTIONS: '--max-old-space-size=512 --inspector-less',
      NODE_TLS_REJECT_UNAUTHORIZED: '1',
    };
    expect(unsafeNodeFlags(environment, ['--experimental-vm-modules', '--tls-min-v1.2'])).toEqual([]);
    expect(unsafeNodeFlags({}, [])).toEqual([]);
  });
});
