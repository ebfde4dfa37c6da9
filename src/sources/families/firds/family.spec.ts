import { euEsmaFirds } from '../../eu-esma-firds/source.js';
import { gbFcaFirds } from '../../gb-fca-firds/source.js';

describe('the family of FIRDS', () => {
  it('has the same files, read the same way', () => {
    expect(gbFcaFirds.fileNames).toEqual(euEsmaFirds.fileNames);
    for (const fileName of euEsmaFirds.fileNames) {
      expect(gbFcaFirds.partOf(fileName)).toEqual(euEsmaFirds.partOf(fileName));
      expect(gbFcaFirds.partOf(fileName)).toBeDefined();
    }
    expect(gbFcaFirds.bulk).toBe(euEsmaFirds.bulk);
  });

  it('has publishers of its own: other hosts, other times, and ESMA is believed first', () => {
    expect(gbFcaFirds.hosts.filter((host) => euEsmaFirds.hosts.includes(host))).toEqual([]);
    expect(gbFcaFirds.schedule.cron).not.toBe(euEsmaFirds.schedule.cron);
    expect(gbFcaFirds.priority).toBeGreaterThan(euEsmaFirds.priority);
  });
});
