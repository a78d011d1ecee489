/** Nobody gets more rights by a profile than they have. Requests are made as a ServiceAccount of the namespace. */
import { beforeAll, describe, expect, test } from 'vitest';
import { apply, profile, secret } from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

const RBAC = 'rbac.authorization.k8s.io';

let namespace: string;
beforeAll(async () => {
  namespace = await freshNamespace('requester');
  await apply(namespace, secret('db', { DB_USER: 'APP', DB_PASSWORD: 'right' }));
  await account('tuner', 'dbpool-view', 'dbpool-edit');
  await account('developer', 'edit');
  await waitFor('the aggregated role', async () =>
    (await mayI('developer', 'create', 'dbpoolprofiles')) ? { done: true } : { last: 'no' },
  );
});

async function account(name: string, ...roles: readonly string[]): Promise<void> {
  const bindings = roles.map((role) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${name}-${role}` },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }));
  await apply(namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }, ...bindings);
}

const userOf = (name: string) => `system:serviceaccount:${namespace}:${name}`;

const mayI = (name: string, verb: string, resource: string): Promise<boolean> =>
  kubectl(['auth', 'can-i', verb, resource, '-n', namespace, '--as', userOf(name)]).then(
    () => true,
    () => false,
  );

/** By client-side apply, as a user does it. */
const applyAs = (name: string, object: object): Promise<string> =>
  kubectl(['apply', '-n', namespace, '--as', userOf(name), '-f', '-'], { stdin: JSON.stringify(object) });

const createAs = (name: string, object: object): Promise<string> =>
  kubectl(['create', '-n', namespace, '--as', userOf(name), '-f', '-'], { stdin: JSON.stringify(object) });

const target = { targetRef: { name: 'api' } };
const credentials = { credentialsSecretRef: { name: 'db' } };
const all = {
  ...target,
  pool: { min: 5, max: 40 },
  database: {
    ...credentials,
    connectStringFrom: { secretKeyRef: { name: 'dsn', key: 'DSN' } },
    walletSecretRef: { name: 'wallet' },
    caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' },
  },
};

describe('who may edit profiles, and nothing else', () => {
  test.for<[string, object, RegExp]>([
    ['a Deployment', { ...target, probe: { policy: 'Disabled' } }, /right to patch the Deployment of spec\.targetRef/],
    ['all references', all, /right to patch the Deployment|right to get the Secret/],
  ])('may not name %s', async ([, spec, message]) => {
    await expect(createAs('tuner', profile('stolen', spec))).rejects.toThrow(message);
    expect(await kubectl(['get', 'dbpp', '-n', namespace, '-o', 'name'])).toBe('');
  });

  const grants: Readonly<
    Record<string, readonly { readonly group: string; readonly resource: string; readonly verb: string }[]>
  > = {
    deployer: [{ group: 'apps', resource: 'deployments', verb: 'patch' }],
    reader: [
      { group: 'apps', resource: 'deployments', verb: 'patch' },
      { group: '', resource: 'secrets', verb: 'get' },
    ],
  };

  test('is told which right is missing', async () => {
    for (const [name, granted] of Object.entries(grants)) {
      await account(name, 'dbpool-view', 'dbpool-edit');
      const rules = granted.map(({ group, resource, verb }) => ({
        apiGroups: [group],
        resources: [resource],
        verbs: [verb],
      }));
      const metadata = { name: `${name}-more` };
      const subjects = [{ kind: 'ServiceAccount', name, namespace }];
      const roleRef = { apiGroup: RBAC, kind: 'Role', name: metadata.name };
      await apply(
        namespace,
        { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
        { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
      );
    }
    const database = { connectString: 'oracle:1521/FREEPDB1', ...credentials };
    await expect(createAs('deployer', profile('p', { ...target, database }))).rejects.toThrow(
      /right to get the Secret of spec\.database\.credentialsSecretRef/,
    );
    await expect(createAs('reader', profile('p', all))).rejects.toThrow(
      /right to get the ConfigMap of spec\.database\.caConfigMapKeyRef/,
    );
    const fromConfigMap = { ...credentials, connectStringFrom: { configMapKeyRef: { name: 'dsn', key: 'DSN' } } };
    await expect(createAs('reader', profile('p', { ...target, database: fromConfigMap }))).rejects.toThrow(
      /right to get the ConfigMap of spec\.database\.connectStringFrom/,
    );
  });

  test('may tune the pool of a profile that somebody with the rights has made, and redirect nothing', async () => {
    const database = { connectString: 'oracle:1521/FREEPDB1', ...credentials };
    const made = (changes: object) =>
      profile('tuned', { ...target, pool: { max: 40 }, database, suspend: true, ...changes });
    await applyAs('developer', made({}));
    await applyAs('tuner', made({ pool: { max: 50 } }));
    const max = await kubectl(['get', 'dbpp', 'tuned', '-n', namespace, '-o', 'jsonpath={.spec.pool.max}']);
    expect(max.trim()).toBe('50');
    await kubectl([
      'annotate',
      'dbpp',
      'tuned',
      '-n',
      namespace,
      '--as',
      userOf('tuner'),
      'dbpool.dev/retry-requested-at=1',
    ]);
    const elsewhere = { ...database, connectString: 'listener-of-mine:1521/X' };
    const otherKey = { ...database, credentialsSecretRef: { name: 'db', usernameKey: 'TOKEN' } };
    for (const changes of [{ database: elsewhere }, { database: otherKey }, { targetRef: { name: 'other' } }])
      await expect(applyAs('tuner', made({ pool: { max: 50 }, ...changes }))).rejects.toThrow(/you lack the right to/);
  });
});

test('who may edit the namespace may name all of it', async () => {
  expect(await applyAs('developer', profile('everything', { ...all, suspend: true }))).toMatch(/created/);
});
