import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { renderedConfigMap, succeededState } from '../builders.ts';
import { readyCondition, observedRollout, newConfig } from '../rollout-builders.ts';

describe('lastTransitionTime', () => {
  test('lastTransitionTime moves only when the status of the condition changes', () => {
    const seen = observedRollout({ configMaps: [renderedConfigMap(newConfig, { state: succeededState })] });
    const first = decide(seen).status;
    const later = { ...seen, now: seen.now + 60_000, profile: { ...seen.profile, status: first } };
    expect(decide(later).status).toEqual(first);
    expect(readyCondition({ ...later, deployment: undefined })?.lastTransitionTime).toBe('2026-01-01T12:01:00Z');
  });
});
