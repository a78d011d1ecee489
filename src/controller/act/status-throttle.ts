/**
 * How often a status is written that only counts further: a rollout of a hundred pods would be three hundred writes. What
 * is new, be it a condition, its reason or a fact, is never held back. Knows nothing of what the status means.
 */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';

/** Between two writes of one profile that say the same but for their numbers. */
const PACE_MS = 5000;

export class Pace {
  readonly #now: () => number;
  readonly #writtenAt = new Map<string, number>();

  /** On a clock that never goes back: by one that is set back an hour, a status would be held for an hour. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds until this status may be written over the one before; 0 for now. A key is "namespace/name". */
  waitMs(key: string, status: ProfileStatus, before: ProfileStatus): number {
    const writtenAt = this.#writtenAt.get(key);
    if (writtenAt === undefined || !isDeepEqualJson(withoutNumbers(status), withoutNumbers(before))) return 0;
    return Math.max(0, writtenAt + PACE_MS - this.#now());
  }

  wrote(key: string): void {
    this.#writtenAt.set(key, this.#now());
  }

  forget(key: string): void {
    this.#writtenAt.delete(key);
  }
}

/** A message is words around numbers; its condition and reason say what it is about. The sessions of a database move with each pod. */
function withoutNumbers({ conditions = [], pods: _, budget: __, ...rest }: ProfileStatus): object {
  return { ...rest, conditions: conditions.map(({ type, status, reason }) => ({ type, status, reason })) };
}
