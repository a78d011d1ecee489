/** What of a pod a probe's word depends on. Knows no profile: it is asked of what was rendered and of what is there. */
import { hashOf, type JsonValue } from './hash.ts';

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
const ESSENTIAL_FIELDS = [
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

/**
 * Hash of all that the probe's word depends on: its own container with what it mounts, and whether anybody else could get
 * into it. Other containers are allowed and not looked at: sidecars are injected in many a cluster.
 */
export function essenceOf(pod: PodSpec): string {
  const containers = (pod.containers ?? []).filter((one) => Reflect.get(one, 'name') === PROBE_CONTAINER);
  const fields = containers.map((one) => ESSENTIAL_FIELDS.map((field) => jsonOf(Reflect.get(one, field))));
  const mounted = new Set(
    containers.flatMap((one) =>
      ((Reflect.get(one, 'volumeMounts') ?? []) as { name?: string }[]).map(({ name }) => name),
    ),
  );
  const volumes = (pod.volumes ?? []).filter((one) => mounted.has(Reflect.get(one, 'name') as string));
  return hashOf({
    fields,
    volumes: volumes.map(jsonOf),
    isOpen: isOpen(pod),
    isUnbound: containers.some(isUnbound),
  });
}

/** Whether others get into the pod, or it is run more than once. */
const isOpen = ({
  shareProcessNamespace,
  hostPID,
  hostNetwork,
  ephemeralContainers,
  restartPolicy = 'Never',
}: PodSpec) =>
  shareProcessNamespace === true ||
  hostPID === true ||
  hostNetwork === true ||
  restartPolicy !== 'Never' ||
  (ephemeralContainers ?? []).length > 0;

/**
 * Whether a container has more rights than it was given, or leaves its word elsewhere. That it has other ids or still fewer
 * rights says nothing: clusters see to that.
 */
function isUnbound(container: object): boolean {
  const { securityContext, terminationMessagePath, terminationMessagePolicy } = container as {
    readonly securityContext?: {
      readonly privileged?: boolean;
      readonly allowPrivilegeEscalation?: boolean;
      readonly capabilities?: { readonly add?: readonly string[] };
    };
    readonly terminationMessagePath?: string;
    readonly terminationMessagePolicy?: string;
  };
  const { privileged, allowPrivilegeEscalation, capabilities } = securityContext ?? {};
  return (
    privileged === true ||
    allowPrivilegeEscalation === true ||
    (capabilities?.add ?? []).length > 0 ||
    (terminationMessagePath ?? TERMINATION_MESSAGE_PATH) !== TERMINATION_MESSAGE_PATH ||
    (terminationMessagePolicy ?? 'File') !== 'File'
  );
}

/** Hash of the names that a pod finds in its own hosts file: they decide which database it meets. */
export const hostsOf = (hostAliases: readonly object[] | undefined): string =>
  hashOf((hostAliases ?? []) as readonly JsonValue[]);

/** An empty list and an absent one are the same to the API server. */
function jsonOf(value: unknown): JsonValue {
  return Array.isArray(value) && value.length === 0 ? undefined : (value as JsonValue);
}
