/** A kind cluster of one node: made, found again, deleted. The user's own kubeconfig and context stay as they are. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_POLICY, AUDIT_POLICY_IN_NODE, clusterConfig } from './cluster-config.ts';
import { attempt, execute } from '../../runner/execute.ts';
import { CHECKOUT_CACHE, folder } from '../../runner/folders.ts';
import type { Kind } from './kind.ts';
import type { NodeImage } from '../node-image/source.ts';
import { type Run, uninterrupted } from '../../runner/run.ts';

export type Cluster = {
  readonly name: string;
  /** Name of the container that is its one node. */
  readonly node: string;
  /** Folder of what belongs to it on this machine. */
  readonly folder: string;
  readonly kubeconfig: string;
};

/** A file in the node, written last: a cluster without it was left incomplete by an earlier run. */
const COMPLETE = '/kind/dbpool-complete';

/** Milliseconds that kind may take to delete a cluster. */
const DELETE_MS = 60_000;

export function clusterCalled(name: string): Cluster {
  const path = join(CHECKOUT_CACHE, 'clusters', name);
  return { name, node: `${name}-control-plane`, folder: path, kubeconfig: join(path, 'kubeconfig') };
}

/** Makes the cluster, unless it exists, is complete and runs. Leaves nothing behind where it fails. */
export async function makeCluster(run: Run, cluster: Cluster, kind: Kind, image: NodeImage): Promise<'made' | 'kept'> {
  if (await isComplete(run, cluster)) {
    await execute(run, [kind.program, 'export', 'kubeconfig', ...named(cluster)]);
    return 'kept';
  }
  await deleteCluster(run, cluster, kind);
  const config = join(folder(cluster.folder), 'kind.yaml');
  writeFileSync(config, clusterConfig(image));
  try {
    await execute(run, [kind.program, 'create', 'cluster', ...named(cluster), '--config', config, '--wait', '180s'], {
      onLine: (line) => {
        const begins = /^\W*(\w.*?)\W*\.\.\.\W*$/.exec(line.replaceAll(/[^\x20-\x7e]/g, ''))?.[1];
        if (begins !== undefined) run.say(begins);
      },
    });
    await execute(run, ['docker', 'exec', cluster.node, 'touch', COMPLETE]);
  } catch (error) {
    await deleteCluster(uninterrupted(run, DELETE_MS), cluster, kind);
    throw error;
  }
  return 'made';
}

/** Deletes the cluster and its folder, whatever state it is in, also where there is none. */
export async function deleteCluster(run: Run, cluster: Cluster, kind: Kind): Promise<void> {
  await execute(run, [kind.program, 'delete', 'cluster', ...named(cluster)], { timeoutMs: DELETE_MS });
  rmSync(cluster.folder, { recursive: true, force: true });
}

/** The checkout that a cluster of this name belongs to: its node mounts the audit policy of that checkout. */
export async function ownerOf(run: Run, cluster: Cluster): Promise<'nobody' | 'us' | 'another'> {
  const format = `{{range .Mounts}}{{if eq .Destination "${AUDIT_POLICY_IN_NODE}"}}{{.Source}}{{end}}{{end}}`;
  const { exitCode, stdout } = await attempt(run, ['docker', 'container', 'inspect', '--format', format, cluster.node]);
  if (exitCode !== 0) return 'nobody';
  return stdout.trim() === AUDIT_POLICY ? 'us' : 'another';
}

/** Whether the node runs, was once complete, and its API server answers. */
async function isComplete(run: Run, { node }: Cluster): Promise<boolean> {
  const script = `test -e ${COMPLETE} && kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz`;
  const { exitCode } = await attempt(run, ['docker', 'exec', node, 'sh', '-c', script], { timeoutMs: 30_000 });
  return exitCode === 0;
}

function named({ name, kubeconfig }: Cluster): readonly string[] {
  return ['--name', name, '--kubeconfig', kubeconfig];
}
