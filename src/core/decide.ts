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
import { databaseFacts, budgetStatus } from './usage/assessment.ts';
import { collectOld } from './config/garbage-collection.ts';
import { type Answer, conclude, type Facts } from './status/status.ts';
import { instant } from './model/time.ts';
import { asRendered, type Config, configIn, configIsRendered, configOf, inWords } from './config/pool-config.ts';
import { effectiveOf, newestGood } from './config/desired.ts';
import { historyOf } from './status/history.ts';
import { marksOn } from './model/config-state.ts';
import { FINALIZER } from './model/naming.ts';
import type { Observed, ObservedVariable } from './model/observed.ts';
import { adoptedInWords, originalsOf } from './backend/adopted-variables.ts';
import { variablesAreOurs } from './backend/variable-ownership.ts';
import { probeHasSucceeded } from './probe/step.ts';
import { answersToKeep } from './probe/evidence.ts';
import { finalizerAsWanted, restored } from './rollout/restore.ts';
import { rivalIsHeard } from './backend/claim.ts';
import { rollOut } from './rollout/step.ts';
import { type Decision, type Step, stalled } from './model/decision.ts';
import { suspended } from './status/suspend.ts';
import { configMapInUse, findTarget, type Target } from './backend/target.ts';

export function decide(observed: Observed): Decision {
  const { profile } = observed;
  if (profile.isDeleting) {
    if (!profile.finalizers.includes(FINALIZER))
      return { events: [], actions: [], status: profile.status, lookAgainAfterMs: undefined };
    return conclude(observed, { steps: [restored(observed)], standing: answersToKeep(observed) });
  }
  if (profile.spec.kind === 'invalid') {
    const { problem } = profile.spec;
    const step = stalled({ type: 'ConfigRendered', status: 'False', reason: 'SpecInvalid', message: problem });
    return conclude(observed, { steps: [step], standing: answersToKeep(observed) });
  }
  const { spec } = profile.spec;
  const answer = decideFor(remembering(observed), spec);
  const standing = [...finalizerAsWanted(profile, spec), ...answersToKeep(observed)];
  return conclude(observed, { ...(spec.suspend ? suspended(answer) : answer), standing });
}

function decideFor(observed: Observed, spec: ProfileSpec): Answer {
  const { profile, configMaps, deployment } = observed;
  const config = configOf(profile.name, spec.pool);
  const wanted = { wanted: config.numbers };
  const target = findTarget(spec, deployment);
  if ('finding' in target) return { steps: [target], facts: wanted };
  const rival = rivalIsHeard(profile, observed.rivals, target.deployment);
  if (rival !== undefined) return { steps: [rival], facts: wanted };
  const { step: ownership, adopted } = variablesAreOurs(observed, spec, target);
  const none = `0/${target.deployment.replicas}`;
  if (ownership.holds) return { steps: [ownership], facts: { ...wanted, pods: none } };
  const rendering = configIsRendered(config, profile, target.deployment, configMaps);
  if (rendering.holds) return { steps: [rendering], facts: wanted };
  const isMade = rendering.actions.some(({ kind }) => kind === 'renderConfig');
  const seen = isMade ? { ...observed, configMaps: [...configMaps, asRendered(config, target.deployment)] } : observed;
  return decideOn({ observed: seen, spec, config, target, rendering, adopted });
}

type Rendered = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: Config;
  readonly target: Target;
  readonly rendering: Step;
  readonly adopted: readonly ObservedVariable[];
};

/** What comes of a configuration whose ConfigMap is there, or is made in this look. */
function decideOn({ observed, spec, config, target, rendering, adopted }: Rendered): Answer {
  const probe = probeHasSucceeded(observed, spec, config);
  const effective = effectiveOf(observed, spec, config, target);
  // What the probe still has to write down is seen in the next look.
  const isWriting = probe.step.actions.some(({ kind }) => kind === 'recordState');
  const heldBy = probe.step.holds || isWriting ? probe.step : undefined;
  const learnt = databaseFacts(observed, spec, config, probe.status);
  const rollout = rollOut({ observed, spec, target, effective, adopted, learnt, heldBy });
  const budget = budgetStatus(observed, spec, target, rollout.budget);
  const isRolledBack = effective.kind === 'lastGood' || effective.kind === 'originals';
  const caveat = probe.step.finding.status === 'False' ? ` The probe failed: ${probe.step.finding.message}` : '';
  const advice = adoptedInWords(originalsOf(target.deployment.originals));
  return {
    steps: [rendering, probe.step, withCollection(observed, target, config, rollout.step)],
    whenReady: `${inWords(config.numbers)} on ${rollout.pods} pods.${caveat}${advice}`,
    conditions: [...budget.findings, ...(rollout.standing ?? [])],
    facts: {
      wanted: config.numbers,
      current: rollout.current,
      pods: rollout.pods,
      probe: probe.status,
      database: learnt,
      ...budget.facts,
      ...outcomes(
        observed,
        target,
        rollout.step.finding.reason === 'UndoneByUser' ? config.hash : undefined,
        isRolledBack,
      ),
    },
  };
}

/** With the marks that are about this Deployment. */
function remembering(observed: Observed): Observed {
  const { deployment, configMaps } = observed;
  if (deployment === undefined) return observed;
  return { ...observed, configMaps: configMaps.map((one) => ({ ...one, marks: marksOn(deployment.uid, one.marks) })) };
}

/** Once all is done, what nobody refers to any more goes. */
function withCollection(observed: Observed, { deployment, container }: Target, config: Config, step: Step): Step {
  if (step.progress !== 'Done') return step;
  const lastGood = newestGood(observed.profile, observed.configMaps, config);
  const old = collectOld(observed, deployment, [configMapInUse(container), config.name, lastGood?.name]);
  return { ...step, actions: [...step.actions, ...old] };
}

/** What the marks say of former rollouts. */
function outcomes(observed: Observed, { container }: Target, undone: string | undefined, isRolledBack: boolean): Facts {
  const { profile, configMaps } = observed;
  const [failed] = configMaps
    .filter(({ marks }) => marks.failed !== undefined)
    .toSorted((a, b) => (b.marks.failed?.at ?? 0) - (a.marks.failed?.at ?? 0));
  const numbers = failed && configIn(profile.name, failed)?.numbers;
  const mark = failed?.marks.failed;
  return {
    lastGood: newestGood(profile, configMaps)?.numbers,
    lastFailed:
      numbers === undefined || mark === undefined
        ? undefined
        : { ...numbers, reason: mark.reason, message: mark.message, at: instant(mark.at) },
    history: historyOf(profile, configMaps, { inUse: configMapInUse(container), undone, isRolledBack }),
  };
}
