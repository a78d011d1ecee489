import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DRIFT_EDITS, MAX_DRIFT_WRITERS } from '../../../src/api/v1alpha1.ts';
import {
  type ConfigState,
  formatState,
  isNewRequest,
  nextSequence,
  parseState,
} from '../../../src/core/model/config-state.ts';
import { completedRollout, lastGoodState, NOW, renderedConfigMap, succeededState } from '../builders.ts';
import { unprobedProfile, oldConfig, readyCondition, observedRollout, newConfig } from '../rollout-builders.ts';

describe('the state of a configuration', () => {
  test('state is parsed as it was written', () => {
    expect(parseState(formatState(succeededState))).toEqual(succeededState);
  });

  test.for<[string, string]>([
    ['no JSON', '{"at":'],
    ['another shape', '{"at":"yesterday"}'],
    ['nothing', ''],
    ['a time that no calendar has', JSON.stringify({ ...completedRollout, startedAt: 8_640_000_000_000_001 })],
  ])('state that is %s is ignored, and all other state is read', ([, text]) => {
    expect(parseState({ ...formatState({ lastGood: lastGoodState }), 'dbpool.dev/rollout': text })).toEqual({
      lastGood: lastGoodState,
    });
  });

  test.for<[string, ConfigState[], number]>([
    ['is 1 where nothing has happened', [{}], 1],
    ['is above all events of all ConfigMaps', [{ lastGood: { sequence: 7, at: 1 } }, succeededState], 8],
  ])('the number of the next event %s', ([, states, expected]) => {
    expect(nextSequence(states.map((state) => ({ state })))).toBe(expected);
  });

  test.for<[string, string | undefined, string]>([
    ['an annotation that is absent', undefined, ''],
    ['an annotation that was removed', undefined, 'monday'],
    ['an empty annotation', '', 'monday'],
    ['a value that was handled', 'monday', 'monday'],
  ])('%s is no new request', ([, requested, handledLast]) => {
    expect(isNewRequest(requested, handledLast)).toBe(false);
  });

  test('a value that was not handled is a new request', () => {
    expect(isNewRequest('tuesday', 'monday')).toBe(true);
  });

  test('a decision is made whatever annotations say', () => {
    const ends = fc.constantFrom(Date.UTC(9999, 0), 8_640_000_000_000_000);
    const time = fc.oneof({ weight: 8, arbitrary: fc.nat(NOW) }, fc.maxSafeNat(), ends);
    const anyEntry = fc.record({
      sequence: fc.maxSafeNat(),
      at: time,
      startedAt: time,
      firstAt: time,
      completedAt: fc.option(time, { nil: undefined }),
      podsReadyAt: fc.option(time, { nil: undefined }),
      revision: fc.maxSafeNat(),
      generation: fc.maxSafeNat(),
      templateHash: fc.string(),
      proofKey: fc.string(),
      connectionKey: fc.string(),
      podDigest: fc.string(),
      image: fc.string(),
      version: fc.integer({ min: 1 }),
      attempt: fc.integer({ min: 1 }),
      spec: fc.string(),
      insteadOf: fc.string(),
      reason: fc.string(),
      message: fc.string(),
      count: fc.oneof(fc.nat(1_000_000), fc.maxSafeNat()),
      edit: fc.constantFrom(...DRIFT_EDITS),
      writers: fc.array(fc.string(), { maxLength: MAX_DRIFT_WRITERS }),
    });
    const text = fc.oneof(fc.string(), fc.json(), { weight: 3, arbitrary: anyEntry.map((one) => JSON.stringify(one)) });
    const names = ['probe-proof', 'rollout', 'kept-by-user', 'released', 'last-good', 'failed', 'drift-repair'].map(
      (name) => `dbpool.dev/${name}`,
    );
    const annotations = fc.dictionary(fc.constantFrom(...names), text);
    const parsed: Record<string, number> = {};
    fc.assert(
      fc.property(annotations, annotations, (now, before) => {
        for (const name of Object.keys(parseState(now))) parsed[name] = (parsed[name] ?? 0) + 1;
        const configMaps = [
          renderedConfigMap(newConfig, { state: parseState(now) }),
          renderedConfigMap(oldConfig, { state: parseState(before) }),
        ];
        for (const onFailure of ['Hold', 'Rollback'] as const)
          expect(
            readyCondition(
              observedRollout({ configMaps, profile: unprobedProfile({ rollout: { onFailure, observeSeconds: 60 } }) }),
            ),
          ).toBeDefined();
      }),
      { numRuns: 200 },
    );
    // Each entry is valid in some 20 of the 200 runs.
    const rare = ['proof', 'rollout', 'keptByUser', 'released', 'lastGood', 'failed', 'driftRepair'].filter(
      (name) => (parsed[name] ?? 0) <= 5,
    );
    expect(rare).toEqual([]);
  });
});
