import { on, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  BadRequestError,
  ConfigurationError,
  EditionRefusedError,
  PublisherChangedError,
  TryLaterError,
} from '../common/errors.js';
import type { BulkBlock, BulkFile } from '../sources/source.js';

/** What a thread is to read. */
export interface Task {
  readonly sourceId: string;
  readonly file: BulkFile;
}

/** What a thread says. */
export type FromThread =
  | { readonly block: BulkBlock }
  | { readonly end: true }
  | {
      readonly failure: {
        readonly kind: string;
        readonly message: string;
        readonly code?: string;
        readonly nextStep?: string;
      };
    };

/** So many blocks may wait to be taken. */
export const READ_AHEAD = 4;
/** Beyond this the file is not what we think it is. Buffers of blocks are not counted. */
const THREAD_HEAP_MB = 160;

/** Errors that may cross from a thread, each as what it was. */
const CLASSES = {
  BadRequestError,
  ConfigurationError,
  EditionRefusedError,
  PublisherChangedError,
  TryLaterError,
} as const;

/**
 * Reads a file of a bulk source in a thread of its own. The thread stops when the reader does.
 * @throws what the source threw, as the same class with the same code
 */
export async function* readInThread(
  sourceId: string,
  file: BulkFile,
  signal: AbortSignal,
): AsyncGenerator<BulkBlock, void> {
  signal.throwIfAborted();
  const worker = new Worker(builtFile('./bulk-worker.js'), {
    workerData: { sourceId, file } satisfies Task,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  // A thread that dies without a word would leave us waiting.
  worker.once('error', (error: Error) => stopped.abort(error));
  worker.once('exit', () => setImmediate(() => stopped.abort()));
  try {
    for await (const [message] of on(worker, 'message', { signal: either }) as AsyncIterable<[FromThread]>) {
      if ('failure' in message) throw revived(message.failure);
      if ('end' in message) return;
      yield message.block;
      worker.postMessage('taken');
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!stopped.signal.aborted) throw error;
    throw new Error(`the thread that read the file died: ${String(stopped.signal.reason)}`, { cause: error });
  } finally {
    void worker.terminate();
    if (worker.threadId !== -1) await once(worker, 'exit');
  }
}

function revived(failure: Extract<FromThread, { failure: unknown }>['failure']): Error {
  const { kind, code, message, nextStep } = failure;
  if (!(kind in CLASSES) || code === undefined || nextStep === undefined) return new Error(message);
  return new CLASSES[kind as keyof typeof CLASSES](code, message, nextStep);
}

/** Tests run from the sources; a thread needs a file that is built. */
function builtFile(path: string): URL {
  const here = import.meta.url;
  return new URL(path, here.endsWith('.ts') ? here.replace(/\/src\/(?=ingestion\/)/, '/dist/src/') : here);
}
