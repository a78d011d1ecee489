/**
 * Whether a rollout may start now: not in the middle of a burst of edits, not outside the windows, not into a rollout
 * that somebody else has in progress, not by a proof that has grown old meanwhile. A rollback does not ask.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { toRfc3339 } from '../model/time.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import type { Observed, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';
import { isProofFresh } from '../probe/evidence.ts';
import type { ConditionDraft } from '../model/decision.ts';
import { configMapInUse, isObservedByController, notRolled, type Target } from '../backend/target.ts';
import { nextOpening } from './windows.ts';

/** What is waited for. */
export type Wait = {
  readonly condition: ConditionDraft;
  /** The condition that stands while it is waited for. */
  readonly pendingRollout?: ConditionDraft;
  readonly requeueAfterMs?: number;
  /** Somebody has to do something. */
  readonly isStalled?: boolean;
};

export function waitBeforeRoll(
  observed: Observed,
  spec: ProfileSpec,
  config: PoolConfig,
  target: Target,
): Wait | undefined {
  return (
    gathering(observed, spec) ??
    outsideWindows(observed, spec) ??
    foreignRollout(target, observed.replicaSets) ??
    oldProof(observed, spec, config)
  );
}

function gathering({ profile, now }: Observed, { rollout }: ProfileSpec): Wait | undefined {
  const endsAt = profile.specChangedAt + rollout.debounceSeconds * 1000;
  if (rollout.debounceSeconds === 0 || now >= endsAt) return undefined;
  const message = `The rollout starts at ${toRfc3339(endsAt)}, unless the profile is edited again until then (rollout.debounceSeconds)`;
  return { condition: notRolled('Debouncing', message), requeueAfterMs: endsAt - now };
}

function outsideWindows({ now }: Observed, { rollout }: ProfileSpec): Wait | undefined {
  const opensAt = nextOpening(rollout.windows, now);
  if (opensAt !== undefined && opensAt <= now) return undefined;
  if (opensAt === undefined) {
    const message = 'No rollout can start: none of rollout.windows ever opens. Correct them.';
    return {
      ...pending('WindowNeverOpens', message),
      condition: notRolled('WindowNeverOpens', message),
      isStalled: true,
    };
  }
  const message = `The rollout waits: the next window opens at ${toRfc3339(opensAt)}`;
  return {
    ...pending('OutsideWindow', message),
    condition: notRolled('WaitingForWindow', message),
    requeueAfterMs: opensAt - now,
  };
}

const pending = (reason: string, message: string): Pick<Wait, 'pendingRollout'> => ({
  pendingRollout: { type: 'PendingRollout', status: 'True', reason, message },
});

/**
 * A rollout of ours may be overtaken by the next, above all one that does not get on. That of a Deployment which was just
 * made is overtaken too: nobody works with its pods yet.
 */
function foreignRollout(
  { deployment, container }: Target,
  replicaSets: readonly ObservedReplicaSet[],
): Wait | undefined {
  const isOurs = configMapInUse(container) !== undefined && isFirstWithItsConfig(deployment, replicaSets);
  const isFirst = deployment.revision <= 1 && deployment.labels.profile === undefined;
  if (isOurs || isFirst || hasEnded(deployment)) return undefined;
  const message = `Deployment ${deployment.name} is being rolled by somebody else: that is waited for`;
  return { condition: notRolled('OtherRolloutInProgress', message) };
}

/** Whether the newest template was the first to carry its configuration: the rollout then is the one that brought it. */
function isFirstWithItsConfig({ uid, labels, revision }: ObservedDeployment, sets: readonly ObservedReplicaSet[]) {
  return !sets.some(
    ({ ownerUid, config, revision: earlier, replicas }) =>
      ownerUid === uid && config === labels.config && earlier < revision && replicas > 0,
  );
}

function hasEnded(deployment: ObservedDeployment): boolean {
  const { status, replicas } = deployment;
  if (!isObservedByController(deployment)) return false;
  if (status.deadlineExceeded !== undefined || deployment.paused) return true;
  return status.updatedReplicas >= replicas && status.replicas <= replicas && status.availableReplicas >= replicas;
}

/** The probe that renews it is under way; see probe.ts. */
function oldProof(observed: Observed, spec: ProfileSpec, config: PoolConfig): Wait | undefined {
  if (spec.probe.policy !== 'Required' || isProofFresh(observed, spec, config)) return undefined;
  return { condition: notRolled('Probing', 'The proof is old: it is renewed before the rollout starts') };
}
