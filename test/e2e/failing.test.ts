import { describe, expect, test } from 'vitest';
import {
  apply,
  FAILING,
  json,
  LAST_WORDS,
  messageOf,
  NEEDED,
  needing,
  passes,
  patchBackend,
  plainBackend,
  ready,
  runningBackend,
  say,
  templateWrites,
  unproven,
  variables,
} from './shop.ts';
import { freshNamespace, kubectl, PATIENTLY, waitFor } from './support.ts';

/** Takes the readiness of a pod whose rollout has ended. */
async function loseReadiness(namespace: string): Promise<void> {
  const { current } = await ready(namespace, 'pool', 'Observing');
  const seenAt = Math.floor(Date.now() / 1000);
  // Kubernetes tells in whole seconds when it was lost: not in the one in which the rollout ended.
  await waitFor('the next second', () => {
    const now = Math.floor(Date.now() / 1000);
    return Promise.resolve(now > seenAt ? { done: now } : { last: String(now) });
  });
  const label = `dbpool.dev/config-hash=${current?.hash}`;
  const pod = await kubectl(['get', 'pods', '-n', namespace, '-l', label, '-o', 'jsonpath={.items[0].metadata.name}']);
  await kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/pods/${pod.trim()}:8080/proxy/lose`]);
}

type Pods = {
  readonly items: readonly {
    readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly name: string }[] }[] };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly ready: boolean;
        readonly state: { readonly running?: { readonly startedAt: string } };
      }[];
    };
  }[];
};

/** Lets the deadline of a rollout pass whose pods, those with this variable, run and are not ready: nothing else is late. */
async function passDeadline(namespace: string, variable = 'DB_POOL_MAX'): Promise<void> {
  await waitFor(`a pod with ${variable} to run and not to be ready`, async () => {
    const { items } = await json<Pods>('get', 'pods', '-n', namespace, '-l', 'app=api');
    const states = items
      .filter(({ spec }) => spec.containers[0]?.env?.some(({ name }) => name === variable))
      .flatMap(({ status }) => status.containerStatuses ?? []);
    // Kubernetes tells in whole seconds when it started: not in the one in which the deadline passes.
    const runs = states.some(
      ({ ready: isReady, state }) => !isReady && Date.parse(state.running?.startedAt ?? '') + 1000 <= Date.now(),
    );
    return runs ? { done: true } : { last: JSON.stringify(states) };
  });
  await patchBackend(namespace, { progressDeadlineSeconds: 5 });
}

type Events = { readonly items: readonly { readonly type: string; readonly message: string }[] };

/** The operator's events on rollouts that failed. */
async function failureEvents(namespace: string): Promise<readonly string[]> {
  const of = 'involvedObject.kind=DbPoolProfile,involvedObject.name=pool,reason=RolloutFailed';
  const { items } = await json<Events>('get', '-n', namespace, 'events', `--field-selector=${of}`);
  return items.map(({ type, message }) => `${type}: ${message}`);
}

describe.concurrent('a rollout that fails', () => {
  test.for<[string, number, RegExp, object, ((namespace: string) => Promise<void>)?]>([
    ['crash at start', FAILING.atStart, /CrashLoopBackOff/, {}],
    [
      'crash under load, while they are observed',
      FAILING.underLoad,
      // The readiness probe may notice before the kubelet sees that the process has gone.
      /Error|CrashLoopBackOff|ReadinessLost/,
      { observeSeconds: 30 },
    ],
    [
      'lose their readiness while they are observed',
      FAILING.loses,
      /ReadinessLost/,
      { observeSeconds: 30 },
      loseReadiness,
    ],
    ['do not get ready in time', FAILING.neverReady, /NotReady/, {}, passDeadline],
  ])(
    'a rollout whose pods %s is rolled back to the last good settings, once',
    async ([, max, reason, rollout, fail]) => {
      const namespace = await runningBackend('failing');
      const before = await variables(namespace);
      const writes = await templateWrites(namespace);
      await apply(namespace, unproven({ max, rollout }));
      await fail?.(namespace);
      await ready(namespace, 'pool', 'RolledBack');
      // The way back is a rollout, too: it is in the history until it has ended.
      await kubectl([
        'wait',
        '-n',
        namespace,
        'dbpp',
        'pool',
        PATIENTLY,
        '--for=jsonpath={.status.history[0].result}=Succeeded',
      ]);
      const status = await ready(namespace, 'pool', 'RolledBack');
      expect(await variables(namespace)).toEqual(before);
      expect(await templateWrites(namespace)).toBe(writes + 2);
      expect(status).toMatchObject({
        current: { max: 40 },
        lastGood: { max: 40 },
        lastFailed: { max, reason: expect.stringMatching(reason) },
        pods: { summary: '1/1', updated: 0 },
      });
      expect(messageOf(status, 'RolledBack')).toContain('Rolled back to min 5, max 40');
      expect(status.history?.map(({ result }) => result)).toEqual(['Succeeded', 'RolledBack', 'Succeeded']);
      expect(status.history?.[1]?.summary).toBe(`max 40 → ${max}`);
    },
  );

  test('a failed rollout stays with onFailure: Hold, is retried on request, and rolled back on request', async () => {
    const namespace = await runningBackend('hold', { replicas: 2 });
    const hold = { onFailure: 'Hold' };
    await apply(namespace, unproven({ max: FAILING.atStart, rollout: hold }));
    const status = await ready(namespace, 'pool', 'RolloutFailed');
    expect(messageOf(status)).toMatch(/onFailure is Hold.*container app crashes/);
    expect(status.lastFailed).toMatchObject({ container: 'app', exitCode: 1, terminationMessage: LAST_WORDS });
    expect(await failureEvents(namespace)).toEqual([
      expect.stringMatching(`^Warning: .*max ${FAILING.atStart}.*${LAST_WORDS}$`),
    ]);
    const writes = await templateWrites(namespace);
    await say(namespace, 'retry', 'once-more');
    // The same pods, looked at once more: nothing is written, for the template carries the numbers already.
    expect((await ready(namespace, 'pool', 'RolloutFailed')).handledRequests).toMatchObject({ retry: 'once-more' });
    expect(await templateWrites(namespace)).toBe(writes);
    await say(namespace, 'rollback', 'back');
    expect(await ready(namespace, 'pool', 'RolledBack')).toMatchObject({ current: { max: 40 } });
    await apply(namespace, unproven({ max: 50, rollout: hold }));
    await ready(namespace, 'pool', 'Ready');
    // Its pods count late, so the way back lasts until it is looked for.
    await patchBackend(namespace, { minReadySeconds: 5 });
    const going = passes(namespace, 'pool', 'RollingBack');
    await say(namespace, 'rollback', 'please');
    await going;
    expect(await ready(namespace, 'pool', 'RolledBack')).toMatchObject({
      current: { max: 40 },
      handledRequests: { rollback: 'please' },
    });
  });

  test('a failed first rollout restores the adopted variables', async () => {
    const namespace = await freshNamespace('originals');
    const env = [{ name: 'DB_POOL_MAX', value: '20' }];
    await apply(namespace, plainBackend('api', { replicas: 1, env }));
    await kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);
    await apply(namespace, unproven({ max: FAILING.atStart, target: { adopt: true } }));
    await ready(namespace, 'pool', 'RolledBack');
    expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
    const { metadata } = await json<{ metadata: { annotations: object } }>('get', '-n', namespace, 'deployment', 'api');
    expect(metadata.annotations).toMatchObject({ 'dbpool.dev/adopted-env': expect.stringContaining('"20"') });
  });
});

describe.concurrent('a rollout that is stuck for another reason', () => {
  test('a rollout without a node is reported, and not rolled back', async () => {
    const container = { ports: [{ containerPort: 8080, hostPort: 18_080 }] };
    const namespace = await runningBackend('unschedulable', {
      container,
      deployment: { strategy: { type: 'Recreate' } },
    });
    await apply(namespace, plainBackend('api', { replicas: 1, container }));
    await patchBackend(namespace, { strategy: { type: 'RollingUpdate', rollingUpdate: null } });
    await apply(namespace, unproven({ max: 50 }));
    expect(messageOf(await ready(namespace, 'pool', 'Unschedulable'))).toMatch(/Pod api-.*free ports/);
    expect((await variables(namespace)).length).toBe(4);
  });

  test('a rollout whose volume is missing is reported past its progress deadline, and not rolled back', async () => {
    const namespace = await freshNamespace('deadline');
    await apply(namespace, NEEDED, plainBackend('api', { replicas: 1, ...needing }), unproven());
    await ready(namespace, 'pool', 'Ready');
    await patchBackend(namespace, { progressDeadlineSeconds: 5 });
    await kubectl(['delete', '-n', namespace, 'configmap', 'needed']);
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'ProgressDeadlineExceeded');
    await apply(namespace, NEEDED);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });

  test('a rollout beyond a quota is reported, and not rolled back', async () => {
    const namespace = await runningBackend('quota');
    await kubectl(['create', 'quota', 'pods', '-n', namespace, '--hard=pods=1']);
    // Before it is counted, a pod is refused in other words, or not at all.
    const isCounted = '--for=jsonpath={.status.used.pods}=1';
    await kubectl(['wait', '-n', namespace, 'resourcequota/pods', isCounted, PATIENTLY]);
    await apply(namespace, unproven({ max: 50 }));
    expect(messageOf(await ready(namespace, 'pool', 'ReplicaFailure'))).toContain('exceeded quota');
  });

  test('a rollout in which another user changes the template is reported, and not rolled back', async () => {
    const namespace = await runningBackend('template');
    await apply(namespace, unproven({ max: FAILING.neverReady }));
    await ready(namespace, 'pool', 'RollingOut');
    await kubectl(['set', 'env', '-n', namespace, 'deployment/api', 'OTHER=1', `DB_POOL_OTHER=${FAILING.atStart}`]);
    await passDeadline(namespace, 'OTHER');
    expect(messageOf(await ready(namespace, 'pool', 'TemplateChanged'))).toContain(
      'The pod template was changed after the pool settings',
    );
  });
});
