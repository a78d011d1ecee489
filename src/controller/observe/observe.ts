/**
 * Everything that a decision reads, in this order:
 *
 *   1. the profile and its backend         from the caches
 *   2. what is not watched                 by requests: ConfigMaps of `envFrom`, events of a Job without a pod, selectors of pods
 *   3. what profiles share                 from the caches: running and waiting probes, the group of the database
 *
 * The third comes last and is used at once. Nothing may be awaited between it and the moment when the resulting start is in
 * flight: otherwise a concurrent pass takes the same probe slot or the same sessions. That is why `observe` calls a function
 * instead of returning a promise, whose reader runs only after other passes.
 */
import type { Observed } from '../../core/model/observed.ts';
import { needsPodSelectors } from '../../core/pod-selectors.ts';
import type { Client } from '../../kube/client.ts';
import { type BackendSources, observeBackend } from './backend.ts';
import { readEnvFrom } from './env-from.ts';
import { withPodCreationErrors } from './job-events.ts';
import { listPodSelectors } from './pod-selectors.ts';
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
  const observed = { ...backend, podSelectors: undefined, shared: observeShared(backend, deps) };
  if (!needsPodSelectors(observed)) return use(observed);
  const podSelectors = await listPodSelectors(deps.client, backend.profile.namespace, signal);
  return use({ ...backend, podSelectors, shared: observeShared(backend, deps) });
}
