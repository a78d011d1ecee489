import { beforeAll, describe, expect, test } from 'vitest';
import { apply, backend, json, plainBackend, profile, ready, replicaSets, templateWrites, unproven } from './shop.ts';
import { freshNamespace, kubectl, PATIENTLY } from './support.ts';

const wanted = (max: number) => unproven({ max });

const mapInUse = async (namespace: string) => {
  const [container] = (await backend(namespace, 'api')).spec.template.spec.containers;
  return container?.env?.find(({ name }) => name === 'DB_POOL_MAX')?.valueFrom?.configMapKeyRef?.name;
};

describe('a backend whose probe is disabled', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await freshNamespace('rollout');
    await apply(namespace, plainBackend('api'));
  });

  test('a backend gets its settings by an immutable ConfigMap of its own, and all its pods run with them', async () => {
    await apply(namespace, wanted(40));
    const status = await ready(namespace, 'pool', 'Ready');
    expect(status).toMatchObject({ pods: { summary: '2/2', updated: 2 }, current: { summary: '5-40' } });
    const name = await mapInUse(namespace);
    const configMap = await json<object>('get', '-n', namespace, 'configmap', String(name));
    type Owner = { readonly metadata: { readonly uid: string } };
    const { metadata } = await json<Owner>('get', '-n', namespace, 'deployment', 'api');
    const { metadata: ofProfile } = await json<Owner>('get', '-n', namespace, 'dbpp', 'pool');
    expect(configMap).toMatchObject({
      immutable: true,
      data: { DB_POOL_MIN: '5', DB_POOL_MAX: '40', DB_POOL_TIMEOUT: '30', DB_POOL_RECYCLE: '3600' },
      metadata: {
        ownerReferences: [
          { kind: 'Deployment', name: 'api', uid: metadata.uid },
          { kind: 'DbPoolProfile', name: 'pool', uid: ofProfile.uid },
        ],
      },
    });
  });

  test('a backend is rolled out exactly once by a changed setting, and never by an unchanged one', async () => {
    const [writes, sets] = [await templateWrites(namespace), await replicaSets(namespace)];
    await apply(namespace, wanted(50));
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
    await apply(namespace, wanted(50));
    await kubectl(['annotate', '-n', namespace, 'dbpp', 'pool', 'a=b']);
    // Other fields, the same numbers: once it is told so, all edits before it were looked at, too.
    await apply(namespace, unproven({ max: 50, rollout: { onFailure: 'Hold' } }));
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
    expect(await templateWrites(namespace)).toBe(writes + 1);
    expect(await replicaSets(namespace)).toBe(sets + 1);
  });

  test('a backend keeps running when the profile is deleted, and a profile applied again rolls out nothing', async () => {
    const { generation } = (await backend(namespace, 'api')).metadata;
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool']);
    await kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);
    await apply(namespace, wanted(50));
    await ready(namespace, 'pool', 'Ready');
    expect((await backend(namespace, 'api')).metadata.generation).toBe(generation);
  });
});

describe('what keeps a profile from its rollout', () => {
  test('a missing Deployment is reported, and used once it is there', async () => {
    const namespace = await freshNamespace('missing');
    await apply(namespace, wanted(40));
    const status = await ready(namespace, 'pool', 'DeploymentNotFound');
    expect(status.conditions?.[0]?.message).toBe('There is no Deployment api in this namespace (spec.targetRef.name).');
    await apply(namespace, plainBackend('api', { replicas: 1 }));
    await ready(namespace, 'pool', 'Ready');
  });

  test('a missing container is reported, with those that exist', async () => {
    const namespace = await freshNamespace('container');
    await apply(namespace, plainBackend('api', { replicas: 0 }));
    await apply(
      namespace,
      profile('pool', { targetRef: { name: 'api', container: 'web' }, probe: { policy: 'Disabled' } }),
    );
    const status = await ready(namespace, 'pool', 'ContainerNotFound');
    expect(status.conditions?.[0]?.message).toMatch(/no container web .* it has app/);
  });

  test('a variable of another owner is reported with owner and value, and left alone until they remove it', async () => {
    const namespace = await freshNamespace('owned');
    await apply(namespace, plainBackend('api', { replicas: 1, env: [{ name: 'DB_POOL_MAX', value: '20' }] }));
    await apply(namespace, wanted(40));
    const status = await ready(namespace, 'pool', 'VariableConflict');
    expect(status.conditions?.[0]?.message).toContain('container app: DB_POOL_MAX is "20", set by kubectl');
    expect((await backend(namespace, 'api')).spec.template.spec.containers[0]?.env).toEqual([
      { name: 'DB_POOL_MAX', value: '20' },
    ]);
    expect(await templateWrites(namespace)).toBe(0);
    await apply(namespace, plainBackend('api', { replicas: 1 }));
    await ready(namespace, 'pool', 'Ready');
    expect(await templateWrites(namespace)).toBe(1);
  });
});
