/** The pod that proves a configuration. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { VARIABLES } from '../model/variables.ts';
import { type PoolConfig } from '../config/pool-config.ts';
import { hashOf } from '../model/json.ts';
import { ANNOTATION, LOGON_RESULTS_NAME, SALT_KEY, SALT_NAME } from '../model/naming.ts';
import type { ObservedPlacement, Settings } from '../model/observed.ts';
import { podDigest, PROBE_CONTAINER } from './pod-digest.ts';

/** A readiness gate that nothing sets: the pod is never ready, so no Service sends it requests. */
const NEVER_READY = 'dbpool.dev/never-ready';

/** Seconds that a probe pod may wait for its image, its node and its Secret before its Job fails and another is made. */
const MAX_WAIT_SECONDS = 600;

/** Seconds after the probe's own time limit until the kubelet ends the pod, so that the probe ends first, with a verdict. */
const GRACE_SECONDS = 30;

const WALLET_DIR = '/wallet';
const CA_DIR = '/ca';
const CA_FILE = 'ca.crt';

/** Mode of mounted files: any user of the container may read them. */
const READ_ONLY_MODE = 0o444;

type Database = NonNullable<ProfileSpec['database']>;

/** The `podDigest` of the pod that this operator renders: image, arguments, variables and volumes of the probe. */
export const renderedPodDigest = (
  spec: ProfileSpec,
  config: PoolConfig,
  settings: Pick<Settings, 'probeImage'>,
): string => podDigest(digestedSpec(spec, config, settings));

/** The whole pod spec. Placement, deadline and security context are no part of the digest. */
export function probePodSpec(
  spec: ProfileSpec,
  config: PoolConfig,
  { settings, placement }: { readonly settings: Settings; readonly placement: ObservedPlacement },
) {
  const { containers, volumes } = digestedSpec(spec, config, settings);
  return {
    ...placement,
    restartPolicy: 'Never',
    // On the pod, not on the Job: a Job's deadline deletes the pod and with it the reason.
    activeDeadlineSeconds: MAX_WAIT_SECONDS + spec.probe.timeoutSeconds + GRACE_SECONDS,
    terminationGracePeriodSeconds: 5,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    readinessGates: [{ conditionType: NEVER_READY }],
    ...(settings.imagePullSecret !== undefined && { imagePullSecrets: [{ name: settings.imagePullSecret }] }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: containers.map((container) => ({
      ...container,
      terminationMessagePolicy: 'File',
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })),
    volumes,
  };
}

/** The part of the pod spec on which a verdict depends. */
function digestedSpec(spec: ProfileSpec, config: PoolConfig, settings: Pick<Settings, 'probeImage'>) {
  const { walletSecretRef, caConfigMapKeyRef } = spec.database ?? {};
  const mounts = [
    ...(walletSecretRef === undefined ? [] : [{ name: 'wallet', mountPath: WALLET_DIR, readOnly: true }]),
    ...(caConfigMapKeyRef === undefined ? [] : [{ name: 'ca', mountPath: CA_DIR, readOnly: true }]),
  ];
  const container = {
    name: PROBE_CONTAINER,
    image: settings.probeImage,
    args: ['/app/probe.mjs'],
    env: environment(spec, config),
    volumeMounts: mounts,
  };
  return { containers: [container], volumes: volumesOf(spec.database) };
}

/** All are optional, so that the probe reports a missing object. The kubelet would only wait for it. */
function volumesOf(database: Database | undefined) {
  const { walletSecretRef, caConfigMapKeyRef } = database ?? {};
  const shared = { optional: true, defaultMode: READ_ONLY_MODE };
  return [
    ...(walletSecretRef === undefined
      ? []
      : [{ name: 'wallet', secret: { secretName: walletSecretRef.name, ...shared } }]),
    ...(caConfigMapKeyRef === undefined
      ? []
      : [
          {
            name: 'ca',
            configMap: {
              name: caConfigMapKeyRef.name,
              items: [{ key: caConfigMapKeyRef.key, path: CA_FILE }],
              ...shared,
            },
          },
        ]),
  ];
}

/** The variables that src/probe/input/parameters.ts reads. The kubelet resolves the credentials; the operator never reads them. */
function environment(spec: ProfileSpec, config: PoolConfig) {
  const { database, probe } = spec;
  return [
    ...VARIABLES.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: config.name, key: name } } })),
    { name: 'PROBE_CONNECTIONS', value: String(probe.maxConnections) },
    { name: 'PROBE_RESERVED_SESSIONS', value: String(database?.sessions.reserve ?? 0) },
    { name: 'PROBE_TIMEOUT_SECONDS', value: String(probe.timeoutSeconds) },
    { name: 'PROBE_SALT', valueFrom: { configMapKeyRef: { name: SALT_NAME, key: SALT_KEY } } },
    {
      name: 'PROBE_FORCE_LOGON',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${ANNOTATION.forceLogon}']` } },
    },
    ...(database === undefined ? [] : accessTo(database)),
  ];
}

function accessTo(database: Database) {
  const { credentialsSecretRef: secret, walletSecretRef: wallet } = database;
  const fromSecret = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secret.name, key } } });
  return [
    {
      name: 'PROBE_LOGON_RESULTS',
      valueFrom: { configMapKeyRef: { name: LOGON_RESULTS_NAME, key: logonResultsKeyOf(database), optional: true } },
    },
    connectString(database),
    ...(database.connectStringFrom?.secretKeyRef === undefined
      ? []
      : [{ name: 'PROBE_SECRET_CONNECT_STRING', value: 'true' }]),
    fromSecret('DB_USER', secret.usernameKey),
    fromSecret('DB_PASSWORD', secret.passwordKey),
    ...(wallet === undefined ? [] : [{ name: 'WALLET_DIR', value: WALLET_DIR }]),
    ...(wallet?.passwordKey === undefined
      ? []
      : [
          {
            name: 'WALLET_PASSWORD',
            valueFrom: { secretKeyRef: { name: wallet.name, key: wallet.passwordKey, optional: true } },
          },
        ]),
    ...(database.caConfigMapKeyRef === undefined ? [] : [{ name: 'CA_FILE', value: `${CA_DIR}/${CA_FILE}` }]),
  ];
}

function connectString({ connectString, connectStringFrom }: Database) {
  const name = 'DB_CONNECT_STRING';
  if (connectStringFrom !== undefined) return { name, valueFrom: connectStringFrom };
  // The kubelet expands $(NAME), and reads "$$" as "$". (The function avoids that replaceAll itself reads '$$' as one "$".)
  return { name, value: (connectString ?? '').replaceAll('$', () => '$$') };
}

/** Key of the ConfigMap `dbpool-logon-results` under which the results for one connect string are stored. */
export const logonResultsKeyOf = ({ connectString, connectStringFrom }: Database): string =>
  hashOf({ connectString, connectStringFrom });

/** Hash of Secret and connect string. Probes of a namespace with the same key run one at a time. */
export const credentialsKeyOf = ({
  connectString,
  connectStringFrom,
  credentialsSecretRef: { name },
}: Database): string => hashOf({ connectString, connectStringFrom, secret: name });
