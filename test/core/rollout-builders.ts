/** A backend during and after a rollout from `oldConfig` to `newConfig`, and parts of what `decide` returns for it. */
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { decide } from '../../src/core/decide.ts';
import type { Observed, ObservedProfile } from '../../src/core/model/observed.ts';
import type { ProfileSpec } from '../../src/api/v1alpha1.ts';
import {
  deploymentUsing,
  NOW,
  observed,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  completedRollout,
  succeededState,
  spec,
} from './builders.ts';

export const defaultPool = spec().pool;
export const newConfig = poolConfig('search', defaultPool);
export const oldConfig = poolConfig('search', { ...defaultPool, max: 20 });

export type ProfileChanges = { rollout?: Partial<ProfileSpec['rollout']>; changes?: Partial<ObservedProfile> };
export const unprobedProfile = ({ rollout = {}, changes = {} }: ProfileChanges = {}) =>
  profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, rollout }) }, ...changes });

const { completedAt: _, ...withoutEnd } = completedRollout;
/** The state of a rollout that started a minute ago. */
export const startedRollout = { ...withoutEnd, sequence: 3, startedAt: NOW - 60_000 };
export const crashFailure = {
  sequence: 4,
  at: NOW - 1000,
  retry: '',
  rollback: '',
  reason: 'CrashLoopBackOff',
  message: 'Pod x crashes',
};

/** The template uses `newConfig`, and all pods run with it; `oldConfig` was the last good one. */
export const observedRollout = (changes: Partial<Observed> = {}): Observed =>
  observed({
    profile: unprobedProfile(),
    configMaps: [
      renderedConfigMap(newConfig, { state: { rollout: startedRollout } }),
      renderedConfigMap(oldConfig, { state: succeededState }),
    ],
    deployment: deploymentUsing(newConfig.name),
    replicaSets: [replicaSet(newConfig.hash, 2, 3), replicaSet(oldConfig.hash, 1)],
    pods: pods(newConfig.hash),
    ...changes,
  });

/** `newConfig` is the last good one, and all pods run with it. */
export const runningBackend: Partial<Observed> = {
  configMaps: [renderedConfigMap(newConfig, { state: succeededState })],
  deployment: deploymentUsing(newConfig.name),
  replicaSets: [replicaSet(newConfig.hash, 2, 3)],
  pods: pods(newConfig.hash),
};

export const readyCondition = (seen: Observed) => decide(seen).status.conditions?.find(({ type }) => type === 'Ready');
export const conditionOf = (seen: Observed, type: string) =>
  decide(seen).status.conditions?.find((one) => one.type === type);
/** Kind and object name of each action. */
export const actionNames = (seen: Observed) =>
  decide(seen).actions.map(({ kind, object }) => `${kind} ${object.metadata.name}`);
/** The annotations of the ConfigMap that the first action writes. */
export const recordedAnnotations = (seen: Observed) =>
  decide(seen).actions[0]?.object.metadata['annotations'] as Record<string, string>;
/** The `spec` that is written to the Deployment, as JSON; `""` where none is. */
export const writtenDeployment = (seen: Observed) => {
  const write = decide(seen).actions.find(({ object }) => object.kind === 'Deployment');
  return JSON.stringify(write?.object['spec'] ?? '');
};
