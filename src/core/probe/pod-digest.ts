/** What of a pod a probe's word depends on. Knows no profile: it is asked of what was rendered and of what is there. */
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

/** What may run in the container, or change what it sees. Defaults that the API server puts in are not among them. */
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

/** Hash of all that the probe's word depends on. */
export const podDigest = (pod: PodSpec): string => hashOf(fieldDigests(pod));

/**
 * Hashes of what the probe's word depends on, by field: its own container with what it mounts, and whether anybody else
 * could get into it. Other containers are allowed and not looked at: sidecars are injected in many a cluster.
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
    terminationMessage: containers.some(speaksElsewhere),
    ...openingsOf(pod),
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, hashOf(part)]));
}

/** By what others get into the pod, or it is run more than once. */
const openingsOf = (pod: PodSpec) => ({
  shareProcessNamespace: pod.shareProcessNamespace === true,
  hostPID: pod.hostPID === true,
  hostNetwork: pod.hostNetwork === true,
  restartPolicy: pod.restartPolicy ?? 'Never',
  ephemeralContainers: (pod.ephemeralContainers ?? []).length > 0,
});

/**
 * Whether a container has more rights than it was given. That it has other ids or still fewer rights says nothing: clusters
 * see to that.
 */
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

/** Whether what the kubelet takes for a container's word is something else. */
function speaksElsewhere(container: object): boolean {
  const { terminationMessagePath: path, terminationMessagePolicy: policy } = container as {
    readonly terminationMessagePath?: string;
    readonly terminationMessagePolicy?: string;
  };
  return (path ?? TERMINATION_MESSAGE_PATH) !== TERMINATION_MESSAGE_PATH || (policy ?? 'File') !== 'File';
}

/** Hash of the names that a pod finds in its own hosts file: they decide which database it meets. */
export const hostAliasesDigest = (hostAliases: readonly object[] | undefined): string =>
  hashOf((hostAliases ?? []) as readonly JsonValue[]);

/** An empty list and an absent one are the same to the API server. */
function jsonOf(value: unknown): JsonValue {
  return Array.isArray(value) && value.length === 0 ? undefined : (value as JsonValue);
}
