/** What other tools and the cluster do to a backend before a change of its profile, and which writes that brings. */
import { setTimeout as pause } from 'node:timers/promises';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Client } from '../../src/kube/client.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { backend } from './backend.ts';
import type { Random } from './random.ts';
import { untilAnswered } from './until-answered.ts';

/** For each: writes of the Deployment's spec by others, repairs by the operator at most, and whether it needs pods. */
export const DISTURBANCES = {
  'rollout restarted': { others: 1, repairs: 0, needsPods: false },
  'scaled to 0 and up': { others: 2, repairs: 0, needsPods: true },
  'pod evicted': { others: 0, repairs: 0, needsPods: true },
  'containers restarted': { others: 0, repairs: 0, needsPods: true },
  'Deployment replaced by another tool': { others: 1, repairs: 1, needsPods: false },
  'revisionHistoryLimit changed': { others: 1, repairs: 0, needsPods: false },
  'profile restored from a backup': { others: 0, repairs: 0, needsPods: false },
} as const;

export type Disturbance = keyof typeof DISTURBANCES;

const NAMES = Object.keys(DISTURBANCES) as Disturbance[];

/** From the fifth repair within half an hour on, a person is called: one who replaces again and again is another test's. */
const MAY_BE_REPLACED = 2;

/** One that may come now; `before` are those that came. */
export function drawn(random: Random, replicas: number, before: readonly Disturbance[]): Disturbance {
  const isAllowed = (name: Disturbance) =>
    (replicas > 0 || !DISTURBANCES[name].needsPods) &&
    (DISTURBANCES[name].repairs === 0 || before.filter((one) => one === name).length < MAY_BE_REPLACED);
  return random.one(NAMES.filter(isAllowed));
}

/** `revisionHistoryLimit` after so many changes of it, of which each is another than the one before. */
export const historyLimitAfter = (changes: number): number => (changes % 2 === 0 ? 2 : 0);

export type Disturbed = {
  readonly client: Client;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  /** All that came to this backend, the newest last. */
  readonly before: readonly Disturbance[];
  /** Ends the containers of the backend, which the kubelet starts again. */
  readonly restartContainers: (namespace: string) => Promise<void>;
};

/** Does it once, however often the API server is away. */
export async function disturb(name: Disturbance, one: Disturbed, signal: AbortSignal): Promise<void> {
  const { client, namespace, replicas, before, restartContainers } = one;
  const limit = historyLimitAfter(before.filter((other) => other === 'revisionHistoryLimit changed').length);
  const merge = (spec: object) =>
    untilAnswered(
      () => client.merge(RESOURCES.Deployment, { ...API, metadata: { namespace, name: 'api' }, spec }, signal),
      signal,
    );
  // The same in each attempt: the second one changes nothing.
  const stamp = new Date().toISOString();
  const play: Readonly<Record<Disturbance, () => Promise<unknown>>> = {
    'rollout restarted': () => merge({ template: { metadata: { annotations: { [RESTARTED_AT]: stamp } } } }),
    'scaled to 0 and up': async () => {
      await merge({ replicas: 0 });
      await pause(SCALED_DOWN_MS, undefined, { signal });
      await merge({ replicas });
    },
    'pod evicted': () => untilAnswered(() => evict(one, signal), signal),
    'containers restarted': () => restartContainers(namespace),
    'Deployment replaced by another tool': () => untilAnswered(() => replace(one, { stamp, limit }, signal), signal),
    'revisionHistoryLimit changed': () => merge({ revisionHistoryLimit: limit === 2 ? 0 : 2 }),
    'profile restored from a backup': () => untilAnswered(() => restore(one, signal), signal),
  };
  await play[name]();
}

const API = { apiVersion: 'apps/v1', kind: 'Deployment' };

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** On the Deployment, which of the writes of another tool it has. */
const REPLACED_AT = 'soak/replaced-at';

const SCALED_DOWN_MS = 2000;

/** `kubectl replace` with the owner's manifest. */
async function replace(
  { client, namespace, image, replicas }: Disturbed,
  { stamp, limit }: { readonly stamp: string; readonly limit: number },
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec, ...rest } = backend(namespace, image, replicas);
  const annotations = { [REPLACED_AT]: stamp };
  for (;;) {
    const found = (await client.get(RESOURCES.Deployment, namespace, 'api', signal))?.metadata;
    if (found === undefined || found.annotations?.[REPLACED_AT] === stamp) return;
    const { resourceVersion = '' } = found;
    const replacement = {
      ...rest,
      metadata: { ...metadata, annotations, resourceVersion },
      spec: { ...spec, revisionHistoryLimit: limit },
    };
    await client.update(RESOURCES.Deployment, replacement, signal).catch(ignoreConflict);
  }
}

/** Somebody has written meanwhile, or an attempt without an answer was carried out. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof ApiError && error.isConflict)) throw error;
}

/** One pod of the backend goes by the API for that. Where there is none, or it may not go now, nothing happens. */
async function evict({ client, namespace }: Disturbed, signal: AbortSignal): Promise<void> {
  const query = { labelSelector: 'app=api' };
  const path = collectionPath(RESOURCES.Pod, namespace);
  const { items } = await client.request<{ readonly items: readonly KubeObject[] }>(
    { method: 'GET', path, query },
    signal,
  );
  const name = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined)?.metadata?.name;
  if (name === undefined) return;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
  try {
    await client.request(
      { method: 'POST', path: `${objectPath(RESOURCES.Pod, namespace, name)}/eviction`, body },
      signal,
    );
  } catch (error) {
    if (!(error instanceof ApiError && [404, 409, 429].includes(error.code))) throw error;
  }
}

/** `kubectl get -o yaml`, `kubectl delete` and `kubectl create` of the profile, which has the settings that it had. */
async function restore({ client, namespace }: Disturbed, signal: AbortSignal): Promise<void> {
  const found = await client.get(RESOURCES.DbPoolProfile, namespace, 'pool', signal);
  if (found === undefined) return;
  const {
    uid,
    resourceVersion: _,
    managedFields: _managers,
    creationTimestamp: _at,
    generation: _generation,
    ...kept
  } = found.metadata ?? {};
  const metadata = { ...kept, namespace, name: 'pool' };
  await client.delete(RESOURCES.DbPoolProfile, { metadata: { namespace, name: 'pool', ...(uid && { uid }) } }, signal);
  const create = () => client.create(RESOURCES.DbPoolProfile, { ...found, metadata }, signal);
  await untilAnswered(create, signal).catch((error: unknown) => {
    // An attempt without an answer may have been carried out.
    if (!(error instanceof ApiError && error.isAlreadyExists)) throw error;
  });
}
