/** One turn of a profile: it was asked for other numbers, at times twice in a row, and then left alone until it was Ready. */
import type { Disturbance } from './disturbance.ts';
import type { Span } from './span.ts';

export type Cycle = {
  readonly namespace: string;
  /** What the template held before, and what was asked for since, in order: one wish, or two of which the first was overtaken. */
  readonly before: number;
  readonly asked: readonly number[];
  /** Milliseconds since the epoch when the cycle before it was over. */
  readonly since: number;
  /** When it was asked for first. */
  readonly from: number;
  /** When it was seen to be Ready with what was asked for last; undefined where that never came. */
  readonly to: number | undefined;
  /** When its writes were counted; the next one's count from here. */
  readonly until: number;
  /** Writes of the template by the operator: how far the Deployment's generation has come from the cycle before, without those of others. */
  readonly written: number;
  /** Milliseconds that it may take where nothing befalls the operator. */
  readonly mayTakeMs: number;
  /** Whether the profile was deleted and made again for it. */
  readonly isMadeAnew: boolean;
  /** What happened to the backend first; undefined for nothing. */
  readonly disturbance: Disturbance | undefined;
  /** Repairs that this may have brought at most. */
  readonly repairs: number;
};

/**
 * How often the template may have been written in this cycle: once for each wish that was another than the one before it.
 * One that was overtaken at once may have been carried out or not, and a repair may have been overtaken by the change.
 */
export function mayBeWritten({ before, asked, repairs }: Cycle): readonly number[] {
  const writes = (wishes: readonly number[]) =>
    wishes.filter((max, index) => max !== (wishes[index - 1] ?? before)).length;
  const ofChanges = [writes(asked.slice(-1)), writes(asked)];
  const withRepairs = ofChanges.flatMap((count) => Array.from({ length: repairs + 1 }, (_, more) => count + more));
  return [...new Set(withRepairs)];
}

/** The time whose writes are its own. */
export const window = ({ since, until }: Cycle): Span => ({ from: since, to: until });
