import { expect, test } from 'vitest';
import { askForProbe, attempted, RIGHT, shopIn, untouched, wanted } from './probe-shop.ts';
import { apply, databaseStats, json, messageOf, plainBackend, ready, secret } from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

const WRONG = { ...RIGHT, DB_PASSWORD: 'planted-s3cret' };

/** All that anybody may read of a namespace: objects but Secrets, events, logs of the operator and of the probes. */
async function allWords(namespace: string): Promise<string> {
  const kinds = 'dbpp,jobs,pods,configmaps,events,deployments';
  // A pod that is only starting has no log.
  const { items: ended } = await json<{ items: { metadata: { name: string } }[] }>(
    'get',
    '-n',
    namespace,
    'pods',
    '-l',
    'dbpool.dev/probe',
    '--field-selector=status.phase=Failed',
  );
  const words = await Promise.all([
    kubectl(['get', '-n', namespace, kinds, '-o', 'json']),
    kubectl(['logs', '-n', 'dbpool-system', '-l', 'app.kubernetes.io/name=dbpool-operator', '--tail=-1']),
    ...ended.map(({ metadata }) => kubectl(['logs', '-n', namespace, metadata.name])),
  ]);
  return words.join('\n');
}

test('a wrong password of three profiles costs one failed logon until the Secret is corrected', async () => {
  const namespace = await freshNamespace('password');
  const names = ['one', 'two', 'three'];
  await shopIn(namespace, secret('db', WRONG), ...names.map((name) => plainBackend(name, { replicas: 1 })));
  await apply(namespace, ...names.map((name) => wanted(name, { target: name })));
  await Promise.all(names.map((name) => ready(namespace, name, 'CredentialsKnownBad')));
  expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1, logons: 0 });
  expect(await Promise.all(names.map((name) => untouched(namespace, name)))).toEqual([true, true, true]);
  expect(await allWords(namespace)).not.toContain('planted-s3cret');

  await apply(namespace, secret('db', RIGHT));
  await Promise.all(names.map((name) => ready(namespace, name, 'Ready')));
  expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1 });
});

test('a probe request forces one logon, and one only', async () => {
  const namespace = await freshNamespace('forced');
  await shopIn(namespace, secret('db', WRONG));
  await apply(namespace, wanted('pool'));
  const status = await ready(namespace, 'pool', 'AuthenticationFailed');
  expect(status.probe).toMatchObject({ outcome: 'PermanentFailure', code: 'ORA-01017', attempt: 1 });
  expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1 });
  await askForProbe(namespace, 'pool', 'now');
  expect((await attempted(namespace, 'pool', 2)).probe).toMatchObject({ reason: 'AuthenticationFailed' });
  expect((await attempted(namespace, 'pool', 3)).probe).toMatchObject({ reason: 'CredentialsKnownBad' });
  expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 2 });
});

test('a wrong password under probe.policy Advisory is reported, and holds no rollout', async () => {
  const namespace = await freshNamespace('advisory');
  await shopIn(namespace, secret('db', WRONG));
  await apply(namespace, wanted('pool', { pool: { min: 3, max: 7 }, probe: { policy: 'Advisory' } }));
  // The rollout may be done before the probe is.
  const status = await waitFor('the failure of the probe to be told', async () => {
    const now = await ready(namespace, 'pool', 'Ready');
    return messageOf(now).includes('The probe failed: ') ? { done: now } : { last: messageOf(now) };
  });
  expect(status).toMatchObject({
    current: { min: 3, max: 7 },
    pods: { summary: '1/1', updated: 1 },
    probe: { outcome: 'PermanentFailure', reason: 'AuthenticationFailed', code: 'ORA-01017' },
  });
  expect(await untouched(namespace)).toBe(false);
  expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1, logons: 0 });
});

test('a forged pod with the labels and the uid of a probe Job is not trusted', async () => {
  const namespace = await freshNamespace('forged');
  await shopIn(namespace, secret('db', WRONG));
  await apply(namespace, wanted('pool'));
  await ready(namespace, 'pool', 'AuthenticationFailed');
  const { items } = await json<{
    items: {
      metadata: { name: string; labels: object; ownerReferences: object[] };
      spec: { containers: { image: string }[] };
    }[];
  }>('get', '-n', namespace, 'pods', '-l', 'dbpool.dev/probe=pool');
  const [own] = items;
  const verdict = {
    version: 1,
    outcome: 'Succeeded',
    reason: 'PoolOpened',
    stage: 'done',
    message: 'Trust me.',
    remediation: '',
  };
  const said = `require('node:fs').writeFileSync('/dev/termination-log', ${JSON.stringify(JSON.stringify(verdict))})`;
  await apply(namespace, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'forged', labels: own?.metadata.labels, ownerReferences: own?.metadata.ownerReferences },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'probe', image: own?.spec.containers[0]?.image, command: ['node', '-e', said] }],
    },
  });
  await ready(namespace, 'pool', 'VerdictUntrusted');
  await kubectl(['delete', 'pod', '-n', namespace, String(own?.metadata.name)]);
  await waitFor('the forged pod to have said its word', async () => {
    const { status } = await json<{ status: { phase: string } }>('get', '-n', namespace, 'pod', 'forged');
    return status.phase === 'Succeeded' ? { done: true } : { last: status.phase };
  });
  // It was ambiguous before, too, as two pods are.
  await waitFor('the forged pod to be judged alone', async () => {
    const message = messageOf(await ready(namespace, 'pool', 'VerdictUntrusted'));
    return message.includes('is not as the operator would have made it') ? { done: message } : { last: message };
  });
  expect(await untouched(namespace)).toBe(true);
});
