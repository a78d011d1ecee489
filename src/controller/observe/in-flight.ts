import type { RunningProbe } from '../../core/model/probe-queue.ts';
import type { Action } from '../../core/model/action.ts';

export class Starts {
  readonly #byProfile = new Map<string, RunningProbe>();

  /** Those of all profiles but this one; a key is "namespace/name". */
  others(key: string): readonly RunningProbe[] {
    return [...this.#byProfile].flatMap(([other, start]) => (other === key ? [] : [start]));
  }

  /** Holds the start that is among the actions, if there is one, until `act` has settled. */
  async hold(key: string, actions: readonly Action[], act: () => Promise<void>): Promise<void> {
    const start = actions.find((action) => action.kind === 'startProbe');
    if (start !== undefined)
      this.#byProfile.set(key, { namespace: start.object.metadata.namespace, turn: start.credentialsKey });
    try {
      await act();
    } finally {
      this.#byProfile.delete(key);
    }
  }
}
