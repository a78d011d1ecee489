/** One history of a backend, to be played on a real cluster and in the simulation, and what is compared of both. */

/** What users and the cluster do to the profile and its backend. */
export type Stage = {
  readonly apply: (max: number) => Promise<void>;
  readonly undo: () => Promise<void>;
  readonly retry: () => Promise<void>;
  readonly setByHand: (max: string) => Promise<void>;
  readonly scale: (replicas: number) => Promise<void>;
  /** Evicts the pod. */
  readonly evict: () => Promise<void>;
  /** Somebody writes the whole Deployment back, without the variables. */
  readonly replace: () => Promise<void>;
  /** Rolls out a release that crashes whatever its settings, or the one from before. */
  readonly release: (isCrashing: boolean) => Promise<void>;
  /** Resolves once `Ready` has this reason, and nothing is left to do. */
  readonly rests: (reason: string) => Promise<void>;
};

/** Pods that read this value of DB_POOL_MAX crash. */
export const CRASHING = 1900;

/** The reason of `Ready` of a rollout that never ends. */
export const HANGS = 'CrashLoopBackOff';

type Step = { readonly act: (stage: Stage) => Promise<void>; readonly rests: string };

export const HISTORY: readonly Step[] = [
  { act: ({ apply }) => apply(40), rests: 'Ready' },
  { act: ({ apply }) => apply(50), rests: 'Ready' },
  { act: ({ apply }) => apply(CRASHING), rests: 'RolledBack' },
  { act: ({ apply }) => apply(60), rests: 'Ready' },
  { act: ({ undo }) => undo(), rests: 'UndoneByUser' },
  { act: ({ retry }) => retry(), rests: 'Ready' },
  { act: ({ setByHand }) => setByHand('99'), rests: 'Ready' },
  { act: ({ scale }) => scale(0), rests: 'Ready' },
  { act: ({ scale }) => scale(1), rests: 'Ready' },
  { act: ({ evict }) => evict(), rests: 'Ready' },
  { act: ({ replace }) => replace(), rests: 'Ready' },
  { act: ({ release }) => release(true), rests: HANGS },
  { act: ({ release }) => release(false), rests: 'Ready' },
];

/** What happened, in its order and without times. */
export type Seen = {
  /** DB_POOL_MAX of each template, whoever wrote it; `none` where it was not set. */
  readonly templates: readonly string[];
  /** Each revision that the Deployment controller gave to a ReplicaSet, with the DB_POOL_MAX of its pods. */
  readonly revisions: readonly string[];
  /** Each reason of `Ready` that is not TRANSIENT. */
  readonly reasons: readonly string[];
};

/** Reasons that a pass catches or misses, by how fast pods start and end, and by how busy the machine is. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set([
  'RollingOut',
  'PodsUnavailable',
  'Observing',
  'ContainerCreating',
  'PodInitializing',
  'PodsTerminating',
]);

export async function play(stage: Stage): Promise<void> {
  for (const { act, rests } of HISTORY) {
    await act(stage);
    await stage.rests(rests);
  }
}

/** Adds a reason of `Ready`. */
export function addReason(list: string[], reason: string | undefined): void {
  if (!TRANSIENT.has(reason)) addChange(list, reason);
}

/** Adds what differs from what came last. */
export function addChange(list: string[], value: string | undefined): void {
  if (value !== undefined && list.at(-1) !== value) list.push(value);
}
