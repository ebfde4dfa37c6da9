let onReached: ((name: string) => void | Promise<void>) | undefined;

/**
 * A named place where a test may strike: kill the process, throw, wait. Does nothing unless a test asked for it.
 * Names are `<step>:<moment>`, for example `publish:before-commit`.
 */
export async function failPoint(name: string): Promise<void> {
  await onReached?.(name);
}

/** For tests, and for the command line under test. */
export function onFailPoint(strike: (name: string) => void | Promise<void>): void {
  onReached = strike;
}
