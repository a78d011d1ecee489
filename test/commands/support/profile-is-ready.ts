/** Waits for a profile to be Ready, and shows its condition while it is not. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type Cluster, kubectl } from '../../bed/bed.ts';
import { type Run, SetUpError } from '../../runner/run.ts';

const POLL_MS = 300;
const DEADLINE_MS = 180_000;

const profileSchema = z.object({
  metadata: z.object({ generation: z.number() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() }))
        .default([]),
    })
    .default({ conditions: [] }),
});

/** Returns the message of `Ready` once it is True for the newest spec. Throws SetUpError after three minutes. */
export async function profileIsReady(run: Run, cluster: Cluster, namespace: string, name: string): Promise<string> {
  const endAt = performance.now() + DEADLINE_MS;
  let last = 'the operator has not written a status yet';
  while (performance.now() < endAt) {
    const output = await kubectl(run, cluster.node, ['get', '-n', namespace, 'dbpp', name, '-o', 'json']);
    const { metadata, status } = profileSchema.parse(JSON.parse(output));
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    const isCurrent = status.observedGeneration === metadata.generation;
    if (isCurrent && ready?.status === 'True') return ready.message;
    if (isCurrent && ready !== undefined && `${ready.reason}: ${ready.message}` !== last) {
      last = `${ready.reason}: ${ready.message}`;
      run.say(last);
    }
    await pause(POLL_MS, undefined, { signal: run.signal });
  }
  throw new SetUpError(`the profile ${name} is not Ready after ${DEADLINE_MS / 1000} s. ${last}`, {
    next: 'Look at the operator: kubectl logs -n dbpool-system -l app.kubernetes.io/name=dbpool-operator',
  });
}
