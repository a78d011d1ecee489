/** Takes one part after the other. One that fails is told of, and the others go on; after each, all that there is is handed over. */
import { once } from 'node:events';
import type { Run } from '../test/runner/run.ts';
import type { Measurement } from './figures.ts';

export type Failure = { readonly part: string; readonly error: string };

export type Outcome = { readonly measurements: readonly Measurement[]; readonly failures: readonly Failure[] };

export type TakingOptions = {
  readonly run: Run;
  readonly mostMinutes: number;
  /** Told after each part: a run that is cut off later has not been for nothing. */
  readonly onTaken?: ((outcome: Outcome) => void) | undefined;
};

export class Taking {
  readonly measurements: Measurement[] = [];
  readonly failures: Failure[] = [];
  /** `performance.now()` after which no part begins. */
  readonly endAt: number;
  readonly #options: TakingOptions;

  constructor(options: TakingOptions) {
    this.#options = options;
    this.endAt = performance.now() + options.mostMinutes * 60_000;
  }

  async attempt(part: string, take: () => Promise<readonly Measurement[]>): Promise<void> {
    const { run, onTaken } = this.#options;
    await this.#attempt(part, take, run);
    onTaken?.(this);
  }

  async #attempt(part: string, take: () => Promise<readonly Measurement[]>, run: Run): Promise<void> {
    const startedAt = performance.now();
    run.say(part);
    try {
      if (startedAt > this.endAt) throw new Error(`no time was left: ${this.#options.mostMinutes} minutes are over`);
      this.measurements.push(...(await unlessAborted(run.signal, take())));
      run.say(`${part}: taken in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    } catch (error) {
      run.signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      this.failures.push({ part, error: message });
      run.log.write(`FAILED ${part}: ${error instanceof Error ? (error.stack ?? message) : message}`);
      run.say(`FAILED ${part}: ${message}`);
    }
  }
}

/** A part may wait for minutes for what it watches: whoever ends the run does not. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => Promise.reject(signal.reason));
  // The one that comes second is awaited by nobody.
  for (const one of [work, aborted]) one.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
  }
}
