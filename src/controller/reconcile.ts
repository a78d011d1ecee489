/** One look at one profile: observe, decide, act. */
import { decide } from '../core/decide.ts';
import type { ObservedAlone, Settings } from '../core/observed.ts';
import { sourcesToRead } from '../core/ownership.ts';
import type { Result } from '../runtime/worker.ts';
import type { ConfigMap } from '../kube/types.ts';
import { act, type Writer } from './act.ts';
import { observe } from './observe.ts';
import { observeShared } from './observe-shared.ts';
import { withRefusals } from './read-refusals.ts';
import type { Groups } from './groups.ts';
import type { Starts } from './starts.ts';
import { RESOURCES } from './watches.ts';

export type Deps = Writer & {
  readonly settings: Settings;
  readonly starts: Starts;
  readonly groups: Groups;
  readonly now: () => number;
};

/** `key` is "namespace/name". Throws what a failed write threw. */
export async function reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Result> {
  const [namespace = '', name = ''] = key.split('/');
  const observed = observe(namespace, name, deps.caches, deps.settings, deps.now());
  if (observed === undefined) return {};
  const seen = await withRefusals(await withSources(observed, deps, signal), deps.client, signal);
  // Who else probes or rolls is looked at last: nothing is awaited from here until the start is held, so no other look comes
  // between.
  const decision = decide({ ...seen, shared: observeShared(observed.profile, deps, observed.now) });
  const { actions } = decision;
  const carryOut = () => act(decision, observed.profile, observed.now, deps, signal);
  await deps.starts.hold(key, actions, () => deps.groups.hold(key, actions, carryOut));
  if (decision.actions.length > 0) {
    const ready = decision.status.conditions?.find(({ type }) => type === 'Ready');
    const did = decision.actions.map(({ kind, object }) => `${kind} ${object.kind} ${object.metadata.name}`);
    deps.log.info({ namespace, profile: name, did, reason: ready?.reason }, ready?.message ?? '');
  }
  return decision.lookAgainAfterMs === undefined ? {} : { afterMs: decision.lookAgainAfterMs };
}

/** The ConfigMaps of the container's `envFrom` carry no label of ours, so they are not watched: they are read, while it is not ours. */
async function withSources(observed: ObservedAlone, { client }: Deps, signal: AbortSignal): Promise<ObservedAlone> {
  const { namespace } = observed.profile;
  const found = await Promise.all(
    sourcesToRead(observed).map(async (name) => {
      const object: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
      return { name, data: object?.data ?? {} };
    }),
  );
  if (found.length === 0) return observed;
  return { ...observed, sources: found };
}
