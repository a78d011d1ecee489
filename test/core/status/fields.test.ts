import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { parseState } from '../../../src/core/model/config-state.ts';
import type { Observed, ObservedProfile } from '../../../src/core/model/observed.ts';
import {
  deploymentUsing,
  finishedProbe,
  observed,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  spec,
  succeededState,
  verdict,
} from '../builders.ts';
import {
  crashFailure,
  newConfig,
  oldConfig,
  runningBackend,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';

describe('a request for a retry or a rollback', () => {
  const asking = (changes: Partial<ObservedProfile> = {}) =>
    unprobedProfile({ changes: { retryRequestedAt: 'r', rollbackRequestedAt: 'b', ...changes } });
  const handled = (seen: Observed) => decide(seen).status.handledRequests;
  const failed = renderedConfigMap(newConfig, { state: { rollout: startedRollout, failed: crashFailure } });
  const good = renderedConfigMap(oldConfig, { state: succeededState });
  const rolledBack = {
    configMaps: [failed, good],
    deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
    replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
    pods: pods(oldConfig.hash),
  };
  const recorded = renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, retry: 'r' } } });

  test.for<[string, Partial<Observed>, object | undefined]>([
    [
      'a retry waits until its rollout is recorded',
      { ...rolledBack, profile: asking({ rollbackRequestedAt: undefined }) },
      undefined,
    ],
    [
      'a retry is handled once its rollout is recorded',
      { ...rolledBack, configMaps: [recorded, good], profile: asking({ rollbackRequestedAt: undefined }) },
      { retry: 'r' },
    ],
    [
      'a retry is handled where there is nothing to roll out',
      { ...runningBackend, profile: asking({ rollbackRequestedAt: undefined }) },
      { retry: 'r' },
    ],
    [
      'a retry waits until settings that the backend kept are judged again',
      { ...runningBackend, configMaps: [failed], profile: asking({ rollbackRequestedAt: undefined }) },
      undefined,
    ],
    [
      'a rollback waits until it is recorded',
      { ...runningBackend, profile: asking({ retryRequestedAt: undefined }) },
      undefined,
    ],
    [
      'a rollback is handled where other settings run',
      { ...rolledBack, profile: asking({ retryRequestedAt: undefined }) },
      { rollback: 'b' },
    ],
    [
      'an empty value requests nothing',
      { ...runningBackend, profile: asking({ retryRequestedAt: '', rollbackRequestedAt: '' }) },
      undefined,
    ],
    [
      'a handled request stays when its annotation is removed',
      {
        ...runningBackend,
        profile: profile({ status: { handledRequests: { retry: 'r', rollback: 'b', probe: 'p' } } }),
      },
      { retry: 'r', rollback: 'b', probe: 'p' },
    ],
    ['requests wait while a guard stops', { profile: asking(), deployment: undefined }, undefined],
  ])('%s', ([, changes, expected]) => {
    expect(handled(observed(changes))).toEqual(expected);
  });

  test('requests wait while the profile is suspended', () => {
    const valid = { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, suspend: true }) } as const;
    expect(handled(observed({ ...runningBackend, profile: asking({ spec: valid }) }))).toBeUndefined();
  });

  test('a rollback is handled in the pass after its record', () => {
    const seen = observed({ ...runningBackend, profile: asking({ retryRequestedAt: undefined }) });
    const [action] = decide(seen).actions;
    const state = parseState(action?.object.metadata['annotations'] as Record<string, string>);
    expect(handled({ ...seen, configMaps: [renderedConfigMap(newConfig, { state })] })).toEqual({ rollback: 'b' });
  });
});

test('a probe request is shown as handled once a probe has it, and stays there', () => {
  const heard = (changes: Partial<Observed>) => decide(observed(changes)).status.handledRequests?.probe;
  const asking = profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'old' } } });
  expect(heard({ profile: asking })).toBe('old');
  expect(heard({ profile: asking, probes: [finishedProbe(verdict(), 0, { requestedAt: 'new' })] })).toBe('new');
  expect(heard({ profile: profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'new' } } }) })).toBe(
    'new',
  );
});
