/** The fields of the status besides the conditions. */
import { adoptionNotice } from '../backend/adoption-notice.ts';
import { adoptedVariables } from '../backend/managed-variables.ts';
import { configMapInUse } from '../backend/target.ts';
import { isRollback, lastGoodConfig } from '../config/desired.ts';
import { formatSettings, parseConfigMap } from '../config/pool-config.ts';
import type { Context } from '../context.ts';
import type { StateOf } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import type { StatusFields, StepResult } from '../model/decision.ts';
import { isConfigMapNameOf } from '../model/naming.ts';
import { toRfc3339 } from '../model/time.ts';
import { formatDrift, rememberedRepairs } from '../rollout/contest.ts';
import { budgetStatus } from '../usage/assess-budget.ts';
import { handledRequests } from './handled-requests.ts';
import { historyOf } from './history.ts';
import { currentSettings, podCounts } from './current-and-pods.ts';

export function statusFields(context: Context, results: readonly StepResult[]): StatusFields {
  const { observed, config, target, probe, databaseFacts } = context;
  return {
    desired: config.settings,
    current: currentSettings(observed, target),
    pods: podCounts(observed, target, config),
    probe: probe.status,
    database: databaseFacts,
    handledRequests: handledRequests(observed, context),
    ...driftFields(context, results),
    ...budgetStatus(context, context.budget),
    ...rolloutOutcomes(context, results),
  };
}

/** The Deployment that has settings of the profile, and how often another writer took them away. */
function driftFields({ observed, spec, target }: Context, results: readonly StepResult[]): StatusFields {
  const { name, uid } = target.deployment;
  const inUse = configMapInUse(target.container);
  const isOurs = inUse !== undefined && isConfigMapNameOf(observed.profile.name, inUse);
  const repairs = spec.suspend ? [] : results.flatMap(({ configChanges = [] }) => configChanges);
  const started = repairs.flatMap(({ state }) => state?.driftRepair ?? [])[0];
  const found = started ?? rememberedRepairs(observed, target);
  return {
    ...(isOurs && { deployment: { name, uid } }),
    drift: found && formatDrift(found),
  };
}

/** The message of `Ready` where all steps are done. */
export function whenReady(context: Context): string {
  const { config, probe, target, spec } = context;
  const { condition } = probe.result;
  const caveat = condition?.status === 'False' ? ` The probe failed: ${condition.message}` : '';
  const notice = adoptionNotice(adoptedVariables(context.observed, target.deployment), target.deployment);
  const suspension = spec.suspend ? ' The profile is suspended: nothing is probed, rolled out or repaired.' : '';
  return `${formatSettings(config.settings)} on ${count(target.deployment.replicas, 'pod')}.${caveat}${notice}${suspension}`;
}

/** The rollouts so far, from the state on the ConfigMaps. */
function rolloutOutcomes(context: Context, results: readonly StepResult[]): StatusFields {
  const { observed, config, target, desired } = context;
  const { profile, configMaps } = observed;
  const isUndone = results.some(({ stage }) => stage === 'undone');
  return {
    lastGood: lastGoodConfig(profile, configMaps)?.settings,
    lastFailed: lastFailed(context),
    history: historyOf(profile, configMaps, {
      inUse: configMapInUse(target.container),
      undone: isUndone ? config.hash : undefined,
      isRolledBack: isRollback(desired),
    }),
  };
}

function lastFailed({ observed: { profile, configMaps } }: Context): StatusFields['lastFailed'] {
  const [newest] = configMaps
    .filter(({ state }) => state.failed !== undefined)
    .toSorted((a, b) => (b.state.failed?.sequence ?? 0) - (a.state.failed?.sequence ?? 0));
  const settings = newest && parseConfigMap(profile.name, newest)?.settings;
  const failed = newest?.state.failed;
  if (settings === undefined || failed === undefined) return undefined;
  const { reason, message, at, pod } = failed;
  return { ...settings, reason, message, time: toRfc3339(at), ...(pod !== undefined && failedPod(pod)) };
}

const failedPod = ({ name, container, exitCode, terminatedAt, terminationMessage }: FailedPod) => ({
  pod: name,
  container,
  ...(exitCode !== undefined && { exitCode }),
  ...(terminatedAt !== undefined && { terminatedAt: toRfc3339(terminatedAt) }),
  ...(terminationMessage !== undefined && { terminationMessage }),
});

type FailedPod = NonNullable<StateOf<'failed'>['pod']>;
