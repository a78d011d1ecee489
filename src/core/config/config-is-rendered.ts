/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import { deploymentOwnerReference, type OwnerReference, profileOwnerReference } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { formatSettings, hasSameData, parseConfigMap, type PoolConfig } from './pool-config.ts';

type Reads = {
  readonly observed: Pick<Observed, 'profile' | 'configMaps'>;
  readonly config: PoolConfig;
  readonly target: Pick<Target, 'deployment'>;
};

/**
 * Guard: no other ConfigMap has the name of the spec's configuration. Labels and data tell whose it is, and not who wrote it: a ConfigMap
 * that was restored from a backup has lost its managedFields and its owner.
 */
export function configMapIsFree({ observed, config: { name, data } }: Reads): StepResult | undefined {
  const found = observed.configMaps.find((one) => one.name === name);
  if (found === undefined || (found.immutable && hasSameData(found, data))) return undefined;
  const message = `ConfigMap ${name} exists and is not the one that this operator creates: its data differ, or it is mutable. Delete it.`;
  return stalled(condition('False', 'ConfigMapConflict', message));
}

/**
 * Step: the ConfigMap exists. Each ConfigMap of the profile has two owners, and lives as long as either: the Deployment, whose pods need it
 * even if the profile is deleted, and the profile, which reads the state on it even if the Deployment is deleted and created again.
 */
export function configIsRendered({ observed, config, target: { deployment } }: Reads): StepResult {
  const { profile, configMaps } = observed;
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const both = [
    deploymentOwnerReference(deployment.name, deployment.uid),
    profileOwnerReference(profile.name, profile.uid),
  ];
  const isNew = !configMaps.some((one) => one.name === name);
  const takenOver = configMaps
    .filter((one) => parseConfigMap(profile.name, one) !== undefined)
    .flatMap((one) => {
      const living = one.owners.filter((owner) => isLiving(owner, both));
      const isElsewhere =
        one.name !== name && living.some(({ kind, uid }) => kind === 'Deployment' && uid !== deployment.uid);
      const missing = both
        .filter(({ kind }) => kind !== 'Deployment' || !isElsewhere)
        .filter(({ uid }) => living.every((owner) => owner.uid !== uid));
      return missing.length === 0 ? [] : [{ name: one.name, owners: [...living, ...missing] }];
    });
  return done(rendered, [...(isNew ? [{ name, data, owners: both }] : []), ...takenOver]);
}

/**
 * Whether an owner is none of those that are gone: of this kind and name, and not the present one. They were deleted, or are in the cluster
 * from which a backup was taken. A former target may still be there.
 */
const isLiving = ({ kind, name, uid }: OwnerReference, present: readonly OwnerReference[]): boolean =>
  present.every((one) => one.kind !== kind || one.name !== name || one.uid === uid);

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
