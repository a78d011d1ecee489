/**
 * Limits how often a status is written of which only counts and messages have changed: a rollout of a hundred pods would otherwise
 * cause three hundred writes. Any other change, of a condition or its reason for example, is written at once.
 */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';

/** Between two writes of a profile's status that differ in counts and messages alone. */
const MIN_INTERVAL_MS = 5000;

export class StatusThrottle {
  readonly #now: () => number;
  readonly #writtenAt = new Map<string, number>();

  /** `now` is a monotonic clock, in milliseconds: after a clock was set back an hour, a status would be held for an hour. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds until this status may replace the one before; 0 for now. `key` is "namespace/name" of the profile. */
  waitMs(key: string, status: ProfileStatus, before: ProfileStatus): number {
    const writtenAt = this.#writtenAt.get(key);
    if (writtenAt === undefined || !isDeepEqualJson(withoutCounts(status), withoutCounts(before))) return 0;
    return Math.max(0, writtenAt + MIN_INTERVAL_MS - this.#now());
  }

  wrote(key: string): void {
    this.#writtenAt.set(key, this.#now());
  }

  forget(key: string): void {
    this.#writtenAt.delete(key);
  }
}

/** Without messages, which contain counts, and without the counts of pods and sessions, which change with each pod. */
function withoutCounts({ conditions = [], pods: _, budget: __, ...rest }: ProfileStatus): object {
  return { ...rest, conditions: conditions.map(({ type, status, reason }) => ({ type, status, reason })) };
}
