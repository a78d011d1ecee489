/**
 * Step: a rollout may start now. The gates are checked in order, and the first closed one reports what the rollout waits for. The
 * gates for new settings are open to a rollback.
 */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import { isDrift, isPutBack } from '../backend/managed-variables.ts';
import {
  hasNewestReplicaSet,
  isUndoOnRecord,
  keptConfigMap,
  type Undoing,
  wasUndoneByUser,
} from '../backend/revisions.ts';
import { configHashOf } from '../backend/pods.ts';
import { deploymentProgress, rolloutState } from '../backend/rollout-state.ts';
import { hasOnlyOwnChanges } from '../backend/unobserved-templates.ts';
import { configMapInUse, notRolledOut, type Target } from '../backend/target.ts';
import { formatSettings } from '../config/pool-config.ts';
import { nextSequence } from '../model/config-state.ts';
import { type ConditionDraft, PASSED, type StepResult, stalled, waiting } from '../model/decision.ts';
import { configHashFromName, isConfigMapNameOf } from '../model/naming.ts';
import type { ObservedConfigMap, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';
import { isOver, toRfc3339 } from '../model/time.ts';
import type { ProbeAssessment } from '../probe/probe-succeeded.ts';
import { inProgress, type RolloutContext, rolling, unchanged } from './context.ts';
import { driftResult } from './drift.ts';
import { plannedRollout } from './plan.ts';
import { NO_RETRY } from './rollback.ts';
import { nextOpening } from './windows.ts';
import type { WithoutProof } from './without-proof.ts';

export type GateContext = RolloutContext & {
  readonly probe: ProbeAssessment;
  /** Why the rollout may start although the probe would hold it. */
  readonly withoutProof: WithoutProof | undefined;
};

/** The result of a closed gate; undefined for an open one. */
type Gate = (context: GateContext) => StepResult | undefined;

/** What holds the settings of the spec, and nothing that is put back. */
const GATES_FOR_NEW = [heldAfterFailure, previousStep, debounce, window] as const satisfies readonly Gate[];

export const GATES = [
  undoneByUser,
  ...GATES_FOR_NEW,
  otherRollout,
  unobservedChange,
  driftPause,
] as const satisfies readonly Gate[];

export const rolloutMayStart = ({ gate = PASSED }: { readonly gate: StepResult | undefined }): StepResult => gate;

/** The result of the first closed gate; undefined where all are open, or there is nothing to roll out. */
export function closedGate(context: GateContext): StepResult | undefined {
  if (context.template.isDesired) return undefined;
  for (const gate of GATES) {
    const closed = gate(context);
    if (closed !== undefined) return closed;
  }
  return undefined;
}

/** Whether the settings of the spec have to wait. Not while a proof is recorded: they may start in the next pass. */
export const newSettingsWait = (context: GateContext): boolean =>
  !context.probe.recordsProof && GATES_FOR_NEW.some((gate) => gate(context) !== undefined);

/** A user undid the rollout: the template is unchanged until they change the spec or request a retry. */
function undoneByUser(context: GateContext): StepResult | undefined {
  const { observed, config, target, template } = context;
  const { profile, configMaps } = observed;
  const inUse = configMapInUse(target.container);
  const current = configMaps.find(({ name }) => name === inUse && isConfigMapNameOf(profile.name, name));
  if (current === undefined) return undefined;
  const undoing = { spec: config.hash, insteadOf: template.configMap?.hash ?? '' };
  if (!isUndoOnRecord(configMaps, current)) return newUndo(context, current, undoing);
  return keptConfigMap(profile, configMaps, undoing)?.name === current.name
    ? undone(target.deployment, current)
    : undefined;
}

function newUndo(
  { observed, target: { deployment, container }, template }: GateContext,
  current: ObservedConfigMap,
  undoing: Undoing,
): StepResult | undefined {
  const { profile, configMaps, replicaSets } = observed;
  // A ReplicaSet without the label of the profile is in no cache.
  // While a Deployment is paused, its template has no ReplicaSet, and nobody can undo its rollout.
  if (deployment.labels.profile === profile.name && !hasNewestReplicaSet(deployment, replicaSets))
    return deployment.paused
      ? undefined
      : rolling(`Deployment ${deployment.name}: waiting for the ReplicaSet of revision ${deployment.revision}`);
  if (!wasUndoneByUser(observed, template.configMap, { current, container })) return undefined;
  const keptByUser = { sequence: nextSequence(configMaps), ...undoing, retry: profile.retryRequestedAt ?? '' };
  return { ...undone(deployment, current), configChanges: [{ name: current.name, state: { keptByUser } }] };
}

function undone({ name }: ObservedDeployment, current: { readonly name: string }): StepResult {
  const message = `A user rolled Deployment ${name} back to ${configHashFromName(current.name)}, so it is unchanged. Change spec.pool, or annotate the profile with dbpool.dev/retry-requested-at to roll out the spec's settings again.`;
  return { ...stalled(notRolledOut('UndoneByUser', message)), stage: 'undone' };
}

/** The settings of the spec have failed before, and `onFailure` is Hold. */
function heldAfterFailure({ desired, target: { deployment } }: GateContext): StepResult | undefined {
  if (desired.kind !== 'heldAfterFailure') return undefined;
  const { message, reason } = desired.failed;
  const why = `${formatSettings(desired.config.settings)} failed before: ${message} (${reason}).`;
  return stalled(notRolledOut('RolloutFailed', `Deployment ${deployment.name} is unchanged. ${why} ${NO_RETRY}`));
}

/**
 * The probe must succeed first, unless the rollout mends what keeps it from that. Its proof is recorded in a pass of its own,
 * before the template changes.
 */
function previousStep(context: GateContext): StepResult | undefined {
  const { desired, probe, withoutProof } = context;
  if (desired.kind !== 'spec') return undefined;
  if (probe.recordsProof)
    return unchanged(context, 'PreviousStepNotReady', 'The result of the probe is recorded first.');
  if (!probe.holdsRollout || withoutProof !== undefined) return undefined;
  const { condition, progress } = probe.result;
  const closed = unchanged(context, 'PreviousStepNotReady', condition?.message ?? '');
  return { ...closed, progress: progress === 'Stalled' ? 'Stalled' : 'Progressing' };
}

/** Whether the rollout brings other settings, and is no rollback. */
const isNewChange = ({ observed, target, template, desired }: Omit<GateContext, 'spec'>): boolean =>
  desired.kind === 'spec' && !isPutBack(observed, target, template.configMap);

/** The profile was edited less than `debounceSeconds` ago. */
function debounce({ observed, spec: { rollout }, ...context }: GateContext): StepResult | undefined {
  const { profile, now } = observed;
  const since = profile.specChangeSeenAt ?? profile.specChangedAt;
  const endsAt = since + rollout.debounceSeconds * 1000;
  if (!isNewChange({ observed, ...context }) || isOver({ since, until: endsAt }, now)) return undefined;
  const message = `The rollout starts at ${toRfc3339(endsAt)}, or later if the profile is edited again (spec.rollout.debounceSeconds)`;
  return waiting(notRolledOut('Debouncing', message), endsAt - now);
}

/** No maintenance window is open. */
function window({ observed, spec: { rollout }, ...context }: GateContext): StepResult | undefined {
  const { now } = observed;
  const opensAt = nextOpening(rollout.windows, now);
  if (opensAt === now || !isNewChange({ observed, ...context })) return undefined;
  if (opensAt === undefined) {
    const message = 'No rollout can start, because none of spec.rollout.windows ever opens. Correct their schedules.';
    return {
      ...stalled(notRolledOut('WindowNeverOpens', message)),
      transientConditions: [pendingRollout('WindowNeverOpens', message)],
    };
  }
  const message = `The rollout starts when the next window opens at ${toRfc3339(opensAt)} (spec.rollout.windows)`;
  return {
    ...waiting(notRolledOut('WaitingForWindow', message), opensAt - now),
    transientConditions: [pendingRollout('OutsideWindow', message)],
  };
}

const pendingRollout = (reason: ReasonOf<'PendingRollout'>, message: string): ConditionDraft => ({
  type: 'PendingRollout',
  status: 'True',
  reason,
  message,
});

/**
 * A rollout that the operator did not start is in progress. The operator's own rollouts are replaced by the next one, above all
 * when they are stuck. So is the first rollout of a new Deployment, whose pods are not in use yet, and one that brings drift.
 */
function otherRollout({ observed, target, desired }: GateContext): StepResult | undefined {
  const { replicaSets, now } = observed;
  const { deployment } = target;
  // Each second of a rollout that takes the variables away makes it worse.
  if (isDrift(observed, target)) return undefined;
  const isFirst = deployment.revision <= 1 && deployment.labels.profile === undefined;
  if (desired.kind !== 'spec' || isFirst || isOwnRollout(target, replicaSets) || hasEnded(deployment, now))
    return undefined;
  const message = `Deployment ${deployment.name} is unchanged until a rollout that this operator did not start is complete`;
  return waiting(notRolledOut('OtherRolloutInProgress', message));
}

/** Whether the newest template is the first one with its configuration: then the operator's change started the rollout. */
function isOwnRollout({ deployment, container }: Target, sets: readonly ObservedReplicaSet[]): boolean {
  const { uid, revision } = deployment;
  const inUse = configMapInUse(container);
  if (inUse === undefined) return false;
  const isEarlier = (set: ObservedReplicaSet) =>
    set.ownerUid === uid &&
    configHashOf(set) === configHashFromName(inUse) &&
    set.revision < revision &&
    set.replicas > 0;
  return !sets.some(isEarlier);
}

/** Once no old pods are left, or the rollout is stuck. Pods that are not ready are no rollout: the new settings may be what they need. */
function hasEnded(deployment: ObservedDeployment, now: number): boolean {
  const { phase, isReplacing } = rolloutState(deployment, now);
  // Surplus pods of a scale-down are pods that this rollout has brought.
  const hasSurplus = deployment.status.replicas > deployment.replicas;
  return (!isReplacing && !hasSurplus) || phase === 'deadlineExceeded' || (deployment.paused && phase !== 'unobserved');
}

/** The Deployment controller has not observed the last change of the template, and it may be another writer's. */
function unobservedChange(context: GateContext): StepResult | undefined {
  const { observed, target } = context;
  const { deployment } = target;
  if (deployment.labels.profile === undefined || hasOnlyOwnChanges(target, observed.configMaps)) return undefined;
  const progress = deploymentProgress(deployment, observed.now);
  return progress && inProgress(context, progress);
}

/** The variables were edited again shortly after they were set: the next repair waits. */
function driftPause(context: GateContext): StepResult | undefined {
  const { template, observed } = context;
  if (template.configMap === undefined) return undefined;
  const { repair } = plannedRollout({ ...context, configMap: template.configMap });
  if (repair === undefined || repair.waitMs === 0) return undefined;
  const message = `${repair.message} The operator sets the variables again at ${toRfc3339(observed.now + repair.waitMs)}`;
  return { ...driftResult(repair, message), requeueAfterMs: repair.waitMs };
}
