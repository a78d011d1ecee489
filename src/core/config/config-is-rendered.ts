/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import { deploymentOwnerReference } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { formatSettings, hasSameData, type PoolConfig } from './pool-config.ts';

/** Whether the ConfigMap exists, is immutable, has the data of the spec, and is owned by the Deployment. */
export function configIsRendered({
  observed,
  config,
  target: { deployment },
}: {
  readonly observed: Pick<Observed, 'configMaps'>;
  readonly config: PoolConfig;
  readonly target: Pick<Target, 'deployment'>;
}): StepResult {
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const owner = deploymentOwnerReference(deployment.name, deployment.uid);
  const found = observed.configMaps.find((one) => one.name === name);
  if (found === undefined) return done(rendered, [{ name, data, owners: [owner] }]);
  const isOwned = found.owners.some(({ uid }) => uid === deployment.uid);
  if (!found.immutable || !hasSameData(found, data) || !(found.isManagedByOperator || isOwned)) {
    const message = `ConfigMap ${name} exists but was not created by this operator (its data differ or it is mutable). Delete it.`;
    return stalled(condition('False', 'ConfigMapConflict', message));
  }
  // It was made for a former target, or for a deleted Deployment of this name: one more owner keeps it while pods may need it.
  return done(rendered, isOwned ? [] : [{ name, owners: [...found.owners, owner] }]);
}

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
