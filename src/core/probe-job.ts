/** The Job that proves a configuration: what it must prove, and how it is written down. */
import type { ProfileSpec } from '../profile.ts';
import { type Config, VARIABLES } from './config.ts';
import { hashOf } from './hash.ts';
import { ANNOTATION, LABEL, MANAGED_BY, ownedByProfile, probeJobName } from './naming.ts';
import type { ObservedProfile, Settings } from './observed.ts';
import type { KubeObject } from './step.ts';

/** Seconds that a probe pod may wait for its image, its node and its Secret before a new one is made. */
const MAX_WAIT_SECONDS = 600;

/** Seconds that the pod gets over the probe's own time limit, so that the probe always ends first and says why. */
const GRACE_SECONDS = 30;

/** The probeHash: what a proof is about. A proof with another one proves nothing. */
export function probeHashOf(spec: ProfileSpec, config: Config, settings: Settings): string {
  return hashOf({
    config: config.data,
    database: spec.database,
    connections: spec.probe.connections,
    image: settings.probeImage,
  });
}

export function probeJob(
  profile: ObservedProfile,
  spec: ProfileSpec,
  config: Config,
  settings: Settings,
  probeHash: string,
  attempt: number,
): KubeObject {
  const labels = { ...MANAGED_BY, [LABEL.probe]: profile.name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace: profile.namespace,
      name: probeJobName(profile.name, probeHash, attempt),
      labels,
      annotations: {
        [ANNOTATION.probeHash]: probeHash,
        [ANNOTATION.attempt]: String(attempt),
        ...(profile.probeRequestedAt !== undefined && { [ANNOTATION.probeRequestedAt]: profile.probeRequestedAt }),
      },
      ownerReferences: [ownedByProfile(profile.name, profile.uid)],
    },
    spec: {
      // One pod, once: a refused logon must never be repeated by anyone but `decide`.
      backoffLimit: 0,
      template: { metadata: { labels }, spec: podSpec(spec, config, settings) },
    },
  };
}

function podSpec(spec: ProfileSpec, config: Config, settings: Settings) {
  return {
    restartPolicy: 'Never',
    // On the pod, not on the Job: a Job's deadline deletes the pod and with it the reason.
    activeDeadlineSeconds: MAX_WAIT_SECONDS + spec.probe.timeoutSeconds + GRACE_SECONDS,
    terminationGracePeriodSeconds: 5,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'probe',
        image: settings.probeImage,
        args: ['/app/probe.mjs'],
        env: environment(spec, config),
        terminationMessagePolicy: 'File',
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}

/** The variables of src/probe/parameters.ts. Credentials come from the kubelet; the operator never sees them. */
function environment(spec: ProfileSpec, config: Config) {
  const { database, probe } = spec;
  const secret = database?.credentialsSecretRef;
  return [
    ...VARIABLES.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: config.name, key: name } } })),
    { name: 'PROBE_CONNECTIONS', value: String(probe.connections) },
    { name: 'PROBE_TIMEOUT_SECONDS', value: String(probe.timeoutSeconds) },
    connectString(database),
    { name: 'DB_USER', valueFrom: { secretKeyRef: { name: secret?.name, key: secret?.usernameKey } } },
    { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: secret?.name, key: secret?.passwordKey } } },
  ];
}

function connectString(database: ProfileSpec['database']) {
  const name = 'DB_CONNECT_STRING';
  if (database?.connectStringFrom !== undefined) return { name, valueFrom: database.connectStringFrom };
  // The kubelet would expand $(NAME); "$$" stands for a plain "$".
  return { name, value: (database?.connectString ?? '').replaceAll('$(', '$$(') };
}
