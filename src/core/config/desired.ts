/**
 * Which configuration should run: the wanted one, or, where that has failed, the last good one, or what stood there
 * before there was any.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { carrierOf, type Config, configIn } from './pool-config.ts';
import type { Mark, Marks } from '../model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedProfile } from '../model/observed.ts';
import { configMapInUse, type Target } from '../backend/target.ts';

export type Effective =
  | { readonly kind: 'wanted'; readonly config: Config }
  /** The wanted one has failed and is left as it is: `onFailure: Hold`. */
  | { readonly kind: 'held'; readonly config: Config; readonly failed: Mark<'failed'> }
  | { readonly kind: 'lastGood'; readonly config: Config; readonly failed: Mark<'failed'> }
  | { readonly kind: 'originals'; readonly failed: Mark<'failed'> };

/** Reason of a configuration that a person asked to leave. */
export const ROLLBACK_REQUESTED = 'RollbackRequested';

export function effectiveOf(observed: Observed, spec: ProfileSpec, wanted: Config, target: Target): Effective {
  const { profile, configMaps } = observed;
  const marks = carrierOf(wanted, configMapInUse(target.container), configMaps)?.marks ?? {};
  const { failed } = marks;
  if (failed === undefined || !isFailed(marks, profile)) return { kind: 'wanted', config: wanted };
  if (spec.rollout.onFailure === 'Hold' && failed.reason !== ROLLBACK_REQUESTED)
    return { kind: 'held', config: wanted, failed };
  const good = newestGood(profile, configMaps, wanted);
  return good === undefined ? { kind: 'originals', failed } : { kind: 'lastGood', config: good, failed };
}

/** Whether the configuration is marked as failed, and neither a person nor other credentials have made that void. */
export function isFailed({ failed, proof }: Marks, profile: ObservedProfile): boolean {
  if (failed === undefined || failed.retry !== (profile.retryRequestedAt ?? '')) return false;
  return (
    failed.fingerprint === undefined || proof?.fingerprint === undefined || failed.fingerprint === proof.fingerprint
  );
}

/** The newest configuration that is good, has not failed since, and is not the wanted one. */
export function newestGood(
  profile: ObservedProfile,
  configMaps: readonly ObservedConfigMap[],
  wanted?: Config,
): Config | undefined {
  const [newest] = configMaps
    .filter(({ name, marks }) => name !== wanted?.name && marks.good !== undefined && !isFailed(marks, profile))
    .toSorted((a, b) => (b.marks.good?.at ?? 0) - (a.marks.good?.at ?? 0) || (a.name < b.name ? -1 : 1));
  return newest === undefined ? undefined : configIn(profile.name, newest);
}
