import { FakeOrigin } from './fake-origin.js';
import { equityList, type EquityRow } from './nse-file.js';

const FOLDER = '/nsearchives.nseindia.com/content/equities';

/** The archive of the exchange as a mirror, with as many of its lists as a test puts there. */
export class NseArchive {
  private constructor(private readonly origin: FakeOrigin) {}

  static async start(): Promise<NseArchive> {
    return new NseArchive(await FakeOrigin.start());
  }

  get url(): string {
    return this.origin.url;
  }

  /** Publishes lists of a day; they stay until they are published again. */
  publish(day: string, lists: Readonly<Record<string, readonly EquityRow[]>>): void {
    for (const [name, rows] of Object.entries(lists)) {
      this.origin.on(`${FOLDER}/${name}.csv`, {
        body: equityList(rows),
        headers: { etag: `"${name}-${day}"`, 'last-modified': new Date(`${day}T12:00:00Z`).toUTCString() },
        honoursConditions: true,
      });
    }
  }

  close(): Promise<void> {
    return this.origin.close();
  }
}
