/**
 * Why the Job controller makes no pod of a probe's Job: it says so in an event alone. Events are not watched, since the API
 * server sends no bookmarks for them; they are read, of a Job that has no pod after a while.
 */
import type { ObservedBackend, ObservedProbe } from '../../core/model/observed.ts';
import type { Client } from '../../kube/client.ts';
import { collectionPath } from '../../kube/paths.ts';
import { EVENTS, type KubeEvent } from '../../kube/types.ts';

/** Milliseconds that the Job controller takes at most where nothing is in its way. */
const POD_COMES_WITHIN_MS = 2000;

/** The probes of the profile; those that get no pod with the reason. Throws what a read throws. */
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
      ? { ...probe, refusal: await podCreationError(probe, profile.namespace, client, signal) }
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
  // The API server lists them by name, which begins alike and ends with when they were first seen.
  return (items ?? []).at(-1)?.message;
}
