/**
 * Writes that were sent and that no cache shows yet: what client-go calls expectations. A probe that is being started takes
 * its slot, and a rollout that is being written counts with the sessions that it brings, before any watch tells of them.
 */
import type { Action } from '../../core/model/action.ts';
import { ApiError } from '../../kube/errors.ts';

export type ProbeStart = Extract<Action, { kind: 'startProbe' }>;
export type RolloutStart = Extract<Action, { kind: 'rollOut' | 'restoreTemplate' }>;

type InFlightAction = ProbeStart | RolloutStart;

const isTracked = (action: Action): action is InFlightAction =>
  action.kind === 'startProbe' || action.kind === 'rollOut' || action.kind === 'restoreTemplate';

/** Keys are "namespace/name" of profiles. */
export class InFlight {
  readonly #byProfile = new Map<string, readonly InFlightAction[]>();
  readonly #listeners: ((key: string) => void)[] = [];

  /** Calls `listener` with the key of each profile of whose writes the outcome has become known. */
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
   * Carries `actions` out by `act`; until their outcome is known, they are in flight. A write that was not answered may have
   * been applied, and a conflict may be with that one: then they stay in flight until the next pass over this profile.
   */
  async during(key: string, actions: readonly Action[], act: () => Promise<void>): Promise<void> {
    const tracked = actions.filter(isTracked);
    this.settle(key);
    if (tracked.length > 0) this.#byProfile.set(key, tracked);
    try {
      await act();
      this.settle(key);
    } catch (error) {
      if (error instanceof ApiError && !error.isConflict) this.settle(key);
      throw error;
    }
  }

  /** Nothing of this profile is in flight: the caches show what came of its writes, or the profile is gone. */
  settle(key: string): void {
    if (!this.#byProfile.delete(key)) return;
    for (const listener of this.#listeners) listener(key);
  }
}
