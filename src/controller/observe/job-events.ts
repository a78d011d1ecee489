/**
 * Reads why the Job controller creates no pod for the Job of a probe: only an event says so. Events are not watched, because
 * the API server sends no bookmarks for them. They are read once a Job is without a pod for a while.
 */
import type { ObservedBackend, ObservedProbe } from '../../core/model/observed.ts';
import type { Client } from '../../kube/client.ts';
import { collectionPath } from '../../kube/paths.ts';
import { EVENTS, type KubeEvent } from '../../kube/types.ts';

/** The Job controller usually creates the pod within this time. */
const POD_COMES_WITHIN_MS = 2000;

/** The probes of the profile, with the reason where a Job gets no pod. Throws what a read throws. */
export async function withPodCreationErrors(
  { probes, profile, now }: ObservedBackend,
  client: Client,
  signal: AbortSignal,
): Promise<readonly ObservedProbe[]> {
  const isWithoutPod = ({ end, pods, createdAt }: ObservedProbe) =>
    end === undefined && pods.length === 0 && now - createdAt > POD_COMES_WITHIN_MS;
  if (!probes.some(isWithoutPod)) return probes;
  const read = probes.map(async (probe) =>
    isWithoutPod(probe)
      ? { ...probe, podCreationError: await podCreationError(probe, profile.namespace, client, signal) }
      : probe,
  );
  return Promise.all(read);
}

async function podCreationError(
  { uid }: ObservedProbe,
  namespace: string,
  client: Client,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { fieldSelector: `involvedObject.uid=${uid},reason=FailedCreate` };
  const path = collectionPath(EVENTS, namespace);
  const { items } = await client.request<{ readonly items?: readonly KubeEvent[] | null }>(
    { method: 'GET', path, query },
    signal,
  );
  // The API server lists events by name. Their names differ only in the suffix, which is a time: the last one is the newest.
  return (items ?? []).at(-1)?.message;
}
