/** How many connections the pods of a backend may open that are not what they are brought to. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { MAX_VARIABLE, parseMax } from '../model/variables.ts';
import { type PoolConfig, parseConfigMap, poolConfig } from '../config/pool-config.ts';
import { lastGoodConfig } from '../config/desired.ts';
import { hasSucceeded, stateForDeployment } from '../model/config-state.ts';
import { configHashFromName, isConfigMapNameOf } from '../model/naming.ts';
import type { ObservedAlone, ObservedContainer, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';
import { parseAdopted } from '../backend/adopted-variables.ts';
import { configMapInUse, isObservedByController, type Target } from '../backend/target.ts';

/** What pods are brought to: by the rollout that is in progress, else by the next. */
export type RolloutGoal = { readonly hash: string | undefined; readonly max: number };

/** The most that any of them has; undefined where there are none, or nobody knows of any. */
export function oldMaxOf(observed: ObservedAlone, target: Target, goal: RolloutGoal): number | undefined {
  const others = otherMaxes(observed, target, goal);
  if (others.every((max) => max === undefined)) return undefined;
  return Math.max(...others.map((max) => max ?? goal.max));
}

/** The same of the pods that stay. */
export function remainingMaxOf(observed: ObservedAlone, target: Target, goal: RolloutGoal): number | undefined {
  const { deployment } = target;
  const status = { ...deployment.status, terminatingReplicas: 0 };
  const pods = observed.pods.filter(({ isTerminating }) => !isTerminating);
  return oldMaxOf({ ...observed, pods }, { ...target, deployment: { ...deployment, status } }, goal);
}

/** What comes back by itself if the configuration in use, which has not proven good yet, fails. */
export function rollbackMaxOf(observed: ObservedAlone, spec: ProfileSpec, target: Target): number | undefined {
  const fallback = fallbackOf(observed, spec, target);
  return fallback === 'originals' ? preProfileMax(observed, target) : fallback?.settings.max;
}

function fallbackOf(
  { profile, configMaps }: Pick<ObservedAlone, 'profile' | 'configMaps'>,
  spec: ProfileSpec,
  { deployment, container }: Target,
): PoolConfig | 'originals' | undefined {
  const remembered = configMaps.map((one) => ({ ...one, state: stateForDeployment(deployment.uid, one.state) }));
  const inUse = remembered.find(({ name }) => name === configMapInUse(container));
  if (inUse === undefined || hasSucceeded(inUse.state) || spec.rollout.onFailure === 'Hold') return undefined;
  return lastGoodConfig(profile, remembered, poolConfig(profile.name, spec.pool)) ?? 'originals';
}

/** Whether it matters what stood there before the profile: pods still run with it, or it may come back. */
export const preProfileMaxMatters = (observed: ObservedAlone, spec: ProfileSpec, target: Target): boolean =>
  hasPreProfilePods(observed, target) || fallbackOf(observed, spec, target) === 'originals';

/** One for each kind of pods that there are; undefined where it is not known. */
function otherMaxes(observed: ObservedAlone, target: Target, goal: RolloutGoal): readonly (number | undefined)[] {
  const { profile, configMaps, replicaSets, pods } = observed;
  const { deployment, container } = target;
  const maxOf = (hash: string) => {
    const found = configMaps.find(
      ({ name }) => isConfigMapNameOf(profile.name, name) && configHashFromName(name) === hash,
    );
    return found && parseConfigMap(profile.name, found)?.settings.max;
  };
  const template = templatePool(target, observed);
  const sets = replicaSets.filter(({ ownerUid }) => ownerUid === deployment.uid);
  const isNewest = ({ revision }: ObservedReplicaSet) =>
    isObservedByController(deployment) && revision === deployment.revision;
  const old = sets.filter((one) => !isNewest(one)).map(({ uid }) => uid);
  const seen: readonly PodGroup[] = [
    ...sets.filter(({ replicas }) => replicas > 0).map((one) => ({ ...one, isLeaving: !isNewest(one) })),
    ...pods.map((one) => ({ ...one, isLeaving: one.isTerminating || old.includes(one.ownerUid ?? '') })),
    { config: template.hash, isLeaving: false },
  ];
  const labelled = seen.flatMap(({ config, literalMax: maxByHand, isLeaving }) => {
    const byHand = maxByHand?.[container.name];
    if (byHand !== undefined) return byHand;
    return config === undefined || (config === goal.hash && !isLeaving) ? [] : maxOf(config);
  });
  const unlabelled = hasPreProfilePods(observed, target) ? [preProfileMax(observed, target)] : [];
  if (template.hash !== undefined) return [...labelled, ...unlabelled];
  return [...labelled, template.max, ...(deployment.labels.profile === undefined ? [] : unlabelled)];
}

/** The label is not true of what somebody set by hand. What is wanted and stays is no other, unless it is replaced by its like. */
type PodGroup = Pick<ObservedReplicaSet, 'config' | 'literalMax'> & { readonly isLeaving: boolean };

type TemplatePool = { readonly hash: string | undefined; readonly max: number | undefined };

/** What the template points at, or the literal in it or in what its `envFrom` names. */
export function templatePool(
  { container }: Target,
  { envFromData: sources }: Pick<ObservedAlone, 'envFromData'>,
): TemplatePool {
  const inUse = configMapInUse(container);
  if (inUse !== undefined) return { hash: configHashFromName(inUse), max: undefined };
  const source = container.env.find(({ name }) => name === MAX_VARIABLE)?.source;
  if (source === undefined) return { hash: undefined, max: maxFromEnvFrom(container, sources) };
  return { hash: undefined, max: source.kind === 'value' ? parseMax(source.value) : undefined };
}

/** What stood there before the profile: what was adopted, else what came from `envFrom`, which still stands there. */
function preProfileMax({ envFromData: sources }: ObservedAlone, { deployment, container }: Target): number | undefined {
  const entry = parseAdopted(deployment.adoptedEnv)?.env.find(({ name }) => name === MAX_VARIABLE);
  return entry === undefined ? maxFromEnvFrom(container, sources) : parseMax(entry['value']);
}

/** By `envFrom`, where the last one counts that has it. */
function maxFromEnvFrom(
  { envFrom }: ObservedContainer,
  sources: ObservedAlone['envFromData'] = [],
): number | undefined {
  const found = envFrom.toReversed().flatMap(({ kind, name, prefix }) => {
    const data = kind === 'ConfigMap' ? sources.find((one) => one.name === name)?.data : undefined;
    return (MAX_VARIABLE.startsWith(prefix) ? data?.[MAX_VARIABLE.slice(prefix.length)] : undefined) ?? [];
  });
  return parseMax(found[0]);
}

/** Whether pods are left from before the profile: its label is not on them. */
function hasPreProfilePods({ replicaSets, pods }: ObservedAlone, { deployment }: Target): boolean {
  const { status, uid, revision } = deployment;
  const terminating = terminatingPods({ pods, replicaSets });
  if ((status.terminatingReplicas ?? 0) > terminating.counted.length) return true;
  // What a ReplicaSet is to have may never be made: only of the new pods does the Deployment tell how many there are.
  if (!isObservedByController(deployment)) return status.replicas > pods.length - terminating.all.length;
  const ours = replicaSets
    .filter((one) => one.ownerUid === uid && one.revision !== revision)
    .reduce((sum, { replicas }) => sum + replicas, 0);
  return countOldPods(deployment) > ours;
}

/** Pods that terminate; `counted` are those that the Deployment counts, too: none whose ReplicaSet was collected. */
export function terminatingPods({ pods, replicaSets }: Pick<ObservedAlone, 'pods' | 'replicaSets'>) {
  const all = pods.filter(({ isTerminating }) => isTerminating);
  return { all, counted: all.filter(({ ownerUid }) => replicaSets.some(({ uid }) => uid === ownerUid)) };
}

/** How many pods are not of the template, those that terminate left aside. Until it is seen, the counts are of the one before. */
export function countOldPods(deployment: ObservedDeployment): number {
  const { replicas, updatedReplicas } = deployment.status;
  return isObservedByController(deployment) ? Math.max(0, replicas - updatedReplicas) : replicas;
}
