import { describe, expect, test } from 'vitest';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  deployment,
  deploymentUsing,
  NOW,
  pods,
  profile,
  renderedConfigMap,
  completedRollout,
  succeededState,
  spec,
} from '../builders.ts';
import { large, wanted, adopted, usageOf } from './builders.ts';

describe('the max of pods that lost the variables', () => {
  const rolled = renderedConfigMap(large, { state: succeededState });
  const removed = deployment({ revision: 3, generation: 3, status: { ...deployment().status, observedGeneration: 3 } });

  test('the max of pods that lost the variables is the largest one that was rolled out', () => {
    const seen = { deployment: removed, configMaps: [rolled, renderedConfigMap(wanted, { state: succeededState })] };
    expect(usageOf(seen)?.pools.oldMax).toBe(80);
  });

  test('the max of pods from before the profile is unknown once the variables were handed back', () => {
    const released = renderedConfigMap(large, { state: { ...succeededState, released: { sequence: 9 } } });
    expect(usageOf({ deployment: removed, configMaps: [released] })?.pools.oldMax).toBeUndefined();
  });
});

describe('the max of an automatic rollback', () => {
  const ROLLED_NOW = { ...completedRollout, sequence: 3, startedAt: NOW - 1000, completedAt: undefined };
  const before = renderedConfigMap(large, { state: succeededState });
  const onWanted = { deployment: deploymentUsing(wanted.name, { adoptedEnv: adopted }), pods: pods(wanted.hash) };

  test.for<readonly [string, Partial<Observed>, number | undefined]>([
    [
      'is the last good one while the new settings are observed',
      { configMaps: [before, renderedConfigMap(wanted, { state: { rollout: ROLLED_NOW } })] },
      80,
    ],
    [
      'is the last good one, too, for settings that were good earlier',
      {
        configMaps: [
          before,
          renderedConfigMap(wanted, { state: { rollout: ROLLED_NOW, lastGood: { sequence: 2, at: NOW - 5000 } } }),
        ],
      },
      80,
    ],
    ['is the adopted one where no settings were good', { configMaps: [renderedConfigMap(wanted)] }, 30],
    [
      'is not one that was good for another Deployment',
      {
        configMaps: [
          renderedConfigMap(wanted),
          renderedConfigMap(large, {
            state: {
              ...succeededState,
              rollout: { ...completedRollout, deployment: { name: 'another', uid: 'uid of another' } },
            },
          }),
        ],
      },
      30,
    ],
    [
      'is undefined once the settings have succeeded',
      { configMaps: [before, renderedConfigMap(wanted, { state: succeededState })] },
      undefined,
    ],
    [
      'is undefined under onFailure: Hold',
      {
        configMaps: [before, renderedConfigMap(wanted)],
        profile: profile({ spec: { kind: 'valid', spec: spec({ rollout: { onFailure: 'Hold' } }) } }),
      },
      undefined,
    ],
    [
      'stays when the spec asks for other settings meanwhile',
      {
        configMaps: [before, renderedConfigMap(wanted)],
        profile: profile({ spec: { kind: 'valid', spec: spec({ pool: { max: 50 } }) } }),
      },
      80,
    ],
  ])('the max of an automatic rollback %s', ([, changes, rollbackMax]) => {
    expect(usageOf({ ...onWanted, ...changes })?.pools.rollbackMax).toBe(rollbackMax);
  });
});
