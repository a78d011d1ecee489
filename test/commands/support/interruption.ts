/** Ctrl-C and termination signals: the first one stops the run in order, a later one ends the process at once. */

/** Milliseconds in which a second signal counts as the same key press, delivered again by npm or the launcher. */
const SAME_KEY_PRESS_MS = 1_000;

export class Interrupted extends Error {
  override readonly name = 'Interrupted' as const;
  /** As in a shell: 128 plus the signal's number. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal];
  }
}

/** An AbortSignal that is aborted, with an Interrupted as its reason, when this process gets one of the signals. */
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
        console.error('Interrupted again: ending at once. The next run cleans up what this one leaves.');
        process.exit(reason.exitCode);
      }
    });
  }
  return controller.signal;
}
