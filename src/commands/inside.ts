import { ConflictError } from '../common/errors.js';
import { readConfig } from '../config/settings.js';
import { atHome, requireHouse } from './demo-home.js';
import { enterHouse, type House } from '../house.js';
import { stopSignal } from '../stop-signal.js';
import { say } from './terminal.js';

/**
 * Does something inside the house and leaves it in order, whatever happens. Ctrl-C aborts the signal.
 * @throws ConflictError COMMAND_STOPPED when that was why it was not done
 */
export async function inside<Result>(
  work: (house: House, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  requireHouse(config);
  const { signal } = stopSignal();
  try {
    const house = await enterHouse({ config: atHome(config), log: say, signal });
    try {
      return await work(house, signal);
    } finally {
      await house.close();
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw new ConflictError(
      'COMMAND_STOPPED',
      'told to stop before it was done',
      'Nothing half-done can be seen. A run that had begun is finished by the next ingest of its source, or by a worker.',
      { cause: error },
    );
  }
}
