import { describe, expect, test } from 'vitest';
import {
  desiredConfig,
  hasFailed,
  isRollback,
  lastGoodConfig,
  rollbackFrom,
} from '../../../src/core/config/desired.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import {
  deploymentUsing,
  container,
  lastGoodState,
  profile,
  renderedConfigMap,
  spec,
  succeededState,
  proofState,
} from '../builders.ts';
import { crashFailure, defaultPool, newConfig, oldConfig, startedRollout } from '../rollout-builders.ts';

const thirdConfig = poolConfig('search', { ...defaultPool, max: 90 });
const record = (config: typeof newConfig, state: ConfigState = {}) => renderedConfigMap(config, { state });
const goodSince = (at: number): ConfigState => ({ lastGood: { sequence: at, at } });
const failed = { ...succeededState, failed: crashFailure };

describe('rollbackFrom', () => {
  test('a rollback goes to the configuration that was good last', () => {
    const records = [record(oldConfig, goodSince(1)), record(thirdConfig, goodSince(2)), record(newConfig)];
    expect(rollbackFrom(newConfig, profile(), records)).toMatchObject({ name: thirdConfig.name });
  });

  test('a rollback never goes to the configuration that it comes from', () => {
    const records = [record(oldConfig, goodSince(1)), record(newConfig, goodSince(2))];
    expect(rollbackFrom(newConfig, profile(), records)).toMatchObject({ name: oldConfig.name });
  });

  test('a rollback passes a configuration that was good and has failed since', () => {
    const records = [record(oldConfig, goodSince(1)), record(thirdConfig, { ...goodSince(2), failed: crashFailure })];
    expect(rollbackFrom(newConfig, profile(), records)).toMatchObject({ name: oldConfig.name });
  });

  test.for<[string, ReturnType<typeof record>[]]>([
    ['no configuration is recorded', []],
    ['none was good', [record(oldConfig), record(newConfig, succeededState)]],
    ['the only good one has failed', [record(oldConfig, failed)]],
  ])('a rollback goes to what was there before the profile where %s', ([, records]) => {
    expect(rollbackFrom(newConfig, profile(), records)).toBe('preProfile');
  });
});

test('the last good configuration of two with one time is the first by name, in any order', () => {
  const records = [record(oldConfig, goodSince(1)), record(thirdConfig, goodSince(1))];
  const [first] = [oldConfig.name, thirdConfig.name].toSorted();
  expect(lastGoodConfig(profile(), records)?.name).toBe(first);
  expect(lastGoodConfig(profile(), records.toReversed())?.name).toBe(first);
});

describe('hasFailed', () => {
  const proof = proofState();

  test.for<[string, ConfigState, boolean]>([
    ['no other credentials are proven since', { failed: crashFailure }, true],
    [
      'the same credentials are proven since',
      { failed: { ...crashFailure, fingerprint: 'a' }, proof: { ...proof, fingerprint: 'a' } },
      true,
    ],
    [
      'other credentials are proven since',
      { failed: { ...crashFailure, fingerprint: 'a' }, proof: { ...proof, fingerprint: 'b' } },
      false,
    ],
    ['nothing failed', { lastGood: lastGoodState }, false],
  ])('a failure counts, or not: %s', ([, state, counts]) => {
    expect(hasFailed(state, profile())).toBe(counts);
  });

  test('a failure counts until a retry is requested', () => {
    expect(hasFailed({ failed: crashFailure }, profile({ retryRequestedAt: 'now' }))).toBe(false);
    expect(hasFailed({ failed: { ...crashFailure, retry: 'now' } }, profile({ retryRequestedAt: 'now' }))).toBe(true);
  });

  test('a retry that was handled voids the failure of the settings that were rolled out for it, and of no others', () => {
    const handled = profile({ retryRequestedAt: 'now', status: { handledRequests: { retry: 'now' } } });
    expect(hasFailed({ failed: crashFailure, rollout: { ...startedRollout, retry: 'now' } }, handled)).toBe(false);
    expect(hasFailed({ failed: crashFailure, rollout: startedRollout }, handled)).toBe(true);
    expect(
      hasFailed({ failed: crashFailure, rollout: startedRollout }, { ...handled, retryRequestedAt: 'later' }),
    ).toBe(false);
  });
});

describe('desiredConfig', () => {
  const deployment = deploymentUsing(newConfig.name);
  const desiredFor = (
    state: ConfigState,
    onFailure: 'Hold' | 'Rollback',
    records = [record(oldConfig, succeededState)],
  ) =>
    desiredConfig({
      profile: profile(),
      spec: spec({ rollout: { onFailure } }),
      config: newConfig,
      target: { deployment, container: deployment.containers[0] ?? container() },
      records: [record(newConfig, state), ...records],
    });

  test.for<[string, ConfigState, 'Hold' | 'Rollback', string, string | undefined]>([
    ['that of the spec', {}, 'Rollback', 'spec', newConfig.name],
    ['the last good one after a failure', failed, 'Rollback', 'lastGood', oldConfig.name],
    ['that of the spec after a failure with onFailure: Hold', failed, 'Hold', 'heldAfterFailure', newConfig.name],
    [
      'the last good one on request, with onFailure: Hold too',
      { ...failed, failed: { ...crashFailure, isRequested: true } },
      'Hold',
      'lastGood',
      oldConfig.name,
    ],
  ])('the desired configuration is %s', ([, state, onFailure, kind, name]) => {
    const desired = desiredFor(state, onFailure);
    expect(desired).toMatchObject({ kind, config: { name } });
    expect(isRollback(desired)).toBe(kind === 'lastGood');
  });

  test('the desired configuration is what was there before the profile where none was good yet', () => {
    const desired = desiredFor(failed, 'Rollback', []);
    expect(desired).toEqual({ kind: 'preProfile', failed: crashFailure });
    expect(isRollback(desired)).toBe(true);
  });
});
