/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import { deploymentOwnerReference } from '../model/naming.ts';
import type { Observed, ObservedConfigMap } from '../model/observed.ts';
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

/** Step: the ConfigMap exists. The Deployment owns all ConfigMaps of the profile, so that they live as long as its pods may need them. */
export function configIsRendered({ observed, config, target: { deployment } }: Reads): StepResult {
  const { profile, configMaps } = observed;
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const owner = deploymentOwnerReference(deployment.name, deployment.uid);
  const isNew = !configMaps.some((one) => one.name === name);
  const takenOver = configMaps
    .filter((one) => !isOwnedBy(one, deployment) && (one.name === name || isOrphan(one, deployment)))
    .filter((one) => parseConfigMap(profile.name, one) !== undefined)
    .map((one) => ({ name: one.name, owners: [...livingOwners(one, deployment), owner] }));
  return done(rendered, [...(isNew ? [{ name, data, owners: [owner] }] : []), ...takenOver]);
}

const isOwnedBy = ({ owners }: ObservedConfigMap, deployment: Target['deployment']): boolean =>
  owners.some(({ uid }) => uid === deployment.uid);

/**
 * Without the owners that are gone: Deployments of this name, and not this one. They were deleted, or are in the cluster from which a
 * backup was taken. A former target may still be there.
 */
const livingOwners = ({ owners }: ObservedConfigMap, { name, uid }: Target['deployment']) =>
  owners.filter((owner) => owner.kind !== 'Deployment' || owner.name !== name || owner.uid === uid);

/** Whether the garbage collector deletes the ConfigMap, or nobody ever does. */
const isOrphan = (one: ObservedConfigMap, deployment: Target['deployment']): boolean =>
  livingOwners(one, deployment).length === 0;

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
