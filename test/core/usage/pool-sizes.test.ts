import { describe, expect, test } from 'vitest';
import { backendUsage } from '../../../src/core/usage/backend-usage.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { formatAdopted } from '../../../src/core/backend/adopted-variables.ts';
import {
  deploymentUsing,
  NOW,
  observed,
  pods,
  profile,
  renderedConfigMap,
  completedRollout,
  succeededState,
  spec,
  variable,
} from '../builders.ts';

const of = (max: number) => poolConfig('search', spec({ pool: { max } }).pool);
const [small, large, wanted] = [of(20), of(80), of(40)];
const all = [small, large, wanted].map((one) => renderedConfigMap(one));

const literal = variable('DB_POOL_MAX', { kind: 'value', value: '30' }, 'kubectl');
const adopted = formatAdopted('app', [literal]);

const seen = (changes: Partial<Observed>) =>
  backendUsage(observed({ profile: profile({ spec: { kind: 'valid', spec: spec() } }), configMaps: all, ...changes }));

describe('the max of an automatic rollback', () => {
  const ROLLED_NOW = { ...completedRollout, startedAt: NOW - 1000, completedAt: undefined };
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
          renderedConfigMap(wanted, { state: { rollout: ROLLED_NOW, lastGood: { at: NOW - 5000 } } }),
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
            state: { ...succeededState, rollout: { ...completedRollout, deployment: 'other' } },
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
    expect(seen({ ...onWanted, ...changes })?.pools.rollbackMax).toBe(rollbackMax);
  });
});
