/** The record of a rollout that starts now, which is written on the ConfigMap before the pod template changes. */
import { nextSequence, type StateOf } from '../model/config-state.ts';
import { isDeepEqualJson } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import { hasForeignReferences, isManaged } from '../backend/managed-variables.ts';
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
    ...(baseline !== undefined && { baseline }),
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
  const { observed, configMap, freesSessions } = rollout;
  const { rollout: recorded } = configMap.state;
  const first = { ...rolloutStart(rollout), ...(freesSessions && { freesSessions }) };
  const isSecondTry = isUnfinished(recorded, first) && isNewest(recorded, observed);
  const start = isSecondTry ? { ...first, startedAt: recorded.startedAt } : first;
  const isRecorded = isSameStart(recorded, start) && isNewest(recorded, observed);
  const isRepairRecorded = isOfSameTemplate(recorded, start) && isNewest(recorded, observed);
  return { start, isRecorded, repair: driftRepair(rollout, isRepairRecorded) };
}

/**
 * Whether the record is of a rollout that has begun already: somebody else's write came between the record and the template, so that a
 * second record is made. For people it is one rollout.
 */
const isUnfinished = (
  recorded: StateOf<'rollout'> | undefined,
  { retry, deployment }: StateOf<'rollout'>,
): recorded is StateOf<'rollout'> =>
  recorded !== undefined &&
  recorded.completedAt === undefined &&
  recorded.retry === retry &&
  recorded.deployment?.uid === deployment?.uid;

/** Whether nobody has written to the Deployment since: only its controller may have observed the template of another writer. */
const isOfSameTemplate = (recorded: StateOf<'rollout'> | undefined, start: StateOf<'rollout'>): boolean =>
  recorded !== undefined &&
  recorded.completedAt === undefined &&
  recorded.generation === start.generation &&
  recorded.deployment?.uid === start.deployment?.uid;

function isSameStart(recorded: StateOf<'rollout'> | undefined, start: StateOf<'rollout'>): boolean {
  if (recorded === undefined || recorded.completedAt !== undefined) return false;
  const { startedAt, sequence } = start;
  return isDeepEqualJson({ ...recorded, startedAt, sequence }, start);
}

/** Whether no other rollout was recorded after it. */
const isNewest = (recorded: StateOf<'rollout'> | undefined, { configMaps }: Pick<Observed, 'configMaps'>): boolean =>
  configMaps.every(({ state }) => (state.rollout?.sequence ?? 0) <= (recorded?.sequence ?? 0));
