/**
 * A contest for the variables: another writer edits or removes them each time that the operator has set them. How many repairs are
 * remembered, how long the next one waits, and what is reported between two of them.
 */
import { isDrift } from '../backend/managed-variables.ts';
import type { Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import { type ConditionDraft, PASSED, type StepResult } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { formatSpan, parseRfc3339, toRfc3339 } from '../model/time.ts';

const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 3_600_000;

/** Milliseconds for which a repair is remembered at least. */
const MIN_MEMORY_MS = 1_800_000;

/** From this repair on, a person is called. */
export const STALLED_FROM = 5;

type Repairs = StateOf<'driftRepair'>;

/** Milliseconds before the next repair, after this many in a row. */
export const pauseMs = (repairs: number): number =>
  repairs === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(repairs - 1, 10));

/** Repairs are forgotten after four times the last pause. */
const forgottenAt = ({ count, at }: Repairs): number => at + Math.max(MIN_MEMORY_MS, 4 * pauseMs(count - 1));

/**
 * The repairs in a row; undefined where none is remembered. They are counted for the name of the Deployment, because a tool may create
 * it anew each time. Its ConfigMaps may be deleted with it, and then the status has the count. A time in the future counts as now.
 */
export function rememberedRepairs(
  { profile, configMaps, now }: Observed,
  { deployment }: Pick<Target, 'deployment'>,
): Repairs | undefined {
  const { drift, deployment: known } = profile.status;
  const reported = drift === undefined || known?.name !== deployment.name ? [] : [parseDrift(drift)];
  return [...configMaps.flatMap(({ state }) => state.driftRepair ?? []), ...reported]
    .map((one) => ({ ...one, firstAt: Math.min(one.firstAt, now), at: Math.min(one.at, now) }))
    .filter((one) => now < forgottenAt(one))
    .toSorted((a, b) => b.count - a.count || b.at - a.at)[0];
}

/** The same, with the edit that is not repaired yet. */
function editsSoFar(observed: Observed, target: Target): Repairs | undefined {
  const repairs = rememberedRepairs(observed, target);
  const isPending = repairs !== undefined && isDrift(observed, target);
  return isPending ? { ...repairs, count: repairs.count + 1, at: observed.now } : repairs;
}

const parseDrift = ({
  repairs,
  firstTime,
  lastTime,
  edit,
  writers,
}: NonNullable<Observed['profile']['status']['drift']>): Repairs => ({
  count: repairs,
  firstAt: parseRfc3339(firstTime) || 0,
  at: parseRfc3339(lastTime) || 0,
  edit,
  writers,
});

/** For `status.drift`. */
export const formatDrift = ({ count, firstAt, at, edit, writers }: Repairs) => ({
  repairs: count,
  firstTime: toRfc3339(firstAt),
  lastTime: toRfc3339(at),
  edit,
  writers: [...writers],
});

const VERBS: Readonly<Record<Repairs['edit'], string>> = {
  Removed: 'removed',
  Changed: 'changed',
  RemovedOrChanged: 'removed or changed',
};

/** "kubectl-replace removed the variables 9 times in 3 min" */
export const describeRepairs = ({ count, firstAt, at, edit, writers }: Repairs): string =>
  `${capitalised(namesOf(writers))} ${VERBS[edit]} the variables ${count} times in ${formatSpan(at - firstAt)}`;

const UNNAMED = 'a writer that the API server does not name';

/** Of field managers. */
export const namesOf = (managers: readonly string[]): string => [...new Set(managers)].join(' and ') || UNNAMED;

const capitalised = (names: string): string => (names === UNNAMED ? `A${UNNAMED.slice(1)}` : names);

/**
 * What is reported of contested variables, while the operator has nothing else to do, or goes on by itself: a person stays called until
 * the repairs are forgotten. Where `results` have another reason to call one, that is reported.
 */
export function withContest(
  { observed, target }: { readonly observed: Observed; readonly target: Target },
  results: readonly StepResult[],
): { readonly results: readonly StepResult[]; readonly summary?: readonly ConditionDraft[] } {
  const repairs = editsSoFar(observed, target);
  const isStalled = results.some(({ progress }) => progress === 'Stalled');
  if (repairs === undefined || repairs.count < STALLED_FROM || isStalled) return { results };
  const endsAt = forgottenAt(repairs);
  const unmet = results.find(({ progress, condition }) => progress !== 'Done' && condition !== undefined)?.condition;
  const next = unmet === undefined ? '' : ` ${unmet.message.replace(/\.$/, '')}.`;
  const state = isDrift(observed, target) ? 'They are not set again yet' : 'They are set now';
  const message = `Deployment ${target.deployment.name}, container ${target.container.name}: ${describeRepairs(repairs)}. ${state}.${next} Make that writer leave them alone. Ready is True again at ${toRfc3339(endsAt)}, if nobody edits or removes them before`;
  const reason = 'DriftDetected';
  return {
    results: [...results, { ...PASSED, requeueAfterMs: endsAt - observed.now }],
    summary: [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'Stalled', status: 'True', reason, message },
    ],
  };
}
