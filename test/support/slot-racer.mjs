/**
 * A replica that only opens slots, as it was built:
 *
 *     node slot-racer.mjs '{"source": "in-nse-equities", "schedule": {…}, "looks": ["2026-03-01T06:00:00Z", …]}'
 *
 * It says `ready` on stdout, waits for a line on stdin, looks at each moment which slots are due, and answers with how many
 * it opened. A look of `null` is at the time of the database. `skewMs` sets its own clock wrong. With `dies` it kills itself
 * when it comes by the point for the so-many-th time.
 */
import { once } from 'node:events';
import 'reflect-metadata';

const { source, schedule, looks, skewMs = 0, dies } = JSON.parse(process.argv[2]);
if (skewMs !== 0) {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...words) {
      super(...(words.length === 0 ? [RightDate.now() + skewMs] : words));
    }
    static now() {
      return RightDate.now() + skewMs;
    }
  };
}

const { onFailPoint } = await import('../../dist/src/common/fail-point.js');
const { readConfig } = await import('../../dist/src/config/settings.js');
const { enterHouse } = await import('../../dist/src/house.js');
const { Slots } = await import('../../dist/src/ingestion/slots.js');

let left = dies?.after;
onFailPoint((name) => {
  if (name !== dies?.point) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
});

const house = await enterHouse({ config: readConfig(), log: () => undefined });
const slots = house.app.get(Slots, { strict: false });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();

let opened = 0;
for (const look of looks) {
  const events = await slots.openDue({ id: source, schedule }, look === null ? undefined : new Date(look));
  opened += events.filter(({ runId }) => runId !== null).length;
}
await house.close();
process.stdout.write(JSON.stringify({ opened }));
