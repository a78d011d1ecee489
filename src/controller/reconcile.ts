/** One look at one profile: observe, decide, act. */
import { decide } from '../core/decide.ts';
import type { Settings } from '../core/observed.ts';
import type { Result } from '../runtime/worker.ts';
import type { Log } from '../telemetry/log.ts';
import { act, type Writer } from './act.ts';
import { observe } from './observe.ts';

export type Deps = Writer & { readonly settings: Settings; readonly log: Log; readonly now: () => number };

/** `key` is "namespace/name". Throws what a failed write threw. */
export async function reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Result> {
  const [namespace = '', name = ''] = key.split('/');
  const observed = observe(namespace, name, deps.caches, deps.settings, deps.now());
  if (observed === undefined) return {};
  const decision = decide(observed);
  await act(decision, observed.profile, observed.now, deps, signal);
  if (decision.actions.length > 0) {
    const ready = decision.status.conditions?.find(({ type }) => type === 'Ready');
    const did = decision.actions.map(({ kind, object }) => `${kind} ${object.kind} ${object.metadata.name}`);
    deps.log.info({ namespace, profile: name, did, reason: ready?.reason }, ready?.message ?? '');
  }
  return decision.lookAgainAfterMs === undefined ? {} : { afterMs: decision.lookAgainAfterMs };
}
