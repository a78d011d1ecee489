import { describe, expect, test } from 'vitest';
import {
  apply,
  backend,
  json,
  messageOf,
  passes,
  plainBackend,
  ready,
  runningBackend,
  say,
  templateWrites,
  unproven,
  variables,
} from './shop.ts';
import { auditOfOperator, freshNamespace, kubectl, PATIENTLY, waitFor } from './support.ts';

describe('what users do to a backend', () => {
  test('kubectl rollout undo is respected until a retry request', async () => {
    const namespace = await runningBackend('undo');
    const first = await variables(namespace);
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'Ready');
    const second = await variables(namespace);
    await kubectl(['rollout', 'undo', '-n', namespace, 'deployment/api']);
    const writes = await templateWrites(namespace);
    const status = await ready(namespace, 'pool', 'UndoneByUser');
    expect(status.history?.[0]?.result).toBe('Undone');
    await kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);
    expect(await variables(namespace)).toEqual(first);
    expect(await templateWrites(namespace)).toBe(writes);
    await say(namespace, 'retry', 'now');
    await ready(namespace, 'pool', 'Ready');
    expect(await variables(namespace)).toEqual(second);
    expect(await templateWrites(namespace)).toBe(writes + 1);
  });

  test('kubectl rollout undo is respected until the spec changes', async () => {
    const namespace = await runningBackend('changed');
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'Ready');
    await kubectl(['rollout', 'undo', '-n', namespace, 'deployment/api']);
    await ready(namespace, 'pool', 'UndoneByUser');
    await apply(namespace, unproven({ max: 60 }));
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 60 } });
  });

  test('an edit of the variables is repaired, and reported', async () => {
    const namespace = await runningBackend('drift');
    const before = await variables(namespace);
    let max = 100;
    const edit = () => {
      max -= 1;
      return kubectl(['set', 'env', '-n', namespace, 'deployment/api', `DB_POOL_MAX=${max}`]);
    };
    const putRight = async () => {
      await waitFor('the variables to be put right', async () => {
        const now = await variables(namespace);
        return JSON.stringify(now.toSorted()) === JSON.stringify(before.toSorted())
          ? { done: now }
          : { last: now.join() };
      });
      await ready(namespace, 'pool', 'Ready');
    };
    await edit();
    await putRight();
    // Again so soon: it is put right after a pause, or at once where this took longer. The next pause is twice as long.
    await waitFor('an edit to be put right after a pause', async () => {
      const told = passes(namespace, 'pool', 'DriftDetected').then(() => true);
      await edit();
      const isTold = await Promise.any([told, putRight().then(() => false)]);
      return isTold ? { done: true } : { last: 'it was put right at once' };
    });
    await ready(namespace, 'pool', 'Ready');
    expect((await variables(namespace)).toSorted()).toEqual(before.toSorted());
  });

  test('the fields of other users are never changed: replicas, other variables, annotations', async () => {
    const namespace = await runningBackend('fields');
    await kubectl(['scale', '-n', namespace, 'deployment/api', '--replicas=2']);
    await kubectl(['set', 'env', '-n', namespace, 'deployment/api', 'OTHER=1']);
    await kubectl(['annotate', '-n', namespace, 'deployment/api', 'mine=1']);
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'Ready');
    const { metadata, spec } = await backend(namespace, 'api');
    expect(spec.replicas).toBe(2);
    expect(metadata.annotations).toMatchObject({ mine: '1' });
    expect(await variables(namespace)).toContain('OTHER=1');
  });

  test('an autoscaler sets the replicas before and after a rollout, which never sends them', async () => {
    const namespace = await freshNamespace('scaled');
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' };
    const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
    const bounds = { minReplicas: 2, maxReplicas: 2 };
    await apply(namespace, plainBackend('api', { replicas: 1 }), {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'api' },
      spec: { ...bounds, scaleTargetRef, metrics: [{ type: 'Resource', resource }] },
    });
    await waitFor('the autoscaler to have scaled the backend', async () => {
      const { replicas } = (await backend(namespace, 'api')).spec;
      return replicas === 2 ? { done: replicas } : { last: `${replicas} replicas` };
    });
    await apply(namespace, unproven());
    await ready(namespace, 'pool', 'Ready');
    await apply(namespace, unproven({ max: 50 }));
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({
      pods: { summary: '2/2', updated: 2 },
      current: { max: 50 },
    });

    type Owned = {
      readonly metadata: { readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: object }[] };
      readonly spec: { readonly replicas: number };
    };
    const { metadata, spec } = await json<Owned>('get', '-n', namespace, 'deployment', 'api', '--show-managed-fields');
    expect(spec.replicas).toBe(2);
    const ours = metadata.managedFields.filter(({ manager }) => manager === 'dbpool-operator');
    expect(JSON.stringify(ours)).toContain('"f:template"');
    expect(JSON.stringify(ours)).not.toContain('"f:replicas"');
    expect(await json('get', '-n', namespace, 'hpa', 'api')).toMatchObject({ spec: bounds });
    const asked = (await auditOfOperator()).filter(({ resource }) => resource === 'horizontalpodautoscalers');
    expect(asked.filter(({ verb }) => verb !== 'list' && verb !== 'watch')).toEqual([]);
  });

  test('a suspended profile does nothing, reports, and continues where it was', async () => {
    const namespace = await runningBackend('suspend');
    const writes = await templateWrites(namespace);
    await apply(namespace, unproven({ suspend: true }));
    expect(messageOf(await ready(namespace, 'pool', 'Ready'))).toContain('suspended');
    await apply(namespace, unproven({ suspend: true, max: 50 }));
    await ready(namespace, 'pool', 'Suspended');
    await kubectl(['set', 'env', '-n', namespace, 'deployment/api', 'DB_POOL_MAX=99']);
    await kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);
    expect(messageOf(await ready(namespace, 'pool', 'Suspended'))).toContain('spec.suspend is true');
    expect(await templateWrites(namespace)).toBe(writes);
    await apply(namespace, unproven({ max: 50 }));
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });

  test('a paused Deployment is reported', async () => {
    const namespace = await runningBackend('paused');
    await kubectl(['rollout', 'pause', '-n', namespace, 'deployment/api']);
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'DeploymentPaused');
    await kubectl(['rollout', 'resume', '-n', namespace, 'deployment/api']);
    await ready(namespace, 'pool', 'Ready');
  });

  test('a rollout that another user started is waited for', async () => {
    const namespace = await runningBackend('progress');
    await kubectl(['set', 'image', '-n', namespace, 'deployment/api', 'app=nobody/has:this']);
    const writes = await templateWrites(namespace);
    await apply(namespace, unproven({ max: 50 }));
    await ready(namespace, 'pool', 'OtherRolloutInProgress');
    expect(await templateWrites(namespace)).toBe(writes);
    await kubectl(['rollout', 'undo', '-n', namespace, 'deployment/api']);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });

  test('a rollout without replicas is complete at once', async () => {
    const namespace = await freshNamespace('none');
    await apply(namespace, plainBackend('api', { replicas: 0 }), unproven());
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ pods: { summary: '0/0', updated: 0 } });
  });
});

describe('when a rollout starts', () => {
  test('a burst of edits is one rollout', async () => {
    const namespace = await runningBackend('burst');
    const writes = await templateWrites(namespace);
    const gathering = passes(namespace, 'pool', 'Debouncing');
    // By one kubectl: to start another, a busy machine takes as long as it is gathered.
    await apply(namespace, ...[50, 60, 70, 80].map((max) => unproven({ max, rollout: { debounceSeconds: 10 } })));
    await gathering;
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 80 } });
    expect(await templateWrites(namespace)).toBe(writes + 1);
  });

  test('a rollout outside its windows waits, and says when the next one opens', async () => {
    const namespace = await runningBackend('windows');
    const month = ((new Date().getUTCMonth() + 6) % 12) + 1;
    const windows = [{ schedule: `0 3 1 ${month} *`, durationSeconds: 3600, timeZone: 'Europe/Berlin' }];
    await apply(namespace, unproven({ max: 50, rollout: { windows } }));
    const status = await ready(namespace, 'pool', 'WaitingForWindow');
    expect(messageOf(status, 'PendingRollout')).toMatch(/the next window opens at 20\d\d-.*-01T0[12]:00:00Z/);
    await apply(
      namespace,
      unproven({ max: 50, rollout: { windows: [...windows, { schedule: '* * * * *', durationSeconds: 60 }] } }),
    );
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });

  test('a rollout whose window never opens, or is invalid, is reported', async () => {
    const namespace = await runningBackend('never');
    const windows = (schedule: string) => ({ windows: [{ schedule, durationSeconds: 3600 }] });
    await apply(namespace, unproven({ max: 50, rollout: windows('0 3 30 2 *') }));
    await ready(namespace, 'pool', 'WindowNeverOpens');
    await apply(namespace, unproven({ max: 50, rollout: windows('0 3 * * XYZ') }));
    expect(messageOf(await ready(namespace, 'pool', 'SpecInvalid'))).toContain('XYZ');
    await apply(namespace, unproven({ max: 50, rollout: { windows: [], observeSeconds: 5 } }));
    await passes(namespace, 'pool', 'Observing');
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
  });
});
