/**
 * `spec.suspend`: everything is reported, what would be done included, and nothing is done. A suspended profile is neither
 * `Reconciling` nor `Stalled`, because a person wants it so: `Ready` says how the pods fare, whatever settings they run.
 */
import { podsOn } from '../backend/pods.ts';
import { configProgress, deploymentProgress } from '../backend/rollout-state.ts';
import type { Target } from '../backend/target.ts';
import { countOf } from '../model/count.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';

const NOTHING_IS_DONE = 'spec.suspend is true: nothing is probed, rolled out or repaired.';
const OTHERWISE = 'Otherwise:';

/** The results without their effects. What is left to do has the reason `Suspended`. */
export const suspended = (results: readonly StepResult[]): readonly StepResult[] => [
  ...results.map(withoutEffect),
  { progress: 'Done', blocks: false, actions: [], transientConditions: [suspendedCondition(results)] },
];

const isLeft = ({ progress, actions, configChanges = [] }: StepResult): boolean =>
  progress !== 'Done' || hasEffect({ actions, configChanges });

const hasEffect = ({ actions, configChanges = [] }: Pick<StepResult, 'actions' | 'configChanges'>): boolean =>
  actions.length > 0 || configChanges.length > 0;

function withoutEffect({ waitingFor: _, ...result }: StepResult): StepResult {
  if (!isLeft(result)) return result;
  const { condition, transientConditions = [], requeueAfterMs } = result;
  const left: StepResult = {
    progress: 'Stalled',
    blocks: true,
    actions: [],
    transientConditions,
    // What time alone changes in a report is reported in time. An effect would be due again in each pass.
    ...(requeueAfterMs !== undefined && !hasEffect(result) && { requeueAfterMs }),
  };
  if (condition === undefined) return { ...left, progress: 'Done' };
  const status = condition.status === 'True' ? 'Unknown' : condition.status;
  const message = `${NOTHING_IS_DONE} ${OTHERWISE} ${condition.message}`;
  return { ...left, condition: { ...condition, status, reason: 'Suspended', message } };
}

/** The message of the first result that has anything left to do; undefined where none has. */
const leftToDo = (results: readonly StepResult[]): string | undefined =>
  results.find((result) => isLeft(result) && result.condition !== undefined)?.condition?.message;

function suspendedCondition(results: readonly StepResult[]): ConditionDraft<'Suspended'> {
  const left = leftToDo(results);
  const message =
    left === undefined ? `${NOTHING_IS_DONE} Nothing is left to do.` : `${NOTHING_IS_DONE} ${OTHERWISE} ${left}`;
  return { type: 'Suspended', status: 'True', reason: 'Suspended', message };
}

/** `Ready` of a suspended profile; undefined where nothing is left to do. */
export function readyWhileSuspended(
  observed: Pick<Observed, 'pods' | 'now'>,
  results: readonly StepResult[],
  target: Target | undefined,
): ConditionDraft<'Ready'> | undefined {
  const left = leftToDo(results);
  if (left === undefined) return undefined;
  const { isRunning, message } = target === undefined ? NO_PODS : podsOf(observed, target);
  const fares = message === left ? '' : `${message}. `;
  return {
    type: 'Ready',
    status: isRunning ? 'True' : 'False',
    reason: 'Suspended',
    message: `${fares}${NOTHING_IS_DONE} ${OTHERWISE} ${left}`,
  };
}

const NO_PODS = { isRunning: false, message: 'No pods run' };

/** Whether all pods are available, whatever settings they run. */
function podsOf({ pods, now }: Pick<Observed, 'pods' | 'now'>, { deployment }: Target) {
  const { name, labels, replicas, status } = deployment;
  const progress =
    labels.config === undefined
      ? deploymentProgress(deployment, now)
      : configProgress(deployment, podsOn(pods, labels.config), now);
  if (progress !== undefined) return { isRunning: false, message: `Deployment ${name}: ${progress.message}` };
  const available = countOf(Math.min(status.availableReplicas, replicas), replicas, 'pod');
  return { isRunning: true, message: `Deployment ${name}: ${available} available` };
}
