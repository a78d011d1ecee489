/**
 * The whole behaviour of the operator, top to bottom: from what is seen to what is to be done and what is to be said.
 * Pure. Read this first; docs/design.md has the order of states as a picture.
 *
 *   specIsValid ─► targetExists ─► noRivalIsHeard ─► variablesAreOurs ─► configIsRendered ─► probeHasSucceeded
 *     ─► mayRoll ─► fitsTheBudget ─► rolled ─► rolloutIsDone ─► observedLongEnough ─► oldConfigsAreCollected
 *
 * The first step that isn't done gives `Ready` its reason. A step that holds keeps every later one from acting; they
 * still report. Everything is derived from the cluster: a process that dies between any two writes finds its place again.
 */
import type { ProfileSpec } from '../api/v1alpha1.ts';
import { databaseFacts } from './usage/database-facts.ts';
import { budgetStatus } from './usage/step.ts';
import { garbageCollect } from './config/garbage-collection.ts';
import { type Assessment, buildDecision, type StatusFields } from './status/status.ts';
import { toRfc3339 } from './model/time.ts';
import {
  asRendered,
  type PoolConfig,
  parseConfigMap,
  configIsRendered,
  poolConfig,
  formatSettings,
} from './config/pool-config.ts';
import { desiredConfig, lastGoodConfig } from './config/desired.ts';
import { historyOf } from './status/history.ts';
import { currentSettings, podCounts } from './rollout/running.ts';
import { count } from './model/count.ts';
import { stateForDeployment } from './model/config-state.ts';
import { FINALIZER } from './model/naming.ts';
import type { Observed, ObservedVariable } from './model/observed.ts';
import { adoptionNotice, parseAdopted } from './backend/adopted-variables.ts';
import { variablesAreFree } from './backend/variable-ownership.ts';
import { probeHasSucceeded } from './probe/step.ts';
import { answersToKeep } from './probe/evidence.ts';
import { syncFinalizer, restored } from './rollout/restore.ts';
import { claimedByOther } from './backend/claim.ts';
import { rollOut } from './rollout/step.ts';
import { type Decision, type StepResult, stalled } from './model/decision.ts';
import { suspended } from './status/suspend.ts';
import { configMapInUse, findTarget, type Target } from './backend/target.ts';

export function decide(observed: Observed): Decision {
  const { profile } = observed;
  if (profile.isDeleting) {
    if (!profile.finalizers.includes(FINALIZER))
      return { events: [], actions: [], status: profile.status, requeueAfterMs: undefined };
    return buildDecision(observed, { steps: [restored(observed)], standing: answersToKeep(observed) });
  }
  if (profile.spec.kind === 'invalid') {
    const { problem } = profile.spec;
    const step = stalled({ type: 'ConfigRendered', status: 'False', reason: 'SpecInvalid', message: problem });
    return buildDecision(observed, { steps: [step], standing: answersToKeep(observed) });
  }
  const { spec } = profile.spec;
  const answer = decideFor(remembering(observed), spec);
  const standing = [...syncFinalizer(profile, spec), ...answersToKeep(observed)];
  return buildDecision(observed, { ...(spec.suspend ? suspended(answer) : answer), standing });
}

function decideFor(observed: Observed, spec: ProfileSpec): Assessment {
  const { profile, configMaps, deployment } = observed;
  const config = poolConfig(profile.name, spec.pool);
  const desired = { desired: config.settings };
  const target = findTarget(spec, deployment);
  if ('condition' in target) return { steps: [target], facts: desired };
  const rival = claimedByOther(profile, observed.competitors, target.deployment);
  if (rival !== undefined) return { steps: [rival], facts: desired };
  const { step: ownership, adopted } = variablesAreFree(observed, spec, target);
  const facts = { ...desired, pods: podCounts(observed, target, config) };
  if (ownership.blocks) return { steps: [ownership], facts };
  const rendering = configIsRendered(config, profile, target.deployment, configMaps);
  if (rendering.blocks) return { steps: [rendering], facts };
  const isMade = rendering.actions.some(({ kind }) => kind === 'renderConfig');
  const seen = isMade ? { ...observed, configMaps: [...configMaps, asRendered(config, target.deployment)] } : observed;
  return decideOn({ observed: seen, spec, config, target, rendering, adopted });
}

type Rendered = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
  readonly target: Target;
  readonly rendering: StepResult;
  readonly adopted: readonly ObservedVariable[];
};

/** What comes of a configuration whose ConfigMap is there, or is made in this look. */
function decideOn({ observed, spec, config, target, rendering, adopted }: Rendered): Assessment {
  const probe = probeHasSucceeded(observed, spec, config);
  const effective = desiredConfig(observed, spec, config, target);
  // What the probe still has to write down is seen in the next look.
  const isWriting = probe.step.actions.some(({ kind }) => kind === 'recordState');
  const heldBy = probe.step.blocks || isWriting ? probe.step : undefined;
  const learnt = databaseFacts({ observed, spec, config }, probe.status);
  const rollout = rollOut({ observed, spec, target, effective, adopted, learnt, heldBy });
  const budget = budgetStatus({ spec, target }, rollout.budget);
  const isRolledBack = effective.kind === 'lastGood' || effective.kind === 'originals';
  const caveat = probe.step.condition.status === 'False' ? ` The probe failed: ${probe.step.condition.message}` : '';
  const advice = adoptionNotice(parseAdopted(target.deployment.adoptedEnv));
  return {
    steps: [rendering, probe.step, withCollection(observed, target, config, rollout.step)],
    whenReady: `${formatSettings(config.settings)} on ${count(target.deployment.replicas, 'pod')}.${caveat}${advice}`,
    conditions: [...budget.conditions, ...(rollout.standing ?? [])],
    facts: {
      desired: config.settings,
      current: currentSettings(observed, target),
      pods: podCounts(observed, target, config),
      probe: probe.status,
      database: learnt,
      ...budget.fields,
      ...outcomes(
        observed,
        target,
        rollout.step.condition.reason === 'UndoneByUser' ? config.hash : undefined,
        isRolledBack,
      ),
    },
  };
}

/** With the state that are about this Deployment. */
function remembering(observed: Observed): Observed {
  const { deployment, configMaps } = observed;
  if (deployment === undefined) return observed;
  return {
    ...observed,
    configMaps: configMaps.map((one) => ({ ...one, state: stateForDeployment(deployment.uid, one.state) })),
  };
}

/** Once all is done, what nobody refers to any more goes. */
function withCollection(
  observed: Observed,
  { deployment, container }: Target,
  config: PoolConfig,
  step: StepResult,
): StepResult {
  if (step.progress !== 'Done') return step;
  const lastGood = lastGoodConfig(observed.profile, observed.configMaps, config);
  const old = garbageCollect(observed, deployment, [configMapInUse(container), config.name, lastGood?.name]);
  return { ...step, actions: [...step.actions, ...old] };
}

/** What the state say of former rollouts. */
function outcomes(
  observed: Observed,
  { container }: Target,
  undone: string | undefined,
  isRolledBack: boolean,
): StatusFields {
  const { profile, configMaps } = observed;
  const [failed] = configMaps
    .filter(({ state }) => state.failed !== undefined)
    .toSorted((a, b) => (b.state.failed?.at ?? 0) - (a.state.failed?.at ?? 0));
  const numbers = failed && parseConfigMap(profile.name, failed)?.settings;
  const mark = failed?.state.failed;
  return {
    lastGood: lastGoodConfig(profile, configMaps)?.settings,
    lastFailed:
      numbers === undefined || mark === undefined
        ? undefined
        : { ...numbers, reason: mark.reason, message: mark.message, time: toRfc3339(mark.at) },
    history: historyOf(profile, configMaps, { inUse: configMapInUse(container), undone, isRolledBack }),
  };
}
