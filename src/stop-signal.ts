/** SIGINT (Ctrl-C) or SIGTERM as something to wait for and to pass on. A second one ends the process at once. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Resolves when told to stop; rejects when something else makes going on useless. */
  readonly told: Promise<void>;
  fail(error: Error): void;
}

const EXIT_CODE_AFTER_SIGINT = 130;

export function stopSignal(): StopSignal {
  const abort = new AbortController();
  const { promise: told, resolve, reject } = Promise.withResolvers<void>();
  // Whoever never waits for it is not to die of it.
  told.catch(() => undefined);
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_CODE_AFTER_SIGINT);
    abort.abort(new Error('told to stop'));
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: abort.signal,
    told,
    fail(error) {
      abort.abort(error);
      reject(error);
    },
  };
}
