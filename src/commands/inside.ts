import { readConfig } from '../config/settings.js';
import { enterHouse, type House } from '../house.js';
import { stopSignal } from '../stop-signal.js';
import { say } from './terminal.js';

/** Does something inside the house and leaves it in order, whatever happens. Ctrl-C aborts the signal. */
export async function inside<Result>(
  work: (house: House, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { signal } = stopSignal();
  const house = await enterHouse({ config: readConfig(), log: say, signal });
  try {
    return await work(house, signal);
  } finally {
    await house.close();
  }
}
