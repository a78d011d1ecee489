/**
 * Writes that were sent and that no cache has yet: client-go's expectations. A probe holds its slot while its Job is being
 * created, and a rollout counts with its new sessions while its template is being written.
 */
import type { Action } from '../../core/model/action.ts';
import { ApiError } from '../../kube/errors.ts';
import { LastingConflictError } from '../act/conflicts.ts';

export type ProbeStart = Extract<Action, { kind: 'startProbe' }>;
export type RolloutStart = Extract<Action, { kind: 'rollOut' | 'restoreTemplate' }>;

type InFlightAction = ProbeStart | RolloutStart;

const isTracked = (action: Action): action is InFlightAction =>
  action.kind === 'startProbe' || action.kind === 'rollOut' || action.kind === 'restoreTemplate';

/** Keys are "namespace/name" of profiles. */
export class InFlight {
  readonly #byProfile = new Map<string, readonly InFlightAction[]>();
  readonly #listeners: ((key: string) => void)[] = [];

  /** Calls `listener` with the key of each profile whose writes are not in flight any more. */
  onSettled(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  /** The probes that are being started, with the keys of their profiles. */
  get probeStarts(): readonly (readonly [string, ProbeStart])[] {
    return [...this.#byProfile].flatMap(([key, actions]) =>
      actions.flatMap((action) => (action.kind === 'startProbe' ? [[key, action] as const] : [])),
    );
  }

  /** The rollout of this profile's backend that is being written; undefined where there is none. */
  rolloutOf(key: string): RolloutStart | undefined {
    return this.#byProfile.get(key)?.find((action) => action.kind !== 'startProbe');
  }

  /**
   * Keeps `actions` in flight while `act` carries them out. A write without a response may have been applied, and a conflict
   * may be a conflict with that write: then the actions stay in flight until the next pass over the profile. A conflict that does
   * not pass keeps nothing in flight: other backends would wait for it.
   */
  async during(key: string, actions: readonly Action[], act: () => Promise<void>): Promise<void> {
    const tracked = actions.filter(isTracked);
    this.settle(key);
    if (tracked.length > 0) this.#byProfile.set(key, tracked);
    try {
      await act();
      this.settle(key);
    } catch (error) {
      if (error instanceof LastingConflictError || (error instanceof ApiError && !error.isConflict)) this.settle(key);
      throw error;
    }
  }

  /** Nothing of this profile is in flight any more: the outcome is known, or the profile is gone. */
  settle(key: string): void {
    if (!this.#byProfile.delete(key)) return;
    for (const listener of this.#listeners) listener(key);
  }
}
