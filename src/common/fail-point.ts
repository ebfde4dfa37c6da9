let onReached: ((name: string) => void | Promise<void>) | undefined;

/**
 * A named place where a test may strike: kill the process, throw, wait. Names are `<step>:<moment>`, for example
 * `publish:before-commit`.
 *
 * Does nothing unless somebody in this very process has called {@link onFailPoint}. What is released is what is tested, so
 * these calls are in it too; but nothing in it arms them: no setting, no variable of the environment, no file, no request.
 * Whoever can make a process import a module of his own and call it could as well kill the process.
 * `test/architecture/fail-points.spec.ts` keeps it so.
 */
export async function failPoint(name: string): Promise<void> {
  await onReached?.(name);
}

/** For tests, and for the command line under test (`test/support/killable.mjs`). Nothing below `src` may call it. */
export function onFailPoint(strike: (name: string) => void | Promise<void>): void {
  onReached = strike;
}
