import { beforeAll, describe, expect, test } from 'vitest';
import { applyFolder, clusterCalled, OTHER_OPERATOR, rolledOut, withSettings } from '../bed/bed.ts';
import { apply, backend, json, plainBackend, ready, type Status, unproven } from './shop.ts';
import { auditOf } from '../support/audit.ts';
import { auditOfOperator, freshNamespace, kubectl, NODE, OPERATOR_IMAGE, run } from './support.ts';

type Profile = { readonly metadata: object; readonly status?: Status };

const cluster = clusterCalled(NODE.replace(/-control-plane$/, ''));
const images = { 'dbpool-operator': OPERATOR_IMAGE };

/** The profile `pool`, which is another operator's than the one of all namespaces. */
const theirs = (): object => {
  const profile = unproven() as Profile;
  return { ...profile, metadata: { ...profile.metadata, labels: { [OTHER_OPERATOR]: 'second' } } };
};

const userIn = (home: string) => `system:serviceaccount:${home}:dbpool-operator`;

/** Gives the operator in `home` its Role in a namespace. */
const grant = (namespace: string, home: string) =>
  applyFolder(run, cluster, 'deploy/namespaces/watched', {
    images: {},
    edits: {
      namespace,
      patches: [
        {
          target: { kind: 'RoleBinding', name: 'dbpool-operator-watched' },
          patch: JSON.stringify([{ op: 'replace', path: '/subjects/0/namespace', value: home }]),
        },
      ],
    },
  });

describe('an operator for a list of namespaces, with Roles only', () => {
  let home: string;
  let first: string;
  let second: string;
  let third: string;
  beforeAll(async () => {
    home = await freshNamespace('scope-operator');
    first = await freshNamespace('scope-first');
    second = await freshNamespace('scope-second');
    third = await freshNamespace('scope-third');
    for (const namespace of [first, second, third])
      await apply(namespace, plainBackend('api', { replicas: 1 }), theirs());
    await grant(first, home);
    await applyFolder(run, cluster, 'deploy/namespaces', {
      images,
      besides: ['deploy/operator'],
      edits: {
        namespace: home,
        patches: [
          withSettings({ WATCH_NAMESPACES: `${first},${second}`, PROFILE_SELECTOR: `${OTHER_OPERATOR}=second` }),
        ],
      },
    });
  });

  test('an operator with Roles only serves one namespace while the Role of the other is missing', async () => {
    await ready(first, 'pool', 'Ready');
    expect((await pool(second)).status).toBeUndefined();
    await grant(second, home);
    await ready(second, 'pool', 'Ready');
    await rolledOut(run, cluster, home, 'dbpool-operator');
  });

  test('an operator with Roles only makes no request beyond its rights', async () => {
    expect((await pool(third)).status).toBeUndefined();
    const asked = await auditOf(run, NODE, userIn(home));
    const namespaces = new Set(asked.map(({ namespace }) => namespace));
    expect(namespaces).toEqual(new Set([home, first, second]));
    const refused = asked.filter(({ code }) => code === 403);
    expect(new Set(refused.map(({ namespace }) => namespace))).toEqual(new Set([second]));
  });

  test('a profile is handed to another operator by a label, without a rollout', async () => {
    const { generation } = (await backend(first, 'api')).metadata;
    await kubectl(['label', '-n', first, 'dbpp', 'pool', `${OTHER_OPERATOR}-`]);
    await apply(first, unproven({ rollout: { onFailure: 'Hold' } }));
    await ready(first, 'pool', 'Ready');
    expect((await backend(first, 'api')).metadata.generation).toBe(generation);
    const writes = (await auditOfOperator(first)).filter(({ verb }) => verb === 'patch');
    expect(writes.map(({ resource }) => resource)).toContain('dbpoolprofiles/status');
  });
});

const pool = (namespace: string) => json<Profile>('get', '-n', namespace, 'dbpp', 'pool');
