/**
 * A contest for the variables: another writer edits or removes them each time that the operator has set them. How many repairs are
 * remembered, and how long the next one waits.
 */
import type { Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import type { Observed } from '../model/observed.ts';
import { formatSpan, parseRfc3339, toRfc3339 } from '../model/time.ts';

const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 3_600_000;

/** Milliseconds for which a repair is remembered at least. */
const MIN_MEMORY_MS = 1_800_000;

/** From this repair on, a person is called. */
export const STALLED_FROM = 5;

export type Repairs = StateOf<'driftRepair'>;

/** Milliseconds before the next repair, after this many in a row. */
export const pauseMs = (repairs: number): number =>
  repairs === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(repairs - 1, 10));

/** Repairs are forgotten after four times the last pause. */
export const forgottenAt = ({ count, at }: Repairs): number => at + Math.max(MIN_MEMORY_MS, 4 * pauseMs(count - 1));

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
