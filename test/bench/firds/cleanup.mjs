/** What must be undone at the end, however that comes; the newest first. */
const undoings = [];
let undone;

/** @param {() => unknown} undo */
export function atEnd(undo) {
  undoings.push(undo);
}

/** Undoes everything, once. */
export function cleanUp() {
  undone ??= (async () => {
    for (let undo = undoings.pop(); undo !== undefined; undo = undoings.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error(`cleaning up: ${error.message}`);
      }
    }
  })();
  return undone;
}

/** Ctrl-C cleans up, too. */
export function cleanUpWhenStopped() {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ]) {
    process.on(signal, () => {
      if (undone === undefined) console.error('stopping and cleaning up …');
      void cleanUp().then(() => process.exit(128 + number));
    });
  }
}

/** Is it over? Then what fails, fails because of that. */
export function isStopping() {
  return undone !== undefined;
}
