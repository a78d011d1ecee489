/** Which `max` the old pods of a backend have, and which one a rollback may bring back. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { MAX_VARIABLE, parseMax } from '../model/variables.ts';
import { type PoolConfig, poolConfig } from '../config/pool-config.ts';
import { rollbackFrom } from '../config/desired.ts';
import { hasSucceeded, withStateFor } from '../model/config-state.ts';
import { configHashFromName, profileNameFromConfigMap } from '../model/naming.ts';
import type {
  ObservedBackend,
  ObservedConfigMap,
  ObservedContainer,
  ObservedPod,
  ObservedReplicaSet,
} from '../model/observed.ts';
import { adoptedVariables, newestKnownRollout, rolloutSequence } from '../backend/managed-variables.ts';
import { configHashOf, terminatingPods } from '../backend/pods.ts';
import { isObservedByController, rolloutState } from '../backend/rollout-state.ts';
import { unobservedRollouts } from '../backend/unobserved-templates.ts';
import { configMapInUse, entryOf, type Target } from '../backend/target.ts';

/**
 * A backend with what a former profile has left on it. Its pods count with what they run, and the ConfigMaps of two profiles that have one
 * hash have one `max`.
 */
export const withFormer = (observed: ObservedBackend): ObservedBackend => ({
  ...observed,
  replicaSets: [...observed.replicaSets, ...observed.former.replicaSets],
  pods: [...observed.pods, ...observed.former.pods],
  configMaps: [...observed.configMaps, ...observed.former.configMaps],
});

/** `max` in a ConfigMap; undefined where it has none. */
export const maxOfData = ({ data }: Pick<ObservedConfigMap, 'data'>): number | undefined =>
  parseMax(data[MAX_VARIABLE]);

/** `max` of the configuration with this hash; undefined where its ConfigMap is gone. */
function maxOfConfig(configMaps: readonly ObservedConfigMap[], hash: string): number | undefined {
  const found = configMaps.find(({ name }) => configHashFromName(name) === hash);
  return found && maxOfData(found);
}

/** `max` of the pool in this pod's container; undefined where it is not known. */
export function maxOfPod(
  { configMaps }: Pick<ObservedBackend, 'configMaps'>,
  { container }: Target,
  { literalMax, ...pod }: ObservedPod,
): number | undefined {
  const hash = configHashOf(pod);
  return literalMax?.[container.name] ?? (hash === undefined ? undefined : maxOfConfig(configMaps, hash));
}

/** The settings that a rollout brings: the one in progress, else the next one. `hash` names its ConfigMap, where it has one. */
export type RolloutGoal = { readonly hash: string | undefined; readonly max: number };

/**
 * The largest `max` of all pods but those with the settings of `goal`. Where it is not known for some pods, they are taken to have
 * the one of `goal`, or a larger one that was rolled out; undefined where it is known for none, or there are none.
 */
export function oldMaxOf(observed: ObservedBackend, target: Target, goal: RolloutGoal): number | undefined {
  const pods = { observed, target, goal };
  return largest(pods, [...otherMaxes(pods), ...lostMaxes(pods)]);
}

type Pods = { readonly observed: ObservedBackend; readonly target: Target; readonly goal: RolloutGoal };

function largest({ observed, target, goal }: Pods, maxes: readonly (number | undefined)[]): number | undefined {
  const assumed = Math.max(goal.max, ...rolledOut(observed, target).flatMap((one) => maxOfData(one) ?? []));
  if (maxes.length === 0 || (maxes.every((max) => max === undefined) && assumed === goal.max)) return undefined;
  return Math.max(...maxes.map((max) => max ?? assumed));
}

/** What pods may have that have lost the variables or the labels. Of a profile that has restored the variables from before it: nothing. */
function rolledOut({ configMaps }: ObservedBackend, { deployment }: Target): readonly ObservedConfigMap[] {
  const byProfile = Map.groupBy(withStateFor(deployment, configMaps), ({ name }) => profileNameFromConfigMap(name));
  return [...byProfile.values()]
    .filter((records) => newestKnownRollout(records)?.state.released === undefined)
    .flatMap((records) => records.filter((one) => rolloutSequence(one) >= 0));
}

/**
 * What pods without the label of the profile may have if somebody took it away: anything that was rolled out, and what they had before. With
 * the label on the template, pods with the settings of the goal have it, too.
 */
function lostMaxes({ observed, target, goal }: Pods): readonly (number | undefined)[] {
  if (!hasUnlabelledPods(observed, target)) return [];
  const isLabelled = target.deployment.labels.profile !== undefined;
  const lost = rolledOut(observed, target).filter(({ name }) => !isLabelled || configHashFromName(name) !== goal.hash);
  return lost.length === 0 ? [] : [preProfileMax(observed, target), ...lost.map(maxOfData)];
}

/** `oldMaxOf` without terminating pods and lost labels: a rollout lowers `max` only if pods are known to have had more. */
export function remainingMaxOf(observed: ObservedBackend, target: Target, goal: RolloutGoal): number | undefined {
  const { deployment } = target;
  const status = { ...deployment.status, terminatingReplicas: 0 };
  const pods = observed.pods.filter(({ isTerminating }) => !isTerminating);
  const remaining = {
    observed: { ...observed, pods },
    target: { ...target, deployment: { ...deployment, status } },
    goal,
  };
  return largest(remaining, otherMaxes(remaining));
}

/** `max` that an automatic rollback would bring back; undefined where none can come: the settings in use have succeeded, or `onFailure: Hold`. */
export function rollbackMaxOf(observed: ObservedBackend, spec: ProfileSpec, target: Target): number | undefined {
  const rollback = rollbackConfig(observed, spec, target);
  return rollback === 'preProfile' ? preProfileMax(observed, target) : rollback?.settings.max;
}

function rollbackConfig(
  { profile, configMaps }: Pick<ObservedBackend, 'profile' | 'configMaps'>,
  spec: ProfileSpec,
  { deployment, container }: Target,
): PoolConfig | 'preProfile' | undefined {
  const configMapsOfBackend = withStateFor(deployment, configMaps);
  const inUse = configMapsOfBackend.find(({ name }) => name === configMapInUse(container));
  if (inUse === undefined || hasSucceeded(inUse.state) || spec.rollout.onFailure === 'Hold') return undefined;
  return rollbackFrom(poolConfig(profile.name, spec.pool), profile, configMapsOfBackend);
}

/** Whether the `max` from before the profile counts: pods still run with it, or a rollback may bring it back. */
export const preProfileMaxMatters = (observed: ObservedBackend, spec: ProfileSpec, target: Target): boolean =>
  hasUnlabelledPods(withFormer(observed), target) || rollbackConfig(observed, spec, target) === 'preProfile';

/** `max` of each group of pods without the settings of `goal`; undefined for a group where it is not known. */
function otherMaxes({ observed, target, goal }: Pods): readonly (number | undefined)[] {
  const { configMaps, replicaSets, pods } = observed;
  const { deployment, container } = target;
  const template = templatePool(target, observed);
  const unobserved = unobservedRollouts(deployment, withStateFor(deployment, configMaps));
  const sets = replicaSets.filter(({ ownerUid }) => ownerUid === deployment.uid);
  const isNewest = ({ revision }: ObservedReplicaSet) =>
    isObservedByController(deployment) && revision === deployment.revision;
  const old = sets.filter((one) => !isNewest(one)).map(({ uid }) => uid);
  const groups: readonly PodGroup[] = [
    ...sets.filter(({ replicas }) => replicas > 0).map((one) => ({ ...one, isLeaving: !isNewest(one) })),
    ...pods.map((one) => ({ ...one, isLeaving: one.isTerminating || old.includes(one.ownerUid ?? '') })),
    { config: template.hash, configMaps: [], isLeaving: false },
    ...unobserved.map(({ name }) => ({ config: configHashFromName(name), configMaps: [], isLeaving: false })),
  ];
  const labelled = groups.flatMap(({ literalMax, isLeaving, ...group }) => {
    const literal = literalMax?.[container.name];
    if (literal !== undefined) return literal;
    const hash = configHashOf(group);
    // After a rollback to the values from before the profile, pods have its label and no configuration.
    if (hash === undefined) return isLeaving ? (preProfileMax(observed, target) ?? []) : [];
    return hash === goal.hash && !isLeaving ? [] : maxOfConfig(configMaps, hash);
  });
  const unlabelled = hasUnlabelledPods(observed, target) ? [preProfileMax(observed, target)] : [];
  return template.hash === undefined ? [...labelled, template.max, ...unlabelled] : [...labelled, ...unlabelled];
}

/**
 * Pods with one `max`: of a ReplicaSet, a single pod, or those that the template makes. A literal in the template overrides what the
 * label `config` names. `isLeaving`: they are being replaced, so that they count even if they have the settings of the goal.
 */
type PodGroup = Pick<ObservedReplicaSet, 'config' | 'configMaps' | 'literalMax'> & { readonly isLeaving: boolean };

/** The hash of the ConfigMap that the template refers to, or the `max` that it gets otherwise, where that is known. */
type TemplatePool = { readonly hash: string | undefined; readonly max: number | undefined };

export function templatePool(
  { container }: Target,
  { envFromData }: Pick<ObservedBackend, 'envFromData'>,
): TemplatePool {
  const inUse = configMapInUse(container);
  if (inUse !== undefined) return { hash: configHashFromName(inUse), max: undefined };
  const source = entryOf(container, MAX_VARIABLE)?.source;
  if (source === undefined) return { hash: undefined, max: maxFromEnvFrom(container, envFromData) };
  return { hash: undefined, max: source.kind === 'value' ? parseMax(source.value) : undefined };
}

/** `max` from before the profile: of the adopted variable, else from `envFrom`, which the operator leaves in place. */
function preProfileMax(
  { envFromData, configMaps }: ObservedBackend,
  { deployment, container }: Target,
): number | undefined {
  const adopted = adoptedVariables({ configMaps: withStateFor(deployment, configMaps) }, deployment);
  const entry = adopted?.env.find(({ name }) => name === MAX_VARIABLE);
  return entry === undefined ? maxFromEnvFrom(container, envFromData) : parseMax(entry['value']);
}

/** `max` from the ConfigMaps of `envFrom`, of which the last one with the variable wins. */
function maxFromEnvFrom({ envFrom }: ObservedContainer, data: ObservedBackend['envFromData'] = []): number | undefined {
  const found = envFrom.toReversed().flatMap(({ kind, name, prefix }) => {
    const variables = kind === 'ConfigMap' ? data.find((one) => one.name === name)?.data : undefined;
    return (MAX_VARIABLE.startsWith(prefix) ? variables?.[MAX_VARIABLE.slice(prefix.length)] : undefined) ?? [];
  });
  return parseMax(found[0]);
}

/** Whether there are pods without the label of the profile: from before it, or because somebody took the label away. */
function hasUnlabelledPods({ replicaSets, pods, now }: ObservedBackend, { deployment }: Target): boolean {
  const { status, uid, revision } = deployment;
  const terminating = terminatingPods({ pods, replicaSets });
  if ((status.terminatingReplicas ?? 0) > terminating.counted.length) return true;
  // `replicas` of a ReplicaSet may exceed its pods, for example because of a quota. So the sum below leaves out the newest
  // ReplicaSet, which may still be growing. Until the status counts its pods apart, all pods are compared instead.
  if (!isObservedByController(deployment)) return status.replicas > pods.length - terminating.all.length;
  const labelled = replicaSets
    .filter((one) => one.ownerUid === uid && one.revision !== revision)
    .reduce((sum, { replicas }) => sum + replicas, 0);
  return rolloutState(deployment, now).old > labelled;
}
