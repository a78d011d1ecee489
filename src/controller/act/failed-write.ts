/** What the status says after a write failed. */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import type { Action } from '../../core/model/action.ts';
import type { ConditionDraft } from '../../core/model/decision.ts';
import type { Observed } from '../../core/model/observed.ts';
import { conditionsOf } from '../../core/status/conditions.ts';
import type { ApiError } from '../../kube/errors.ts';

const NOT_RENDERED = { type: 'ConfigRendered', status: 'False' } as const;
const NOT_PROBED = { type: 'ProbeSucceeded', status: 'Unknown' } as const;
const NOT_ROLLED_OUT = { type: 'RolledOut', status: 'False' } as const;

/** The condition that an action makes true, as it is until the action has succeeded; undefined for none. */
const UNMET: Readonly<Record<Action['kind'], Pick<ConditionDraft, 'type' | 'status'> | undefined>> = {
  renderConfig: NOT_RENDERED,
  recordState: NOT_RENDERED,
  createSalt: NOT_PROBED,
  recordLogonResults: NOT_PROBED,
  startProbe: NOT_PROBED,
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
  { waitingFor: _, ...status }: ProfileStatus,
  { profile, now }: Pick<Observed, 'profile' | 'now'>,
  { error, pending }: FailedWrite,
): ProfileStatus {
  const report = describeFailure(error, pending[0]);
  const unmet = [
    { type: 'Ready', status: 'False' } as const,
    { type: error.isRejection || error.isConflict ? 'Stalled' : 'Reconciling', status: 'True' } as const,
    ...pending.flatMap(({ kind }) => UNMET[kind] ?? []),
  ].map((condition) => ({ ...condition, ...report }));
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'Reconciling' && type !== 'Stalled');
  return { ...status, conditions: conditionsOf([...unmet, ...others], profile, now) };
}

type Report = Pick<ConditionDraft, 'reason' | 'message'>;

function describeFailure(error: ApiError, failed: Action | undefined): Report {
  const { kind = 'Object', metadata: { name } = { name: '' } } = failed?.object ?? {};
  if (error.isConflict) return describeConflict(error, `${kind} ${name}`);
  if (error.isAlreadyExists) {
    const message = `${kind} ${name} exists without the labels that this operator gives it, so somebody else created it. Delete it.`;
    return { reason: kind === 'ConfigMap' ? 'ConfigMapConflict' : 'WriteConflict', message };
  }
  const message = `${kind} ${name} could not be written, and the operator tries again: ${error.message}`;
  return { reason: 'WriteRejected', message };
}

/** A conflict that repeats although `object` has not changed. */
function describeConflict({ fieldManagers, message }: ApiError, object: string): Report {
  const cause =
    fieldManagers.length === 0
      ? 'the API server calls each try a conflict, although nobody has changed the object'
      : `${fieldManagers.join(' and ')} set fields that the operator has to set. Remove them from what ${fieldManagers.length === 1 ? 'it applies' : 'they apply'}, or set spec.targetRef.adopt: true`;
  return { reason: 'WriteConflict', message: `${object} could not be written: ${cause}. ${message}` };
}
