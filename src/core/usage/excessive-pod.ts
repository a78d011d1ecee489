/** Whether a pod holds more sessions than its profile says, found by more than one probe. */
import type { DatabaseStatus } from '../../api/v1alpha1.ts';
import type { ObservedDeployment } from '../model/observed.ts';

/** A single count may have met sessions of a process that has just ended. */
const ENOUGH_PROBES = 2;

/** Undefined where no pod does, too few probes have found so, or the pods are replaced since. */
export function excessivePod(
  found: DatabaseStatus['podSessions'],
  { revision }: ObservedDeployment,
): { readonly sessions: number; readonly expected: number } | undefined {
  const { most, expected, probesAbove = 0 } = found ?? {};
  if (most === undefined || expected === undefined || probesAbove < ENOUGH_PROBES) return undefined;
  return found?.revision === revision ? { sessions: most, expected } : undefined;
}
