/** Carries out a decision: its events, its actions in order; and writes the status where it differs. What is written is seen at once. */
import { withTransitionTime } from '../../core/status/conditions.ts';
import { API_VERSION } from '../../core/model/naming.ts';
import type { ObservedProfile } from '../../core/model/observed.ts';
import type { Action } from '../../core/model/action.ts';
import type { Decision, ConditionDraft } from '../../core/model/decision.ts';
import type { Cache } from '../../kube/cache.ts';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/types.ts';
import { KIND, type ProfileStatus } from '../../api/v1alpha1.ts';
import { create } from './create.ts';
import type { Pace } from './status-throttle.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';
import { type Caches, profileKey } from '../watch/caches.ts';
import { RESOURCES } from '../watch/resources.ts';
import { type EventWriter, writeEvent } from './event.ts';

export type Writer = EventWriter & { readonly caches: Caches; readonly pace: Pace };

/**
 * Throws what the first failing write threw; the writes after it are not tried. A refusal that a person must know of
 * is in the status before that. A conflict is not, nor what was overtaken: somebody wrote first, and the next look sees it.
 * Nor is it told of a server that asks to wait: the status would be the next call.
 */
export async function act(
  decision: Decision,
  profile: ObservedProfile,
  now: number,
  writer: Writer,
  signal: AbortSignal,
): Promise<void> {
  for (const event of decision.events) await writeEvent(event, profile, now, writer, signal);
  const undone = [...decision.actions];
  try {
    for (const action of decision.actions) {
      await carryOut(action, writer, signal);
      undone.shift();
    }
  } catch (error) {
    if (error instanceof ApiError && !error.isThrottled && !error.isConflict)
      await report(refused(decision, undone, error, profile, now), profile, writer, signal);
    throw error;
  }
}

/** How each action is sent: `apply` is a server-side apply, `merge` a strategic merge patch, `patch` a JSON patch. */
const VERB = {
  renderConfig: 'create',
  recordState: 'apply',
  collectConfig: 'delete',
  createSalt: 'create',
  recordLogonResults: 'apply',
  startProbe: 'create',
  deleteProbe: 'delete',
  rollOut: 'apply',
  restoreTemplate: 'merge',
  disown: 'patch',
  setFinalizer: 'apply',
} as const satisfies Record<Action['kind'], string>;

/** The ConfigMaps are ours as a whole: what they say decides what is done. Of the other objects only some fields are. */
const isForced = (action: Action): boolean =>
  action.kind === 'rollOut' ? action.force : action.kind === 'recordState' || action.kind === 'recordLogonResults';

const operationsOf = (action: Action) => (action.kind === 'disown' ? action.operations : []);

async function carryOut(action: Action, { client, caches }: Writer, signal: AbortSignal): Promise<void> {
  const { object } = action;
  const resource = resourceOf(object.kind);
  switch (VERB[action.kind]) {
    case 'create':
      return create(client, resource, object, (found) => sawIn(caches, found), signal);
    case 'apply':
      return sawIn(caches, await client.apply(resource, object, signal, { force: isForced(action) }));
    case 'merge':
      return sawIn(caches, await client.merge(resource, object, signal));
    case 'patch':
      return sawIn(caches, await client.patch(resource, object, operationsOf(action), signal));
    case 'delete':
      return client.delete(resource, object, signal);
  }
}

/**
 * Writes the status where it differs from the one that stands there: on the profile as it was looked at, which by its name
 * may be another by now. Returns the milliseconds for which it is held back, or 0.
 */
export async function report(
  status: ProfileStatus,
  profile: ObservedProfile,
  { client, caches, pace }: Writer,
  signal: AbortSignal,
): Promise<number> {
  if (isDeepEqualJson(status, profile.status)) return 0;
  const key = profileKey(profile);
  const waitMs = pace.waitMs(key, status, profile.status);
  if (waitMs > 0) return waitMs;
  const { namespace, name, resourceVersion } = profile;
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name, resourceVersion }, status };
  try {
    sawIn(caches, await client.applyStatus(RESOURCES.DbPoolProfile, object, signal));
  } catch (error) {
    // The profile was deleted meanwhile: nobody is left to be told.
    if (!(error instanceof ApiError && error.isNotFound)) throw error;
  }
  pace.wrote(key);
  return 0;
}

const NOT_RENDERED = { type: 'ConfigRendered', status: 'False' } as const;
const NOT_ROLLED_OUT = { type: 'RolledOut', status: 'False' } as const;

/** What an action is to make true, and is not while the action has not been carried out; undefined for what makes nothing true. */
const UNMET: Readonly<Record<Action['kind'], Pick<ConditionDraft, 'type' | 'status'> | undefined>> = {
  renderConfig: NOT_RENDERED,
  recordState: NOT_RENDERED,
  createSalt: NOT_RENDERED,
  recordLogonResults: NOT_RENDERED,
  startProbe: { type: 'ProbeSucceeded', status: 'Unknown' },
  rollOut: NOT_ROLLED_OUT,
  restoreTemplate: NOT_ROLLED_OUT,
  disown: NOT_ROLLED_OUT,
  setFinalizer: undefined,
  collectConfig: undefined,
  deleteProbe: undefined,
};

/** The status of a decision of whose writes the API server refused one: nothing that is `undone` is claimed to be done. */
function refused(
  { status }: Decision,
  undone: readonly Action[],
  error: ApiError,
  profile: ObservedProfile,
  now: number,
): ProfileStatus {
  const claimed = undone.flatMap(({ kind }) => UNMET[kind] ?? []);
  const told = [
    { type: 'Ready', status: 'False' } as const,
    { type: error.isRejection ? 'Stalled' : 'Reconciling', status: 'True' } as const,
    ...claimed,
  ].map((claim) => withTransitionTime({ ...claim, ...inWords(error, undone[0]) }, profile, now));
  const types = new Set(['Reconciling', 'Stalled', ...told.map(({ type }) => type)]);
  return { ...status, conditions: [...told, ...(status.conditions ?? []).filter(({ type }) => !types.has(type))] };
}

/** Two profiles may make what their probes share at the same time; nobody else makes the configuration of a profile. */
function inWords(error: ApiError, failed: Action | undefined): Pick<ConditionDraft, 'reason' | 'message'> {
  const name = failed?.object.metadata.name ?? '';
  if (!error.isAlreadyExists || failed?.kind !== 'renderConfig')
    return { reason: 'WriteRejected', message: error.message };
  const message = `ConfigMap ${name} is there already and does not carry the labels of this profile: somebody else made it. Delete it.`;
  return { reason: 'ConfigMapConflict', message };
}

/** Whether the caches show at once what an action did; a deletion they show when the watch reports it. */
export const isVisibleAtOnce = ({ kind }: Action): boolean => VERB[kind] !== 'delete';

/** An action as the log names it: "rollOut search-api max 40". */
export function describeAction(action: Action): string {
  const max = 'max' in action && action.max !== undefined ? ` max ${action.max}` : '';
  return `${action.kind} ${action.object.metadata.name}${max}`;
}

/** Lets the caches know what the API server answered to a write of ours. */
function sawIn(caches: Caches, object: KubeObject): void {
  const byKind: Record<keyof typeof RESOURCES, Pick<Cache<unknown>, 'recordWrite'>> = {
    DbPoolProfile: caches.profiles,
    Deployment: caches.deployments,
    ConfigMap: caches.configMaps,
    Job: caches.jobs,
    Pod: caches.pods,
    ReplicaSet: caches.replicaSets,
  };
  if (isKnownKind(object.kind)) byKind[object.kind].recordWrite(object);
}

const isKnownKind = (kind: string | undefined): kind is keyof typeof RESOURCES =>
  kind !== undefined && kind in RESOURCES;

function resourceOf(kind: string) {
  if (!isKnownKind(kind)) throw new Error(`no resource is known of kind ${kind}`);
  return RESOURCES[kind];
}
