import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  apply,
  backend,
  type BackendOptions,
  json,
  messageOf,
  passes,
  patchBackend,
  plainBackend,
  ready,
  secret,
  templateWrites,
  unproven,
  variables,
} from './shop.ts';
import { freshNamespace, kubectl, PATIENTLY, waitFor } from './support.ts';
import { CLIENT_SIDE, SERVER_SIDE, SERVER_SIDE_BY_FORCE, type Tool } from './tools.ts';

/** The place of a container or variable in its list depends on the manifest. */
const anyIndex = (text: string) => text.replaceAll(/\[\d+\]/g, '[N]');

/** The errors that docs/how-to/adopt-variables.md quotes, for Deployment api. */
function quotedRejections(): readonly string[] {
  const page = readFileSync(`${import.meta.dirname}/../../docs/how-to/adopt-variables.md`, 'utf8');
  return [...page.matchAll(/^(?:The Deployment "search-api" is invalid: |error: Apply failed).*$/gm)].map(([line]) =>
    anyIndex(line.replace('search-api', 'api')),
  );
}

const eventsOf = (namespace: string, reason: string) =>
  json<{ items: { message: string }[] }>('get', 'events', '-n', namespace, '--field-selector', `reason=${reason}`);

/** A container that does nothing. */
const QUIET = { command: ['node', '-e', 'setInterval(() => {}, 1000)'], readinessProbe: undefined };

const adopting = unproven({ target: { adopt: true } });

describe('variables of another owner', () => {
  const shared = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { POOL_MAX: '20' } };
  const max = (entry: object): BackendOptions => ({ env: [{ name: 'DB_POOL_MAX', ...entry }] });
  const from = (ref: string, rest: object) => max({ valueFrom: { [ref]: rest } });

  test.for<[string, BackendOptions, RegExp]>([
    ['a value', max({ value: '20' }), /DB_POOL_MAX is "20", set by kubectl/],
    ['a key of a Secret', from('secretKeyRef', { name: 'db', key: 'max' }), /key max of Secret db, set by kubectl/],
    [
      'a key of a ConfigMap',
      from('configMapKeyRef', { name: 'shared', key: 'POOL_MAX' }),
      /key POOL_MAX of ConfigMap shared/,
    ],
    ['a field of the pod', from('fieldRef', { fieldPath: 'metadata.name' }), /a fieldRef, set by kubectl/],
    ['a resource of the container', from('resourceFieldRef', { resource: 'limits.cpu' }), /a resourceFieldRef, set by/],
    [
      'envFrom',
      { container: { envFrom: [{ prefix: 'DB_', configMapRef: { name: 'shared' } }] } },
      /by key POOL_MAX of ConfigMap shared \(envFrom\)/,
    ],
  ])(
    'variables that another owner set by %s are reported, left alone, and taken over with adopt',
    async ([, options, words]) => {
      const namespace = await freshNamespace('adopt');
      await apply(namespace, shared, secret('db', { max: '20' }), plainBackend('api', { replicas: 1, ...options }));
      await apply(namespace, unproven());
      expect(messageOf(await ready(namespace, 'pool', 'VariableConflict'))).toMatch(words);
      expect(await templateWrites(namespace)).toBe(0);
      const before = await variables(namespace);
      await apply(namespace, adopting);
      const status = await ready(namespace, 'pool', 'Ready');
      expect((await variables(namespace)).every((one) => one.includes('@pool-'))).toBe(true);
      const isShadowed = before.length === 0;
      expect(messageOf(status).includes('Adopted: DB_POOL_MAX, which kubectl')).toBe(!isShadowed);
      const { annotations } = (await backend(namespace, 'api')).metadata;
      expect(annotations?.['dbpool.dev/adopted-env'] === undefined).toBe(isShadowed);
      // One rollout: the edit of what client-side apply applied last changes no template.
      expect(annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    },
  );

  test('variables that are set twice are a conflict, with adopt too', async () => {
    const namespace = await freshNamespace('twice');
    const env = [
      { name: 'DB_POOL_MAX', value: '20' },
      { name: 'DB_POOL_MAX', value: '21' },
    ];
    await apply(namespace, plainBackend('api', { replicas: 1, env }), adopting);
    expect(messageOf(await ready(namespace, 'pool', 'DuplicateVariable'))).toContain('DB_POOL_MAX is set 2 times');
    expect(await templateWrites(namespace)).toBe(0);
  });

  const [byValue = '', byOtherSource = '', byConflict = ''] = quotedRejections();

  const fromPod = { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };

  test.for<{ tool: Tool; what: string; entry: object; words: string; told: string }>([
    { tool: CLIENT_SIDE, what: 'a value', entry: { value: '20' }, words: byValue, told: byValue },
    { tool: SERVER_SIDE, what: 'a value', entry: { value: '20' }, words: byConflict, told: byValue },
    { tool: SERVER_SIDE_BY_FORCE, what: 'a value', entry: { value: '20' }, words: byValue, told: byValue },
    { tool: CLIENT_SIDE, what: 'a field', entry: fromPod, words: byOtherSource, told: byOtherSource },
    { tool: SERVER_SIDE_BY_FORCE, what: 'a field', entry: fromPod, words: byOtherSource, told: byOtherSource },
  ])(
    'an adopted variable makes the owner’s manifest fail until it drops them, in the words of docs/how-to: $tool.title, $what',
    async ({ tool: { write }, entry, words, told }) => {
      const namespace = await freshNamespace('owner');
      const old = plainBackend('api', { replicas: 1, env: [{ name: 'DB_POOL_MAX', ...entry }] });
      await write(namespace, old);
      await apply(namespace, adopting);
      await ready(namespace, 'pool', 'Ready');
      const rejection = await write(namespace, old).then(() => 'nothing is rejected', String);
      expect(anyIndex(rejection)).toContain(words);
      const { items } = await eventsOf(namespace, 'VariablesAdopted');
      expect(items.map(({ message }) => message)).toEqual([
        expect.stringContaining(told.replace(/^.*\.(?=valueFrom)/, '')),
      ]);
      await write(namespace, plainBackend('api', { replicas: 1 }));
      await ready(namespace, 'pool', 'Ready');
      expect((await variables(namespace)).length).toBe(4);
    },
  );
});

test('a changed container stops the profile until it is set back', async () => {
  const namespace = await freshNamespace('container');
  const both = plainBackend('api', { replicas: 1 }) as {
    spec: { template: { spec: { containers: { name: string; ports?: object }[] } } };
  };
  const [app] = both.spec.template.spec.containers;
  both.spec.template.spec.containers.push({ ...app, name: 'side', ...QUIET });
  await apply(namespace, both, unproven());
  await ready(namespace, 'pool', 'Ready');
  const writes = await templateWrites(namespace);
  await apply(namespace, unproven({ target: { container: 'side' } }));
  expect(messageOf(await ready(namespace, 'pool', 'ContainerChanged'))).toMatch(/app.*side|side.*app/);
  expect(await templateWrites(namespace)).toBe(writes);
  await apply(namespace, unproven({ target: { container: 'app' }, max: 50 }));
  expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 50 } });
});

type ConfigMaps = {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly uid: string }[] };
  }[];
};

test('kubectl replace --force leaves the ConfigMaps, an undo, and what was adopted', async () => {
  const namespace = await freshNamespace('force');
  const env = [{ name: 'DB_POOL_MAX', value: '20' }];
  await apply(namespace, plainBackend('api', { replicas: 1, env }));
  const wish = { target: { adopt: true }, onDelete: 'Restore' };
  await apply(namespace, unproven(wish));
  await ready(namespace, 'pool', 'Ready');
  await apply(namespace, unproven({ ...wish, max: 50 }));
  await ready(namespace, 'pool', 'Ready');
  await kubectl(['rollout', 'undo', '-n', namespace, 'deployment/api']);
  await ready(namespace, 'pool', 'UndoneByUser');
  const broughtBack = (await variables(namespace)).toSorted();
  const { uid: former } = (await backend(namespace, 'api')).metadata;
  // As the advice says, the manifest has dropped the variable.
  const manifest = plainBackend('api', { replicas: 1 });
  await kubectl(['replace', '--force', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(manifest) });
  await waitFor('the variables to be put back', async () => {
    const now = (await variables(namespace)).toSorted();
    return now.join() === broughtBack.join() ? { done: now } : { last: now.join() };
  });
  await kubectl(['rollout', 'status', '-n', namespace, 'deployment/api', PATIENTLY]);
  expect(await ready(namespace, 'pool', 'UndoneByUser')).toMatchObject({ desired: { max: 50 }, current: { max: 40 } });
  const { uid } = (await backend(namespace, 'api')).metadata;
  const { items } = await json<ConfigMaps>('get', '-n', namespace, 'configmaps', '-l', 'dbpool.dev/profile=pool');
  const owners = items.map(({ metadata }) => (metadata.ownerReferences ?? []).map((one) => one.uid));
  expect(owners.length).toBeGreaterThan(0);
  for (const uids of owners) expect([uids.length, uids.includes(uid), uids.includes(former)]).toEqual([2, true, false]);
  await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', PATIENTLY]);
  expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
});

describe('two profiles of one backend', () => {
  test('the first profile of a backend has the claim, and the second takes over once that is deleted', async () => {
    const namespace = await freshNamespace('rivals');
    await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
    await ready(namespace, 'pool', 'Ready');
    const other = unproven({ max: 60 }) as { metadata: object };
    await apply(namespace, { ...other, metadata: { name: 'aaa' } });
    expect(messageOf(await ready(namespace, 'aaa', 'TargetClaimed'))).toContain(
      'Profile pool already sets its variables',
    );
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool']);
    expect(await ready(namespace, 'aaa', 'Ready')).toMatchObject({ current: { max: 60 } });
  });
});

describe('a profile that is deleted', () => {
  const restoring = (max = 40) => unproven({ max, target: { adopt: true }, onDelete: 'Restore' });
  type Events = { readonly items: readonly { readonly type: string; readonly message: string }[] };
  /** What the operator's events on the profile say of its end. */
  const ended = async (namespace: string) => {
    const of = 'involvedObject.kind=DbPoolProfile,involvedObject.name=pool,reason=Restored';
    const { items } = await json<Events>('get', '-n', namespace, 'events', `--field-selector=${of}`);
    return items.map(({ type, message }) => `${type}: ${message}`);
  };
  const gone = (namespace: string) =>
    waitFor('the profile to be gone', async () => {
      const names = await kubectl(['get', '-n', namespace, 'dbpp', '-o', 'name']);
      return names === '' ? { done: true } : { last: names };
    });

  test('a profile that is deleted with onDelete: Restore restores what was there, and leaves nothing behind', async () => {
    const namespace = await freshNamespace('restore');
    await apply(
      namespace,
      plainBackend('api', { replicas: 1, env: [{ name: 'DB_POOL_MAX', value: '20' }] }),
      restoring(),
    );
    await ready(namespace, 'pool', 'Ready');
    // Its pods count late, so the way back lasts until it is looked for.
    await patchBackend(namespace, { minReadySeconds: 5 });
    const told = passes(namespace, 'pool', 'Restoring');
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', PATIENTLY]);
    await told;
    const { metadata, spec } = await backend(namespace, 'api');
    expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
    expect(spec.template.metadata.labels).toEqual({ app: 'api' });
    expect(metadata.annotations?.['dbpool.dev/adopted-env']).toBeUndefined();
    const managers = metadata.managedFields?.filter(({ subresource }) => !subresource).map(({ manager }) => manager);
    expect(managers).not.toContain('dbpool-operator');
    expect(await ended(namespace)).toEqual(['Normal: Deployment api has the variables from before the profile again']);
    await apply(namespace, plainBackend('api', { replicas: 1, env: [{ name: 'DB_POOL_MAX', value: '30' }] }));
  });

  test('a profile with onDelete: Restore goes at once with its Deployment, and with its namespace', async () => {
    const namespace = await freshNamespace('gone');
    await apply(namespace, plainBackend('api', { replicas: 1 }), restoring());
    await ready(namespace, 'pool', 'Ready');
    await kubectl(['delete', '-n', namespace, 'deployment', 'api']);
    await ready(namespace, 'pool', 'DeploymentNotFound');
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', '--timeout=30s']);
    expect(await ended(namespace)).toEqual(['Normal: Deployment api is deleted: there is nothing to restore']);
    await apply(namespace, plainBackend('api', { replicas: 1 }), restoring());
    await ready(namespace, 'pool', 'Ready');
    await kubectl(['delete', 'namespace', namespace, PATIENTLY]);
  });

  test('a profile with onDelete: Retain again has no finalizer, and leaves the backend unchanged', async () => {
    const namespace = await freshNamespace('retain');
    await apply(namespace, plainBackend('api', { replicas: 1 }), restoring());
    await ready(namespace, 'pool', 'Ready');
    const before = await variables(namespace);
    await apply(namespace, unproven());
    await waitFor('the finalizer to be taken off', async () => {
      const finalizers = await kubectl([
        'get',
        '-n',
        namespace,
        'dbpp',
        'pool',
        '-o',
        'jsonpath={.metadata.finalizers}',
      ]);
      return finalizers === '' || finalizers === '[]' ? { done: true } : { last: finalizers };
    });
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', '--timeout=30s']);
    await gone(namespace);
    expect(await variables(namespace)).toEqual(before);
  });
});
