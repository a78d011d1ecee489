import { describe, expect, test } from 'vitest';
import { matches } from '../../src/core/model/label-selector.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { selectorOf, transformDisruptionBudget, transformService } from '../../src/transform/selectors.ts';

const object = (fields: object): KubeObject => ({ metadata: { namespace: 'shop', name: 'api' }, ...fields });

describe('who selects pods', () => {
  test('a Service selects by labels, and without a selector nothing', () => {
    const { kind, name, selector } = transformService(object({ spec: { selector: { app: 'api' } } }));
    expect({ kind, name }).toEqual({ kind: 'Service', name: 'api' });
    expect(matches(selector, { app: 'api' })).toBe(true);
    expect(matches(transformService(object({ spec: {} })).selector, { app: 'api' })).toBe(false);
    expect(matches(transformService(object({})).selector, {})).toBe(false);
  });

  test('a PodDisruptionBudget selects by labels and expressions, and with an empty selector all', () => {
    const budget = (selector: object) => transformDisruptionBudget(object({ spec: { selector } })).selector;
    expect(matches(budget({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }), { app: 'api' })).toBe(true);
    expect(matches(budget({ matchLabels: { app: 'web' } }), { app: 'api' })).toBe(false);
    expect(matches(budget({}), { app: 'api' })).toBe(true);
    expect(selectorOf(undefined)).toEqual({ labels: {}, expressions: [] });
  });
});
