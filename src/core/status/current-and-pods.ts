/** What the pods of the backend run, in contrast to what the spec asks for: `status.pods` and `status.current`. */
import type { CurrentSettings, PodCounts, PoolSettings } from '../../api/v1alpha1.ts';
import { configHashOf, podsOn } from '../backend/pods.ts';
import { configProgress, rolloutState } from '../backend/rollout-state.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import { configMapFor, parseConfigMap, type PoolConfig } from '../config/pool-config.ts';
import { configHashFromName } from '../model/naming.ts';
import type { Observed, ObservedPod } from '../model/observed.ts';

/**
 * `available` is the Deployment's own count, whatever settings the pods run. Both counts are at most `desired`: they leave out surge
 * pods, and pods that a scaled-down Deployment is about to delete.
 */
export function podCounts(
  { pods, configMaps, now }: Pick<Observed, 'pods' | 'configMaps' | 'now'>,
  { deployment, container }: Target,
  config: PoolConfig,
): PodCounts {
  const { replicas: desired, status } = deployment;
  const available = Math.min(status.availableReplicas, desired);
  const inUse = configMapInUse(container);
  const name = configMapFor(config, inUse, configMaps)?.name ?? config.name;
  const updated =
    deployment.labels.profile === undefined && name === inUse
      ? rolloutState(deployment, now).updated
      : pods.filter((pod) => !pod.isTerminating && runs(pod, name, container.name)).length;
  return { available, desired, updated: Math.min(updated, desired), summary: `${available}/${desired}` };
}

/** Whether a pod runs a configuration. Its label is not enough: a user may have set the variables by hand in a template with the label. */
const runs = (pod: ObservedPod, configMap: string, container: string): boolean =>
  configHashOf(pod) === configHashFromName(configMap) && pod.literalMax?.[container] === undefined;

/**
 * The settings that all pods run, which differ from the spec after a rollback or a `kubectl rollout undo`. During a rollout, the settings
 * from before it; undefined where the operator did not set the variables.
 */
export function currentSettings(
  { profile, pods, configMaps, now }: Pick<Observed, 'profile' | 'pods' | 'configMaps' | 'now'>,
  { deployment, container }: Target,
): CurrentSettings | undefined {
  const inUse = configMapInUse(container);
  if (inUse === undefined) return undefined;
  const found = configMaps.find(({ name }) => name === inUse);
  const settings = found && parseConfigMap(profile.name, found)?.settings;
  const hash = configHashFromName(inUse);
  const isComplete = configProgress(deployment, podsOn(pods, hash), now) === undefined;
  return settings !== undefined && isComplete ? withSummary(settings) : profile.status.current;
}

const withSummary = (settings: PoolSettings): CurrentSettings => ({
  ...settings,
  summary: `${settings.min}-${settings.max}`,
});
