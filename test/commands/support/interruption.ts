/** Ctrl-C, and whatever else asks this process to end: the first time it stops the run, later it ends it at once. */

/** Milliseconds in which a second signal is the same key press, that came by npm or the launcher as well. */
const SAME_KEY_PRESS_MS = 1_000;

export class Interrupted extends Error {
  override readonly name = 'Interrupted' as const;
  /** As a shell counts: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal];
  }
}

/** A signal that is aborted, with an Interrupted as its reason, when this process is asked to end. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const reason = new Interrupted(name);
      if (first === undefined) {
        first = performance.now();
        controller.abort(reason);
      } else if (performance.now() - first > SAME_KEY_PRESS_MS) {
        console.error('Interrupted again: ending at once. The next run clears up what this one leaves.');
        process.exit(reason.exitCode);
      }
    });
  }
  return controller.signal;
}
