/** What the steps of a rollout read, and the results that they have in common. */
import type { ProfileSpec, ReasonOf } from '../../api/v1alpha1.ts';
import type { Progress } from '../backend/rollout-state.ts';
import { notRolledOut, type Target } from '../backend/target.ts';
import type { Desired } from '../config/desired.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { type StepResult, stalled, waiting } from '../model/decision.ts';
import type { ConfigRecord, Observed, ObservedVariable } from '../model/observed.ts';
import type { CurrentTemplate, DesiredConfigMap } from './current-template.ts';

export type RolloutContext = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  /** The configuration of the spec. */
  readonly config: PoolConfig;
  readonly target: Target;
  readonly records: readonly ConfigRecord[];
  readonly desired: Desired;
  readonly template: CurrentTemplate;
  /** Whether the database has no session left, and the rollout asks for fewer. */
  readonly freesSessions: boolean;
  /** Entries of other owners that the first rollout takes over. */
  readonly adopted: readonly ObservedVariable[];
};

/** A rollout of a configuration, and not of the variables from before the profile. */
export type ConfigRollout = RolloutContext & { readonly configMap: DesiredConfigMap };

/** Pods are being replaced, or are about to be. */
export const rolling = (message: string): StepResult => ({
  ...waiting(notRolledOut('RollingOut', message)),
  stage: 'rolling',
});

/** The rollout is not complete. It continues by itself, unless `isStalled` says that a person has to act. */
export function inProgress({ target: { deployment } }: RolloutContext, progress: Progress): StepResult {
  const { reason, message, isStalled, isRolling } = progress;
  const condition = notRolledOut(reason, `Deployment ${deployment.name}: ${message}`);
  if (isStalled === true) return stalled(condition);
  return { ...waiting(condition), ...(isRolling === true && { stage: 'rolling' as const }) };
}

/** The template is not written in this pass. `why` is a sentence of the message. */
export const unchanged = (
  { target: { deployment } }: RolloutContext,
  reason: ReasonOf<'RolledOut'>,
  why: string,
): StepResult => waiting(notRolledOut(reason, `Deployment ${deployment.name} is unchanged. ${why}`));
