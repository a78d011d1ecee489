/** Every string that outlives the process: names, labels, annotations, the field manager. Changing one is a migration. */
import { GROUP, KIND, VERSION } from '../profile.ts';
import { HASH_LENGTH } from './hash.ts';

export const API_VERSION = `${GROUP}/${VERSION}`;

/** The one field manager under which the operator writes. */
export const FIELD_MANAGER = 'dbpool-operator';

export const LABEL = {
  managedBy: 'app.kubernetes.io/managed-by',
  /** On ConfigMaps, and on the backend's pod template from its first roll on: the profile. */
  profile: `${GROUP}/profile`,
  /** On the backend's pod template: the hash of the configuration. */
  config: `${GROUP}/config`,
  /** On probe Jobs and their pods: the profile. Another key than `profile`, so that no probe pod looks like the backend. */
  probe: `${GROUP}/probe`,
} as const;

export const ANNOTATION = {
  /** On a Job: the probeHash that it proves. */
  probeHash: `${GROUP}/probe-hash`,
  /** On a Job: the number of the attempt with this probeHash, from 1. */
  attempt: `${GROUP}/attempt`,
  /** On a profile, by a person: any new value asks for one more probe now. Copied to the Job that answers it. */
  probeRequestedAt: `${GROUP}/probe-requested-at`,
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const;

export const MANAGED_BY = { [LABEL.managedBy]: FIELD_MANAGER } as const;

export function configMapName(profile: string, configHash: string): string {
  return `${profile}-${configHash}`;
}

/** Whether a ConfigMap of this name can only be one of this profile's. */
export function isConfigMapNameOf(profile: string, name: string): boolean {
  return (
    name.startsWith(`${profile}-`) && new RegExp(`^[0-9a-f]{${HASH_LENGTH}}$`).test(name.slice(profile.length + 1))
  );
}

export function configHashOfName(name: string): string {
  return name.slice(-HASH_LENGTH);
}

/** At most 63 characters: a name of 40, "-probe-", a hash of 10, "-", an attempt of up to 5 digits. */
export function probeJobName(profile: string, probeHash: string, attempt: number): string {
  return `${profile}-probe-${probeHash}-${attempt}`;
}

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
};

export const ownedByProfile = (name: string, uid: string): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name,
  uid,
  controller: true,
});

export const ownedByDeployment = (name: string, uid: string): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name,
  uid,
});
