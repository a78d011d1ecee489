/** What the probe step comes to, with all that it writes, and `blocks` where it holds the rollout. */
import type { ProfileSpec, ProbeStatus } from '../../../src/api/v1alpha1.ts';
import { configWrites } from '../../../src/core/config/config-map.ts';
import type { PoolConfig } from '../../../src/core/config/pool-config.ts';
import type { StepResult } from '../../../src/core/model/decision.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { assessProbe } from '../../../src/core/probe/probe-succeeded.ts';

export function assess(
  seen: Observed,
  spec: ProfileSpec,
  config: PoolConfig,
): { readonly step: StepResult; readonly status: ProbeStatus | undefined } {
  const { result, holdsRollout, status } = assessProbe(seen, spec, config);
  const actions = [...configWrites(seen, result.configChanges ?? []), ...result.actions];
  return { step: { ...result, blocks: holdsRollout, actions }, status };
}
