/** The record of a rollout that starts now, which is written on the ConfigMap before the pod template changes. */
import { hadSucceeded, hasSucceeded, nextSequence, type StateOf } from '../model/config-state.ts';
import { isDeepEqualJson } from '../model/json.ts';
import {
  hasForeignReferences,
  isDrift,
  isManaged,
  isPutBack,
  newestKnownRollout,
} from '../backend/managed-variables.ts';
import { rolloutState } from '../backend/rollout-state.ts';
import { isRollback } from '../config/desired.ts';
import { asksForFewer } from './frees-sessions.ts';
import { isTemplateChanged } from './template-change.ts';
import { baselineAtStart } from './baseline.ts';
import type { ConfigRollout } from './context.ts';
import { type DriftRepair, driftRepair } from './drift.ts';

/** `revision` is that of the Deployment before the rollout. */
export function rolloutStart(
  rollout: ConfigRollout,
  revision = rollout.target.deployment.revision,
): StateOf<'rollout'> {
  const { observed, target } = rollout;
  const { now, profile, configMaps } = observed;
  const { deployment, container } = target;
  const baseline = baselineAtStart(rollout);
  return {
    sequence: nextSequence(configMaps),
    startedAt: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    deployment: { name: deployment.name, uid: deployment.uid },
    profile: profile.uid,
    container: container.name,
    ...(!isManaged(observed, target) && { isFirst: true }),
    ...(hasForeignReferences(container) && { isOverForeign: true }),
    generation: deployment.generation,
    revision,
    templateHash: deployment.foreignTemplateHash,
    annotationsHash: deployment.annotationsHash,
    ...((isBackInAnotherTemplate(rollout) || overtakesRelease(rollout)) && { isTemplateChanged: true }),
    ...(baseline !== undefined && { baseline }),
  };
}

export type PlannedRollout = {
  readonly start: StateOf<'rollout'>;
  /** Whether the ConfigMap has the record already: a process died before it wrote the template. */
  readonly isRecorded: boolean;
  /** Undefined where the variables are as the operator set them. */
  readonly repair: DriftRepair | undefined;
  /** Defined where the rollout puts good settings back: they stay good. */
  readonly lastGood: StateOf<'lastGood'> | undefined;
};

export function plannedRollout(rollout: ConfigRollout): PlannedRollout {
  const first = {
    ...rolloutStart(rollout),
    ...(rollout.freesSessions && { freesSessions: rollout.freesSessions }),
    ...(asksForFewer(rollout, rollout.configMap.config.settings) && { asksForFewer: true as const }),
  };
  const begun = begunRollout(rollout);
  // Somebody else's write came between the record and the template, so that it is recorded again. For people it is one rollout.
  const start = begun?.retry === first.retry ? { ...first, startedAt: begun.startedAt } : first;
  // Nobody has written to the Deployment since: only its controller may have observed the template of another writer.
  const isRepairRecorded = begun?.generation === start.generation;
  return {
    start,
    isRecorded: isSameStart(begun, start),
    repair: driftRepair(rollout, isRepairRecorded),
    lastGood: wereGood(rollout) ? stillGood(rollout.configMap, start) : undefined,
  };
}

/**
 * Whether the rollout puts settings back that were good: another writer took them away, or other settings failed. They are not new, so
 * nothing that happens to their pods is their fault.
 */
function wereGood(rollout: ConfigRollout): boolean {
  const { state } = rollout.configMap;
  // What was good on a deleted Deployment is observed again.
  if (isRollback(rollout.desired) || rollout.desired.kind === 'lastGoodMeanwhile')
    return state.rollout !== undefined && state.lastGood !== undefined;
  return isRepair(rollout) && hasSucceeded(state);
}

const isRepair = ({ observed, target, desired, configMap }: ConfigRollout): boolean =>
  desired.kind === 'keptByUser' || desired.kind === 'lastGoodMeanwhile' || isPutBack(observed, target, configMap);

/**
 * Whether it puts back settings that are not good yet, in another template than that of their rollout. What was good on a deleted
 * Deployment is not new either: whoever created the Deployment anew has changed more than the settings.
 */
function isBackInAnotherTemplate(rollout: ConfigRollout): boolean {
  const { observed, target, configMap } = rollout;
  const { state } = configMap;
  const isChangedSince = (one: StateOf<'rollout'> | StateOf<'formerRollout'>) =>
    isTemplateChanged(one, target.deployment);
  if (state.rollout !== undefined) return !hasSucceeded(state) && isRepair(rollout) && isChangedSince(state.rollout);
  if (state.formerRollout === undefined) return false;
  const isNewest = newestKnownRollout(observed.configMaps)?.name === configMap.name;
  return isNewest && (hadSucceeded(state) || isChangedSince(state.formerRollout));
}

/**
 * Whether it overtakes a rollout of another writer, who took the variables away with a template of their own: nobody has seen yet whether the
 * pods of that template run.
 */
function overtakesRelease({ observed, target }: ConfigRollout): boolean {
  const { rollout, formerRollout } = newestKnownRollout(observed.configMaps)?.state ?? {};
  const last = rollout ?? formerRollout;
  if (last === undefined || !isDrift(observed, target)) return false;
  const isRunning = rolloutState(target.deployment, observed.now).phase !== 'complete';
  return isRunning && isTemplateChanged(last, target.deployment);
}

/** Settings that are put back stay good from the start of this rollout on. */
export const stillGood = (
  { state: { lastGood } }: ConfigRollout['configMap'],
  { sequence, startedAt }: StateOf<'rollout'>,
): StateOf<'lastGood'> => ({ sequence: sequence + 1, at: lastGood?.at ?? startedAt });

/** The record of a rollout of this configuration that has begun on this Deployment and is not complete, where no other was recorded after it. */
function begunRollout({ observed, target, configMap }: ConfigRollout): StateOf<'rollout'> | undefined {
  const { rollout: recorded } = configMap.state;
  if (recorded === undefined || recorded.completedAt !== undefined) return undefined;
  const isNewest = observed.configMaps.every(({ state }) => (state.rollout?.sequence ?? 0) <= recorded.sequence);
  return isNewest && recorded.deployment?.uid === target.deployment.uid ? recorded : undefined;
}

const isSameStart = (begun: StateOf<'rollout'> | undefined, start: StateOf<'rollout'>): boolean =>
  begun !== undefined && isDeepEqualJson({ ...begun, startedAt: start.startedAt, sequence: start.sequence }, start);
