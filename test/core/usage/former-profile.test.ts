import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import type { PoolUsage } from '../../../src/core/model/usage.ts';
import { deployment, deploymentUsing, pods, renderedConfigMap, replicaSet, spec, succeededState } from '../builders.ts';
import { usageOf, wanted } from './builders.ts';

const formerConfig = poolConfig('former', spec({ pool: { max: 100 } }).pool);
const formerWith = (state: ConfigState) => renderedConfigMap(formerConfig, { state });
const midway = { ...deployment().status, replicas: 4, updatedReplicas: 1 };

/** Three old pods, of which no cache tells. */
const unlabelled: Partial<Observed> = {
  deployment: deploymentUsing(wanted.name, { revision: 3, status: midway }),
  replicaSets: [replicaSet(wanted.hash, 3, 1)],
};

describe('a backend that another profile had before', () => {
  test.for<readonly [string, Partial<Observed>, Partial<PoolUsage>]>([
    [
      'in its first rollout, from the settings of a former profile',
      {
        deployment: deploymentUsing(wanted.name, { revision: 3, status: midway }),
        replicaSets: [replicaSet(wanted.hash, 3, 1)],
        former: {
          replicaSets: [replicaSet(formerConfig.hash, 2, 3)],
          pods: [],
          configMaps: [renderedConfigMap(formerConfig)],
        },
      },
      { phase: 'Rolling', newMax: 40, oldMax: 100, remainingMax: 100 },
    ],
    [
      'whose former profile still rolls out a new image',
      {
        deployment: deploymentUsing(formerConfig.name, {
          revision: 3,
          status: midway,
          labels: { profile: 'former', config: formerConfig.hash },
        }),
        former: {
          replicaSets: [replicaSet(formerConfig.hash, 2, 3), replicaSet(formerConfig.hash, 3, 1)],
          pods: [],
          configMaps: [renderedConfigMap(formerConfig)],
        },
      },
      { phase: 'Rolling', newMax: 100, oldMax: 100 },
    ],
    [
      'whose last pods of a former profile terminate',
      {
        deployment: deploymentUsing(wanted.name, { revision: 3 }),
        replicaSets: [replicaSet(wanted.hash, 3, 3)],
        pods: pods(wanted.hash),
        former: {
          replicaSets: [replicaSet(formerConfig.hash, 2)],
          pods: pods(formerConfig.hash, 2).map((pod) => ({ ...pod, isTerminating: true })),
          configMaps: [renderedConfigMap(formerConfig)],
        },
      },
      { phase: 'UpToDate', newMax: 40, oldMax: 100, remainingMax: undefined, pods: { old: 0, terminating: 2 } },
    ],
    [
      'in its first rollout, from settings of a former profile whose label somebody took away',
      { ...unlabelled, former: { replicaSets: [], pods: [], configMaps: [formerWith(succeededState)] } },
      { phase: 'Rolling', newMax: 40, oldMax: 100, remainingMax: 100 },
    ],
    [
      'in its first rollout, from variables that a former profile has restored',
      {
        ...unlabelled,
        former: {
          replicaSets: [],
          pods: [],
          configMaps: [formerWith({ ...succeededState, released: { sequence: 9 } })],
        },
      },
      { phase: 'Rolling', newMax: 40, oldMax: undefined, remainingMax: undefined },
    ],
  ])('a backend that another profile had before, %s', ([, changes, pools]) => {
    expect(usageOf(changes)?.pools).toMatchObject(pools);
  });
});
