import { expect, test } from 'vitest';
import { formatSelector, newlySelectedBy, matches, type Selector } from '../../../src/core/model/label-selector.ts';

const expressions = (key: string, operator: string, ...values: string[]): Selector => ({
  labels: {},
  expressions: [{ key, operator, values }],
});

test.for<[Selector, boolean]>([
  [{ labels: {}, expressions: [] }, true],
  [{ labels: { app: 'api' }, expressions: [] }, true],
  [{ labels: { app: 'api', tier: 'x' }, expressions: [] }, false],
  [expressions('app', 'In', 'web', 'api'), true],
  [expressions('app', 'In', 'web'), false],
  [expressions('app', 'NotIn', 'web'), true],
  [expressions('tier', 'NotIn', 'web'), true],
  [expressions('app', 'NotIn', 'api'), false],
  [expressions('app', 'Exists'), true],
  [expressions('tier', 'Exists'), false],
  [expressions('tier', 'DoesNotExist'), true],
  [expressions('app', 'DoesNotExist'), false],
])('selector %j matches the label app=api: %s', ([selector, isMatch]) => {
  expect(matches(selector, { app: 'api' })).toBe(isMatch);
});

test('a selector newly selects a pod only where it matches because of the added labels', () => {
  const all = { kind: 'PodDisruptionBudget', name: 'all', selector: { labels: {}, expressions: [] } };
  const api = { kind: 'Service', name: 'api', selector: { labels: { app: 'api' }, expressions: [] } };
  expect(newlySelectedBy([all, api], { ours: 'x', app: 'api' }, { ours: 'x' })).toBe(api);
  expect(newlySelectedBy([all, api], { ours: 'x', role: 'probe' }, { ours: 'x' })).toBeUndefined();
});

test('a selector is sent as a list asks for it', () => {
  const selector = {
    labels: { app: 'search-api', tier: 'web' },
    expressions: [
      { key: 'track', operator: 'NotIn', values: ['canary', 'test'] },
      { key: 'zone', operator: 'Exists', values: [] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
    ],
  };
  expect(formatSelector(selector)).toBe('app=search-api,tier=web,track notin (canary,test),zone,!old');
});
