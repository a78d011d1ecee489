/** Pods of a simulated Deployment, and what their template gives them. */
import { MAX_VARIABLE, VARIABLES } from '../../../src/core/model/variables.ts';
import type {
  ObservedDeployment,
  ObservedPod,
  ObservedPodContainer,
  ObservedReplicaSet,
} from '../../../src/core/model/observed.ts';
import { pod } from '../builders.ts';

export type Template = Pick<ObservedDeployment, 'labels' | 'foreignTemplateHash' | 'containers'> & {
  /** What a webhook has written into an annotation. */
  readonly stamp?: number | undefined;
  /** The annotation `restartedAt`, at which no comparison of templates looks. */
  readonly restarts?: number | undefined;
};
export type Set = ObservedReplicaSet & { readonly template: Template };

export type Pod = ObservedPod & {
  readonly template: Template;
  /** Connections that its pool may open; undefined where nobody knows. */
  readonly max: number | undefined;
  /** Reason of the phase Failed: it was evicted, or its node went. Its object stays as long as its ReplicaSet. */
  readonly failedAs?: string;
};

/** Whether its controllers count it. */
export const isLive = ({ isTerminating, failedAs }: Pod) => !isTerminating && failedAs === undefined;

/** What ConfigMaps say at this moment. */
export type Values = {
  readonly maxIn: (configMap: string) => number | undefined;
  readonly maxFrom: (source: string) => number | undefined;
};

/** Ready as soon as it is there. */
export function podOf(set: Set, name: string, max: number | undefined, now: number): Pod {
  const { config, uid: ownerUid, configMaps, literalMax: maxByHand, template } = set;
  const made = pod(config, { name, ownerUid, configMaps, literalMax: maxByHand, createdAt: now, readyChangedAt: now });
  const [first] = template.containers;
  const containers = made.containers.map((one) => ({ ...one, name: first?.name ?? 'app', startedAt: now }));
  return { ...made, containers, template, max };
}

/** Of its crashes only the count of restarts is left, and the last end. */
export const healthy = (one: Pod, now?: number): Pod => ({
  ...one,
  isReady: true,
  ...(now !== undefined && { readyChangedAt: now }),
  containers: one.containers.map((container) =>
    container.isInit === true
      ? MIGRATED
      : {
          ...container,
          isReady: true,
          startedAt: now ?? container.startedAt ?? one.readyChangedAt,
          waiting: undefined,
        },
  ),
});

/** An init container that has done its work. */
const MIGRATED: ObservedPodContainer = {
  name: 'migrate',
  isInit: true,
  isReady: true,
  restarts: 0,
  startedAt: undefined,
  waiting: undefined,
  crash: undefined,
  hasExited: true,
};

const BACK_OFF = { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' };

/** Its init container crashes, and the others wait for it. */
export function initializing(one: Pod, now: number): Pod {
  const end = { exitCode: 1, reason: 'Error', at: now };
  const waiting = { reason: 'PodInitializing', message: '' };
  return {
    ...one,
    isReady: false,
    containers: [
      { ...MIGRATED, isReady: false, restarts: CRASHES, waiting: BACK_OFF, crash: end, hasExited: undefined },
      ...one.containers.map((container) => ({ ...container, isReady: false, startedAt: undefined, waiting })),
    ],
  };
}

/** Crashes that each pod has behind it when it is in a loop. */
const CRASHES = 3;

export function crashing(one: Pod, now: number): Pod {
  const end = ({ restarts }: ObservedPodContainer) => ({
    isReady: false,
    restarts: restarts + CRASHES,
    startedAt: undefined,
    lastRunMs: 1000,
    waiting: BACK_OFF,
    crash: { exitCode: 1, reason: 'Error', at: now },
    wasInterrupted: undefined,
  });
  return { ...one, isReady: false, containers: ofBackend(one, end) };
}

/** Its containers, of which those that are no init containers change. */
export const ofBackend = (
  one: Pod,
  change: (container: ObservedPodContainer) => Partial<ObservedPodContainer>,
): readonly ObservedPodContainer[] =>
  one.containers.map((container) => (container.isInit === true ? container : { ...container, ...change(container) }));

/** The owner's own, from which nothing is taken away. */
export const THEIR_CONFIG_MAP = 'their-settings';

export function configMapsOf({ containers }: Template): string[] {
  const env = containers
    .flatMap((one) => one.env)
    .filter(({ name }) => VARIABLES.some((variable) => variable === name));
  const names = env.flatMap(({ source }) => (source.kind === 'configMap' ? source.name : []));
  return [...new Set(names)].filter((name) => name !== THEIR_CONFIG_MAP);
}

export const configMapOf = (template: Template): string | undefined => configMapsOf(template)[0];

/** The literal in the first container. */
export function maxByHandOf({ containers: [first] }: Template): ObservedReplicaSet['literalMax'] {
  const source = first?.env.find(({ name }) => name === MAX_VARIABLE)?.source;
  return first !== undefined && source?.kind === 'value' ? { [first.name]: Number(source.value) } : undefined;
}

/** What the kubelet puts into DB_POOL_MAX of the first container, where a number is known to stand there. */
export function maxOf({ containers: [first] }: Template, { maxIn, maxFrom }: Values): number | undefined {
  const source = first?.env.findLast(({ name }) => name === MAX_VARIABLE)?.source;
  if (source?.kind === 'value') return Number(source.value);
  if (source?.kind === 'configMap') return maxIn(source.name);
  const from = first?.envFrom[0];
  return source === undefined && from !== undefined ? maxFrom(from.name) : undefined;
}

/** What is left of a template where only `envFrom` counts. */
export const withoutEnv = (template: Template): Template => ({
  ...template,
  containers: template.containers.map((one) => ({ ...one, env: [] })),
});

/** What makes two templates one ReplicaSet. */
export const keyOf = ({ labels, foreignTemplateHash: rest, containers, stamp, restarts }: Template) =>
  JSON.stringify([
    labels,
    rest,
    stamp,
    restarts,
    containers.map(({ name, env, envFrom }) => [name, env.map(({ entry }) => entry), envFrom]),
  ]);
