import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
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
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' });
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
});
