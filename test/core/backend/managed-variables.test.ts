import { describe, expect, test } from 'vitest';
import { isManaged } from '../../../src/core/backend/managed-variables.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';
import {
  completedRollout,
  container,
  deployment,
  deploymentUsing,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  spec,
  variable,
} from '../builders.ts';
import { actionNames, conditionOf, newConfig, observedRollout, readyCondition } from '../rollout-builders.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const managed = (state: ConfigState, changes: Partial<ObservedDeployment> = {}, index = 0) => {
  const target = deployment({ revision: 2, generation: 2, ...changes });
  const [found = container()] = target.containers.slice(index);
  return isManaged(
    { profile: profile(), configMaps: [renderedConfigMap(newConfig, { state })] },
    { deployment: target, container: found },
  );
};

const rollout = { ...completedRollout, profile: 'profile-uid', container: 'app', generation: 1 };
const literal = variable('DB_POOL_MAX', { kind: 'value', value: '99' }, 'helm');

describe('the variables of a container, by the state of the ConfigMaps', () => {
  test.for<[string, boolean, ConfigState, Partial<ObservedDeployment>]>([
    ['are managed after a rollout, though neither a label nor a variable is left', true, { rollout }, {}],
    ['are managed after a rollout, whoever edited them', true, { rollout }, { containers: [container(literal)] }],
    [
      'are managed without state where they refer to a ConfigMap of the profile',
      true,
      {},
      deploymentUsing(newConfig.name),
    ],
    ['are managed after a first rollout that is complete', true, { rollout: { ...rollout, isFirst: true } }, {}],
    [
      'are free until the first rollout is complete',
      false,
      { rollout: { ...rollout, isFirst: true, completedAt: undefined } },
      {},
    ],
    ['are free where nothing was rolled out', false, {}, {}],
    ['are free once they were handed back', false, { rollout, released: { sequence: 9 } }, {}],
    [
      'are free where the template of a first rollout was never written',
      false,
      { rollout: { ...rollout, generation: 2, isFirst: true } },
      {},
    ],
    [
      'are managed where the template of a later rollout was never written',
      true,
      { rollout: { ...rollout, generation: 2 } },
      {},
    ],
    [
      'are free where a former profile of this name rolled them out',
      false,
      { rollout: { ...rollout, profile: 'x' } },
      {},
    ],
    [
      'are free in another container than that of the rollout',
      false,
      { rollout: { ...rollout, container: 'web' } },
      { containers: [container(), { ...container(), name: 'web' }] },
    ],
    ['are managed in an only container that was renamed', true, { rollout: { ...rollout, container: 'web' } }, {}],
  ])('%s', ([, expected, state, changes]) => {
    expect(managed(state, changes)).toBe(expected);
  });

  test('a removal of all variables and labels is drift, and no first rollout', () => {
    const seen = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: { rollout, lastGood: { sequence: 2, at: 0 } } })],
      deployment: deployment({ revision: 3, generation: 3, status: { ...deployment().status, observedGeneration: 3 } }),
      replicaSets: [replicaSet(newConfig.hash, 2)],
      pods: [],
    });
    expect(actionNames(seen)).toEqual([`recordState ${newConfig.name}`, 'rollOut search-api']);
    expect(readyCondition(seen)?.reason).toBe('DriftDetected');
  });
});

describe('labels of the template that another tool removes, while the variables stay', () => {
  const settings = { ...spec().pool, max: 40 };

  test.for([
    ['the label of the configuration', { profile: 'search', config: undefined }],
    ['both labels', { profile: undefined, config: undefined }],
    ['another hash', { profile: 'search', config: 'ffffffffff' }],
  ] as const)('%s: the profile stays Ready, with all pods, and nothing is rolled out', ([, labels]) => {
    const world = new World();
    edit(world, settings, 'Disabled');
    world.converge();
    const writes = world.templateWrites.length;
    world.backend.write({ labels });
    world.converge();
    expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
    expect(world.profile.status.pods).toEqual({ available: 3, desired: 3, updated: 3, summary: '3/3' });
    expect(world.profile.status.current).toMatchObject({ max: 40 });
    expect(world.templateWrites.length).toBe(writes);
    edit(world, { ...settings, max: 60 }, 'Disabled');
    world.converge();
    for (const name of world.backend.configMapsNeeded) expect(world.configMaps.map((one) => one.name)).toContain(name);
    expect(world.backend.template.labels.profile).toBe('search');
    expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });

  test('pods without the label that are not available keep the profile from being Ready', () => {
    const target = deploymentUsing(newConfig.name, { labels: { profile: undefined, config: undefined } });
    const seen = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: { rollout, lastGood: { sequence: 2, at: 0 } } })],
      deployment: { ...target, status: { ...target.status, availableReplicas: 2 } },
      replicaSets: [],
      pods: pods('x', 0),
    });
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'PodsUnavailable' });
  });
});
