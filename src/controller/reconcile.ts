/** One profile: observe, decide, act. */
import { decide } from '../core/decide.ts';
import type { Decision } from '../core/model/decision.ts';
import type { Observed, ObservedProfile } from '../core/model/observed.ts';
import { ApiError } from '../kube/errors.ts';
import type { Result } from '../runtime/worker.ts';
import { act, describeAction, isVisibleAtOnce } from './act/act.ts';
import { writeStatus } from './act/status.ts';
import type { Writer } from './act/writer.ts';
import type { InFlight } from './observe/in-flight.ts';
import { observe, type ObserveDeps } from './observe/observe.ts';
import { profileKey } from './watch/caches.ts';

export type Deps = Writer & ObserveDeps & { readonly inFlight: InFlight };

/** Maximum number of passes of one reconcile. The last one writes the status even if there is more to do, so that users see it. */
const MAX_PASSES = 5;

type Pass = { readonly isFinal: boolean; readonly result: Result };

/**
 * Makes passes until there is nothing to do, and writes the status once: one that the next pass overwrites at once is not
 * worth its write. `key` is "namespace/name". Throws what a failed call threw.
 */
export async function reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Result> {
  for (let pass = 1; pass < MAX_PASSES; pass += 1) {
    const { isFinal, result } = await reconcileOnce(key, deps, signal);
    if (isFinal) return result;
  }
  return (await reconcileOnce(key, deps, signal, { mustWriteStatus: true })).result;
}

const reconcileOnce = async (key: string, deps: Deps, signal: AbortSignal, options?: PassOptions): Promise<Pass> =>
  (await observe(key, deps, signal, (observed) => decideAndAct(observed, deps, signal, options))) ?? forget(key, deps);

type PassOptions = { readonly mustWriteStatus: boolean };

async function decideAndAct(
  observed: Observed,
  deps: Deps,
  signal: AbortSignal,
  { mustWriteStatus }: PassOptions = { mustWriteStatus: false },
): Promise<Pass> {
  const { profile } = observed;
  const decision = decide(observed);
  const { actions, status } = decision;
  try {
    await deps.inFlight.during(profileKey(profile), actions, () => act(decision, observed, deps, signal));
  } catch (error) {
    // The profile is deleted with its namespace: there is nobody to tell, and nothing to try again.
    if (error instanceof ApiError && error.isNamespaceTerminating) return { isFinal: true, result: {} };
    throw error;
  }
  logActions(decision, profile, deps);
  const isFinal = mustWriteStatus || !isVisibleInCache(decision);
  const heldBackMs = isFinal ? await writeStatus(status, profile, deps, signal) : 0;
  return { isFinal, result: resultOf(decision, heldBackMs) };
}

function forget(key: string, { statusThrottle, statusRejections, conflicts, inFlight }: Deps): Pass {
  for (const memory of [statusThrottle, statusRejections, conflicts]) memory.forget(key);
  inFlight.settle(key);
  return { isFinal: true, result: {} };
}

/** Whether the next pass sees what this one has done. */
const isVisibleInCache = ({ actions }: Decision): boolean => actions.length > 0 && actions.every(isVisibleAtOnce);

/** `heldBackMs` is for how long the status is not written yet. */
function resultOf({ requeueAfterMs }: Decision, heldBackMs: number): Result {
  const waits = [requeueAfterMs, heldBackMs > 0 ? heldBackMs : undefined].filter((wait) => wait !== undefined);
  return waits.length === 0 ? {} : { requeueAfterMs: Math.min(...waits) };
}

function logActions({ actions, status }: Decision, { namespace, name: profile }: ObservedProfile, { log }: Deps): void {
  if (actions.length === 0) return;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  log.info({ namespace, profile, actions: actions.map(describeAction), reason: ready?.reason }, ready?.message ?? '');
}
