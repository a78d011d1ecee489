import { expect, test } from 'vitest';
import { apply, json, plainBackend, ready, templateWrites, unproven, variables } from './shop.ts';
import { rolledOut } from './revisions.ts';
import { freshNamespace, kubectl, PATIENTLY } from './support.ts';

const restoring = unproven({ target: { adopt: true }, onDelete: 'Restore' });

type Saved = {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly labels?: object;
      readonly annotations?: object;
      readonly finalizers?: readonly string[];
      readonly ownerReferences?: readonly object[];
    };
    readonly [field: string]: unknown;
  }[];
};

/** As a backup tool keeps objects: without managedFields, uid, resourceVersion and status. */
async function backUp(namespace: string, options: { readonly withOwners: boolean }): Promise<Saved> {
  const kinds = 'configmaps,deployments,dbpoolprofiles';
  const { items } = await json<Saved>('get', '-n', namespace, kinds);
  return {
    items: items
      .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
      .map(({ metadata: { name, labels, annotations, finalizers, ownerReferences }, status: _, ...rest }) => ({
        ...rest,
        metadata: {
          name,
          ...(labels && { labels }),
          ...(annotations && { annotations }),
          ...(finalizers && { finalizers }),
          ...(options.withOwners && ownerReferences && { ownerReferences }),
        },
      })),
  };
}

/** In the order of a backup tool: what pods need comes first, what is custom last. */
const restore = (namespace: string, saved: Saved) =>
  kubectl(['create', '-n', namespace, '-f', '-'], {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', ...saved }),
  });

async function runningWithRestore(purpose: string): Promise<string> {
  const namespace = await freshNamespace(purpose);
  const env = [{ name: 'DB_POOL_MAX', value: '20' }];
  await apply(namespace, plainBackend('api', { replicas: 1, env }), restoring);
  await ready(namespace, 'pool', 'Ready');
  return namespace;
}

test.for<[string, boolean]>([
  ['with owner references to a Deployment that is gone', true],
  ['without owner references', false],
])(
  'a namespace that is restored from a backup is taken over, and its profile can be deleted: %s',
  async ([, withOwners]) => {
    const namespace = await runningWithRestore('backup');
    const saved = await backUp(namespace, { withOwners });
    expect(saved.items.map(({ kind }) => kind).toSorted()).toEqual(
      ['ConfigMap', 'DbPoolProfile', 'Deployment'].toSorted(),
    );
    const before = await variables(namespace);
    await kubectl(['delete', 'namespace', namespace, PATIENTLY]);
    await kubectl(['create', 'namespace', namespace]);
    // The end of the first namespace may have restored its backend.
    const writes = await templateWrites(namespace);
    await restore(namespace, saved);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 40 } });
    await rolledOut(namespace);
    expect(await variables(namespace)).toEqual(before);
    // The template came back as it was: there is nothing to roll out.
    expect(await templateWrites(namespace)).toBe(writes);
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', PATIENTLY]);
    expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
  },
);
