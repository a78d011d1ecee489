/** The guards of the chain: what must be true before the operator decides about a backend. */
import type { ProfileSpec } from '../api/v1alpha1.ts';
import { type PoolConfig, poolConfig } from './config/pool-config.ts';
import { type StepResult, stalled } from './model/decision.ts';
import type { Observed } from './model/observed.ts';

export { targetIsUnclaimed } from './backend/claim.ts';
export { targetExists } from './backend/find-target.ts';
export { variablesAreFree } from './backend/variable-ownership.ts';
export { configMapIsFree } from './config/config-is-rendered.ts';

/** Guard: the spec is valid. `config` is the configuration of the spec. */
export function specIsValid({
  observed: { profile },
}: {
  readonly observed: Pick<Observed, 'profile'>;
}): StepResult | { readonly spec: ProfileSpec; readonly config: PoolConfig } {
  if (profile.spec.kind === 'invalid')
    return stalled({ type: 'ConfigRendered', status: 'False', reason: 'SpecInvalid', message: profile.spec.problem });
  const { spec } = profile.spec;
  return { spec, config: poolConfig(profile.name, spec.pool) };
}
