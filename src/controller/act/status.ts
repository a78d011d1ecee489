/** Writes the status of a profile, where it differs from the one in the cluster; and what the status says after a write failed. */
import { KIND, type ProfileStatus } from '../../api/v1alpha1.ts';
import type { Action } from '../../core/model/action.ts';
import type { ConditionDraft } from '../../core/model/decision.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';
import { API_VERSION } from '../../core/model/naming.ts';
import type { Observed, ObservedProfile } from '../../core/model/observed.ts';
import { withTransitionTime } from '../../core/status/conditions.ts';
import { ApiError } from '../../kube/errors.ts';
import { profileKey } from '../watch/caches.ts';
import { RESOURCES } from '../watch/resources.ts';
import { updateCache, type Writer } from './writer.ts';

/**
 * Returns the milliseconds for which the throttle holds the write back; 0 where the status was written or is unchanged. The write
 * carries the resourceVersion of the observed profile, so that it cannot reach a new profile of that name.
 */
export async function writeStatus(
  status: ProfileStatus,
  profile: ObservedProfile,
  { client, caches, statusThrottle }: Writer,
  signal: AbortSignal,
): Promise<number> {
  if (isDeepEqualJson(status, profile.status)) return 0;
  const key = profileKey(profile);
  const waitMs = statusThrottle.waitMs(key, status, profile.status);
  if (waitMs > 0) return waitMs;
  const { namespace, name, resourceVersion } = profile;
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name, resourceVersion }, status };
  try {
    updateCache(caches, await client.applyStatus(RESOURCES.DbPoolProfile, object, signal));
  } catch (error) {
    // The profile was deleted meanwhile.
    if (!(error instanceof ApiError && error.isNotFound)) throw error;
  }
  statusThrottle.wrote(key);
  return 0;
}

const NOT_RENDERED = { type: 'ConfigRendered', status: 'False' } as const;
const NOT_ROLLED_OUT = { type: 'RolledOut', status: 'False' } as const;

/** The condition that an action makes true, as it is until the action has succeeded; undefined for none. */
const UNMET: Readonly<Record<Action['kind'], Pick<ConditionDraft, 'type' | 'status'> | undefined>> = {
  renderConfig: NOT_RENDERED,
  recordState: NOT_RENDERED,
  createSalt: NOT_RENDERED,
  recordLogonResults: NOT_RENDERED,
  startProbe: { type: 'ProbeSucceeded', status: 'Unknown' },
  rollOut: NOT_ROLLED_OUT,
  restoreTemplate: NOT_ROLLED_OUT,
  disown: NOT_ROLLED_OUT,
  editLastApplied: NOT_ROLLED_OUT,
  setFinalizer: undefined,
  collectConfig: undefined,
  deleteProbe: undefined,
};

export type FailedWrite = {
  readonly error: ApiError;
  /** The actions that were not executed. The first one failed. */
  readonly pending: readonly Action[];
};

/** The status of a decision after one of its writes failed: no condition claims that a pending action is done, and nothing is waited for. */
export function statusAfterFailedWrite(
  status: ProfileStatus,
  { profile, now }: Pick<Observed, 'profile' | 'now'>,
  { error, pending }: FailedWrite,
): ProfileStatus {
  const report = describeFailure(error, pending[0]);
  const conditions = [
    { type: 'Ready', status: 'False' } as const,
    { type: error.isRejection ? 'Stalled' : 'Reconciling', status: 'True' } as const,
    ...pending.flatMap(({ kind }) => UNMET[kind] ?? []),
  ].map((condition) => withTransitionTime({ ...condition, ...report }, profile, now));
  const replaced = new Set(['Reconciling', 'Stalled', ...conditions.map(({ type }) => type)]);
  const { waitingFor: _, ...others } = status;
  return {
    ...others,
    conditions: [...conditions, ...(status.conditions ?? []).filter(({ type }) => !replaced.has(type))],
  };
}

function describeFailure(error: ApiError, failed: Action | undefined): Pick<ConditionDraft, 'reason' | 'message'> {
  const { kind = 'Object', metadata: { name } = { name: '' } } = failed?.object ?? {};
  // Profiles of a namespace may create its shared objects at the same time. A profile's own ConfigMap has no other creator.
  if (!error.isAlreadyExists || failed?.kind !== 'renderConfig') {
    const message = `${kind} ${name} could not be written, and the operator tries again: ${error.message}`;
    return { reason: 'WriteRejected', message };
  }
  const message = `ConfigMap ${name} exists without the labels of this profile, so this operator did not create it. Delete it.`;
  return { reason: 'ConfigMapConflict', message };
}
