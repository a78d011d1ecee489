/**
 * Each ConfigMap of a profile has two owners, and lives as long as either: the Deployment, whose pods need it even if the profile is
 * deleted, and the profile, which reads the state on it even if the Deployment is deleted and created again.
 */
import { deploymentOwnerReference, type OwnerReference, profileOwnerReference } from '../model/naming.ts';
import type { Observed, ObservedConfigMap } from '../model/observed.ts';
import { poolConfig } from './pool-config.ts';

type Owned = { readonly name: string; readonly uid: string };

/** The owners of a new ConfigMap. */
export const ownersOf = (deployment: Owned, profile: Owned): readonly OwnerReference[] => [
  deploymentOwnerReference(deployment.name, deployment.uid),
  profileOwnerReference(profile.name, profile.uid),
];

/**
 * The owners of a ConfigMap without those that are gone, and with those of now; the very same list where none is missing. Other settings
 * than those of the spec may be in use by a former target: they are not the present Deployment's.
 */
export function withPresentOwners(
  { name, owners }: Pick<ObservedConfigMap, 'name' | 'owners'>,
  { profile, deployment, claimedBy }: Observed,
): readonly OwnerReference[] {
  if (deployment === undefined || claimedBy !== undefined) return owners;
  const present = ownersOf(deployment, profile);
  const living = owners.filter((owner) => isLiving(owner, present));
  const ofSpec = profile.spec.kind === 'valid' ? poolConfig(profile.name, profile.spec.spec.pool).name : undefined;
  const isElsewhere =
    name !== ofSpec && living.some(({ kind, uid }) => kind === 'Deployment' && uid !== deployment.uid);
  const missing = present
    .filter(({ kind }) => kind !== 'Deployment' || !isElsewhere)
    .filter(({ uid }) => living.every((owner) => owner.uid !== uid));
  return missing.length === 0 ? owners : [...living, ...missing];
}

/**
 * Whether an owner is none of those that are gone: of this kind and name, and not the present one. They were deleted, or are in the cluster
 * from which a backup was taken. A former target may still be there.
 */
const isLiving = ({ kind, name, uid }: OwnerReference, present: readonly OwnerReference[]): boolean =>
  present.every((one) => one.kind !== kind || one.name !== name || one.uid === uid);
