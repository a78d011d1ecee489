/**
 * The whole behaviour of the operator, from top to bottom: from what is observed to what the operator does and reports. Pure: no
 * clock, no network, no memory. Everything is derived from the cluster, so a process that dies between two writes continues there.
 *
 * A guard that stops is the only result. A step that blocks ends the chain. The first step that is not done gives `Ready` its
 * reason. docs/explanation/design.md shows the chain as a picture.
 */
import { type Guard, runGuards, runSteps, type Step } from './chain.ts';
import { configIsRendered, oldConfigsAreCollected } from './config/steps.ts';
import { withCorrectedState } from './config/corrected-state.ts';
import { contextOf, withStateOfDeployment } from './context.ts';
import { configMapIsFree, specIsValid, targetExists, targetIsUnclaimed, variablesAreFree } from './guards.ts';
import type { Decision } from './model/decision.ts';
import type { Observed } from './model/observed.ts';
import { probeSucceeded } from './probe/probe-succeeded.ts';
import {
  backendIsRestored,
  observationIsOver,
  rolloutIsComplete,
  rolloutMayStart,
  templateIsCurrent,
} from './rollout/steps.ts';
import { withoutShortRuns } from './rollout/short-runs.ts';
import { decideDeletion, decideStop, decideWith } from './status/build-decision.ts';
import { fitsSessionBudget } from './usage/fits-session-budget.ts';

export const GUARDS = [
  specIsValid,
  targetExists,
  targetIsUnclaimed,
  variablesAreFree,
  configMapIsFree,
] as const satisfies readonly Guard[];

export const STEPS = [
  configIsRendered,
  probeSucceeded,
  rolloutMayStart,
  fitsSessionBudget,
  templateIsCurrent,
  rolloutIsComplete,
  observationIsOver,
  oldConfigsAreCollected,
] as const satisfies readonly Step[];

export function decide(cluster: Observed): Decision {
  if (cluster.profile.isDeleting) return decideDeletion(cluster, backendIsRestored(cluster));
  const observed = withCorrectedState(withStateOfDeployment(cluster));
  const guarded = runGuards(GUARDS, observed);
  if (guarded.isStopped) return decideStop(observed, guarded);
  const context = contextOf(withoutShortRuns(guarded.found));
  return decideWith(context, runSteps(STEPS, context));
}
