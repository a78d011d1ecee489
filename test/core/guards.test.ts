import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { decide } from '../../src/core/decide.ts';
import type { Observed } from '../../src/core/model/observed.ts';
import { container, deployment, observed, profile, renderedConfigMap, spec } from './builders.ts';
import { conditionOf, actionNames } from './rollout-builders.ts';

const config = poolConfig('search', spec().pool);
const there = renderedConfigMap(config);

describe('guards', () => {
  const cases: [string, Partial<Observed>, string, RegExp][] = [
    [
      'no such Deployment',
      { deployment: undefined },
      'DeploymentNotFound',
      /no Deployment search-api in this namespace \(spec.targetRef.name\)/,
    ],
    [
      'no such container',
      { profile: profile({ spec: { kind: 'valid', spec: spec({ container: 'web' }) } }) },
      'ContainerNotFound',
      /no container web \(spec.targetRef.container\): it has app/,
    ],
    [
      'a default container that is not there',
      { deployment: deployment({ defaultContainer: 'side' }) },
      'ContainerNotFound',
      /no container side \(annotation kubectl.kubernetes.io\/default-container\)/,
    ],
    [
      'a ConfigMap that can be changed',
      { configMaps: [renderedConfigMap(config, { immutable: false })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a ConfigMap with other data',
      { configMaps: [renderedConfigMap(config, { data: { ...config.data, DB_POOL_MAX: '41' } })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a ConfigMap that is mutable',
      { configMaps: [renderedConfigMap(config, { immutable: false })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a spec that cannot be read',
      {
        profile: profile({
          spec: { kind: 'invalid', problem: 'spec.pool.min: expected a number', target: 'search-api' },
        }),
      },
      'SpecInvalid',
      /spec.pool.min: expected a number/,
    ],
    [
      'an older profile of the same Deployment',
      { claimedBy: { name: 'zoo', hasRolledOut: false } },
      'TargetClaimed',
      /Profile zoo names it too and is older/,
    ],
    [
      'a profile that already sets the variables',
      { claimedBy: { name: 'zoo', hasRolledOut: true } },
      'TargetClaimed',
      /Profile zoo already sets its variables/,
    ],
  ];

  test.for(cases)(
    'a guard stops at %s: nothing is written, and the condition says so',
    ([, changes, reason, message]) => {
      const seen = observed(changes);
      expect(actionNames(seen)).toEqual([]);
      expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason });
      expect(conditionOf(seen, 'Ready')?.message).toMatch(message);
      expect(conditionOf(seen, 'Stalled')).toMatchObject({ status: 'True', reason });
    },
  );

  test('the default container is the one in the annotation of the template, else the first', () => {
    const containers = [
      { ...container(), name: 'proxy' },
      { ...container(), name: 'app' },
    ];
    const rollout = (defaultContainer: string | undefined) =>
      JSON.stringify(
        decide(observed({ configMaps: [there], deployment: deployment({ containers, defaultContainer }) })).actions[1]
          ?.object,
      );
    expect(rollout('app')).toContain('"name":"app","env"');
    expect(rollout(undefined)).toContain('"name":"proxy","env"');
  });
});
