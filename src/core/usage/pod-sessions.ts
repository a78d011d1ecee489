/** What the pods of a backend hold, as the database counts it: machines that a probe has counted are matched with the names of pods. */
import type { DatabaseStatus, ProbeStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import { machineHash } from '../../contract/machine.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { Target } from '../backend/target.ts';
import type { Observed, ObservedPod } from '../model/observed.ts';
import { maxOfPod, withFormer } from './pool-sizes.ts';

type PodSessions = NonNullable<DatabaseStatus['podSessions']>;
type SessionCount = NonNullable<Verdict['sessionCount']>;

type Counted = Pick<ProbeStatus, 'finishedAt' | 'limits'> & { readonly sessionCount: Verdict['sessionCount'] };

type Backend = { readonly observed: Observed; readonly spec: ProfileSpec; readonly target: Target };

/**
 * `before`: what is known from an earlier probe, or from an earlier pass. It is kept where this probe counted nothing, and in later passes,
 * when other pods may run.
 */
export function podSessions(
  backend: Backend,
  { finishedAt: at, limits, sessionCount }: Counted,
  before: PodSessions | undefined,
): PodSessions | undefined {
  if (at === undefined || before?.at === at) return before;
  if (sessionCount === undefined) return isUnreadable(limits) ? { at, caveat: 'Unreadable' } : before;
  const held = heldByPods(backend, sessionCount);
  const caveat = caveatOf(held, sessionCount);
  const { revision } = backend.target.deployment;
  const earlier = before?.revision === revision ? (before.probesAbove ?? 0) : 0;
  const found = {
    at,
    ...(caveat !== undefined && { caveat }),
    ...(caveat !== 'Pooled' && largest(held, backend.observed.now)),
    others: totalOf(sessionCount) - held.reduce((sum, { sessions }) => sum + sessions, 0),
    revision,
    probesAbove: Math.min(earlier + 1, MAX_PROBES),
  };
  return withPoolsPerPod(found, backend.spec);
}

/** What is known, held against the present `poolsPerPod`: it says how the backend is built, and its change replaces no pod. */
export function withPoolsPerPod(known: PodSessions, { pool: { poolsPerPod } }: ProfileSpec): PodSessions {
  const { expected: _, probesAbove, ...counted } = known;
  const { most, max } = counted;
  if (most === undefined || max === undefined) return counted;
  const expected = max * poolsPerPod;
  return { ...counted, expected, ...(probesAbove !== undefined && most > expected && { probesAbove }) };
}

/** The schema's limit. */
const MAX_PROBES = 1000;

const isUnreadable = (limits: Counted['limits']): boolean => limits?.unreadableViews?.includes('V$SESSION') === true;

type Held = { readonly pod: ObservedPod; readonly sessions: number; readonly max: number | undefined };

/** The pods that are known, with what was counted of each, and the `max` that it runs. */
function heldByPods({ observed, target }: Backend, { machines }: SessionCount): readonly Held[] {
  const whole = withFormer(observed);
  return whole.pods.map((pod) => ({
    pod,
    sessions: machines[machineHash(hostNameOf(pod))] ?? 0,
    max: maxOfPod(whole, target, pod),
  }));
}

/** The pod with the most sessions, of those that say something about the settings. */
function largest(held: readonly Held[], now: number): Pick<PodSessions, 'most' | 'max'> | undefined {
  const comparable = held.flatMap(({ pod, sessions: most, max }) =>
    most === 0 || max === undefined || wasJustRestarted(pod, now) ? [] : [{ most, max }],
  );
  return comparable.toSorted((one, other) => other.most - one.most || one.max - other.max)[0];
}

/** The database finds by then that a process has ended, and ends its sessions. */
const SESSIONS_END_MS = 600_000;

/** The database may still count sessions of the process that has ended. */
const wasJustRestarted = ({ containers }: ObservedPod, now: number): boolean =>
  containers.some(({ restarts, startedAt = now }) => restarts > 0 && now - startedAt < SESSIONS_END_MS);

function caveatOf(held: readonly Held[], count: SessionCount): PodSessions['caveat'] {
  const hasUnseenPods = held.some(({ pod, sessions }) => pod.isReady && sessions === 0);
  if (count.isPooled || (hasUnseenPods && isUnnamed(held, count))) return 'Pooled';
  if (hasUnseenPods && count.otherSessions > 0) return 'ManyMachines';
  return count.isOneInstance ? 'OneInstance' : undefined;
}

/** Whether there are sessions, and all of them come from machines that no pod is named like. */
const isUnnamed = (held: readonly Held[], { machines, otherSessions }: SessionCount): boolean =>
  held.every(({ sessions }) => sessions === 0) && Object.keys(machines).length > 0 && otherSessions === 0;

const totalOf = ({ machines, otherSessions }: SessionCount): number =>
  Object.values(machines).reduce((sum, sessions) => sum + sessions, otherSessions);

/** The longest host name of a pod. */
const HOST_NAME_MAX = 63;

/** The host name that the kubelet gives to a pod whose spec sets none: its name, cut. */
const hostNameOf = ({ name }: ObservedPod): string =>
  name.length <= HOST_NAME_MAX ? name : name.slice(0, HOST_NAME_MAX).replace(/[-.]+$/, '');
