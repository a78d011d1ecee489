/**
 * Drift: another owner edited or removed the variables after they were rolled out. The operator reports it and sets them again, with
 * a growing pause where that repeats, as with a tool that applies its own manifest again and again.
 */
import { isDrift, isFromProfile, newestRollout } from '../backend/managed-variables.ts';
import { isObservedByController } from '../backend/rollout-state.ts';
import { entryOf, notRolledOut, type Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import { countOf } from '../model/count.ts';
import { type StepResult, stalled, waiting } from '../model/decision.ts';
import { configHashFromName, FIELD_MANAGER } from '../model/naming.ts';
import type { Observed, ObservedVariable } from '../model/observed.ts';
import { formatSpan, parseRfc3339 } from '../model/time.ts';
import { VARIABLES } from '../model/variables.ts';

const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 3_600_000;

/** Milliseconds for which a repair is remembered at least. */
const MIN_MEMORY_MS = 1_800_000;

/** From this repair on, a person is called. */
const STALLED_FROM = 5;

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
  const isDone = isRecorded && last !== undefined;
  const number = isDone ? last.count : Math.min(MAX_REPAIRS, (last?.count ?? 0) + 1);
  return {
    record: isDone ? last : { count: number, firstAt: last?.firstAt ?? now, at: now },
    waitMs: last === undefined || isRecorded ? 0 : Math.max(0, last.at + pauseMs(last.count) - now),
    isStalled: number >= STALLED_FROM,
    message: messageOf({ observed, target }, number, last),
  };
}

/** Before the next repair, after this many in a row. */
const pauseMs = (repairs: number): number =>
  repairs === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(repairs - 1, 10));

/** Repairs are forgotten after four times the last pause. */
const memoryMs = (repairs: number): number => Math.max(MIN_MEMORY_MS, 4 * pauseMs(repairs - 1));

/**
 * The repairs in a row; undefined where none is remembered. They are counted for the name of the Deployment, because a tool may create
 * it anew each time. Its ConfigMaps may be deleted with it, and then the status has the count. A time in the future counts as now.
 */
export function rememberedRepairs(
  { profile, configMaps, now }: Observed,
  { deployment }: Target,
): StateOf<'driftRepair'> | undefined {
  const { drift, deployment: known } = profile.status;
  const reported = drift === undefined || known?.name !== deployment.name ? [] : [parseDrift(drift)];
  return [...configMaps.flatMap(({ state }) => state.driftRepair ?? []), ...reported]
    .map(({ count, firstAt, at }) => ({ count, firstAt: Math.min(firstAt, now), at: Math.min(at, now) }))
    .filter(({ count, at }) => now - at < memoryMs(count))
    .toSorted((a, b) => b.count - a.count || b.at - a.at)[0];
}

const parseDrift = ({ repairs, firstTime, lastTime }: NonNullable<Observed['profile']['status']['drift']>) => ({
  count: repairs,
  firstAt: parseRfc3339(firstTime) || 0,
  at: parseRfc3339(lastTime) || 0,
});

/** `number`: which repair in a row this edit makes necessary. */
function messageOf({ observed, target }: Reads, number: number, last: StateOf<'driftRepair'> | undefined): string {
  const { deployment, container } = target;
  const edits = editsOf(observed, target);
  const isRemoval = edits.every(({ isRemoved }) => isRemoved);
  const writers = [...new Set(edits.flatMap(({ by }) => by))];
  const by = writers.join(' and ') || UNNAMED;
  const repeats =
    last === undefined || number === 1
      ? ''
      : ` ${capitalised(by)} ${isRemoval ? 'removed' : 'changed'} the variables ${number} times in ${formatSpan(observed.now - last.firstAt)}.`;
  const texts = edits.map(({ name, isRemoved, by: managers }) =>
    isRemoved ? `${name} was removed` : `${name} was set by ${managers.join(' and ') || UNNAMED}`,
  );
  const remover = isRemoval && number === 1 ? ` by ${by}` : '';
  return `Deployment ${deployment.name}, container ${container.name}: ${texts.join(', ')}${remover}.${repeats}${podsWithout(target, isRemoval)}`;
}

const UNNAMED = 'a writer that the API server does not name';

const capitalised = (by: string): string => (by === UNNAMED ? `A${UNNAMED.slice(1)}` : by);

/** While the Deployment controller has not observed the template, nobody knows the number of pods. */
function podsWithout({ deployment }: Target, isRemoval: boolean): string {
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
      : [{ name, isRemoved: false, by: entry.managers.filter((manager) => manager !== FIELD_MANAGER) }];
  });
}
