/** How far the probe has come and what it has seen. Whoever ends it, the watchdog too, reads here what to say. */
import type { Stage, Verdict } from '../../contract/verdict.ts';

type Timings = NonNullable<Verdict['timings']>;
type Step = Exclude<keyof Timings, 'totalMs'>;

export class Progress {
  /** Connections that the pool is to hold open together; none before there is a pool. */
  requested: number | undefined;
  /** Connections that it holds open together. */
  opened = 0;
  database: NonNullable<Verdict['database']> = {};
  limits: Verdict['limits'];
  passwordExpiresInDays: number | undefined;
  walletExpiresInDays: number | undefined;
  fingerprint: string | undefined;
  /** What the connect string stands for, where it is an alias. */
  descriptor: string | undefined;
  readonly warnings: string[] = [];
  readonly #timings: { [step in Step]?: number } = {};
  #stage: () => Stage = () => 'start';

  /** Takes a function where only somebody else knows how far it is. */
  reach(stage: Stage | (() => Stage)): void {
    this.#stage = typeof stage === 'function' ? stage : () => stage;
  }

  get stage(): Stage {
    return this.#stage();
  }

  /** Does something and keeps how long it took. */
  async time<Result>(step: Step, act: () => Promise<Result>): Promise<Result> {
    const from = performance.now();
    const result = await act();
    this.took(step, performance.now() - from);
    return result;
  }

  took(step: Step, ms: number): void {
    this.#timings[step] = Math.max(0, Math.round(ms));
  }

  /** Whole milliseconds; `totalMs` counts from the start of the process until now. */
  get timings(): Timings {
    return { ...this.#timings, totalMs: Math.round(performance.now()) };
  }
}
