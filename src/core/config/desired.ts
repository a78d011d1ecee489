/**
 * Which configuration should run: that of the spec, or one that a user brought back instead. Where that of the spec has failed, it is the
 * last good one, or the variables from before the profile. All code uses this one definition of where a rollback goes.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { isDrift } from '../backend/managed-variables.ts';
import { keptConfigMap, type Undoing } from '../backend/revisions.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import { type ConfigState, isNewRequest, type StateOf } from '../model/config-state.ts';
import { configHashFromName } from '../model/naming.ts';
import type { ConfigRecord, ObservedProfile } from '../model/observed.ts';
import { configMapFor, type PoolConfig, parseConfigMap } from './pool-config.ts';

export type Desired =
  | { readonly kind: 'spec'; readonly config: PoolConfig }
  /** The configuration of the spec has failed, and the backend keeps it: `onFailure: Hold`. */
  | { readonly kind: 'heldAfterFailure'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  /** Another writer took away what a user had brought back instead of the configuration of the spec. */
  | { readonly kind: 'keptByUser'; readonly config: PoolConfig; readonly kept: StateOf<'keptByUser'> }
  /** Another writer took the variables away while the settings of the spec have to wait: the last good ones, until those may start. */
  | { readonly kind: 'lastGoodMeanwhile'; readonly config: PoolConfig }
  | Rollback;

export type Rollback =
  | { readonly kind: 'lastGood'; readonly config: PoolConfig; readonly failed: StateOf<'failed'> }
  /** No configuration has succeeded yet: the variables from before the profile, or none. */
  | { readonly kind: 'preProfile'; readonly failed: StateOf<'failed'> };

export const isRollback = (desired: Desired): desired is Rollback =>
  desired.kind === 'lastGood' || desired.kind === 'preProfile';

/** Whether the session budget may hold its rollout. A rollback is never held: it replaces pods that fail. */
export const isBudgeted = ({ kind }: Desired): boolean => kind === 'spec' || kind === 'lastGoodMeanwhile';

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
  const { name, state } = configMapFor(config, configMapInUse(target.container), records) ?? { ...config, state: {} };
  const failed = hasFailed(state, profile) ? state.failed : undefined;
  if (failed !== undefined && (spec.rollout.onFailure !== 'Hold' || failed.isRequested === true)) {
    const to = rollbackFrom(config, profile, records);
    return to === 'preProfile' ? { kind: 'preProfile', failed } : { kind: 'lastGood', config: to, failed };
  }
  const isEdited = isDrift({ profile, configMaps: records }, target);
  const undoing = { spec: config.hash, insteadOf: configHashFromName(name) };
  const kept = isEdited ? keptConfig(profile, records, undoing) : undefined;
  return kept ?? (failed === undefined ? { kind: 'spec', config } : { kind: 'heldAfterFailure', config, failed });
}

function keptConfig(profile: ObservedProfile, records: readonly ConfigRecord[], undoing: Undoing): Desired | undefined {
  const found = keptConfigMap(profile, records, undoing);
  const config = found && parseConfigMap(profile.name, found);
  const kept = found?.state.keptByUser;
  return config === undefined || kept === undefined ? undefined : { kind: 'keptByUser', config, kept };
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

/** Whether a configuration has failed, and neither a retry request, other credentials nor a new Deployment have voided the failure. */
export function hasFailed(state: ConfigState, profile: ObservedProfile): boolean {
  const { failed, proof } = state;
  if (failed === undefined || failed.isElsewhere || isRetried(failed, state.rollout, profile)) return false;
  return (
    failed.fingerprint === undefined || proof?.fingerprint === undefined || failed.fingerprint === proof.fingerprint
  );
}

/** A retry is requested for the settings of the spec: once they have it, the request says nothing about others. */
function isRetried(
  failed: StateOf<'failed'>,
  rollout: StateOf<'rollout'> | undefined,
  { retryRequestedAt, status }: ObservedProfile,
): boolean {
  if (!isNewRequest(retryRequestedAt, failed.retry)) return false;
  return retryRequestedAt !== status.handledRequests?.retry || retryRequestedAt === rollout?.retry;
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
