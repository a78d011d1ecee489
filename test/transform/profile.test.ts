import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { transformProfile } from '../../src/transform/profile.ts';

describe('a profile', () => {
  const object = (spec: unknown, status?: unknown) =>
    ({ metadata: { namespace: 'shop', name: 'p', uid: 'u', generation: 1 }, spec, status }) as KubeObject;

  test('a profile with a valid spec has its defaults', () => {
    const { spec } = transformProfile(object({ targetRef: { name: 'api' }, probe: { policy: 'Disabled' } }));
    expect(spec).toMatchObject({
      kind: 'valid',
      spec: { pool: { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600 }, probe: { timeoutSeconds: 60 } },
    });
  });

  test.for<[string, unknown, RegExp]>([
    [
      'text for a number',
      { targetRef: { name: 'api' }, pool: { min: 'many' } },
      /^spec\.pool\.min: .*expected number.*, got "many"$/,
    ],
    [
      'min above max',
      { targetRef: { name: 'api' }, pool: { min: 9, max: 3 } },
      /^spec\.pool: min must not be greater than max/,
    ],
    [
      'a field that may hold a password',
      { targetRef: { name: 'api' }, database: { connectString: 'a/secret@b '.repeat(500) } },
      /^(?!.*secret).*spec\.database\./,
    ],
    ['no target', {}, /^spec\.targetRef: /],
    ['no spec', undefined, /^spec\.: /],
  ])('a profile with %s is invalid, and says where and what', ([, spec, problem]) => {
    const projected = transformProfile(object(spec)).spec;
    expect(projected.kind === 'invalid' && projected.problem).toMatch(problem);
  });

  test('a profile with an invalid spec still names its Deployment, where that is readable', () => {
    const windows = [{ schedule: 'x', durationSeconds: 60 }];
    const named = { targetRef: { name: 'api' }, rollout: { windows } };
    expect(transformProfile(object(named)).spec).toMatchObject({ kind: 'invalid', target: 'api' });
    expect(transformProfile(object(null)).spec).toMatchObject({ kind: 'invalid', target: undefined });
  });

  test('a profile with a status of another shape is one without a status', () => {
    expect(transformProfile(object({}, { conditions: 'none' })).status).toEqual({});
  });
});

describe('the time of the last change of a spec', () => {
  const at = (...managedFields: object[]) =>
    transformProfile({ metadata: { creationTimestamp: '2026-01-01T00:00:00Z', managedFields } }).specChangedAt;

  test('the spec was last changed when another than the operator last wrote to the object, and not to its status', () => {
    expect(at()).toBe(Date.UTC(2026, 0, 1));
    expect(
      at(
        { manager: 'kubectl', time: '2026-01-02T00:00:00Z' },
        { manager: 'argocd', time: '2026-01-03T00:00:00Z' },
        { manager: 'dbpool-operator', time: '2026-01-04T00:00:00Z' },
        { manager: 'somebody', subresource: 'status', time: '2026-01-05T00:00:00Z' },
      ),
    ).toBe(Date.UTC(2026, 0, 3));
  });
});
