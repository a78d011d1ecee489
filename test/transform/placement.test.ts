import { describe, expect, test } from 'vitest';
import { placementOf, projectDisruptionBudget, projectService, selectorOf } from '../../src/transform/placement.ts';
import { matches } from '../../src/core/model/label-selector.ts';
import type { KubeObject } from '../../src/kube/types.ts';

const object = (fields: object): KubeObject => ({ metadata: { namespace: 'shop', name: 'api' }, ...fields });

describe('the placement of a backend', () => {
  test('is how its pods come to a node and find others, and nothing that makes them its pods', () => {
    const placement = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'database', operator: 'Exists' }],
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.2'] },
      runtimeClassName: 'gvisor',
    };
    const rest = { containers: [{ name: 'app' }], priorityClassName: 'high', serviceAccountName: 'api', nodeName: 'n' };
    expect(placementOf({ ...rest, ...placement })).toEqual(placement);
  });

  test('has its affinity to nodes and pods, and not what keeps its pods apart', () => {
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'host' }] };
    expect(placementOf({ containers: [], affinity: { nodeAffinity, podAntiAffinity } })).toEqual({
      affinity: { nodeAffinity },
    });
    expect(placementOf({ containers: [], affinity: { podAntiAffinity } })).toEqual({});
  });

  test('of a template that says nothing is nothing', () => {
    expect(placementOf({ containers: [] })).toEqual({});
    expect(placementOf(undefined)).toEqual({});
  });
});

describe('who selects pods', () => {
  test('a Service by labels; one without a selector selects nobody', () => {
    const { kind, name, namespace, selector } = projectService(object({ spec: { selector: { app: 'api' } } }));
    expect({ kind, name, namespace }).toEqual({ kind: 'Service', name: 'api', namespace: 'shop' });
    expect(matches(selector, { app: 'api' })).toBe(true);
    expect(matches(projectService(object({ spec: {} })).selector, { app: 'api' })).toBe(false);
    expect(matches(projectService(object({})).selector, {})).toBe(false);
  });

  test('a PodDisruptionBudget by labels and expressions; an empty selector selects all', () => {
    const budget = (selector: object) => projectDisruptionBudget(object({ spec: { selector } })).selector;
    expect(matches(budget({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }), { app: 'api' })).toBe(true);
    expect(matches(budget({ matchLabels: { app: 'web' } }), { app: 'api' })).toBe(false);
    expect(matches(budget({}), { app: 'api' })).toBe(true);
    expect(selectorOf(undefined)).toEqual({ labels: {}, expressions: [] });
  });
});
