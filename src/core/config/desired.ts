/**
 * Which configuration should run: that of the spec; or, where that has failed, the last good one, or the variables from before the
 * profile. All code uses this one definition of where a rollback goes.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import { type ConfigState, isNewRequest, type StateOf } from '../model/config-state.ts';
import type { ConfigRecord, ObservedProfile } from '../model/observed.ts';
import { configMapFor, type PoolConfig, parseConfigMap } from './pool-config.ts';

export type Desired =
  | { readonly kind: 'spec'; readonly config: PoolConfig }
  /** The configuration of the spec has failed, and the backend keeps it: `onFailure: Hold`. */
  | { readonly kind: 'heldAfterFailure'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  | Rollback;

export type Rollback =
  | { readonly kind: 'lastGood'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  /** No configuration has succeeded yet: the variables from before the profile, or none. */
  | { readonly kind: 'preProfile'; readonly failed: StateOf<'failed'> };

export const isRollback = (desired: Desired): desired is Rollback =>
  desired.kind === 'lastGood' || desired.kind === 'preProfile';

export function desiredConfig({
  profile,
  spec,
  config,
  target,
  records,
}: {
  readonly profile: ObservedProfile;
  readonly spec: ProfileSpec;
  /** The configuration of the spec. */
  readonly config: PoolConfig;
  readonly target: Target;
  readonly records: readonly ConfigRecord[];
}): Desired {
  const state = configMapFor(config, configMapInUse(target.container), records)?.state ?? {};
  const { failed } = state;
  if (failed === undefined || !hasFailed(state, profile)) return { kind: 'spec', config };
  if (spec.rollout.onFailure === 'Hold' && failed.isRequested !== true)
    return { kind: 'heldAfterFailure', config, failed };
  const to = rollbackFrom(config, profile, records);
  return to === 'preProfile' ? { kind: 'preProfile', failed } : { kind: 'lastGood', config: to, failed };
}

/** Where a rollback from a configuration goes: to the last good one, else to the variables from before the profile. */
export const rollbackFrom = (
  config: PoolConfig,
  profile: ObservedProfile,
  records: readonly ConfigRecord[],
): PoolConfig | 'preProfile' =>
  lastGoodConfig(
    profile,
    records.filter(({ name }) => name !== config.name),
  ) ?? 'preProfile';

/** Whether a configuration has failed, and neither a retry request nor other credentials have voided the failure. */
export function hasFailed({ failed, proof }: ConfigState, profile: ObservedProfile): boolean {
  if (failed === undefined || isNewRequest(profile.retryRequestedAt, failed.retry)) return false;
  return (
    failed.fingerprint === undefined || proof?.fingerprint === undefined || failed.fingerprint === proof.fingerprint
  );
}

/** The configuration that succeeded last and has not failed since; undefined where there is none. */
export function lastGoodConfig(profile: ObservedProfile, records: readonly ConfigRecord[]): PoolConfig | undefined {
  const [newest] = records
    .filter(({ state }) => state.lastGood !== undefined && !hasFailed(state, profile))
    .toSorted(
      (a, b) => (b.state.lastGood?.sequence ?? 0) - (a.state.lastGood?.sequence ?? 0) || (a.name < b.name ? -1 : 1),
    );
  return newest === undefined ? undefined : parseConfigMap(profile.name, newest);
}
