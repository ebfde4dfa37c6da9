import { ConfigurationError } from '../../common/errors.js';
import { preferredPort, startOnFreePort } from './free-port.js';

const taken = () => new ConfigurationError('EMBEDDED_POSTGRES_PORT_TAKEN', 'taken', 'start again');
const silent = () => undefined;

describe('preferredPort', () => {
  it('is always the same for a home, below the ports of outgoing connections', () => {
    expect(preferredPort('/srv/isinglass')).toBe(preferredPort('/srv/isinglass'));
    expect(preferredPort('/srv/isinglass')).not.toBe(preferredPort('/srv/isinglass2'));
    expect(preferredPort('/srv/isinglass')).toBeGreaterThanOrEqual(20_000);
    expect(preferredPort('/srv/isinglass')).toBeLessThan(30_000);
  });
});

describe('startOnFreePort', () => {
  it('tries another port when the first was taken meanwhile', async () => {
    const ports = [1, 2, 3];
    const start = (port: number) => (port < 3 ? Promise.reject(taken()) : Promise.resolve(`on ${port}`));
    await expect(startOnFreePort(() => Promise.resolve(ports.shift()!), start, silent)).resolves.toBe('on 3');
  });

  it('gives up after five', async () => {
    let tries = 0;
    const start = () => {
      tries += 1;
      return Promise.reject(taken());
    };
    await expect(startOnFreePort(() => Promise.resolve(1), start, silent)).rejects.toThrow('taken');
    expect(tries).toBe(5);
  });

  it('does not try again after another failure', async () => {
    let tries = 0;
    const start = () => {
      tries += 1;
      return Promise.reject(new Error('disk full'));
    };
    await expect(startOnFreePort(() => Promise.resolve(1), start, silent)).rejects.toThrow('disk full');
    expect(tries).toBe(1);
  });
});
