/** Applies manifests with the node's kubectl, after setting this run's images as `kustomize edit set image` does. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../kind/cluster.ts';
import { execute } from '../../runner/execute.ts';
import { CHECKOUT, folder } from '../../runner/folders.ts';
import type { ImageNames } from './images.ts';
import { kubectl } from '../kind/kubectl.ts';
import type { Run } from '../../runner/run.ts';

type Kustomization = {
  namespace?: string;
  images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
  patches?: readonly { readonly target: { readonly kind: string; readonly name: string }; readonly patch: string }[];
};

type FolderOptions = {
  readonly images: ImageNames;
  /** Other folders of the checkout that its kustomization refers to. */
  readonly besides?: readonly string[];
  /** Other fields to set in its kustomization; patches are appended. */
  readonly edits?: Omit<Kustomization, 'images'>;
};

/** The tests' operator ignores profiles with this label: a second operator handles them. */
export const OTHER_OPERATOR = 'test.dbpool.dev/operator';

/** A patch that sets environment variables of the operator. */
export const withSettings = (settings: Readonly<Record<string, string>>) => {
  const env = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const spec = { template: { spec: { containers: [{ name: 'operator', env }] } } };
  const metadata = { name: 'dbpool-operator' };
  const patch = stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  return { target: { kind: 'Deployment', name: 'dbpool-operator' }, patch };
};

/**
 * `kubectl apply -k` of a folder of the checkout, like `deploy`. Returns how many of its objects were created or changed.
 */
export async function applyFolder(
  run: Run,
  cluster: Cluster,
  path: string,
  { images, besides = [], edits = {} }: FolderOptions,
): Promise<number> {
  const name = path.replaceAll('/', '-');
  const copy = folder(cluster.folder, 'manifests', name);
  rmSync(copy, { recursive: true });
  for (const part of [path, ...besides]) cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
  rewrite(join(copy, path, 'kustomization.yaml'), images, edits);

  const inNode = `/kind/manifests/${name}`;
  await execute(run, ['docker', 'exec', cluster.node, 'sh', '-c', `rm -rf ${inNode} && mkdir -p ${inNode}`]);
  await execute(run, ['docker', 'cp', `${copy}/.`, `${cluster.node}:${inNode}`]);
  const output = await kubectl(run, cluster.node, ['apply', '-k', `${inNode}/${path}`]);
  return changes(output);
}

/** `kubectl apply` of one file of the checkout. Returns how many objects were created or changed. */
export async function applyFile(run: Run, cluster: Cluster, path: string): Promise<number> {
  const text = readFileSync(join(CHECKOUT, path), 'utf8');
  return changes(await kubectl(run, cluster.node, ['apply', '-f', '-'], { stdin: text }));
}

function rewrite(file: string, images: ImageNames, edits: Kustomization): void {
  const kustomization = parse(readFileSync(file, 'utf8')) as Kustomization;
  const ours = Object.entries(images).map(([name, full]) => ({
    name,
    newName: name,
    newTag: full.slice(name.length + 1),
  }));
  const others = (kustomization.images ?? []).filter(({ name }) => !(name in images));
  const patches = [...(kustomization.patches ?? []), ...(edits.patches ?? [])];
  writeFileSync(
    file,
    stringify({
      ...kustomization,
      ...edits,
      images: [...others, ...ours],
      ...(patches.length > 0 && { patches }),
    }),
  );
}

function changes(output: string): number {
  return output.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged')).length;
}
