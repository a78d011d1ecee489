import { describe, expect, test } from 'vitest';
import { mutating, refusing } from './admission.ts';
import {
  apply,
  FAILING,
  json,
  messageOf,
  NEEDED,
  needing,
  passes,
  plainBackend,
  ready,
  unproven,
  variables,
} from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

const named = (name: string, max: number) => ({ ...unproven({ max }), metadata: { name } });

type Names = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
const configMapsOf = async (namespace: string): Promise<readonly string[]> =>
  (await json<Names>('get', '-n', namespace, 'configmaps', '-l', 'dbpool.dev/profile=pool')).items.map(
    ({ metadata }) => metadata.name,
  );

describe.concurrent('what keeps the operator from writing', () => {
  test('a ConfigMap that the operator did not create is reported, and left alone', async () => {
    const namespace = await freshNamespace('taken');
    await apply(namespace, unproven());
    const { desired } = await ready(namespace, 'pool', 'DeploymentNotFound');
    const metadata = { name: `pool-${desired?.hash}` };
    await apply(namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mine: '1' } });
    await apply(namespace, plainBackend('api', { replicas: 1 }));
    expect(messageOf(await ready(namespace, 'pool', 'ConfigMapConflict'))).toContain(metadata.name);
    expect(await json('get', '-n', namespace, 'configmap', metadata.name)).toMatchObject({ data: { mine: '1' } });
    await kubectl(['delete', '-n', namespace, 'configmap', metadata.name]);
    await ready(namespace, 'pool', 'Ready');
  });

  test('a policy of the cluster is reported with its message, and the rollout starts once it is gone', async () => {
    const namespace = await freshNamespace('policy');
    await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
    await ready(namespace, 'pool', 'Ready');
    const mend = await refusing(namespace, 'not before Monday');
    // The API server takes up policies after a while: until then a roll may pass.
    const status = await waitFor('a roll to be refused', async () => {
      const max = 50 + Math.floor(Math.random() * 1000);
      await apply(namespace, unproven({ max }));
      const seen = await Promise.any([
        passes(namespace, 'pool', 'WriteRejected').then(() => ready(namespace, 'pool', 'WriteRejected')),
        ready(namespace, 'pool', 'Ready').then(() => undefined),
      ]);
      return seen === undefined ? { last: `max ${max} was rolled` } : { done: seen };
    });
    expect(messageOf(status)).toContain('not before Monday');
    await mend();
    await ready(namespace, 'pool', 'Ready');
  });
});

describe.concurrent('two profiles of one Deployment', () => {
  test('the older of two profiles that exist before their Deployment has the claim', async () => {
    const namespace = await freshNamespace('older');
    await apply(namespace, named('bbb', 40));
    await ready(namespace, 'bbb', 'DeploymentNotFound');
    // Kubernetes tells the age in whole seconds.
    await waitFor('the next second', async () => {
      await apply(namespace, named('aaa', 60));
      const [a, b] = await Promise.all(
        ['aaa', 'bbb'].map((name) =>
          json<{ metadata: { creationTimestamp: string } }>('get', '-n', namespace, 'dbpp', name),
        ),
      );
      if (a?.metadata.creationTimestamp !== b?.metadata.creationTimestamp) return { done: true };
      await kubectl(['delete', '-n', namespace, 'dbpp', 'aaa']);
      return { last: String(a?.metadata.creationTimestamp) };
    });
    await apply(namespace, plainBackend('api', { replicas: 1 }));
    expect(await ready(namespace, 'bbb', 'Ready')).toMatchObject({ current: { max: 40 } });
    await ready(namespace, 'aaa', 'TargetClaimed');
  });
});

describe.concurrent('in the middle of a rollout', () => {
  test('an image that cannot be pulled is reported, and is no failure of the settings', async () => {
    const namespace = await freshNamespace('image');
    await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
    await ready(namespace, 'pool', 'Ready');
    const mend = await mutating(
      namespace,
      'dbpool.dev/profile',
      "op: 'replace', path: '/spec/containers/0/image', value: 'nobody/has:this'",
    );
    await apply(namespace, unproven({ max: 50 }));
    const status = await Promise.any(
      ['ErrImagePull', 'ImagePullBackOff'].map((reason) => ready(namespace, 'pool', reason)),
    );
    expect(status.lastFailed).toBeUndefined();
    await mend();
    const fields = ['--field-selector=status.phase=Pending'];
    await kubectl(['delete', 'pods', '-n', namespace, '-l', 'dbpool.dev/profile', ...fields]);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });

  test('a failed rollout of a suspended profile is rolled back once it is no longer suspended', async () => {
    const namespace = await freshNamespace('suspended');
    await apply(namespace, NEEDED, plainBackend('api', { replicas: 1, ...needing }), unproven());
    await ready(namespace, 'pool', 'Ready');
    // The new pod does not crash before the profile is suspended: it does not start.
    await kubectl(['delete', '-n', namespace, 'configmap', 'needed']);
    await apply(namespace, unproven({ max: FAILING.atStart }));
    await ready(namespace, 'pool', 'RollingOut');
    await apply(namespace, unproven({ max: FAILING.atStart, suspend: true }));
    await ready(namespace, 'pool', 'Suspended');
    await apply(namespace, NEEDED);
    await waitFor('the new pod to crash', async () => {
      const reasons = await kubectl([
        'get',
        'pods',
        '-n',
        namespace,
        '-o',
        'jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}',
      ]);
      return reasons.includes('CrashLoopBackOff') ? { done: true } : { last: reasons };
    });
    const before = await variables(namespace);
    await ready(namespace, 'pool', 'Suspended');
    expect(await variables(namespace)).toEqual(before);
    await apply(namespace, unproven({ max: FAILING.atStart }));
    expect(await ready(namespace, 'pool', 'RolledBack')).toMatchObject({ current: { max: 40 } });
  });

  test('a rollout in progress is superseded by the next settings, and reported so', async () => {
    const namespace = await freshNamespace('superseded');
    await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
    await ready(namespace, 'pool', 'Ready');
    await apply(namespace, unproven({ max: 50, rollout: { observeSeconds: 600 } }));
    await ready(namespace, 'pool', 'Observing');
    await apply(namespace, unproven({ max: 60 }));
    const { history } = await ready(namespace, 'pool', 'Ready');
    expect(history?.map(({ max, result }) => `${max} ${result}`)).toEqual([
      '60 Succeeded',
      '50 Superseded',
      '40 Succeeded',
    ]);
  });
});

test('a ConfigMap is deleted once no ReplicaSet refers to it, and not before', async () => {
  const namespace = await freshNamespace('collected');
  await apply(namespace, plainBackend('api', { replicas: 1, deployment: { revisionHistoryLimit: 1 } }));
  const hashes: string[] = [];
  for (const max of [40, 50, 60, 70]) {
    await apply(namespace, unproven({ max }));
    hashes.push(String((await ready(namespace, 'pool', 'Ready')).current?.hash));
  }
  const [, , former, current] = hashes.map((hash) => `pool-${hash}`);
  await waitFor('the first two to be gone', async () => {
    const there = await configMapsOf(namespace);
    const isAll = there.length === 2 && there.includes(String(former)) && there.includes(String(current));
    return isAll ? { done: true } : { last: there.join() };
  });
});
