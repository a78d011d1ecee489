/**
 * State that would mislead is corrected before a step reads it, and is recorded again, once:
 *
 * - A time in the future: the clock was set back, or somebody wrote the annotation. It becomes the present time.
 * - The hash of the template: an admission webhook may change the template that the operator writes. While no other write has
 *   followed, the template is as the operator's write has left it.
 */
import { configMapInUse } from '../backend/target.ts';
import type { ConfigState } from '../model/config-state.ts';
import { isDeepEqualJson } from '../model/json.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment } from '../model/observed.ts';
import { parseConfigMap } from './pool-config.ts';

export function withCorrectedState(observed: Observed): Observed {
  return { ...observed, configMaps: observed.configMaps.map((one) => corrected(one, observed)) };
}

function corrected(configMap: ObservedConfigMap, { now, profile, deployment }: Observed): ObservedConfigMap {
  const { name, state } = configMap;
  if (parseConfigMap(profile.name, configMap) === undefined) return configMap;
  const past = withoutFuture(state, now);
  const after = deployment !== undefined && isWrittenLast(deployment, name, past) ? withHash(past, deployment) : past;
  return isDeepEqualJson(after, state) ? configMap : { ...configMap, state: after, isCorrected: true };
}

const TIMES = ['at', 'firstAt', 'startedAt', 'completedAt'] as const;

const withoutFuture = (state: ConfigState, now: number): ConfigState =>
  Object.fromEntries(Object.entries(state).map(([name, entry]) => [name, pastOf(entry, now)]));

function pastOf(entry: ConfigState[keyof ConfigState], now: number): unknown {
  if (typeof entry !== 'object') return entry;
  const times: { readonly [name: string]: unknown } = entry;
  const late = TIMES.filter((name) => Number(times[name]) > now);
  return late.length === 0 ? entry : { ...entry, ...Object.fromEntries(late.map((name) => [name, now])) };
}

/** Whether the write of this configuration is the last one that the Deployment has seen. */
const isWrittenLast = (
  { generation, containers }: ObservedDeployment,
  configMap: string,
  { rollout }: ConfigState,
): boolean =>
  rollout?.generation !== undefined &&
  generation === rollout.generation + 1 &&
  containers.some((container) => configMapInUse(container) === configMap);

const withHash = ({ rollout, ...state }: ConfigState, { foreignTemplateHash }: ObservedDeployment): ConfigState => ({
  ...state,
  rollout: rollout && { ...rollout, templateHash: foreignTemplateHash },
});
