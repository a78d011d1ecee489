/**
 * Which configuration should run: the wanted one, or, where that has failed, the last good one, or what stood there
 * before there was any.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { configMapFor, type PoolConfig, parseConfigMap } from './pool-config.ts';
import type { StateOf, ConfigState } from '../model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedProfile } from '../model/observed.ts';
import { configMapInUse, type Target } from '../backend/target.ts';

export type Desired =
  | { readonly kind: 'wanted'; readonly config: PoolConfig }
  /** The wanted one has failed and is left as it is: `onFailure: Hold`. */
  | { readonly kind: 'held'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  | { readonly kind: 'lastGood'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  | { readonly kind: 'originals'; readonly failed: StateOf<'failed'> };

/** Reason of a configuration that a person asked to leave. */
export const ROLLBACK_REQUESTED = 'RollbackRequested';

export function desiredConfig(observed: Observed, spec: ProfileSpec, wanted: PoolConfig, target: Target): Desired {
  const { profile, configMaps } = observed;
  const state = configMapFor(wanted, configMapInUse(target.container), configMaps)?.state ?? {};
  const { failed } = state;
  if (failed === undefined || !isFailed(state, profile)) return { kind: 'wanted', config: wanted };
  if (spec.rollout.onFailure === 'Hold' && failed.reason !== ROLLBACK_REQUESTED)
    return { kind: 'held', config: wanted, failed };
  const lastGood = lastGoodConfig(profile, configMaps, wanted);
  return lastGood === undefined ? { kind: 'originals', failed } : { kind: 'lastGood', config: lastGood, failed };
}

/** Whether the configuration is marked as failed, and neither a person nor other credentials have made that void. */
export function isFailed({ failed, proof }: ConfigState, profile: ObservedProfile): boolean {
  if (failed === undefined || failed.retry !== (profile.retryRequestedAt ?? '')) return false;
  return (
    failed.fingerprint === undefined || proof?.fingerprint === undefined || failed.fingerprint === proof.fingerprint
  );
}

/** The newest configuration that is good, has not failed since, and is not the wanted one. */
export function lastGoodConfig(
  profile: ObservedProfile,
  configMaps: readonly ObservedConfigMap[],
  wanted?: PoolConfig,
): PoolConfig | undefined {
  const [newest] = configMaps
    .filter(({ name, state }) => name !== wanted?.name && state.lastGood !== undefined && !isFailed(state, profile))
    .toSorted((a, b) => (b.state.lastGood?.at ?? 0) - (a.state.lastGood?.at ?? 0) || (a.name < b.name ? -1 : 1));
  return newest === undefined ? undefined : parseConfigMap(profile.name, newest);
}
