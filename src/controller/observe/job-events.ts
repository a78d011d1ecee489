/**
 * Why the Job controller makes no pod of a probe's Job: it says so in an event alone. Events are not watched, since the API
 * server sends no bookmarks for them; they are read, of a Job that has no pod after a while.
 */
import type { ObservedAlone, ObservedProbe } from '../../core/model/observed.ts';
import type { Client } from '../../kube/client.ts';
import { collectionPath } from '../../kube/paths.ts';
import { EVENTS, type KubeEvent } from '../../kube/types.ts';

/** Milliseconds that the Job controller takes at most where nothing is in its way. */
const POD_COMES_WITHIN_MS = 2000;

/** The same, with the reason of each Job that gets no pod. Throws what the read threw. */
export async function withRefusals(
  observed: ObservedAlone,
  client: Client,
  signal: AbortSignal,
): Promise<ObservedAlone> {
  const isWithoutPod = ({ end, pods, createdAt }: ObservedProbe) =>
    end === undefined && pods.length === 0 && observed.now - createdAt > POD_COMES_WITHIN_MS;
  if (!observed.probes.some(isWithoutPod)) return observed;
  const probes = observed.probes.map(async (probe) =>
    isWithoutPod(probe)
      ? { ...probe, refusal: await refusalOf(probe, observed.profile.namespace, client, signal) }
      : probe,
  );
  return { ...observed, probes: await Promise.all(probes) };
}

async function refusalOf(
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
