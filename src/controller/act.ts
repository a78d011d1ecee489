/** Carries out a decision: its actions in order, then the status where it differs. What is written is seen at once. */
import { stamped } from '../core/conditions.ts';
import { API_VERSION } from '../core/naming.ts';
import type { ObservedProfile } from '../core/observed.ts';
import type { Action, Decision } from '../core/step.ts';
import type { Cache } from '../kube/cache.ts';
import type { Client } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/types.ts';
import { KIND, type ProfileStatus } from '../profile.ts';
import { type Caches, RESOURCES } from './watches.ts';

export type Writer = { readonly client: Client; readonly caches: Caches };

/**
 * Throws what the first failing write threw; the writes after it are not tried. A refusal that a person must know of
 * is in the status before that. A conflict is not: somebody wrote first, and the next look sees it.
 */
export async function act(
  decision: Decision,
  profile: ObservedProfile,
  now: number,
  writer: Writer,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const action of decision.actions) await carryOut(action, writer, signal);
  } catch (error) {
    if (error instanceof ApiError && !error.isConflict)
      await report(refused(decision.status, error, profile, now), profile, writer, signal);
    throw error;
  }
  await report(decision.status, profile, writer, signal);
}

async function carryOut({ kind, object }: Action, { client, caches }: Writer, signal: AbortSignal): Promise<void> {
  const resource = resourceOf(object.kind);
  switch (kind) {
    case 'create':
      return sawIn(caches, await client.create(resource, object, signal));
    case 'apply':
      return sawIn(caches, await client.apply(resource, object, signal));
    case 'delete':
      return client.delete(resource, object, signal);
  }
}

async function report(
  status: ProfileStatus,
  profile: ObservedProfile,
  { client, caches }: Writer,
  signal: AbortSignal,
): Promise<void> {
  if (isSame(status, profile.status)) return;
  const { namespace, name } = profile;
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name }, status };
  sawIn(caches, await client.apply(RESOURCES.DbPoolProfile, object, signal, 'status'));
}

/** The status of a decision whose writes the API server refused: nothing of it is claimed to be done. */
function refused(status: ProfileStatus, error: ApiError, profile: ObservedProfile, now: number): ProfileStatus {
  const finding = { status: 'False', reason: 'WriteRefused', message: error.message } as const;
  const conditions = (status.conditions ?? []).filter(
    ({ type }) => !['Ready', 'Reconciling', 'Stalled'].includes(type),
  );
  const told = [{ ...finding, type: 'Ready' } as const, { ...finding, type: 'Stalled', status: 'True' } as const];
  return {
    ...status,
    conditions: [...told.map((one) => stamped(one, profile.generation, profile.status, now)), ...conditions],
  };
}

/** Lets the caches know what the API server answered to a write of ours. */
function sawIn(caches: Caches, object: KubeObject): void {
  const byKind: Record<keyof typeof RESOURCES, Pick<Cache<unknown>, 'saw'>> = {
    DbPoolProfile: caches.profiles,
    Deployment: caches.deployments,
    ConfigMap: caches.configMaps,
    Job: caches.jobs,
    Pod: caches.pods,
  };
  if (isKnownKind(object.kind)) byKind[object.kind].saw(object);
}

const isKnownKind = (kind: string | undefined): kind is keyof typeof RESOURCES =>
  kind !== undefined && kind in RESOURCES;

function resourceOf(kind: string) {
  if (!isKnownKind(kind)) throw new Error(`no resource is known of kind ${kind}`);
  return RESOURCES[kind];
}

/** Both are plain JSON out of the same schema; the order of keys says nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(Reflect.get(a, key), Reflect.get(b, key)));
}
