/** Builds a decision from the results of the chain: the actions in order, and the status. */
import type { ProfileStatus, WaitingFor } from '../../api/v1alpha1.ts';
import type { Guarded } from '../chain.ts';
import { nextDeadlineInMs } from '../backend/rollout-state.ts';
import { rolloutProgressStatus } from '../backend/rollout-progress.ts';
import { unobservedStatus } from '../backend/unobserved-since.ts';
import { configWrites } from '../config/config-map.ts';
import { managedContainer } from '../backend/managed-variables.ts';
import type { Target } from '../backend/target.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import type { Context } from '../context.ts';
import type { Action } from '../model/action.ts';
import {
  type ConditionDraft,
  type ConfigChange,
  type Decision,
  PASSED,
  type StatusFields,
  type StepResult,
} from '../model/decision.ts';
import { FINALIZER } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { unrecordedLogonResults } from '../probe/logon-results.ts';
import { tellDrift, withContest } from '../rollout/report-drift.ts';
import { syncFinalizer } from '../rollout/restore.ts';
import { shortRunEnds } from '../rollout/short-runs.ts';
import { reportRollback } from '../rollout/rollback.ts';
import { conditionDrafts, conditionsOf } from './conditions.ts';
import { statusFields, whenReady } from './fields.ts';
import { handledRequests } from './handled-requests.ts';
import { currentSettings, podCounts } from './current-and-pods.ts';
import { readyWhileSuspended, suspended } from './suspend.ts';

/** The decision about a profile that is being deleted. Without the operator's finalizer, there is nothing left to do. */
export function decideDeletion(observed: Observed, result: StepResult): Decision {
  if (!observed.profile.finalizers.includes(FINALIZER))
    return { events: [], actions: [], status: observed.profile.status, requeueAfterMs: undefined };
  return build(observed, { results: [result], unconditional: unrecordedLogonResults(observed) });
}

/** The decision about a profile that a guard has stopped. */
export function decideStop(observed: Observed, { found, result }: Extract<Guarded, { isStopped: true }>): Decision {
  const { spec, config, target } = found;
  if (spec === undefined || config === undefined)
    return build(observed, { results: [result], unconditional: unrecordedLogonResults(observed) });
  return build(observed, {
    ...(spec.suspend ? withSuspension(observed, [result], target) : { results: [result] }),
    fields: { desired: config.settings, current: undefined, ...(target && runningFields(observed, target, config)) },
    unconditional: unconditionalActions(observed, spec),
  });
}

/** A backend that another profile manages runs nothing of this one. */
const runningFields = (observed: Observed, target: Target, config: PoolConfig): StatusFields => ({
  pods: podCounts(observed, target, config),
  ...(managedContainer(observed, target.deployment) !== undefined && { current: currentSettings(observed, target) }),
});

/** The decision about a profile whose guards have all passed. */
export function decideWith(context: Context, results: readonly StepResult[]): Decision {
  const { observed, spec, desired, budget } = context;
  const reported: readonly StepResult[] = [
    ...(budget === undefined ? [] : [{ ...PASSED, transientConditions: [budget.condition] }]),
    ...tellDrift(context, reportRollback(desired, results)),
    ...shortRunEnds(context),
  ];
  return build(observed, {
    ...(spec.suspend ? withSuspension(observed, reported, context.target) : withContest(context, reported)),
    whenReady: whenReady(context),
    fields: statusFields(context, results),
    unconditional: unconditionalActions(observed, spec),
  });
}

function withSuspension(observed: Observed, results: readonly StepResult[], target: Target | undefined) {
  const ready = readyWhileSuspended(observed, results, target);
  return { results: suspended(results), ...(ready !== undefined && { summary: [ready] }) };
}

/** Actions that do not depend on the results. */
const unconditionalActions = (observed: Observed, spec: Context['spec']): readonly Action[] => [
  ...syncFinalizer(observed.profile, spec),
  ...unrecordedLogonResults(observed),
];

type Outcome = {
  readonly results: readonly StepResult[];
  /** The message of `Ready` where all steps are done. */
  readonly whenReady?: string;
  /** `Ready`, and `Reconciling` or `Stalled`, where the results do not give them. */
  readonly summary?: readonly ConditionDraft[];
  readonly fields?: StatusFields;
  readonly unconditional: readonly Action[];
};

function build(
  observed: Observed,
  { results, whenReady = '', summary, fields = {}, unconditional }: Outcome,
): Decision {
  const { profile, deployment, now } = observed;
  const changes = [...corrections(observed), ...results.flatMap(({ configChanges = [] }) => configChanges)];
  const conditions = conditionsOf(conditionDrafts(results, whenReady, summary), profile, now);
  // Whatever the profile waits for, and even if it is suspended: at its deadline a rollout is stuck, and others need not wait for it.
  const rolloutDeadline = deployment && nextDeadlineInMs(deployment, now);
  const waits = [rolloutDeadline, ...results.map(({ requeueAfterMs }) => requeueAfterMs)].filter(
    (wait) => wait !== undefined,
  );
  const status: StatusFields = {
    observedGeneration: profile.generation,
    conditions,
    ...carriedOver(profile.status),
    unobserved: unobservedStatus(deployment),
    rolloutProgress: rolloutProgressStatus(deployment),
    waitingFor: waitingFor(results),
    handledRequests: handledRequests(observed),
    ...fields,
  };
  return {
    events: results.flatMap(({ events = [] }) => events),
    actions: [...unconditional, ...configWrites(observed, changes), ...results.flatMap(({ actions }) => actions)],
    status: withoutUndefined(status),
    requeueAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

/** ConfigMaps whose state is recorded again, whatever the results are. */
const corrections = ({ configMaps }: Observed): readonly ConfigChange[] =>
  configMaps.flatMap(({ name, isCorrected }) => (isCorrected === true ? [{ name }] : []));

/** Fields that keep their value where this pass does not compute them. */
const carriedOver = ({
  current,
  probe,
  lastGood,
  lastFailed,
  history,
  database,
  deployment,
  drift,
}: ProfileStatus): StatusFields => ({
  current,
  probe,
  lastGood,
  lastFailed,
  history,
  database,
  deployment,
  drift,
});

function waitingFor(results: readonly StepResult[]): WaitingFor[] | undefined {
  const all = results.flatMap(({ waitingFor: one }) => one ?? []);
  return all.length === 0 ? undefined : all;
}

type Defined<T extends object> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value. */
const withoutUndefined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
