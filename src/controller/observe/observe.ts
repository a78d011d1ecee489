/**
 * All that a decision looks at, in this order:
 *
 *   1. the profile and its backend         from the caches
 *   2. what no watch tells                 by calls: the ConfigMaps of `envFrom`, why a Job gets no pod, who selects pods
 *   3. what profiles share                 from the caches: who probes, who waits, who shares the database
 *
 * What is shared comes last: nothing is awaited between it and the first write, so no other pass takes the same probe slot
 * or the same sessions.
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

/** `key` is "namespace/name". Undefined where there is nothing to decide on; see observeBackend. Throws what a read throws. */
export async function observe(key: string, deps: ObserveDeps, signal: AbortSignal): Promise<Observed | undefined> {
  const cached = observeBackend(key, deps);
  if (cached === undefined) return undefined;
  const envFromData = await readEnvFrom(cached, deps.client, signal);
  deps.groups.setEnvFromData(key, envFromData);
  const probes = await withPodCreationErrors(cached, deps.client, signal);
  const backend = { ...cached, envFromData, probes };
  const observed = { ...backend, podSelectors: undefined, shared: observeShared(backend, deps) };
  if (!needsPodSelectors(observed)) return observed;
  const podSelectors = await listPodSelectors(deps.client, backend.profile.namespace, signal);
  return { ...backend, podSelectors, shared: observeShared(backend, deps) };
}
