import type { RunningProbe } from '../../core/model/probe-queue.ts';
import type { Action } from '../../core/model/decision.ts';
import { ANNOTATION } from '../../core/model/naming.ts';

export class Starts {
  readonly #byProfile = new Map<string, RunningProbe>();

  /** Those of all profiles but this one; a key is "namespace/name". */
  others(key: string): readonly RunningProbe[] {
    return [...this.#byProfile].flatMap(([other, start]) => (other === key ? [] : [start]));
  }

  /** Holds the start that is among the actions, if there is one, until `act` has settled. */
  async hold(key: string, actions: readonly Action[], act: () => Promise<void>): Promise<void> {
    const start = actions.find(({ kind, object }) => kind === 'create' && object.kind === 'Job');
    if (start !== undefined) {
      const { namespace, annotations } = start.object.metadata;
      this.#byProfile.set(key, { namespace, turn: (annotations as Record<string, string>)[ANNOTATION.credentialsKey] });
    }
    try {
      await act();
    } finally {
      this.#byProfile.delete(key);
    }
  }
}
