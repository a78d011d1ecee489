/**
 * Brings the pod template to the configuration that should run, by one write for each change of it, and follows what
 * comes of it. The data decide, not a ConfigMap's name: a new formula of the hash rolls nothing.
 */
import type { LearntFacts, ProfileSpec } from '../../api/v1alpha1.ts';
import { type BudgetAssessment, isGroupKnown, holdRequeueAfterMs, assessBudget } from '../usage/step.ts';
import { toRfc3339 } from '../model/time.ts';
import { configMapFor, type PoolConfig, formatSettings } from '../config/pool-config.ts';
import { annotated } from '../config/config-map.ts';
import { type DriftRepair, driftRepair } from './drift.ts';
import type { Desired } from '../config/desired.ts';
import { rolloutStart, follow } from './monitor.ts';
import type { StateOf } from '../model/config-state.ts';
import { type Wait, waitBeforeRoll } from './gates.ts';
import { configHashFromName, isConfigMapNameOf } from '../model/naming.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment, ObservedVariable } from '../model/observed.ts';
import { parseAdopted, formatAdopted } from '../backend/adopted-variables.ts';
import { progressOfDeployment } from '../backend/rollout-state.ts';
import { asRollback, rolledBack } from './rollback.ts';
import { type ConditionDraft, type StepResult, stalled } from '../model/decision.ts';
import { configMapInUse, isObservedByController, isManagedBy, notRolled, type Target } from '../backend/target.ts';
import { applyConfigRef, restoreVariables } from '../backend/pod-template.ts';
import { hasNewestReplicaSet, wasUndoneByUser, type Wanted } from '../backend/revisions.ts';

export type Rollout = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly target: Target;
  readonly effective: Desired;
  /** The entries that the first roll takes over. */
  readonly adopted: readonly ObservedVariable[];
  /** What is known of the database. */
  readonly learnt: LearntFacts | undefined;
  /** An earlier step that keeps the wanted configuration from being rolled. */
  readonly heldBy: StepResult | undefined;
};

export type RolloutReport = {
  readonly step: StepResult;
  /** Conditions that stand only while true. */
  readonly standing?: readonly ConditionDraft[];
  /** Where it stands in the budget of its database. */
  readonly budget: BudgetAssessment | undefined;
};

export function rollOut(rollout: Rollout): RolloutReport {
  const { observed, effective } = rollout;
  const report = effective.kind === 'originals' ? bringBackOriginals(rollout) : bringTo(rollout, effective.config);
  return {
    step:
      effective.kind === 'lastGood' || effective.kind === 'originals'
        ? asRollback(report.step, effective)
        : report.step,
    budget: report.due ?? assessBudget(observed, { facts: rollout.learnt, isDue: false }),
    standing: [
      ...(report.standing ?? []),
      ...(effective.kind === 'lastGood' || effective.kind === 'originals' ? [rolledBack(effective)] : []),
    ],
  };
}

type Report = {
  readonly step: StepResult;
  readonly standing?: readonly ConditionDraft[];
  /** The same, where it is rolled now, or would be. */
  readonly due?: BudgetAssessment | undefined;
};

function bringTo(rollout: Rollout, config: PoolConfig): Report {
  const { observed, spec, target, effective } = rollout;
  const inUse = configMapInUse(target.container);
  const carrier = configMapFor(config, inUse, observed.configMaps);
  const hash = carrier === undefined ? config.hash : configHashFromName(carrier.name);
  if (carrier === undefined || carrier.name !== inUse) {
    const wanted = { hash, state: carrier?.state ?? {} };
    return waitFor(rollout, wanted) ?? roll(rollout, config);
  }
  const isRollback = effective.kind === 'lastGood';
  return { step: follow({ observed, spec, target, configMap: carrier, hash, isRollback }) };
}

/** Why the template is left as it is for now; undefined where it may be written. */
function waitFor(rollout: Rollout, wanted: Wanted): Pick<Report, 'step' | 'standing'> | undefined {
  const { observed, spec, target, effective, heldBy } = rollout;
  const { deployment } = target;
  const undone = undoneByUser(rollout, wanted);
  if (undone !== undefined) return { step: undone };
  if (effective.kind === 'held') {
    const { message, reason } = effective.failed;
    return {
      step: stalled(
        notRolled(
          'RolloutFailed',
          `${formatSettings(effective.config.settings)} failed before: ${message} (${reason})`,
        ),
      ),
    };
  }
  if (effective.kind === 'wanted' && heldBy !== undefined) {
    const message = `Deployment ${deployment.name} is left as it is. ${heldBy.condition.message}`;
    const progress = heldBy.progress === 'Stalled' ? 'Stalled' : 'Progressing';
    return { step: { ...waiting(notRolled('PreviousStepNotReady', message)), progress } };
  }
  if (effective.kind === 'wanted') {
    const wait = waitBeforeRoll(observed, spec, effective.config, target);
    if (wait !== undefined) return asReport(wait);
  }
  if (!isObservedByController(deployment) && deployment.labels.profile !== undefined)
    return {
      step: waiting(
        notRolled('RollingOut', `Deployment ${deployment.name}: its controller has not seen the last change yet`),
      ),
    };
  return undefined;
}

const asReport = ({
  condition,
  pendingRollout,
  requeueAfterMs,
  isStalled,
}: Wait): Pick<Report, 'step' | 'standing'> => ({
  step: { ...waiting(condition, requeueAfterMs), progress: isStalled === true ? 'Stalled' : 'Progressing' },
  ...(pendingRollout !== undefined && { standing: [pendingRollout] }),
});

const waiting = (condition: ConditionDraft, requeueAfterMs?: number): StepResult => ({
  condition,
  progress: 'Progressing',
  blocks: false,
  actions: [],
  ...(requeueAfterMs !== undefined && { requeueAfterMs }),
});

function undoneByUser({ observed, target }: Rollout, wanted: Wanted): StepResult | undefined {
  const { profile, configMaps, replicaSets } = observed;
  const { deployment, container } = target;
  const inUse = configMapInUse(container);
  const there = configMaps.find(({ name }) => name === inUse && isConfigMapNameOf(profile.name, name));
  if (there === undefined || deployment.labels.profile !== profile.name) return undefined;
  if (!hasNewestReplicaSet(deployment, replicaSets))
    return waiting(
      notRolled('RollingOut', `Deployment ${deployment.name}: the ReplicaSet of its newest template is awaited`),
    );
  if (!wasUndoneByUser(profile, deployment, replicaSets, wanted, there)) return undefined;
  return stalled(
    notRolled(
      'UndoneByUser',
      `Somebody took Deployment ${deployment.name} back to ${configHashFromName(there.name)}, and it is left there. Change the numbers, or annotate the profile with dbpool.dev/retry-requested-at to roll it again.`,
    ),
  );
}

/** The last questions before the write; only the budget's is about others, so it is asked at the very end. */
function roll(rollout: Rollout, config: PoolConfig): Pick<Report, 'step' | 'due'> {
  const { observed, spec, target, effective, learnt } = rollout;
  const { deployment, container } = target;
  const carrier = configMapFor(config, configMapInUse(container), observed.configMaps);
  // It is being made in this very look; the next one sees it.
  if (carrier === undefined) {
    const message = `Deployment ${deployment.name} is left as it is until ConfigMap ${config.name} is there`;
    return { step: waiting(notRolled('PreviousStepNotReady', message)) };
  }
  const isMarked = isSameBeginning(carrier.state.rollout, rolloutStart(observed, target));
  const repair = driftRepair(observed.profile, target, carrier.state, observed.now, isMarked);
  if (repair !== undefined && repair.waitMs > 0) {
    const when = toRfc3339(observed.now + repair.waitMs);
    return { step: waiting(notRolled('DriftDetected', `${repair.message} It is put right at ${when}`), repair.waitMs) };
  }
  // The report of this look lets the next one see them.
  if (effective.kind === 'wanted' && !isGroupKnown(observed, spec, learnt)) {
    const message = `Deployment ${deployment.name} is left as it is until the status says what its database is called`;
    return { step: waiting(notRolled('PreviousStepNotReady', message)) };
  }
  // A rollback is the cure, and waits for nobody.
  const due = effective.kind === 'wanted' ? assessBudget(observed, { facts: learnt, isDue: true }) : undefined;
  const hold = due?.report.hold;
  if (hold !== undefined) {
    const message = `Deployment ${deployment.name} is left as it is. ${hold.message}`;
    return { step: waiting(notRolled(hold.reason, message), holdRequeueAfterMs(observed)), due };
  }
  return { step: write(rollout, config, carrier, { isMarked, repair }), due };
}

type Found = { readonly isMarked: boolean; readonly repair: DriftRepair | undefined };

/** First the mark, then the template: whoever finds the template changed finds when and why, too. */
function write(
  rollout: Rollout,
  config: PoolConfig,
  carrier: ObservedConfigMap,
  { isMarked, repair }: Found,
): StepResult {
  const { observed, spec, target, adopted } = rollout;
  const { profile } = observed;
  const { deployment, container } = target;
  const before = profile.status.current;
  const message = `Deployment ${deployment.name} is being rolled${before === undefined ? '' : ` from ${formatSettings(before)}`} to ${formatSettings(config.settings)}`;
  const step = waiting(notRolled('RollingOut', message));
  const pointing = applyConfigRef(profile, target, {
    configMap: carrier.name,
    max: config.settings.max,
    originals: adopted.length > 0 ? formatAdopted(container.name, adopted, keptIn(deployment)) : deployment.adoptedEnv,
    force: spec.targetRef.adopt || isManagedBy(profile.name, target),
  });
  const state = { rollout: rolloutStart(observed, target), ...(repair !== undefined && { driftRepair: repair.mark }) };
  const condition =
    repair === undefined ? step.condition : notRolled('DriftDetected', `${repair.message} It is being put right`);
  return { ...step, condition, actions: [...(isMarked ? [] : [annotated(profile, carrier, state)]), pointing] };
}

/** What was adopted is still to be kept where it was only put back. Where the template is not ours it is what stands there now. */
const keptIn = ({ labels, adoptedEnv }: ObservedDeployment) => (labels.profile === undefined ? undefined : adoptedEnv);

/** A process that died between the mark and the template finds the mark as it would write it. */
function isSameBeginning(there: StateOf<'rollout'> | undefined, here: StateOf<'rollout'>): boolean {
  if (there === undefined || there.completedAt !== undefined) return false;
  const { startedAt: _, completedAt: __, ...before } = there;
  const { startedAt: ___, ...now } = here;
  return Object.entries(now).every(([key, value]) => Reflect.get(before, key) === value);
}

/** No configuration was good yet: what stood there before the first is put back, or nothing. */
function bringBackOriginals(rollout: Rollout): Report {
  const { observed, target } = rollout;
  const { profile } = observed;
  const { deployment, container } = target;
  const isThere = container.env.every(
    ({ source }) => source.kind !== 'configMap' || !isConfigMapNameOf(profile.name, source.name),
  );
  if (!isThere) {
    const wait = waitFor(rollout, undefined);
    if (wait !== undefined) return wait;
    const write = restoreVariables(profile, target, parseAdopted(deployment.adoptedEnv));
    const step = waiting(notRolled('RollingOut', 'What stood there before is being put back'));
    return { step: { ...step, actions: [write] } };
  }
  const progress = progressOfDeployment(deployment);
  if (progress === undefined)
    return {
      step: { ...waiting(notRolled('RolledOut', 'What stood there before runs again')), progress: 'Done' },
    };
  return { step: waiting(notRolled(progress.reason, `Deployment ${deployment.name}: ${progress.message}`)) };
}
