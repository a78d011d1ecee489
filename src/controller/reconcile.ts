/** One profile, looked at until there is nothing to do: observe, decide, act. */
import { decide } from '../core/decide.ts';
import type { ObservedAlone, Settings } from '../core/model/observed.ts';
import { envFromToRead } from '../core/usage/env-from.ts';
import type { Decision } from '../core/model/decision.ts';
import type { Result } from '../runtime/worker.ts';
import type { ConfigMap } from '../kube/types.ts';
import { act, describeAction, isVisibleAtOnce, report, type Writer } from './act/act.ts';
import { observe } from './observe/observe.ts';
import { observeShared } from './observe/shared.ts';
import { withRefusals } from './observe/job-events.ts';
import type { Groups } from './observe/database-groups.ts';
import type { Starts } from './observe/in-flight.ts';
import { RESOURCES } from './watch/resources.ts';

export type Deps = Writer & {
  readonly settings: Settings;
  readonly starts: Starts;
  readonly groups: Groups;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Looks in a row, so that nothing is written for ever without a word of it in the status. */
const MOST_LOOKS = 5;

/**
 * Looks until there is nothing to do, and says so once: a status that the next look overwrites at once is not worth its write.
 * `key` is "namespace/name". Throws what a failed write threw.
 */
export async function reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Result> {
  for (let look = 1; look < MOST_LOOKS; look += 1) {
    const { isLast, result } = await lookAt(key, deps, signal, false);
    if (isLast) return result;
  }
  return (await lookAt(key, deps, signal, true)).result;
}

type Look = { readonly isLast: boolean; readonly result: Result };

async function lookAt(key: string, deps: Deps, signal: AbortSignal, mustReport: boolean): Promise<Look> {
  const [namespace = '', name = ''] = key.split('/');
  const observed = observe(namespace, name, deps.caches, deps.settings, deps.now());
  if (observed === undefined) {
    deps.pace.forget(key);
    return { isLast: true, result: {} };
  }
  const read = await withSources(observed, deps, signal);
  deps.groups.read(key, read.envFromData);
  const seen = await withRefusals(read, deps.client, signal);
  // Who else probes or rolls is looked at last: nothing is awaited from here until the start is held, so no other look comes
  // between.
  const decision = decide({ ...seen, shared: observeShared(observed.profile, deps, observed.now) });
  const { actions } = decision;
  const carryOut = () => act(decision, observed.profile, observed.now, deps, signal);
  await deps.starts.hold(key, actions, () => deps.groups.hold(key, actions, carryOut));
  logActions(decision, { namespace, profile: name }, deps);
  const isLast = mustReport || !showsAtOnce(decision);
  const heldBackMs = isLast ? await report(decision.status, observed.profile, deps, signal) : 0;
  return { isLast, result: resultOf(decision, heldBackMs) };
}

function resultOf({ requeueAfterMs }: Decision, heldBackMs: number): Result {
  const waits = [requeueAfterMs, heldBackMs > 0 ? heldBackMs : undefined].filter((wait) => wait !== undefined);
  return waits.length === 0 ? {} : { requeueAfterMs: Math.min(...waits) };
}

function logActions({ actions, status }: Decision, names: object, { log }: Deps): void {
  if (actions.length === 0) return;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const did = actions.map(describeAction);
  log.info({ ...names, actions: did, reason: ready?.reason }, ready?.message ?? '');
}

/** Whether the next look sees what is done in this one. */
const showsAtOnce = ({ actions }: Decision): boolean => actions.length > 0 && actions.every(isVisibleAtOnce);

/** The ConfigMaps of the container's `envFrom` carry no label of ours, so they are not watched: they are read, while they matter. */
async function withSources(observed: ObservedAlone, { client }: Deps, signal: AbortSignal): Promise<ObservedAlone> {
  const { namespace } = observed.profile;
  const found = await Promise.all(
    envFromToRead(observed).map(async (name) => {
      const object: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
      return { name, data: object?.data ?? {} };
    }),
  );
  if (found.length === 0) return observed;
  return { ...observed, envFromData: found };
}
