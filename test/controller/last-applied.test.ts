import { expect, test } from 'vitest';
import { writeLastApplied } from '../../src/controller/act/last-applied.ts';
import type { Writer } from '../../src/controller/act/writer.ts';

const NAME = 'kubectl.kubernetes.io/last-applied-configuration';
const manifest = (...env: object[]) =>
  JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'app', env }] } } } });
const action = {
  kind: 'editLastApplied',
  object: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'api', resourceVersion: '7' },
  },
  edit: { container: 'app', remove: ['DB_POOL_MAX'], add: [] },
} as const;

/** The patches that are sent where the Deployment has this annotation. */
async function patchesFor(annotation: string | undefined): Promise<readonly unknown[]> {
  const sent: unknown[] = [];
  const found = {
    kind: 'Deployment',
    metadata: { name: 'api', uid: 'u', ...(annotation !== undefined && { annotations: { [NAME]: annotation } }) },
  };
  const writer = {
    client: {
      request: () => Promise.resolve({ items: [found] }),
      patch: (_resource: unknown, _object: unknown, operations: unknown) => {
        sent.push(operations);
        return Promise.resolve(found);
      },
    },
    caches: { deployments: { recordWrite: () => undefined } },
  };
  // Only what an edit uses of the client and the caches.
  await writeLastApplied(action, writer as unknown as Writer, new AbortController().signal);
  return sent;
}

const isSame = { op: 'test', path: '/metadata/uid', value: 'u' };
const path = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';

test('the annotation of client-side apply is replaced as long as it is what was read', async () => {
  const before = manifest({ name: 'DB_POOL_MAX', value: '20' });
  expect(await patchesFor(before)).toEqual([
    [isSame, { op: 'test', path, value: before }, { op: 'replace', path, value: manifest() }],
  ]);
});

test.for([undefined, '{', manifest({ name: 'OTHER', value: 'x' })])(
  'nothing is replaced where the annotation is %s',
  async (annotation) => {
    expect(await patchesFor(annotation)).toEqual([]);
  },
);
