/** Every string that outlives the process: names, labels, annotations, the field manager. A change of one needs a migration. */
import { GROUP, KIND, VERSION } from '../../api/v1alpha1.ts';
import { HASH_LENGTH } from './json.ts';

export const API_VERSION = `${GROUP}/${VERSION}`;

/** The field manager of all writes of the operator. */
export const FIELD_MANAGER = 'dbpool-operator';

export const LABEL = {
  managedBy: 'app.kubernetes.io/managed-by',
  /** On ConfigMaps, and on the backend's pod template from its first rollout on: the profile. */
  profile: `${GROUP}/profile`,
  /** On the backend's pod template: the hash of the configuration. */
  configHash: `${GROUP}/config-hash`,
  /** On probe Jobs and their pods: the profile. Its key is not that of `profile`, so that no probe pod counts as one of the backend. */
  probe: `${GROUP}/probe`,
} as const;

export const ANNOTATION = {
  /** On a Job: the proof key that it proves. */
  proofKey: `${GROUP}/proof-key`,
  /** On a Job: the digest of its pod as it was rendered. */
  podDigest: `${GROUP}/pod-digest`,
  /** On a Job: the number of the attempt with this proof key, from 1. */
  attempt: `${GROUP}/attempt`,
  /** On a Job: how many attempts with this proof key failed in a row before it. */
  failures: `${GROUP}/failures`,
  /** On a Job: how many attempts with this proof key ended in a row before it without a verdict. */
  attemptsWithoutVerdict: `${GROUP}/attempts-without-verdict`,
  /** On a Job: hash of the Secret and connect string; the Jobs of a namespace that share it run one at a time. */
  credentialsKey: `${GROUP}/credentials-key`,
  /** On a Job: the key of `dbpool-logon-results` under which the result of its logon is stored. */
  logonResultsKey: `${GROUP}/logon-results-key`,
  /** On a probe pod: the probe sends credentials that were rejected before, because a user requested the probe. */
  forceLogon: `${GROUP}/force-logon`,
  /** On a profile, set by a user: any new value requests one more probe now. Copied to the Job that is made for it. */
  probeRequestedAt: `${GROUP}/probe-requested-at`,
  /** On a profile, set by a user: any new value requests another try of a rollout that failed or was undone. */
  retryRequestedAt: `${GROUP}/retry-requested-at`,
  /** On a profile, set by a user: any new value requests a rollback to the last good configuration. */
  rollbackRequestedAt: `${GROUP}/rollback-requested-at`,
  /** On a Deployment: the variables as they were before they were adopted. */
  adoptedEnv: `${GROUP}/adopted-env`,
  /** On a Deployment, by client-side apply. */
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const;

/** Keeps a profile with `onDelete: Restore` until its backend is restored. */
export const FINALIZER = `${GROUP}/restore`;

export const MANAGED_BY = { [LABEL.managedBy]: FIELD_MANAGER } as const;

export function configMapName(profile: string, configHash: string): string {
  return `${profile}-${configHash}`;
}

/** Whether a name is that of a ConfigMap of this profile. No other profile can have such a ConfigMap. */
export function isConfigMapNameOf(profile: string, name: string): boolean {
  return (
    name.startsWith(`${profile}-`) && new RegExp(`^[0-9a-f]{${HASH_LENGTH}}$`).test(name.slice(profile.length + 1))
  );
}

export function configHashFromName(name: string): string {
  return name.slice(-HASH_LENGTH);
}

/** Of the profile to which a ConfigMap belongs, or belonged. */
export function profileNameFromConfigMap(name: string): string {
  return name.slice(0, -HASH_LENGTH - 1);
}

/** The highest number that has room in a name of 63 characters. */
const MAX_ATTEMPT = 99_999;

/** At most 63 characters: a name of 40, "-probe-", a hash of 10, "-", the attempt. After MAX_ATTEMPT, the numbers start again at 1. */
export function probeJobName(profile: string, proofKey: string, attempt: number): string {
  return `${profile}-probe-${proofKey}-${((attempt - 1) % MAX_ATTEMPT) + 1}`;
}

/** A ConfigMap in each namespace with probes: the salt of the fingerprints. It is created once and never changed. */
export const SALT_NAME = 'dbpool-fingerprint-salt';
export const SALT_KEY = 'salt';

/** A ConfigMap in each namespace with probes: the results of logons, with a key for each connect string. */
export const LOGON_RESULTS_NAME = 'dbpool-logon-results';

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
};

/** Of what goes with the profile, but is not its alone. */
export const profileOwnerReference = (name: string, uid: string): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name,
  uid,
});

/** Of Jobs. */
export const profileControllerReference = (name: string, uid: string): OwnerReference => ({
  ...profileOwnerReference(name, uid),
  controller: true,
});

export const deploymentOwnerReference = (name: string, uid: string): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name,
  uid,
});
