/**
 * A hash of the fields of a pod on which the verdict of its probe depends. It is computed from the pod that the operator renders,
 * whose digest its Job carries, and from the pod in the cluster: if both are equal, the verdict is trusted.
 */
import { hashOf, type JsonValue } from '../model/json.ts';

export const PROBE_CONTAINER = 'probe';

/** The API server's default. */
const TERMINATION_MESSAGE_PATH = '/dev/termination-log';

type PodSpec = {
  readonly containers?: readonly object[] | undefined;
  readonly volumes?: readonly object[] | undefined;
  readonly shareProcessNamespace?: boolean | undefined;
  readonly hostPID?: boolean | undefined;
  readonly hostNetwork?: boolean | undefined;
  readonly restartPolicy?: string | undefined;
  readonly ephemeralContainers?: readonly object[] | undefined;
};

/** Fields of the container that decide what runs in it, and on what input. The API server sets defaults in none of them. */
const DIGESTED_FIELDS = [
  'image',
  'command',
  'args',
  'workingDir',
  'env',
  'envFrom',
  'volumeMounts',
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
] as const;

export const podDigest = (pod: PodSpec): string => hashOf(fieldDigests(pod));

/**
 * The hashes behind `podDigest`, by field: the probe's container with its volumes, and the fields of the pod that give others access to it.
 * Other containers do not count, because many clusters inject sidecars.
 */
export function fieldDigests(pod: PodSpec): Readonly<Record<string, string>> {
  const containers = (pod.containers ?? []).filter((one) => Reflect.get(one, 'name') === PROBE_CONTAINER);
  const fields = DIGESTED_FIELDS.map((field) => [field, containers.map((one) => jsonOf(Reflect.get(one, field)))]);
  const mounted = new Set(
    containers.flatMap((one) =>
      ((Reflect.get(one, 'volumeMounts') ?? []) as { name?: string }[]).map(({ name }) => name),
    ),
  );
  const volumes = (pod.volumes ?? []).filter((one) => mounted.has(Reflect.get(one, 'name') as string));
  const parts: Readonly<Record<string, JsonValue>> = {
    ...(Object.fromEntries(fields) as Record<string, JsonValue>),
    volumes: volumes.map(jsonOf),
    securityContext: containers.some(hasMoreRights),
    terminationMessage: containers.some(hasOtherTerminationMessage),
    ...accessTo(pod),
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, hashOf(part)]));
}

/** Fields that let other processes into the pod, or run its container more than once. */
const accessTo = (pod: PodSpec) => ({
  shareProcessNamespace: pod.shareProcessNamespace === true,
  hostPID: pod.hostPID === true,
  hostNetwork: pod.hostNetwork === true,
  restartPolicy: pod.restartPolicy ?? 'Never',
  ephemeralContainers: (pod.ephemeralContainers ?? []).length > 0,
});

/** Whether a container has more rights than the operator asks for. Policies of a cluster may change its user or take rights away. */
function hasMoreRights(container: object): boolean {
  const { securityContext } = container as {
    readonly securityContext?: {
      readonly privileged?: boolean;
      readonly allowPrivilegeEscalation?: boolean;
      readonly capabilities?: { readonly add?: readonly string[] };
    };
  };
  const { privileged, allowPrivilegeEscalation, capabilities } = securityContext ?? {};
  return privileged === true || allowPrivilegeEscalation === true || (capabilities?.add ?? []).length > 0;
}

/** Whether the kubelet reads the termination message from elsewhere than the file that the probe writes. */
function hasOtherTerminationMessage(container: object): boolean {
  const { terminationMessagePath: path, terminationMessagePolicy: policy } = container as {
    readonly terminationMessagePath?: string;
    readonly terminationMessagePolicy?: string;
  };
  return (path ?? TERMINATION_MESSAGE_PATH) !== TERMINATION_MESSAGE_PATH || (policy ?? 'File') !== 'File';
}

/** Hash of the entries in the pod's own hosts file, which decide to which database it connects. */
export const hostAliasesDigest = (hostAliases: readonly object[] | undefined): string =>
  hashOf((hostAliases ?? []) as readonly JsonValue[]);

/** To the API server, an empty list equals an absent one. */
function jsonOf(value: unknown): JsonValue {
  return Array.isArray(value) && value.length === 0 ? undefined : (value as JsonValue);
}
