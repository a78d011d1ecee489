import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configWrites } from '../../../src/core/config/config-map.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { formatState, parseState } from '../../../src/core/model/config-state.ts';
import { GOOD, observed, rendered, ROLLED, SETTLED, spec } from '../builders.ts';
import { asking, older, ready, rolling, wanted } from '../rolling.ts';

describe('marks', () => {
  test('are read as they were written', () => {
    expect(parseState(formatState(SETTLED))).toEqual(SETTLED);
  });

  test.for<[string, string]>([
    ['no JSON', '{"at":'],
    ['another shape', '{"at":"yesterday"}'],
    ['nothing', ''],
    ['of a time that no calendar has', JSON.stringify({ ...ROLLED, startedAt: 8_640_000_000_000_001 })],
  ])('that are %s are as if they were not there, and hurt no other', ([, text]) => {
    expect(parseState({ ...formatState({ lastGood: GOOD }), 'dbpool.dev/rollout': text })).toEqual({ lastGood: GOOD });
  });

  test('may say anything: a decision is made all the same', () => {
    const time = fc.oneof(fc.maxSafeNat(), fc.constantFrom(Date.UTC(9999, 0), 8_640_000_000_000_000));
    const mark = fc.record({
      at: time,
      completedAt: fc.option(time, { nil: undefined }),
      revision: fc.maxSafeNat(),
      rest: fc.string(),
      probeHash: fc.string(),
      reason: fc.string(),
      message: fc.string(),
      count: fc.maxSafeNat(),
    });
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      mark.map((one) => JSON.stringify(one)),
    );
    const names = ['probe-proof', 'rollout', 'last-good', 'failed', 'drift-repair'].map((name) => `dbpool.dev/${name}`);
    const annotations = fc.dictionary(fc.constantFrom(...names), text);
    fc.assert(
      fc.property(annotations, annotations, (now, before) => {
        const configMaps = [
          rendered(wanted, { state: parseState(now) }),
          rendered(older, { state: parseState(before) }),
        ];
        for (const onFailure of ['Hold', 'Rollback'] as const)
          expect(
            ready(rolling({ configMaps, profile: asking({ rollout: { onFailure, observeSeconds: 60 } }) })),
          ).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  test('are added to those that are there, and taken away by undefined', () => {
    const found = rendered(poolConfig('search', spec().pool), { state: SETTLED });
    const changes = { lastGood: undefined, driftRepair: { count: 1, at: 5 } };
    const [action] = configWrites(observed({ configMaps: [found] }), [{ name: found.name, state: changes }]);
    expect(action).toMatchObject({ kind: 'recordState', object: { data: found.data, immutable: true } });
    expect(action?.object.metadata).toMatchObject({ uid: found.uid, resourceVersion: '1' });
    expect(action?.object.metadata['annotations']).toEqual({
      'dbpool.dev/rollout': JSON.stringify(ROLLED),
      'dbpool.dev/drift-repair': '{"count":1,"at":5}',
    });
  });
});
