/** What of a pod a probe's word depends on. Knows no profile: it is asked of what was rendered and of what is there. */
import { hashOf, type JsonValue } from './hash.ts';

export const PROBE_CONTAINER = 'probe';

type PodSpec = {
  readonly containers?: readonly object[] | undefined;
  readonly volumes?: readonly object[] | undefined;
  readonly shareProcessNamespace?: boolean | undefined;
  readonly hostPID?: boolean | undefined;
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
    isOpen: pod.shareProcessNamespace === true || pod.hostPID === true || (pod.ephemeralContainers ?? []).length > 0,
  });
}

/** An empty list and an absent one are the same to the API server. */
function jsonOf(value: unknown): JsonValue {
  return Array.isArray(value) && value.length === 0 ? undefined : (value as JsonValue);
}
