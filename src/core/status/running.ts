/** What the pods of the backend run, beside what the spec asks for: `status.pods` and `status.current`. */
import type { CurrentSettings, PodCounts, PoolSettings } from '../../api/v1alpha1.ts';
import { podsOn } from '../backend/pods.ts';
import { configProgress } from '../backend/rollout-state.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import { configMapFor, parseConfigMap, type PoolConfig } from '../config/pool-config.ts';
import { configHashFromName } from '../model/naming.ts';
import type { Observed, ObservedPod } from '../model/observed.ts';

/**
 * `available` is the Deployment's own count, whatever the pods run: a backend that was never rolled out has pods, too. Surge pods, and
 * those that a smaller Deployment is about to delete, are in no count: it is at most `desired`.
 */
export function podCounts(
  { pods, configMaps }: Pick<Observed, 'pods' | 'configMaps'>,
  { deployment, container }: Target,
  config: PoolConfig,
): PodCounts {
  const { replicas: desired, status } = deployment;
  const available = Math.min(status.availableReplicas, desired);
  const name = configMapFor(config, configMapInUse(container), configMaps)?.name ?? config.name;
  const updated = pods.filter((pod) => !pod.isTerminating && runs(pod, name, container.name)).length;
  return { available, desired, updated: Math.min(updated, desired), summary: `${available}/${desired}` };
}

/** The label alone may be wrong: a person may have set the variables by hand in the template that carries it. */
const runs = ({ config, literalMax }: ObservedPod, configMap: string, container: string): boolean =>
  config === configHashFromName(configMap) && literalMax?.[container] === undefined;

/**
 * The settings that all pods run, by the template and not by the spec: after a rollback or a `kubectl rollout undo` they differ. Until a
 * rollout is complete, those from before it; undefined where the operator did not set the variables.
 */
export function currentSettings(
  { profile, pods, configMaps }: Pick<Observed, 'profile' | 'pods' | 'configMaps'>,
  { deployment, container }: Target,
): CurrentSettings | undefined {
  const inUse = configMapInUse(container);
  if (inUse === undefined) return undefined;
  const found = configMaps.find(({ name }) => name === inUse);
  const settings = found && parseConfigMap(profile.name, found)?.settings;
  const hash = configHashFromName(inUse);
  const isComplete = configProgress(deployment, podsOn(pods, hash)) === undefined;
  return settings !== undefined && isComplete ? withSummary(settings) : profile.status.current;
}

const withSummary = (settings: PoolSettings): CurrentSettings => ({
  ...settings,
  summary: `${settings.min}-${settings.max}`,
});
