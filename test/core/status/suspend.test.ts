import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  deploymentUsing,
  container,
  NOW,
  observed,
  profile,
  renderedConfigMap,
  succeededState,
  spec,
} from '../builders.ts';
import { runningBackend as running, conditionOf, actionNames, startedRollout } from '../rollout-builders.ts';

const config = poolConfig('search', spec().pool);
const there = renderedConfigMap(config);

function failedMark() {
  return { sequence: 3, at: NOW, retry: '', rollback: '', reason: 'CrashLoopBackOff', message: 'Pod x crashes' };
}

describe('a suspended profile', () => {
  const suspended = (changes: Partial<Observed> = {}) =>
    observed({
      profile: profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, suspend: true }) } }),
      ...changes,
    });

  test.for<[string, Partial<Observed>]>([
    ['renders nothing', {}],
    ['rolls out nothing', { configMaps: [there] }],
    ['repairs nothing', { ...running, deployment: deploymentUsing(config.name, { containers: [container()] }) }],
    [
      'rolls nothing back',
      { ...running, configMaps: [renderedConfigMap(config, { state: { ...succeededState, failed: failedMark() } })] },
    ],
  ])('a suspended profile %s, and says so', ([, changes]) => {
    const seen = suspended(changes);
    expect(actionNames(seen)).toEqual([]);
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect(conditionOf(seen, 'Suspended')).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect(conditionOf(seen, 'Stalled')).toBeUndefined();
    expect(conditionOf(seen, 'Reconciling')).toBeUndefined();
  });

  test('a suspended profile is Ready where all is as desired, and says that it is suspended', () => {
    const ready = conditionOf(suspended(running), 'Ready');
    expect(ready).toMatchObject({ status: 'True' });
    expect(ready?.message).toContain('suspended');
  });

  test('a suspended profile starts no probe where one is required', () => {
    const valid = { kind: 'valid', spec: spec({ suspend: true }) } as const;
    expect(actionNames(observed({ profile: profile({ spec: valid }), configMaps: [there] }))).toEqual([]);
  });

  test('a suspended profile has one message while its rollout is complete and not recorded', () => {
    const state = { rollout: startedRollout };
    const seen = suspended({ ...running, configMaps: [renderedConfigMap(config, { state })] });
    const valid = { kind: 'valid', spec: spec({ rollout: { observeSeconds: 60 }, suspend: true }) } as const;
    const observing = { ...seen, profile: { ...seen.profile, spec: valid } };
    const message = (now: number) => conditionOf({ ...observing, now }, 'RolledOut')?.message;
    expect(message(NOW)).toContain('observed for 60 s from now on');
    expect(message(NOW + 5000)).toBe(message(NOW));
  });

  test('the conditions of a suspended profile say how the pods are, and what would be done otherwise', () => {
    const seen = suspended({ configMaps: [there] });
    const otherwise =
      'spec.suspend is true: nothing is probed, rolled out or repaired. Otherwise: Deployment search-api is being rolled out to min 5, max 40, timeout 30 s, recycle 3600 s';
    expect(conditionOf(seen, 'Ready')?.message).toBe(`Deployment search-api: 3 of 3 pods are available. ${otherwise}`);
    expect(conditionOf(seen, 'Suspended')?.message).toBe(otherwise);
    expect(conditionOf(seen, 'RolledOut')).toMatchObject({ status: 'False', reason: 'Suspended', message: otherwise });
  });

  test('a suspended profile whose pods are not available is not Ready', () => {
    const base = deploymentUsing(config.name);
    const seen = suspended({
      ...running,
      deployment: { ...base, status: { ...base.status, availableReplicas: 2 } },
    });
    expect(conditionOf(seen, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Suspended',
      message:
        'spec.suspend is true: nothing is probed, rolled out or repaired. Otherwise: Deployment search-api: 2 of 3 updated pods are available',
    });
  });

  test('a suspended profile that waits for a time reports again at that time, and not while it holds back a write', () => {
    const waiting = (specChangedAt: number) => {
      const rollout = { debounceSeconds: 60 };
      const valid = {
        kind: 'valid',
        spec: spec({ probe: { policy: 'Disabled' }, rollout, suspend: true }),
      } as const;
      return decide(observed({ profile: profile({ spec: valid, specChangedAt }), configMaps: [there] })).requeueAfterMs;
    };
    expect(waiting(NOW - 10_000)).toBe(50_000);
    expect(waiting(NOW - 60_000)).toBeUndefined();
  });
});
