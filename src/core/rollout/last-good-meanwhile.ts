/**
 * What is put back while the settings of the spec have to wait: for a window, a proof, the debounce or room in the session budget, or
 * because they failed. Another writer took the variables away, and each second takes them from more pods. The last good settings
 * run until those of the spec may start.
 */
import { isDrift } from '../backend/managed-variables.ts';
import { type Desired, lastGoodConfig } from '../config/desired.ts';
import { hasSameData, type PoolConfig } from '../config/pool-config.ts';
import type { BudgetAssessment } from '../usage/assess-budget.ts';
import { templatePool } from '../usage/pool-sizes.ts';
import { type GateContext, newSettingsWait } from './rollout-may-start.ts';

type Reads = GateContext & { readonly budget: BudgetAssessment | undefined };

/** Undefined where the settings of the spec may start, or where nothing is to be put back instead. */
export function lastGoodWhileWaiting(context: Reads): Extract<Desired, { kind: 'lastGoodMeanwhile' }> | undefined {
  const { observed, config, records, probe } = context;
  if (!lacksSettingsOfSpec(context) || probe.doubtsCredentials) return undefined;
  const lastGood = lastGoodConfig(observed.profile, records);
  if (lastGood === undefined || hasSameData(lastGood, config.data) || exceedsFullDatabase(context, lastGood))
    return undefined;
  return { kind: 'lastGoodMeanwhile', config: lastGood };
}

/** Whether the template has drifted, and the settings of the spec may not start. */
function lacksSettingsOfSpec(context: Reads): boolean {
  const { observed, target, desired, template, budget } = context;
  const isOfSpec = desired.kind === 'spec' || desired.kind === 'heldAfterFailure';
  if (!isOfSpec || template.isDesired || !isDrift(observed, target)) return false;
  return newSettingsWait(context) || budget?.report.hold !== undefined;
}

/** Whether the database has no session left, and somebody gave the pods a lower `max`: that may be all that keeps it up. */
const exceedsFullDatabase = ({ probe, target, observed }: Reads, { settings }: PoolConfig): boolean =>
  probe.lacksSessions && (templatePool(target, observed).max ?? Number.POSITIVE_INFINITY) < settings.max;
