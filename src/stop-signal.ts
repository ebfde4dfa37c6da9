/** SIGINT (Ctrl-C) or SIGTERM as something to wait for and to pass on. A later second one ends the process at once. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Resolves when told to stop; rejects when something else makes going on useless. */
  readonly told: Promise<void>;
  fail(error: Error): void;
}

const EXIT_CODE_AFTER_SIGINT = 130;
/** One Ctrl-C below `npm run` arrives twice: from the terminal, and from npm, which passes it on (npm 11). */
const SAME_KEYPRESS_MS = 1_000;

export function stopSignal(): StopSignal {
  const abort = new AbortController();
  const { promise: told, resolve, reject } = Promise.withResolvers<void>();
  // Whoever never waits for it is not to die of it.
  told.catch(() => undefined);
  let toldAtMs: number | undefined;
  const onSignal = (): void => {
    toldAtMs ??= performance.now();
    if (performance.now() - toldAtMs > SAME_KEYPRESS_MS) process.exit(EXIT_CODE_AFTER_SIGINT);
    if (abort.signal.aborted) return;
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
