import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fakeMachine } from '../../support/machine.ts';
import { CHECKOUT } from '../../runner/folders.ts';
import { applyFile, applyFolder, withSettings } from './manifests.ts';

type Kustomization = { readonly images: readonly { readonly name: string }[] };

const kustomizationIn = (folder: string) =>
  parse(readFileSync(join(folder, 'deploy', 'kustomization.yaml'), 'utf8')) as Kustomization;

/** A machine with a fake Docker: what is copied into the node lies in `node`, and kubectl answers `applied`. */
function machineWithNode(applied: readonly string[] = []) {
  const machine = fakeMachine();
  const node = join(machine.folder, 'node');
  machine.program(
    'docker',
    `case "$*" in
  cp*) cp -r "$2" ${node};;
  *'kubectl'*) cat > ${node}.input; printf '${applied.join('\\n')}\\n';;
esac`,
  );
  const folder = join(machine.folder, 'cluster');
  return { ...machine, node, cluster: { name: 'c', node: 'c-node', folder, kubeconfig: join(folder, 'kubeconfig') } };
}

const images = { 'dbpool-operator': 'dbpool-operator:0123456789ab', other: 'other:ba9876543210' };

describe('a folder of manifests', () => {
  test('a folder of manifests is applied with the images of this run, and else unchanged', async () => {
    const { run, node, cluster, calls } = machineWithNode();
    await applyFolder(run, cluster, 'deploy', { images, besides: ['crds'] });
    const { images: set, ...rest } = kustomizationIn(node);
    const { images: before, ...restBefore } = kustomizationIn(CHECKOUT);
    expect(before.map(({ name }) => name)).toContain('dbpool-operator');
    expect(set).toEqual([
      ...before.filter(({ name }) => name !== 'dbpool-operator'),
      { name: 'dbpool-operator', newName: 'dbpool-operator', newTag: '0123456789ab' },
      { name: 'other', newName: 'other', newTag: 'ba9876543210' },
    ]);
    expect(rest).toEqual(restBefore);
    expect(calls().at(-1)).toMatch(/^docker exec -i c-node kubectl .* apply -k \/kind\/manifests\/deploy\/deploy$/);
  });

  test('a folder of manifests is patched by the tests, and its own patches stay', async () => {
    const { run, node, cluster } = machineWithNode();
    const edits = { namespace: 'other', patches: [withSettings({ WATCH_NAMESPACES: 'a,b' })] };
    await applyFolder(run, cluster, 'deploy/namespaces', { images, edits });
    const { namespace, patches } = parse(
      readFileSync(join(node, 'deploy', 'namespaces', 'kustomization.yaml'), 'utf8'),
    ) as { readonly namespace: string; readonly patches: readonly { readonly patch: string }[] };
    expect([namespace, patches.length]).toEqual(['other', 2]);
    expect(parse(patches[1]?.patch ?? '')).toMatchObject({
      kind: 'Deployment',
      spec: { template: { spec: { containers: [{ env: [{ name: 'WATCH_NAMESPACES', value: 'a,b' }] }] } } },
    });
  });

  test('a folder of manifests keeps the images of others', async () => {
    const { run, node, cluster } = machineWithNode();
    await applyFolder(run, cluster, 'deploy', { images: { other: 'other:1' } });
    expect(kustomizationIn(node).images).toEqual([
      ...kustomizationIn(CHECKOUT).images,
      { name: 'other', newName: 'other', newTag: '1' },
    ]);
  });

  test('a folder of manifests of an earlier run leaves nothing in the next one', async () => {
    const { run, cluster } = machineWithNode();
    await applyFolder(run, cluster, 'deploy', { images, besides: ['examples/backend/manifests'] });
    await applyFolder(run, cluster, 'deploy', { images });
    expect(readdirSync(join(cluster.folder, 'manifests', 'deploy'))).toEqual(['deploy']);
  });

  test.for<[string, readonly string[], number]>([
    ['everything is new', ['namespace/a created', 'deployment.apps/b created'], 2],
    ['something changed', ['namespace/a unchanged', 'deployment.apps/b configured'], 1],
    ['nothing changed', ['namespace/a unchanged', 'deployment.apps/b unchanged'], 0],
  ])('a folder of manifests reports how many objects changed where %s', async ([, applied, count]) => {
    const { run, cluster } = machineWithNode(applied);
    expect(await applyFolder(run, cluster, 'deploy', { images })).toBe(count);
  });
});

test('a file of manifests is passed to kubectl unchanged', async () => {
  const { run, node, cluster } = machineWithNode(['dbpoolprofile.dbpool.dev/a created']);
  expect(await applyFile(run, cluster, 'examples/profile.yaml')).toBe(1);
  expect(readFileSync(`${node}.input`, 'utf8')).toBe(readFileSync(join(CHECKOUT, 'examples/profile.yaml'), 'utf8'));
});
