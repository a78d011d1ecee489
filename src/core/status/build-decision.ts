/** From the results of the chain to a decision: its actions in order, and the status. */
import type { ProfileStatus, WaitingFor } from '../../api/v1alpha1.ts';
import type { Guarded } from '../chain.ts';
import { configWrites } from '../config/config-map.ts';
import type { Context } from '../context.ts';
import type { Action } from '../model/action.ts';
import { type Decision, PASSED, type StepResult } from '../model/decision.ts';
import { FINALIZER } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { unrecordedLogonResults } from '../probe/logon-results.ts';
import { requestIsHandled } from '../probe/requests.ts';
import { syncFinalizer } from '../rollout/restore.ts';
import { reportRollback } from '../rollout/rollback.ts';
import { conditionDrafts, withTransitionTime } from './conditions.ts';
import { type StatusFields, statusFields, whenReady } from './fields.ts';
import { podCounts } from './running.ts';
import { suspended } from './suspend.ts';

/** What becomes of a profile that is being deleted. Without our finalizer it is nobody's business any more. */
export function decideDeletion(observed: Observed, result: StepResult): Decision {
  if (!observed.profile.finalizers.includes(FINALIZER))
    return { events: [], actions: [], status: observed.profile.status, requeueAfterMs: undefined };
  return build(observed, { results: [result], unconditional: unrecordedLogonResults(observed) });
}

/** What becomes of a profile that a guard has stopped. */
export function decideStop(observed: Observed, { found, result }: Extract<Guarded, { isStopped: true }>): Decision {
  const { spec, config, target } = found;
  if (spec === undefined || config === undefined)
    return build(observed, { results: [result], unconditional: unrecordedLogonResults(observed) });
  return build(observed, {
    results: spec.suspend ? suspended([result]) : [result],
    fields: { desired: config.settings, ...(target !== undefined && { pods: podCounts(observed, target, config) }) },
    unconditional: always(observed, spec),
  });
}

/** What comes of the steps. */
export function decideWith(context: Context, results: readonly StepResult[]): Decision {
  const { observed, spec, desired, budget } = context;
  const reported = reportRollback(desired, results);
  return build(observed, {
    results: [
      ...(spec.suspend ? suspended(reported) : reported),
      ...(budget === undefined ? [] : [{ ...PASSED, transientConditions: [budget.condition] }]),
    ],
    whenReady: whenReady(context),
    fields: statusFields(context, results),
    unconditional: always(observed, spec),
  });
}

/** Done whatever the results say. */
const always = (observed: Observed, spec: Context['spec']): readonly Action[] => [
  ...syncFinalizer(observed.profile, spec),
  ...unrecordedLogonResults(observed),
];

type Outcome = {
  readonly results: readonly StepResult[];
  readonly whenReady?: string;
  readonly fields?: StatusFields;
  readonly unconditional: readonly Action[];
};

function build(observed: Observed, { results, whenReady = '', fields = {}, unconditional }: Outcome): Decision {
  const { profile, now } = observed;
  const changes = results.flatMap(({ configChanges = [] }) => configChanges);
  const conditions = conditionDrafts(results, whenReady).map((draft) => withTransitionTime(draft, profile, now));
  const waits = results.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
  return {
    events: results.flatMap(({ events = [] }) => events),
    actions: [...unconditional, ...configWrites(observed, changes), ...results.flatMap(({ actions }) => actions)],
    status: {
      observedGeneration: profile.generation,
      conditions,
      ...definedOf({
        ...carriedOver(profile.status),
        ...waitingFor(results),
        handledRequests: handled(observed),
        ...fields,
      }),
    },
    requeueAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

/** What this pass may not have found out again. */
const carriedOver = ({ current, probe, lastGood, lastFailed, history, database }: ProfileStatus): StatusFields => ({
  current,
  probe,
  lastGood,
  lastFailed,
  history,
  database,
});

function waitingFor(results: readonly StepResult[]): Pick<StatusFields, 'waitingFor'> {
  const all: readonly WaitingFor[] = results.flatMap(({ waitingFor: one }) => one ?? []);
  return { waitingFor: all.length === 0 ? undefined : [...all] };
}

const definedOf = <T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The requests by annotation as they were read; the one for a probe once a probe has answered it, since it may have to wait. */
function handled(observed: Observed): ProfileStatus['handledRequests'] {
  const { probeRequestedAt, retryRequestedAt, rollbackRequestedAt, status } = observed.profile;
  const probe = requestIsHandled(observed) ? probeRequestedAt : status.handledRequests?.probe;
  const requests = definedOf({ probe, retry: retryRequestedAt, rollback: rollbackRequestedAt });
  return Object.keys(requests).length === 0 ? undefined : requests;
}
