/**
 * Step: a rollout may start now. The gates are asked in order; the first that is closed says what the rollout waits for. A
 * rollback passes the gates that are about new settings.
 */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import { hasNewestReplicaSet, wasUndoneByUser } from '../backend/revisions.ts';
import { isObservedByController, rolloutState } from '../backend/rollout-state.ts';
import { configMapInUse, notRolledOut, type Target } from '../backend/target.ts';
import { formatSettings } from '../config/pool-config.ts';
import { type ConditionDraft, PASSED, type StepResult, stalled, waiting } from '../model/decision.ts';
import { configHashFromName, isConfigMapNameOf } from '../model/naming.ts';
import type { ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';
import { toRfc3339 } from '../model/time.ts';
import type { ProbeAssessment } from '../probe/probe-succeeded.ts';
import { type RolloutContext, rolling, unchanged } from './context.ts';
import { plannedRollout } from './plan.ts';
import { nextOpening } from './windows.ts';

type GateContext = RolloutContext & { readonly probe: ProbeAssessment };

/** The result of a closed gate; undefined for an open one. */
type Gate = (context: GateContext) => StepResult | undefined;

const GATES = [
  undoneByUser,
  heldAfterFailure,
  previousStep,
  debounce,
  window,
  otherRollout,
  staleProof,
  unobservedChange,
  driftPause,
] as const satisfies readonly Gate[];

export const rolloutMayStart = ({ gate = PASSED }: { readonly gate: StepResult | undefined }): StepResult => gate;

/** The result of the first gate that is closed; undefined where all are open, or nothing is to be rolled out. */
export function closedGate(context: GateContext): StepResult | undefined {
  if (context.template.isDesired) return undefined;
  for (const gate of GATES) {
    const closed = gate(context);
    if (closed !== undefined) return closed;
  }
  return undefined;
}

/** A user took the template back from the desired configuration: it stays there until they change the spec or say retry. */
function undoneByUser({ observed, target, template }: GateContext): StepResult | undefined {
  const { profile, configMaps, replicaSets } = observed;
  const { deployment, container } = target;
  const inUse = configMapInUse(container);
  const current = configMaps.find(({ name }) => name === inUse && isConfigMapNameOf(profile.name, name));
  if (current === undefined || deployment.labels.profile !== profile.name) return undefined;
  if (!hasNewestReplicaSet(deployment, replicaSets))
    return rolling(`Deployment ${deployment.name}: waiting for the ReplicaSet of revision ${deployment.revision}`);
  if (!wasUndoneByUser(observed, template.configMap, current)) return undefined;
  const message = `A user took Deployment ${deployment.name} back to ${configHashFromName(current.name)}, and it stays there. Change spec.pool, or annotate the profile with dbpool.dev/retry-requested-at to roll it out again.`;
  return { ...stalled(notRolledOut('UndoneByUser', message)), stage: 'undone' };
}

function heldAfterFailure({ desired }: GateContext): StepResult | undefined {
  if (desired.kind !== 'heldAfterFailure') return undefined;
  const { message, reason } = desired.failed;
  return stalled(
    notRolledOut('RolloutFailed', `${formatSettings(desired.config.settings)} failed before: ${message} (${reason})`),
  );
}

/** The probe has to succeed first; and its proof is recorded before the template changes, in a pass of its own. */
function previousStep(context: GateContext): StepResult | undefined {
  const { desired, probe } = context;
  if (desired.kind !== 'spec') return undefined;
  if (probe.recordsProof)
    return unchanged(context, 'PreviousStepNotReady', 'The result of the probe is recorded first.');
  if (!probe.holdsRollout) return undefined;
  const { condition, progress } = probe.result;
  const closed = unchanged(context, 'PreviousStepNotReady', condition?.message ?? '');
  return { ...closed, progress: progress === 'Stalled' ? 'Stalled' : 'Progressing' };
}

function debounce({ observed: { profile, now }, spec: { rollout }, desired }: GateContext): StepResult | undefined {
  const endsAt = profile.specChangedAt + rollout.debounceSeconds * 1000;
  if (desired.kind !== 'spec' || rollout.debounceSeconds === 0 || now >= endsAt) return undefined;
  const message = `The rollout starts at ${toRfc3339(endsAt)}, unless the profile is edited again before (rollout.debounceSeconds)`;
  return waiting(notRolledOut('Debouncing', message), endsAt - now);
}

function window({ observed: { now }, spec: { rollout }, desired }: GateContext): StepResult | undefined {
  const opensAt = nextOpening(rollout.windows, now);
  if (desired.kind !== 'spec' || opensAt === now) return undefined;
  if (opensAt === undefined) {
    const message = 'No rollout can start: none of rollout.windows ever opens. Correct them.';
    return {
      ...stalled(notRolledOut('WindowNeverOpens', message)),
      transientConditions: [pendingRollout('WindowNeverOpens', message)],
    };
  }
  const message = `The rollout waits: the next window opens at ${toRfc3339(opensAt)}`;
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
 * A rollout of ours may be overtaken by the next, above all one that is stuck. So may the first rollout of a new Deployment:
 * nobody uses its pods yet.
 */
function otherRollout({ observed: { replicaSets }, target, desired }: GateContext): StepResult | undefined {
  const { deployment } = target;
  const isFirst = deployment.revision <= 1 && deployment.labels.profile === undefined;
  if (desired.kind !== 'spec' || isFirst || isOurRollout(target, replicaSets) || hasEnded(deployment)) return undefined;
  const message = `Waiting for a rollout of Deployment ${deployment.name} that this operator did not start`;
  return waiting(notRolledOut('OtherRolloutInProgress', message));
}

/** Whether the newest template was the first to carry its configuration: the rollout then is the one that brought it. */
function isOurRollout({ deployment, container }: Target, sets: readonly ObservedReplicaSet[]): boolean {
  const { uid, labels, revision } = deployment;
  const isEarlier = (set: ObservedReplicaSet) =>
    set.ownerUid === uid && set.config === labels.config && set.revision < revision && set.replicas > 0;
  return configMapInUse(container) !== undefined && !sets.some(isEarlier);
}

function hasEnded(deployment: ObservedDeployment): boolean {
  const { phase } = rolloutState(deployment);
  return phase === 'complete' || phase === 'deadlineExceeded' || (deployment.paused && phase !== 'unobserved');
}

/** The probe that renews the proof runs already: see probe-succeeded.ts. */
function staleProof({ probe, desired }: GateContext): StepResult | undefined {
  if (desired.kind !== 'spec' || !probe.needsRenewal) return undefined;
  const message = 'The last successful probe is too old; probing again before the rollout';
  return waiting(notRolledOut('Probing', message));
}

function unobservedChange({ target: { deployment } }: GateContext): StepResult | undefined {
  if (isObservedByController(deployment) || deployment.labels.profile === undefined) return undefined;
  return rolling(
    `Deployment ${deployment.name}: waiting for the Deployment controller to observe generation ${deployment.generation}`,
  );
}

/** Whoever edits the variables again and again is met less and less often. */
function driftPause(context: GateContext): StepResult | undefined {
  const { template, observed } = context;
  if (template.configMap === undefined) return undefined;
  const { repair } = plannedRollout({ ...context, configMap: template.configMap });
  if (repair === undefined || repair.waitMs === 0) return undefined;
  const message = `${repair.message} The variables are set again at ${toRfc3339(observed.now + repair.waitMs)}`;
  return waiting(notRolledOut('DriftDetected', message), repair.waitMs);
}
