/** The record of a rollout that starts now, which is written on the ConfigMap before the pod template changes. */
import type { StateOf } from '../model/config-state.ts';
import type { Observed } from '../model/observed.ts';
import type { Target } from '../backend/target.ts';
import type { ConfigRollout } from './context.ts';
import { type DriftRepair, driftRepair } from './drift.ts';

/** `revision` is that of the Deployment before the rollout. */
export function rolloutStart(
  { now, profile }: Observed,
  { deployment }: Target,
  revision = deployment.revision,
): StateOf<'rollout'> {
  return {
    startedAt: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    deployment: deployment.uid,
    revision,
    templateHash: deployment.foreignTemplateHash,
  };
}

export type PlannedRollout = {
  readonly start: StateOf<'rollout'>;
  /** Whether the ConfigMap has the record already: a process died before it wrote the template. */
  readonly isRecorded: boolean;
  /** Undefined where the variables are as the operator set them. */
  readonly repair: DriftRepair | undefined;
};

export function plannedRollout(rollout: ConfigRollout): PlannedRollout {
  const { observed, target, configMap } = rollout;
  const start = rolloutStart(observed, target);
  const isRecorded = isSameStart(configMap.state.rollout, start);
  return { start, isRecorded, repair: driftRepair(rollout, isRecorded) };
}

function isSameStart(recorded: StateOf<'rollout'> | undefined, start: StateOf<'rollout'>): boolean {
  if (recorded === undefined || recorded.completedAt !== undefined) return false;
  const { startedAt: _, completedAt: __, ...before } = recorded;
  const { startedAt: ___, ...now } = start;
  return Object.entries(now).every(([key, value]) => Reflect.get(before, key) === value);
}
