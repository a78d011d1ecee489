/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { ownersOf } from './owners.ts';
import { formatSettings, hasSameData, type PoolConfig } from './pool-config.ts';

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

/** Step: the ConfigMap exists. */
export function configIsRendered({ observed, config, target: { deployment } }: Reads): StepResult {
  const { profile, configMaps } = observed;
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const isThere = configMaps.some((one) => one.name === name);
  return done(rendered, isThere ? [] : [{ name, data, owners: ownersOf(deployment, profile) }]);
}

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
