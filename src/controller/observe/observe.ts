/**
 * All that a decision looks at, in this order:
 *
 *   1. the profile and its backend         from the caches
 *   2. what no watch tells                 by calls: the ConfigMaps of `envFrom`, why a Job gets no pod, who selects pods
 *   3. what profiles share                 from the caches: who probes, who waits, who shares the database
 *
 * What is shared comes last, and is used at once: nothing may be awaited before the start that is decided by it is in flight,
 * or another pass takes the same probe slot or the same sessions. So it is handed to a function, and not returned: a
 * returned promise lets other passes run before its reader.
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
