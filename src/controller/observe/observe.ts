/**
 * Everything that a decision reads, in this order:
 *
 *   1. the profile and its backend         from the caches
 *   2. what is not watched                 by requests: ConfigMaps of `envFrom`, events of a Job without a pod, selectors of pods, pods without labels
 *   3. what profiles share                 from the caches: running and waiting probes, the group of the database
 *
 * The third comes last and is used at once. Nothing may be awaited between it and the moment when the resulting start is in
 * flight: otherwise a concurrent pass takes the same probe slot or the same sessions. That is why `observe` calls a function
 * instead of returning a promise, whose reader runs only after other passes.
 */
import type { Observed } from '../../core/model/observed.ts';
import { needsPodSelectors } from '../../core/pod-selectors.ts';
import { needsUnlabelledPods } from '../../core/unlabelled-pods.ts';
import type { Client } from '../../kube/client.ts';
import { type BackendSources, observeBackend } from './backend.ts';
import { readEnvFrom } from './env-from.ts';
import { withPodCreationErrors } from './job-events.ts';
import { listPodSelectors } from './pod-selectors.ts';
import { listPods } from './unlabelled-pods.ts';
import { observeShared, type SharedSources } from './shared.ts';

export type ObserveDeps = BackendSources & SharedSources & { readonly client: Client };

/**
 * Returns what `use` returns; undefined, without a call of it, where there is nothing to decide on (see observeBackend). `key`
 * is "namespace/name". Throws what a read throws.
 */
export async function observe<T>(
  key: string,
  deps: ObserveDeps,
  signal: AbortSignal,
  use: (observed: Observed) => Promise<T>,
): Promise<T | undefined> {
  const cached = observeBackend(key, deps);
  if (cached === undefined) return undefined;
  const envFromData = await readEnvFrom(cached, deps.client, signal);
  deps.groups.setEnvFromData(key, envFromData);
  const probes = await withPodCreationErrors(cached, deps.client, signal);
  const backend = { ...cached, envFromData, probes };
  const shared = observeShared(backend, deps);
  const observed = { ...backend, podSelectors: undefined, unlabelledPods: undefined, shared };
  const needs = { podSelectors: needsPodSelectors(observed), unlabelledPods: needsUnlabelledPods(observed) };
  if (!needs.podSelectors && !needs.unlabelledPods) return use(observed);
  const { namespace } = backend.profile;
  const podSelectors = needs.podSelectors ? await listPodSelectors(deps.client, namespace, signal) : undefined;
  const unlabelledPods = needs.unlabelledPods ? await listPods(backend, deps.client, signal) : undefined;
  return use({ ...backend, podSelectors, unlabelledPods, shared: observeShared(backend, deps) });
}
