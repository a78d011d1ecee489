import { describe, expect, test } from 'vitest';
import { contextOf, withStateOfDeployment } from '../../src/core/context.ts';
import { findTarget } from '../../src/core/backend/find-target.ts';
import type { ConfigState, StateOf } from '../../src/core/model/config-state.ts';
import type { Observed } from '../../src/core/model/observed.ts';
import {
  completedRollout,
  observed,
  profile,
  renderedConfigMap,
  spec,
  succeededState,
  proofState,
} from './builders.ts';
import { crashFailure, newConfig, observedRollout, oldConfig, startedRollout } from './rollout-builders.ts';

const unprobed = spec({ probe: { policy: 'Disabled' } });

function contextFor(seen: Observed) {
  const target = findTarget(seen, unprobed, seen.deployment);
  if ('progress' in target) throw new Error('the Deployment has no container');
  return contextOf({ observed: seen, spec: unprobed, config: newConfig, target, adopted: [] });
}

describe('the context', () => {
  test('the context has a record of the configuration of the spec before its ConfigMap is there', () => {
    const { records } = contextFor(observed({ configMaps: [renderedConfigMap(oldConfig)] }));
    expect(records.map(({ name }) => name)).toEqual([oldConfig.name, newConfig.name]);
    expect(records.at(-1)).toEqual({ name: newConfig.name, data: newConfig.data, immutable: true, state: {} });
  });

  test('the context has the record of a ConfigMap that is there once, with its state', () => {
    const found = renderedConfigMap(newConfig, { state: succeededState });
    expect(contextFor(observed({ configMaps: [found] })).records).toEqual([found]);
  });

  test('the context has no gate where there is nothing to roll out', () => {
    const { template, gate, desired } = contextFor(observedRollout());
    expect({ isDesired: template.isDesired, gate, kind: desired.kind }).toEqual({
      isDesired: true,
      gate: undefined,
      kind: 'spec',
    });
  });

  test('the context has a closed gate where a rollout is due and may not start', () => {
    const windows = [{ schedule: '0 3 1 1 *', durationSeconds: 60, timeZone: 'UTC' }];
    const waiting = { ...unprobed, rollout: { ...unprobed.rollout, windows } };
    const seen = observed({ profile: profile({ spec: { kind: 'valid', spec: waiting } }) });
    const target = findTarget(seen, waiting, seen.deployment);
    if ('progress' in target) throw new Error('the Deployment has no container');
    const { template, gate } = contextOf({ observed: seen, spec: waiting, config: newConfig, target, adopted: [] });
    expect(template.isDesired).toBe(false);
    expect(gate).toMatchObject({ blocks: true, condition: { reason: 'WaitingForWindow' } });
  });

  test('the context desires the last good configuration where that of the spec has failed', () => {
    const { desired, template } = contextFor(
      observedRollout({
        configMaps: [
          renderedConfigMap(newConfig, { state: { rollout: startedRollout, failed: crashFailure } }),
          renderedConfigMap(oldConfig, { state: succeededState }),
        ],
      }),
    );
    expect(desired).toMatchObject({ kind: 'lastGood', config: { name: oldConfig.name } });
    expect(template.isDesired).toBe(false);
  });
});

describe('the state of a Deployment', () => {
  const proof = proofState();
  const stateFor = (name: string, uid: string, more: ConfigState = {}) => {
    const rollout = { ...completedRollout, deployment: { name, uid } };
    const state = { ...succeededState, failed: crashFailure, proof, rollout, ...more };
    const { configMaps } = withStateOfDeployment(observed({ configMaps: [renderedConfigMap(newConfig, { state })] }));
    return configMaps[0]?.state;
  };

  test('the state of a Deployment has everything that is recorded of its own rollout', () => {
    expect(stateFor('search-api', 'deployment-uid')).toMatchObject({ proof, lastGood: succeededState.lastGood });
  });

  test('the state of a Deployment has the proof alone of what another Deployment ran', () => {
    expect(stateFor('another', 'uid of another')).toEqual({ proof });
  });

  test('the state of a Deployment has what was rolled out to a deleted one of its name, and what failed there', () => {
    const { lastGood, rollout } = succeededState;
    const { sequence, templateHash } = rollout;
    const formerRollout = { sequence, deployment: 'search-api', templateHash };
    const failed = { ...crashFailure, isElsewhere: true };
    expect(stateFor('search-api', 'uid of the deleted')).toEqual({ proof, lastGood, formerRollout, failed });
  });

  test.for<[string, Partial<StateOf<'failed'>>, Partial<StateOf<'failed'>>]>([
    ['one new try', {}, { isElsewhere: true }],
    ['no second one: the Deployment of the new try was deleted', { isElsewhere: true }, { isFinal: true }],
    ['no second one: the new try has failed', { isFinal: true }, { isFinal: true }],
    ['none: a user had requested the rollback', { isRequested: true }, { isRequested: true }],
  ])('settings that failed on a deleted Deployment get %s', ([, before, after]) => {
    const state = stateFor('search-api', 'uid of the deleted', { failed: { ...crashFailure, ...before } });
    expect(state?.failed).toEqual({ ...crashFailure, ...after });
  });

  test('the state of a Deployment is unchanged where there is none', () => {
    const seen = observed({ deployment: undefined, configMaps: [renderedConfigMap(newConfig)] });
    expect(withStateOfDeployment(seen)).toBe(seen);
  });
});
