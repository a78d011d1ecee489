/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import { deploymentOwnerReference } from '../model/naming.ts';
import type { Observed, ObservedConfigMap } from '../model/observed.ts';
import { formatSettings, hasSameData, type PoolConfig } from './pool-config.ts';

type Reads = {
  readonly observed: Pick<Observed, 'configMaps'>;
  readonly config: PoolConfig;
  readonly target: Pick<Target, 'deployment'>;
};

/** Guard: no other ConfigMap has the name of the spec's configuration. */
export function configMapIsFree({ observed, config: { name, data }, target }: Reads): StepResult | undefined {
  const found = observed.configMaps.find((one) => one.name === name);
  if (found === undefined || isOurs(found, data, target)) return undefined;
  const message = `ConfigMap ${name} exists and is not the one that this operator creates: its data differ, it is mutable, or another manager created it. Delete it.`;
  return stalled(condition('False', 'ConfigMapConflict', message));
}

const isOurs = (found: ObservedConfigMap, data: PoolConfig['data'], { deployment }: Reads['target']): boolean =>
  found.immutable && hasSameData(found, data) && (found.isManagedByOperator || isOwnedBy(found, deployment));

const isOwnedBy = ({ owners }: ObservedConfigMap, deployment: Target['deployment']): boolean =>
  owners.some(({ uid }) => uid === deployment.uid);

/** Step: the ConfigMap exists and is owned by the Deployment, so that it lives as long as its pods may need it. */
export function configIsRendered({ observed, config, target: { deployment } }: Reads): StepResult {
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const owner = deploymentOwnerReference(deployment.name, deployment.uid);
  const found = observed.configMaps.find((one) => one.name === name);
  if (found === undefined) return done(rendered, [{ name, data, owners: [owner] }]);
  // It was made for a former target, or for a deleted Deployment of this name: one more owner keeps it while pods may need it.
  return done(rendered, isOwnedBy(found, deployment) ? [] : [{ name, owners: [...found.owners, owner] }]);
}

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
