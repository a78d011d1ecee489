/** Step: the ConfigMap of the spec's configuration exists. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, done, type StepResult, stalled } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { formerGoodConfig } from './former-good-config.ts';
import { ownersOf } from './owners.ts';
import { formatSettings, hasSameData, type PoolConfig } from './pool-config.ts';

type Reads = {
  readonly observed: Pick<Observed, 'profile' | 'configMaps' | 'former'>;
  readonly config: PoolConfig;
  readonly target: Target;
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

/** Step: the ConfigMap exists, and that of the good settings of a former profile. */
export function configIsRendered({ observed, config, target }: Reads): StepResult {
  const { profile, configMaps } = observed;
  const { name, data, settings } = config;
  const rendered = condition('True', 'Rendered', `ConfigMap ${name}: ${formatSettings(settings)}`);
  const former = formerGoodConfig(observed, target);
  const needed = [
    { name, data, owners: ownersOf(target.deployment, profile) },
    ...(former === undefined || former.name === name ? [] : [former]),
  ];
  return done(
    rendered,
    needed.filter((one) => configMaps.every((there) => there.name !== one.name)),
  );
}

const condition = (
  status: 'True' | 'False',
  reason: ReasonOf<'ConfigRendered'>,
  message: string,
): ConditionDraft<'ConfigRendered'> => ({ type: 'ConfigRendered', status, reason, message });
