/** Measures one part after the other. A failed part is recorded, and the others go on. `onMeasured` gets all results after each part. */
import { once } from 'node:events';
import type { Run } from '../test/runner/run.ts';
import type { Measurement } from './figures.ts';

export type Failure = { readonly part: string; readonly error: string };

export type Outcome = { readonly measurements: readonly Measurement[]; readonly failures: readonly Failure[] };

export type MeasureOptions = {
  readonly run: Run;
  readonly maxMinutes: number;
  /** Called after each part, so that a run that is cut off later keeps its results. */
  readonly onMeasured?: ((outcome: Outcome) => void) | undefined;
};

export class Measuring {
  readonly measurements: Measurement[] = [];
  readonly failures: Failure[] = [];
  /** `performance.now()` after which no part starts. */
  readonly endAt: number;
  readonly #options: MeasureOptions;

  constructor(options: MeasureOptions) {
    this.#options = options;
    this.endAt = performance.now() + options.maxMinutes * 60_000;
  }

  async attempt(part: string, measure: () => Promise<readonly Measurement[]>): Promise<void> {
    const { run, onMeasured } = this.#options;
    await this.#attempt(part, measure, run);
    onMeasured?.(this);
  }

  async #attempt(part: string, measure: () => Promise<readonly Measurement[]>, run: Run): Promise<void> {
    const startedAt = performance.now();
    run.say(part);
    try {
      if (startedAt > this.endAt) throw new Error(`no time left: ${this.#options.maxMinutes} minutes are over`);
      this.measurements.push(...(await unlessAborted(run.signal, measure())));
      run.say(`${part}: measured in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    } catch (error) {
      run.signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      this.failures.push({ part, error: message });
      run.log.write(`FAILED ${part}: ${error instanceof Error ? (error.stack ?? message) : message}`);
      run.say(`FAILED ${part}: ${message}`);
    }
  }
}

/** A part may wait minutes for a watch event: an aborted run does not wait for the part. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => Promise.reject(signal.reason));
  // Nobody awaits the one that settles second.
  for (const one of [work, aborted]) one.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
  }
}
