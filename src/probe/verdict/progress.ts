/** How far the probe has come and what it has found. Every verdict is built from it, the watchdog's too. */
import type { Stage, Verdict } from '../../contract/verdict.ts';
import type { Text } from './own-text.ts';

type Timings = NonNullable<Verdict['timings']>;
type Step = Exclude<keyof Timings, 'totalMs'>;

/** Mutable on purpose: a timeout or a signal must be able to report at any moment. */
export class Progress {
  /** Connections that the pool is asked to hold open at the same time; undefined before the pool is opened. */
  requested: number | undefined;
  /** Connections that the pool holds open at the same time. */
  opened = 0;
  /** The user that logs on, as the Secret has it; undefined for invalid parameters. */
  user: string | undefined;
  database: NonNullable<Verdict['database']> = {};
  limits: Verdict['limits'];
  sessionCount: Verdict['sessionCount'];
  passwordExpiresInDays: number | undefined;
  walletExpiresInDays: number | undefined;
  fingerprint: string | undefined;
  /** Descriptor of the alias that the connect string names; undefined where it names none. Used for redaction. */
  descriptor: string | undefined;
  readonly warnings: Text[] = [];
  readonly #timings: { [step in Step]?: number } = {};
  #stage: () => Stage = () => 'start';

  /** Sets the stage. A function is called whenever the stage is read, for a logon whose stage changes by itself. */
  reach(stage: Stage | (() => Stage)): void {
    this.#stage = typeof stage === 'function' ? stage : () => stage;
  }

  get stage(): Stage {
    return this.#stage();
  }

  /** Runs `act` and records its duration as `step`; records nothing where it throws. */
  async time<Result>(step: Step, act: () => Promise<Result>): Promise<Result> {
    const from = performance.now();
    const result = await act();
    this.took(step, performance.now() - from);
    return result;
  }

  /** Records a duration, rounded to whole milliseconds. */
  took(step: Step, ms: number): void {
    this.#timings[step] = Math.max(0, Math.round(ms));
  }

  /** Recorded durations in milliseconds; `totalMs` counts from the start of the process until now. */
  get timings(): Timings {
    return { ...this.#timings, totalMs: Math.round(performance.now()) };
  }
}
