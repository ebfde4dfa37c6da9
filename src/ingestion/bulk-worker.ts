import { parentPort, workerData } from 'node:worker_threads';
import { IsinglassError } from '../common/errors.js';
import { findSource } from '../sources/index.js';
import type { BulkFile } from '../sources/source.js';
import { READ_AHEAD, type FromThread, type Task } from './bulk-thread.js';

/**
 * The other side of `bulk-thread.ts`: reads one file, some blocks ahead of whoever takes them. Nothing of the house runs
 * here, so that the loop that renews leases never waits for a parser.
 */
async function read({ sourceId, file }: Task): Promise<void> {
  const source = findSource(sourceId);
  if (source === undefined || !('bulk' in source)) throw new Error(`${sourceId} is no bulk source`);
  let credit = READ_AHEAD;
  let onCredit: (() => void) | undefined;
  parentPort?.on('message', () => {
    credit += 1;
    onCredit?.();
  });
  for await (const block of source.bulk.readBlocks(file satisfies BulkFile)) {
    while (credit === 0) await new Promise<void>((resolve) => (onCredit = resolve));
    credit -= 1;
    parentPort?.postMessage({ block } satisfies FromThread, [block.lines.buffer]);
  }
  parentPort?.postMessage({ end: true } satisfies FromThread);
}

read(workerData as Task)
  .catch((error: unknown) => {
    const failure =
      error instanceof IsinglassError
        ? { kind: error.name, code: error.code, message: error.message, nextStep: error.nextStep }
        : { kind: 'Error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    parentPort?.postMessage({ failure } satisfies FromThread);
  })
  .finally(() => parentPort?.close());
