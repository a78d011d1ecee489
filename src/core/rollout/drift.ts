/**
 * Drift: another owner edited or removed the variables after they were rolled out. The operator reports it and sets them again, with
 * a growing pause where that repeats, as with a tool that applies its own manifest again and again.
 */
import { MAX_DRIFT_WRITERS } from '../../api/v1alpha1.ts';
import { isDrift, isFromProfile, newestRollout } from '../backend/managed-variables.ts';
import { isObservedByController } from '../backend/rollout-state.ts';
import { entryOf, notRolledOut, type Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import { countOf } from '../model/count.ts';
import { type StepResult, stalled, waiting } from '../model/decision.ts';
import { configHashFromName, FIELD_MANAGER } from '../model/naming.ts';
import type { Observed, ObservedDeployment, ObservedVariable } from '../model/observed.ts';
import { VARIABLES } from '../model/variables.ts';
import { describeRepairs, namesOf, pauseMs, rememberedRepairs, STALLED_FROM } from './contest.ts';

/** The count ends here. */
const MAX_REPAIRS = 1_000_000;

export type DriftRepair = {
  /** The state of the configuration once the repair is done. */
  readonly record: StateOf<'driftRepair'>;
  /** Milliseconds until the repair may start; 0 for now. */
  readonly waitMs: number;
  /** A person has to act: the repairs go on, but another writer undoes them each time. */
  readonly isStalled: boolean;
  /** Which variables were edited or removed, by whom, how often, and how many pods run so. */
  readonly message: string;
};

/** The result of a step while the variables are not as they were rolled out. */
export const driftResult = ({ isStalled }: DriftRepair, message: string): StepResult =>
  (isStalled ? stalled : waiting)(notRolledOut('DriftDetected', message));

type Reads = { readonly observed: Observed; readonly target: Target };

/** Undefined where the variables are as the operator set them. `isRecorded`: the ConfigMap has the record of this repair. */
export function driftRepair({ observed, target }: Reads, isRecorded: boolean): DriftRepair | undefined {
  if (!isDrift(observed, target)) return undefined;
  const { now } = observed;
  const last = rememberedRepairs(observed, target);
  const edits = editsOf(observed, target);
  const record = isRecorded && last !== undefined ? last : nextRecord(last, edits, now);
  return {
    record,
    waitMs: last === undefined || isRecorded ? 0 : Math.max(0, last.at + pauseMs(last.count) - now),
    isStalled: record.count >= STALLED_FROM,
    message: messageOf(target, edits, { ...record, at: now }),
  };
}

function nextRecord(
  last: StateOf<'driftRepair'> | undefined,
  edits: readonly Edit[],
  now: number,
): StateOf<'driftRepair'> {
  const edit = edits.every(({ isRemoved }) => isRemoved) ? 'Removed' : 'Changed';
  const before = last?.edit ?? edit;
  const writers = [...new Set([...(last?.writers ?? []), ...edits.flatMap(({ by }) => by)])];
  return {
    count: Math.min(MAX_REPAIRS, (last?.count ?? 0) + 1),
    firstAt: last?.firstAt ?? now,
    at: now,
    edit: before === edit ? edit : 'RemovedOrChanged',
    writers: writers.slice(-MAX_DRIFT_WRITERS),
  };
}

/** `record`: what is recorded once this edit is repaired. */
function messageOf({ deployment, container }: Target, edits: readonly Edit[], record: StateOf<'driftRepair'>): string {
  const texts = edits.map(({ name, isRemoved, by }) =>
    isRemoved ? `${name} was removed` : `${name} was set by ${namesOf(by)}`,
  );
  const isRemoval = edits.every(({ isRemoved }) => isRemoved);
  const isFirst = record.count === 1;
  const remover = isFirst && isRemoval ? ` by ${namesOf(edits.flatMap(({ by }) => by))}` : '';
  const repeats = isFirst ? '' : ` ${describeRepairs(record)}.`;
  const pods = podsWithout(deployment, isRemoval);
  return `Deployment ${deployment.name}, container ${container.name}: ${texts.join(', ')}${remover}.${repeats}${pods}`;
}

/** While the Deployment controller has not observed the template, nobody knows the number of pods. */
function podsWithout(deployment: ObservedDeployment, isRemoval: boolean): string {
  if (!isObservedByController(deployment)) return '';
  const { replicas, status } = deployment;
  const pods = countOf(Math.min(status.updatedReplicas, replicas), replicas, 'pod');
  return ` ${pods} ${isRemoval ? 'without the variables' : 'with that change'}.`;
}

type Edit = { readonly name: string; readonly isRemoved: boolean; readonly by: readonly string[] };

function editsOf(observed: Observed, { deployment, container }: Target): readonly Edit[] {
  const remover = deployment.lastWriter === undefined ? [] : [deployment.lastWriter];
  // The labels may be removed with the variables.
  const config = deployment.labels.config ?? configHashFromName(newestRollout(observed.configMaps)?.name ?? '');
  const isAsSet = (entry: ObservedVariable) =>
    isFromProfile(observed, entry) &&
    entry.source.kind === 'configMap' &&
    entry.source.key === entry.name &&
    configHashFromName(entry.source.name) === config;
  return VARIABLES.flatMap((name): readonly Edit[] => {
    const entry = entryOf(container, name);
    if (entry === undefined) return [{ name, isRemoved: true, by: remover }];
    return isAsSet(entry)
      ? []
      : [{ name, isRemoved: false, by: entry.sourceManagers.filter((manager) => manager !== FIELD_MANAGER) }];
  });
}
