/** The shapes of the watched kinds: the fields that the transforms read. Each function takes anything, and what it returns may be read as its type says. */
import type {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  KubeObject,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
} from '../kube/types.ts';
import { flag, list, map, object, orElse, type Shape, text, whole } from './shape.ts';

/** Characters of a reason, and of a message: more than any component of Kubernetes writes. */
const reason = text(256);
const message = text(2048);

/** Containers and owners that are read: more than any pod or ConfigMap has. */
const MAX_CONTAINERS = 64;
const MAX_OWNERS = 64;

const metadata = object({
  namespace: text(),
  name: text(),
  uid: text(),
  resourceVersion: text(),
  generation: whole,
  creationTimestamp: text(),
  deletionTimestamp: text(),
  deletionGracePeriodSeconds: whole,
  labels: map(text()),
  annotations: map(text()),
  finalizers: list(text()),
  ownerReferences: list(
    object({ apiVersion: orElse(text(), ''), kind: orElse(text(), ''), name: orElse(text(), ''), uid: text() }, [
      'uid',
    ]),
    MAX_OWNERS,
  ),
  managedFields: list(object({ manager: text(), subresource: text(), time: text() })),
});

const keyRef = object({ name: text(), key: text() }, ['key']);
const env = list(
  object({ name: text(), value: text(), valueFrom: object({ configMapKeyRef: keyRef, secretKeyRef: keyRef }) }, [
    'name',
  ]),
);
const reference = object({ name: text() });

const containers = list(
  object(
    {
      name: text(),
      image: text(),
      env,
      envFrom: list(object({ prefix: text(), configMapRef: reference, secretRef: reference })),
      volumeMounts: list(reference),
    },
    ['name'],
  ),
);

const podSpec = (missing?: readonly never[]) =>
  object({
    containers: missing === undefined ? containers : orElse(containers, missing),
    volumes: list(reference),
    hostAliases: list(object({})),
    ephemeralContainers: list(object({})),
    affinity: object({}),
    restartPolicy: text(),
  });

// Not the whole metadata: a template is hashed, and a value that fits has to stay as it is.
const template = object({ metadata: object({ labels: map(text()), annotations: map(text()) }), spec: podSpec() });

const selector = object({
  matchLabels: map(text()),
  matchExpressions: list(object({ key: text(), operator: text(), values: list(text()) }, ['key', 'operator'])),
});

const conditions = list(
  object({ type: text(), status: text(), reason, message, lastTransitionTime: text(), lastUpdateTime: text() }, [
    'type',
  ]),
);

const state = object({
  running: object({ startedAt: text() }),
  waiting: object({ reason, message }),
  // The message of a container is as long as its author likes, and its end is read.
  terminated: object({ exitCode: whole, reason, message: text(), startedAt: text(), finishedAt: text() }, ['exitCode']),
});

const containerStatuses = list(
  object({ name: text(), ready: orElse(flag, false), restartCount: orElse(whole, 0), state, lastState: state }, [
    'name',
  ]),
  MAX_CONTAINERS,
);

const shapedAs =
  <T extends KubeObject>(fields: Readonly<Record<string, Shape>>) =>
  (value: KubeObject): T =>
    (object({ metadata, ...fields })(value) ?? {}) as T;

export const asProfile = shapedAs<KubeObject>({});

export const asDeployment = shapedAs<Deployment>({
  spec: object({
    replicas: whole,
    paused: flag,
    strategy: object({ type: text(), rollingUpdate: object({}) }),
    progressDeadlineSeconds: whole,
    selector,
    template: orElse(template, {}),
  }),
  status: object({
    observedGeneration: whole,
    replicas: whole,
    updatedReplicas: whole,
    availableReplicas: whole,
    terminatingReplicas: whole,
    conditions,
  }),
});

export const asReplicaSet = shapedAs<ReplicaSet>({ spec: object({ replicas: whole, template: orElse(template, {}) }) });

export const asPod = shapedAs<Pod>({
  spec: podSpec([]),
  status: object({
    phase: text(),
    reason,
    message,
    conditions,
    containerStatuses,
    initContainerStatuses: containerStatuses,
  }),
});

export const asJob = shapedAs<Job>({
  spec: object({ template: orElse(template, {}) }),
  status: object({ conditions }),
});

export const asConfigMap = shapedAs<ConfigMap>({ immutable: flag, data: map(text()) });

export const asAutoscaler = shapedAs<HorizontalPodAutoscaler>({
  spec: object({ maxReplicas: whole, scaleTargetRef: object({ kind: text(), name: text() }) }),
});

export const asService = shapedAs<Service>({ spec: object({ selector: map(text()) }) });

export const asDisruptionBudget = shapedAs<PodDisruptionBudget>({ spec: object({ selector }) });
